"""From a value to points. Pure: no database, no clock."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from assessments import question_types
from assessments.question_types.base import Value

HUNDREDTH = 100


def score(type: str, value: Value, content: dict[str, Any], key: dict[str, Any], points: Decimal) -> Decimal | None:  # noqa: A002 - the field's name
    """The points a value earns out of ``points``, to the hundredth; ``None`` where a person must judge."""
    credit = question_types.get(type).credit(value, content, key)
    return None if credit is None else rounded(credit * Fraction(points))


def rounded(points: Fraction) -> Decimal:
    """Half a hundredth is rounded up. Exact until here, so 2/3 of 3 points is 2.00 and not 1.99."""
    return Decimal(floor(points * HUNDREDTH + Fraction(1, 2))).scaleb(-2)
