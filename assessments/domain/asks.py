"""What may be asked of AI, before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assessments import prompts
from assessments.domain.written import FORMS
from assessments.enums import Difficulty
from assessments.models import QuestionBank

MOST_QUESTIONS = 10
MAX_TOPIC, MAX_COMPETENCE, MAX_LANGUAGE = 200, 120, 40


class AskInvalid(Exception):
    """What was asked for cannot be written. ``where`` is the field, the text a sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(reason)
        self.where = where


@dataclass(frozen=True)
class Ask:
    topic: str
    question_type: str = "single_choice"
    count: int = 3
    difficulty: str = ""
    competence: str = ""
    language: str = "English"
    bank: QuestionBank | None = None
    """For its style, and to find near-duplicates."""

    def __post_init__(self) -> None:
        """Raises :class:`AskInvalid`."""
        lengths = {"topic": MAX_TOPIC, "competence": MAX_COMPETENCE, "language": MAX_LANGUAGE}
        for name, limit in lengths.items():
            if len(getattr(self, name)) > limit:
                raise AskInvalid(name, f"At most {limit} characters.")
        if not prompts.visible(self.topic).strip():
            raise AskInvalid("topic", "Say what the questions should be about.")
        if self.question_type not in FORMS:
            raise AskInvalid("question_type", f"AI writes questions of these types: {', '.join(FORMS)}.")
        if self.difficulty not in Difficulty.values:
            raise AskInvalid("difficulty", "It must be easy, medium, hard or left out.")
        if not 1 <= self.count <= MOST_QUESTIONS:
            raise AskInvalid("count", f"From 1 to {MOST_QUESTIONS} questions at once.")

    def as_json(self) -> dict[str, Any]:
        names = ("topic", "question_type", "count", "difficulty", "competence", "language")
        return {name: getattr(self, name) for name in names}
