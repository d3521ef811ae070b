"""One gap of a cloze text: what it is, what is right in it, and how what a candidate gave for it is read."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from django.utils.translation import gettext
from pydantic import Discriminator, Field, PlainValidator, Tag, field_validator, model_validator

from assessments.domain import markup
from assessments.question_types import numeric, short_text
from assessments.question_types.base import ContentInvalid, Schema, ValueRefused
from assessments.question_types.choices import Option, OptionId, duplicates, texts_of
from assessments.question_types.credits import Credit, exact
from assessments.question_types.listed import by_text, lettered, renamed, told_apart
from assessments.question_types.numeric import Accepted, NumericKey
from assessments.question_types.short_text import AcceptedText
from assessments.question_types.texts import folded, read_text

MAX_LENGTH = 200
WIDTH = 12


class Gap(Schema):
    id: OptionId
    kind: Literal["typed", "choice"] = "typed"
    options: list[Option] = Field(default=[], max_length=100)
    width: int = Field(default=WIDTH, ge=1, le=60)
    """Characters. The same for all gaps unless the author says otherwise: it must not betray the answer."""

    @model_validator(mode="after")
    def fits_its_kind(self) -> Gap:
        if self.kind == "typed" and self.options:
            raise ValueError("A typed gap has no options.")
        if self.kind == "choice" and len(self.options) < 2:
            raise ValueError("A gap with a choice needs at least two options.")
        told_apart(self.options)
        return self


def weight_number(raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= 1000:
        raise ValueError("A weight is a number above 0 and up to 1000.")
    return int(raw) if raw == int(raw) else raw


Weight = Annotated[int | float, PlainValidator(weight_number)]


def kind_of_accepted(raw: Any) -> str:
    is_number = isinstance(raw, dict) and not raw.keys().isdisjoint({"value", "min", "max"})
    return "as number" if is_number or isinstance(raw, Accepted) else "as text"


AcceptedInGap = Annotated[
    Annotated[AcceptedText, Tag("as text")] | Annotated[Accepted, Tag("as number")], Discriminator(kind_of_accepted)
]


class TypedKey(Schema):
    accepted: list[AcceptedInGap] = Field(min_length=1, max_length=200)
    """Texts as in short_text, numbers and ranges as in numeric, or some of both."""
    weight: Weight = 1

    @field_validator("accepted")
    @classmethod
    def can_be_earned(cls, accepted: list[AcceptedText | Accepted]) -> list[AcceptedText | Accepted]:
        if all(one.credit < 1 for one in accepted):
            raise ValueError("Nothing that is accepted earns the full credit of 1.")
        return accepted

    def earned(self, given: str) -> Fraction:
        texts = [one for one in self.accepted if isinstance(one, AcceptedText)]
        numbers = [one for one in self.accepted if isinstance(one, Accepted)]
        return max(short_text.earned(given, texts), NumericKey.model_construct(accepted=numbers).earned(given))

    def words(self, gap: Gap) -> str:
        return " / ".join(
            numeric.accepted_words(one, "") if isinstance(one, Accepted) else short_text.accepted_words(one)
            for one in self.accepted
        )

    def check(self, gap: Gap, where: str) -> None:
        if gap.kind != "typed":
            raise ContentInvalid(where, "Candidates choose in this gap; its key is an option.")
        for index, one in enumerate(self.accepted):
            if isinstance(one, AcceptedText) and one.match == "exact" and len(folded(one.text)) > MAX_LENGTH:
                reason = f"This is longer than the {MAX_LENGTH} characters a candidate may write."
                raise ContentInvalid(f"{where}.accepted.{index}.text", reason)

    def canonical(self, gap: Gap, *, keep_order: bool) -> tuple[Gap, TypedKey]:
        return gap, self


class ChoiceKey(Schema):
    option: OptionId
    credit: dict[OptionId, Credit] = {}
    """What other options earn."""
    weight: Weight = 1

    def earned(self, given: str) -> Fraction:
        return Fraction(1) if given == self.option else exact(self.credit.get(given, 0))

    def words(self, gap: Gap) -> str:
        texts = texts_of(gap.options)
        partial = [f"{texts[id_]} ({share:.4g})" for id_, share in self.credit.items()]
        return " / ".join([texts[self.option], *partial])

    def check(self, gap: Gap, where: str) -> None:
        if gap.kind != "choice":
            raise ContentInvalid(where, "Candidates type into this gap; its key is what is accepted.")
        known = {option.id for option in gap.options}
        for id_ in (self.option, *self.credit):
            if id_ not in known:
                raise ContentInvalid(where, f"There is no option {id_!r}.")
        if self.option in self.credit:
            reason = f"The key {self.option!r} earns 1; give credit to other options only."
            raise ContentInvalid(f"{where}.credit", reason)

    def canonical(self, gap: Gap, *, keep_order: bool) -> tuple[Gap, ChoiceKey]:
        listed = gap.options if keep_order else by_text(gap.options)
        names = lettered(listed)
        credit = sorted((names[id_], share) for id_, share in self.credit.items())
        return (
            gap.model_copy(update={"options": renamed(listed, names)}),
            self.model_copy(update={"option": names[self.option], "credit": dict(credit)}),
        )


def kind_of_key(raw: Any) -> str:
    is_choice = isinstance(raw, dict) and "option" in raw
    return "as choice" if is_choice or isinstance(raw, ChoiceKey) else "as typed"


GapKey = Annotated[
    Annotated[TypedKey, Tag("as typed")] | Annotated[ChoiceKey, Tag("as choice")], Discriminator(kind_of_key)
]


def check_options(gap: Gap, where: str) -> None:
    """A drop-down list within a text shows plain words only."""
    words = [folded(markup.plain(option.text)) for option in gap.options]
    if not all(words):
        raise ContentInvalid(where, "Options within a text are shown as plain words, and one of these has none.")
    if twice := duplicates(words):
        reason = f"Options within a text are shown as plain words, and two of these read {twice[0]!r}."
        raise ContentInvalid(where, reason)


def read_gap(gap: Gap, raw: Any, number: int) -> str | None:
    """Raises :class:`ValueRefused`. A field of one line holds no line breaks; in what other programs send they are blanks."""
    given = raw.replace("\r\n", " ").replace("\r", " ").replace("\n", " ") if isinstance(raw, str) else raw
    try:
        text = read_text(given, max_length=MAX_LENGTH)
    except ValueRefused as refused:
        raise ValueRefused(gettext("Gap %(number)s: %(problem)s") % {"number": number, "problem": refused}) from refused
    if text is not None and gap.kind == "choice" and text not in {option.id for option in gap.options}:
        raise ValueRefused(gettext("Gap %(number)s: This is none of its options.") % {"number": number})
    return text


def name_of(id_: str) -> str:
    """What a hidden field says before the gap's own: whose it is.

    No field of one line can hold the line break at its end, so nothing a candidate types is taken for a name.
    """
    return f"{id_}=\n"


def gap_face(gap: Gap) -> dict[str, Any]:
    options = [{"id": id_, "words": words} for id_, words in texts_of(gap.options).items()]
    return {"id": gap.id, "name": name_of(gap.id), "kind": gap.kind, "width": gap.width, "options": options}


def gap_words(gap: Gap, given: str) -> str:
    return texts_of(gap.options).get(given, given)
