"""What is typed: a number, a few words."""

from __future__ import annotations

from pydantic import Field

from assessments.domain.written.base import Halves, Written
from assessments.enums import QuestionTypeName


class WrittenNumeric(Written):
    type = QuestionTypeName.NUMERIC
    needs = (
        "one number that follows from what the stem gives; name the unit in the stem and leave it out of the number."
    )
    answered_by = "one number as text, with a unit only if the question asks for one"
    number: str = Field(description="Digits only, as text: 42 or 0.35")
    tolerance: str = Field(description="How far off is still right, as text; 0 for exact.")

    def halves(self) -> Halves:
        accepted = {"value": self.number.strip()}
        if self.tolerance.strip() not in ("", "0"):
            accepted["tolerance"] = self.tolerance.strip()
        return {}, {"accepted": [accepted]}


class WrittenShortText(Written):
    type = QuestionTypeName.SHORT_TEXT
    needs = "an answer of one to three words; list every spelling that is right."
    answered_by = "the shortest answer, without a sentence around it"
    accepted: list[str]

    def halves(self) -> Halves:
        return {}, {"accepted": [{"text": text.strip()} for text in dict.fromkeys(self.accepted)]}
