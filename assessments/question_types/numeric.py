from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated, Any

from django.utils.translation import gettext
from pydantic import Field, PlainValidator, field_validator, model_validator

from assessments.question_types.base import ContentInvalid, Looks, QuestionType, Render, Schema, Value
from assessments.question_types.choices import duplicates
from assessments.question_types.credits import Credit, exact
from assessments.question_types.quantities import MAX_LENGTH, Quantity, read_quantity, unit_name
from assessments.question_types.texts import is_blank, read_text

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
EXACTLY = Context(prec=MAX_LENGTH)
LONGEST_WRITTEN_OUT = 30
MULTIPLIERS = {"k", "m", "g", "t", "bn", "dozen", "hundred", "thousand", "million", "billion", "trillion"}


def number(raw: Any) -> str:
    """A decimal number in its one spelling: ``"42.0"``, ``42`` and ``4.2e1`` are ``"42"``."""
    text = "" if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal) else str(raw).strip()
    if len(text) > MAX_LENGTH or not NUMBER.fullmatch(text):  # NaN and Infinity do not match either
        raise ValueError("This must be a decimal number such as 42, -0.5 or 1e9, with at most three exponent digits.")
    value = Decimal(text).normalize(EXACTLY) or Decimal(0)  # without the sign of a negative zero
    written = format(value, "f")
    return written if len(written) <= LONGEST_WRITTEN_OUT else str(value)


Number = Annotated[str, PlainValidator(number)]
Unit = Annotated[str, Field(min_length=1, max_length=20)]


class Accepted(Schema):
    """One number with its tolerance, or a range. Both ends count as inside."""

    value: Number | None = None
    tolerance: Number = "0"
    relative: bool = False
    """The tolerance is a share of the value: 0.05 is 5 %. Around 0 that accepts 0 alone."""
    min: Number | None = None
    max: Number | None = None
    credit: Credit = 1

    @model_validator(mode="after")
    def is_number_or_range(self) -> Accepted:
        if (self.value is None) == (self.min is None) or (self.min is None) != (self.max is None):
            raise ValueError("Give either a value, or both min and max.")
        if self.value is None and (self.tolerance != "0" or self.relative):
            raise ValueError("A range has no tolerance; widen min and max instead.")
        if Fraction(self.tolerance) < 0:
            raise ValueError("A tolerance cannot be negative.")
        if self.relative and not 0 < Fraction(self.tolerance) <= 1:
            raise ValueError("A relative tolerance is a share above 0 and up to 1: 0.05 for 5 %.")
        if Fraction(self.min or 0) > Fraction(self.max or 0):
            raise ValueError("min is larger than max.")
        return self

    def accepts(self, response: Fraction) -> bool:
        if self.value is None:
            return Fraction(self.min or 0) <= response <= Fraction(self.max or 0)
        value, tolerance = Fraction(self.value), Fraction(self.tolerance)
        return abs(response - value) <= tolerance * (abs(value) if self.relative else 1)


class NumericContent(Schema):
    units: list[Unit] = Field(default=[], max_length=50)
    """Offered to the candidate."""
    placeholder: str = Field(default="", max_length=100)
    asks_unit: bool = False
    """Candidates are told that a unit belongs to the answer, of which they may have to think themselves. It follows the key."""


