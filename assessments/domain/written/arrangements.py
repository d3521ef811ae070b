"""What is brought together: partners, and steps in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from assessments import question_types
from assessments.domain.written.base import Halves, Written
from assessments.enums import QuestionTypeName
from assessments.question_types import Value


class WrittenPair(BaseModel):
    prompt: str
    choice: str = Field(description="What belongs to the prompt; at most eight words.")


class WrittenMatching(Written):
    type = QuestionTypeName.MATCHING
    needs = (
        "four or five pairs of a prompt and the choice that belongs to it, each choice clearly right for its own prompt "
        "and clearly wrong for the others; one or two more choices that belong to none and are mistakes people make. "
        "The stem says by what they are to be matched."
    )
    answered_by = 'for each prompt its id, "=" and the id of one choice, such as "1=c"'
    pairs: list[WrittenPair]
    other_choices: list[str] = Field(description="Choices that belong to no prompt.")

    def halves(self) -> Halves:
        texts = [text.strip() for text in (*(pair.choice for pair in self.pairs), *self.other_choices)]
        ids = {text: f"c{number}" for number, text in enumerate(dict.fromkeys(texts), start=1)}
        prompts = [{"id": f"p{number}", "text": pair.prompt.strip()} for number, pair in enumerate(self.pairs, start=1)]
        key = {prompt["id"]: ids[pair.choice.strip()] for prompt, pair in zip(prompts, self.pairs, strict=True)}
        return {"prompts": prompts, "choices": [{"id": id_, "text": text} for text, id_ in ids.items()]}, {"pairs": key}


class WrittenOrdering(Written):
    type = QuestionTypeName.ORDERING
    needs = (
        "four to six steps of something done at work, in the one order that can be defended: each depends on the one "
        "before it, and no words such as “first” or “finally” give its place away. The stem says by what they are ordered."
    )
    answered_by = "the ids of all items, in the right order"
    items: list[str] = Field(description="In the right order.")

    def halves(self) -> Halves:
        items = [{"id": str(number), "text": text.strip()} for number, text in enumerate(self.items, start=1)]
        return {"items": items}, {"order": [item["id"] for item in items]}

    @classmethod
    def read(cls, given: Sequence[str], content: dict[str, Any]) -> Value:
        return question_types.get(cls.type).read_json(list(given), content)
