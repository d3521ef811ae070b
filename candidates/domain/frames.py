"""One dot, one section, one question, as the templates of a seat's pages get them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from assessments.domain import markup
from assessments.domain.faces import Face, face_of
from assessments.question_types import Value
from candidates.domain.snapshots import SnapshotQuestion


@dataclass(frozen=True)
class Dot:
    number: int
    is_answered: bool
    is_flagged: bool
    is_current: bool
    is_locked: bool
    is_ahead: bool
    url: str = field(compare=False)
    """Only where dots are links; a button looks the same in every attempt."""

    @property
    def label(self) -> str:
        """ "Question 4, answered, flagged": the dot for those who do not see it."""
        states = (
            (self.is_current, gettext("you are here")),
            (True, gettext("answered") if self.is_answered else gettext("empty")),
            (self.is_flagged, gettext("flagged")),
            (self.is_locked, gettext("closed")),
            (self.is_ahead, gettext("comes later")),
        )
        name = gettext("Question %(number)s") % {"number": self.number}
        return gettext(", ").join([name, *(word for holds, word in states if holds)])


@dataclass(frozen=True)
class SectionFrame:
    position: int
    count: int
    title: str
    instructions: str
    is_one_way: bool
    is_started: bool
    minutes: str
    first_number: int
    last_number: int

    @cached_property
    def instructions_html(self) -> str:
        """Worked out where it is shown: a save has no use for it."""
        return markup.render(self.instructions) if self.instructions else ""


@dataclass(frozen=True)
class QuestionFrame:
    number: int
    points: str
    face: Face
    value: Value
    order: list[str]

    @property
    def stem_html(self) -> str:
        return self.face.stem_html

    @property
    def template(self) -> str:
        return self.face.type.template

    @property
    def widget(self) -> dict[str, Any]:
        return self.face.type.widget(self.face.widget, self.value, self.order)

    @property
    def counted_points(self) -> int:
        """As plurals count them: a fraction is several."""
        points = Decimal(self.points)
        return int(points) if points == int(points) else int(points) + 2


def question_frame(question: SnapshotQuestion, *, value: Value, face: Face | None = None) -> QuestionFrame:
    """The question with a value filled in: the saved one, or what was just typed and could not be saved."""
    face = face or face_of(question.version_id)
    return QuestionFrame(
        number=question.number, points=question.points, face=face, value=value, order=question.option_order
    )


def words(question: SnapshotQuestion, *, limit: int = 120, face: Face | None = None) -> str:
    """The first words of what is saved."""
    face = face or face_of(question.version_id)
    text = " ".join(face.type.words(question.value, face.content).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def stem_words(question: SnapshotQuestion, *, face: Face | None = None) -> str:
    return (face or face_of(question.version_id)).stem_words
