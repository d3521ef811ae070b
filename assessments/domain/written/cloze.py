"""A text with gaps to type into or to choose for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from assessments import question_types
from assessments.domain.written.base import Halves, Written
from assessments.enums import QuestionTypeName
from assessments.question_types import Value
from assessments.question_types.listed import assignments


class WrittenGap(BaseModel):
    accepted: list[str] = Field(description="What is right; where one chooses, exactly one.")
    wrong: list[str] = Field(description="What else there is to choose from; empty where one types.")

    def halves(self, name: str) -> Halves:
        right = [text.strip() for text in dict.fromkeys(self.accepted)]
        if not self.wrong:
            return {"id": name}, {"accepted": [{"text": text} for text in right]}
        texts = [*right, *(text.strip() for text in self.wrong)]
        options = [{"id": f"o{number}", "text": text} for number, text in enumerate(texts, start=1)]
        # With several marked there is no key: "" is no option, and the type says so.
        return {"id": name, "kind": "choice", "options": options}, {"option": "o1" if len(right) == 1 else ""}


class WrittenCloze(Written):
    type = QuestionTypeName.CLOZE
    needs = (
        "a text of 40 to 120 words, such as a log, a query, a reply to a customer or a report, with two to four gaps "
        "marked {{1}}, {{2}} and so on, and one entry of gaps for each, in that order. A gap holds one to three words that "
        "follow from the text. Leave wrong empty where the person types, and then list every spelling that is right; or "
        "give three wrong alternatives of the same length to choose from. The stem says what is to be filled in."
    )
    answered_by = 'for each gap its id, "=" and the text, or the id of one of its options, such as "1=index"'
    text: str = Field(description="Markdown with {{1}}, {{2}}, … for the gaps.")
    gaps: list[WrittenGap]

    def halves(self) -> Halves:
        both = {str(number): gap.halves(str(number)) for number, gap in enumerate(self.gaps, start=1)}
        content = {"text": self.text.strip(), "gaps": [gap for gap, _ in both.values()]}
        return content, {"gaps": {name: key for name, (_, key) in both.items()}}

    @classmethod
    def read(cls, given: Sequence[str], content: dict[str, Any]) -> Value:
        return question_types.get(cls.type).read_json(assignments(given), content)
