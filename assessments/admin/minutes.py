"""Times are stored in seconds and written in minutes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms


class MinutesField(forms.DecimalField):
    """Shows seconds as minutes and gives seconds back: half a minute is 0.5."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": Decimal("0.5"), "max_value": 100_000, "decimal_places": 2, **options})

    def prepare_value(self, value: Any) -> Any:
        return in_minutes(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        minutes = super().clean(value)
        return None if minutes is None else round(minutes * 60)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


def in_minutes(seconds: int) -> str:
    return f"{Decimal(seconds) / 60:.2f}".rstrip("0").rstrip(".")


def minutes_words(seconds: int | None) -> str:
    return f"{in_minutes(seconds)} min" if seconds else "no limit"
