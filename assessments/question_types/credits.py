"""Credit as authors write it: a number from 0 to 1, kept exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from pydantic import PlainValidator


def credit_number(raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise ValueError("A credit is a number from 0 to 1.")
    return int(raw) if raw == int(raw) else raw  # 1.0 and 1 are one spelling


Credit = Annotated[int | float, PlainValidator(credit_number)]


def exact(credit: float) -> Fraction:
    """0.1 as one tenth, which is what the author wrote, and not as the nearest binary fraction."""
    return Fraction(str(credit))