class NumericKey(Schema):
    accepted: list[Accepted] = Field(min_length=1, max_length=200)
    units: dict[Unit, Number] = Field(default={}, max_length=50)
    """What one of each unit is in the unit of ``accepted``."""
    unit_required: bool = False

    @field_validator("accepted")
    @classmethod
    def can_be_earned(cls, accepted: list[Accepted]) -> list[Accepted]:
        if all(one.credit < 1 for one in accepted):
            raise ValueError("No accepted number earns the full credit of 1.")
        return accepted

    @field_validator("units")
    @classmethod
    def can_be_told_apart(cls, units: dict[str, str]) -> dict[str, str]:
        if twice := duplicates(unit_name(unit) for unit in units):
            raise ValueError(f"The unit {twice[0]!r} is there more than once.")
        for unit, factor in units.items():
            if Fraction(factor) <= 0:
                raise ValueError(f"The factor of {unit!r} must be above 0.")
            if is_blank(unit) or read_quantity(f"1{unit}") != Quantity((Fraction(1),), unit.strip()):
                raise ValueError(f"The unit {unit!r} cannot be told from the number before it.")
        return units

    def earned(self, typed: str) -> Fraction:
        """The credit of a number as typed."""
        quantity = read_quantity(typed)
        factor = self.factor(quantity.unit) if quantity else None
        if quantity is None or factor is None:
            return Fraction(0)
        responses = [reading * factor for reading in quantity.readings]
        earned = (exact(one.credit) for one in self.accepted if any(map(one.accepts, responses)))
        return max(earned, default=Fraction(0))

    def factor(self, unit: str) -> Fraction | None:
        """From this unit, as typed, to that of ``accepted``; ``None`` where the number does not count with it."""
        if not unit:
            return None if self.unit_required else Fraction(1)
        if not self.units:
            return Fraction(1) if is_mere_unit(unit) else None
        factors = {unit_name(name): Fraction(factor) for name, factor in self.units.items()}
        return factors.get(unit_name(unit))


class Numeric(QuestionType[NumericContent, NumericKey]):
    """A number, with or without a unit; the best of the accepted numbers and ranges counts.

    What cannot be read as a number is kept as typed and earns 0: the text is the candidate's, half typed or not.
    """

    name = "numeric"
    content_schema = NumericContent
    key_schema = NumericKey
    looks = Looks.ONE_TEXT

    def check_together(self, content: NumericContent, key: NumericKey) -> None:
        known = {unit_name(unit) for unit in key.units}
        for unit in content.units:
            if unit_name(unit) not in known:
                raise ContentInvalid("key.units", f"The unit {unit!r} is offered but has no factor.")
        if key.unit_required and not known:
            raise ContentInvalid("key.unit_required", "A unit is required but none is known.")

    def canonical(self, content: NumericContent, key: NumericKey) -> tuple[NumericContent, NumericKey]:
        """What a candidate's page knows is the content: nobody loses points for what they were not told."""
        return content.model_copy(update={"asks_unit": key.unit_required}), key

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        """Several fields are number and unit."""
        return self.read_json(" ".join(field for field in raw if field.strip()), content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        return read_text(raw, max_length=MAX_LENGTH)

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        return self.parse_key(key).earned(value) if isinstance(value, str) else Fraction(0)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        return self.parse_content(content).model_dump()

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        return {**face, "value": value or ""}

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return value if isinstance(value, str) else ""

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        parsed = self.parse_key(key)
        base = next((unit for unit, factor in parsed.units.items() if factor == "1"), "")
        return "; ".join(accepted_words(one, base) for one in parsed.accepted)


def is_mere_unit(text: str) -> bool:
    """Where the question knows no units, ``42 %`` and ``42 ms`` are 42; ``42 thousand`` and ``42 or 43`` are not."""
    return text.casefold() not in MULTIPLIERS and not any(map(str.isdecimal, text))


def accepted_words(accepted: Accepted, unit: str) -> str:
    if accepted.value is None:
        text = gettext("%(least)s to %(most)s") % {"least": accepted.min, "most": accepted.max}
    elif accepted.relative:
        text = f"{accepted.value} ± {number(Decimal(accepted.tolerance) * 100)} %"
    elif accepted.tolerance != "0":
        text = f"{accepted.value} ± {accepted.tolerance}"
    else:
        text = accepted.value
    text = f"{text} {unit}" if unit else text
    return text if accepted.credit == 1 else f"{text} ({accepted.credit:.4g})"
