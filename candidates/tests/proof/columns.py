"""Every column of every table, as somebody would send it along who hopes that it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Field, Model

from candidates.models import Attempt
from candidates.tests.proof.tables import rows_of

PLAIN: dict[type[Field[Any, Any]], tuple[str, ...]] = {  # the first that fits is taken
    models.BooleanField: ("True", "False"),
    models.EmailField: ("mallory@example.org",),
    models.DateTimeField: ("2031-01-01T00:00:00+00:00",),
    models.DateField: ("2031-01-01",),
    models.TimeField: ("12:34",),
    models.DecimalField: ("1.75",),
    models.FloatField: ("0.75",),
    models.IntegerField: ("7",),
    models.DurationField: ("0:07:00",),
    models.UUIDField: ("5e47a106-0000-4000-8000-000000000000",),
    models.JSONField: ('{"sent": "along"}',),
    models.CharField: ("sent along",),
    models.TextField: ("sent along",),
    models.BinaryField: ("sent along",),
}


FAR_AWAY = "2000000007"
"""No row in any small world has this number."""


def own_models() -> list[type[Model]]:
    return [model for label in ("assessments", "candidates") for model in apps.get_app_config(label).get_models()]


@cache
def every_field() -> frozenset[str]:
    """The name of each column, and each with ``_id``."""
    return frozenset(name for model in own_models() for field in model._meta.concrete_fields for name in names(field))


def names(field: Field[Any, Any]) -> set[str]:
    return {field.name, field.attname}


def sendings(attempt: Attempt) -> Iterator[dict[str, str]]:
    """All of them at once, to be sent by this attempt's candidate; as often as it takes to send each value that some column
    of that name could take.
    """
    values: dict[str, list[str]] = {}
    own = {(type(row), row.pk) for row in rows_of(attempt)}
    for model in own_models():
        for field in model._meta.concrete_fields:
            for name in names(field):
                known = values.setdefault(name, [])
                known += [value for value in others(model, field, own) if value not in known]
    for place in range(max(map(len, values.values()))):
        yield {name: some[place % len(some)] for name, some in values.items() if some}


def others(model: type[Model], field: Field[Any, Any], own: set[tuple[type[Model], Any]]) -> list[str]:
    """What the column could hold and holds in no row, or, where that must be there, somebody else's."""
    if field.primary_key and isinstance(field, models.IntegerField):
        return [FAR_AWAY]
    if isinstance(field.related_model, type):
        keys = field.related_model._base_manager.order_by("-pk").values_list("pk", flat=True)
        return [str(key) for key in keys if (field.related_model, key) not in own][:1]
    if field.choices:
        there = set(model._base_manager.values_list(field.name, flat=True))
        some = [str(value) for value, _ in field.flatchoices]
        return ([value for value in some if value not in there] or some)[:1]
    fitting = next(plain for kind, plain in PLAIN.items() if isinstance(field, kind))
    return [value[: field.max_length] for value in fitting]
