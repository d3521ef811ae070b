"""What a candidate's pages show, as plain data: made from a snapshot and faces, so that a page costs next to no queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.urls import reverse

from assessments.domain import markup
from assessments.domain.faces import face_of
from candidates.domain.clock import milliseconds_between
from candidates.domain.notices import minutes_words
from candidates.domain.snapshots import Snapshot, SnapshotQuestion, SnapshotSection


@dataclass(frozen=True)
class Dot:
    number: int
    url: str
    is_answered: bool
    is_flagged: bool
    is_current: bool
    is_locked: bool
    is_ahead: bool

    @property
    def label(self) -> str:
        """ "Question 4, answered, flagged": the dot for those who do not see it."""
        states = (
            (self.is_current, "you are here"),
            (True, "answered" if self.is_answered else "empty"),
            (self.is_flagged, "flagged"),
            (self.is_locked, "closed"),
            (self.is_ahead, "comes later"),
        )
        return ", ".join([f"Question {self.number}", *(word for holds, word in states if holds)])


@dataclass(frozen=True)
class SectionFrame:
    position: int
    count: int
    title: str
    instructions_html: str
    is_one_way: bool
    is_started: bool
    minutes: str
    first_number: int
    last_number: int


@dataclass(frozen=True)
class QuestionFrame:
    number: int
    type: str
    template: str
    stem_html: str
    points: str
    widget: dict[str, Any]


@dataclass(frozen=True)
class Seat:
    """One attempt as its candidate sees it at one moment, on question ``current`` (0 on other pages)."""

    snapshot: Snapshot
    at: datetime
    current: int = 0

    @property
    def attempt_id(self) -> UUID:
        return self.snapshot.attempt_id

    @property
    def title(self) -> str:
        return self.snapshot.title

    @property
    def organisation(self) -> str:
        return self.snapshot.organisation

    @property
    def status(self) -> str:
        return self.snapshot.status

    @property
    def position(self) -> int:
        return self.snapshot.position

    @property
    def total(self) -> int:
        return len(self.snapshot.questions)

    @cached_property
    def answered(self) -> int:
        return sum(question.is_answered for question in self.snapshot.questions)

    @cached_property
    def flagged(self) -> int:
        return sum(question.is_flagged for question in self.snapshot.questions)

    @cached_property
    def root(self) -> str:
        return reverse("attempt", args=[self.attempt_id])

    @cached_property
    def urls(self) -> dict[str, str]:
        pages = {page: f"{self.root}{page}/" for page in ("review", "record", "clock", "submit", "start")}
        return {"overview": self.root, **pages}

    def question_url(self, number: int) -> str:
        return f"{self.root}questions/{number}/"

    @cached_property
    def dots(self) -> list[Dot]:
        return [
            Dot(
                number=question.number,
                url=self.question_url(question.number),
                is_answered=question.is_answered,
                is_flagged=question.is_flagged,
                is_current=question.number == self.current,
                is_locked=self.is_locked(question),
                is_ahead=self.snapshot.is_ahead(question),
            )
            for question in self.snapshot.questions
        ]

    def is_locked(self, question: SnapshotQuestion) -> bool:
        """A one-way section has moved on from it, or its section's time is over."""
        section = self.snapshot.section_of(question)
        if section.grace_until is not None and self.at > section.grace_until:
            return True
        return self.snapshot.is_behind(question)

    @cached_property
    def next_open(self) -> int:
        """The question to go on with: where the candidate was, else the next one still open; 0 when none is."""
        questions = self.snapshot.questions[max(self.position, 1) - 1 :] + self.snapshot.questions
        return next((one.number for one in questions if not self.is_locked(one) and not self.snapshot.is_ahead(one)), 0)

    @cached_property
    def bell(self) -> datetime | None:
        """The next bell for the current question: its section's, or the whole attempt's."""
        question = self.snapshot.question(self.current)
        section_bell = self.snapshot.section_of(question).deadline_at if question else None
        bells = [bell for bell in (self.snapshot.deadline_at, section_bell) if bell is not None]
        return min(bells) if bells else None

    @property
    def remaining_ms(self) -> int | None:
        return milliseconds_between(self.at, self.bell) if self.bell is not None else None

    @property
    def remaining_words(self) -> str:
        return f"{minutes_words(self.remaining_ms // 1000)} left" if self.remaining_ms is not None else ""

    @property
    def bell_rang(self) -> bool:
        return self.bell is not None and self.at >= self.bell

    @cached_property
    def sections(self) -> list[SectionFrame]:
        return [self._frame(section) for section in self.snapshot.sections]

    def section_frame(self, position: int) -> SectionFrame:
        return next(section for section in self.sections if section.position == position)

    def _frame(self, section: SnapshotSection) -> SectionFrame:
        numbers = [question.number for question in self.snapshot.questions if question.section == section.position]
        return SectionFrame(
            position=section.position,
            count=len(self.snapshot.sections),
            title=section.title,
            instructions_html=markup.render(section.instructions) if section.instructions else "",
            is_one_way=section.is_one_way,
            is_started=section.is_started,
            minutes=self._minutes_of(section),
            first_number=numbers[0],
            last_number=numbers[-1],
        )

    def _minutes_of(self, section: SnapshotSection) -> str:
        """The section's own time, or what is left of the whole where that is less."""
        if not section.allowed_seconds:
            return ""
        whole = self.snapshot.deadline_at
        left = section.allowed_seconds if whole is None else milliseconds_between(self.at, whole) // 1000
        return minutes_words(section.allowed_seconds if section.is_started else min(section.allowed_seconds, left))


def question_frame(question: SnapshotQuestion, *, value: Any) -> QuestionFrame:
    """The question with a value filled in: the saved one, or what was just typed and could not be saved."""
    face = face_of(question.version_id)
    return QuestionFrame(
        number=question.number,
        type=face.type.name,
        template=face.type.template,
        stem_html=face.stem_html,
        points=question.points,
        widget=face.type.widget(face.widget, value, question.option_order),
    )


def words(question: SnapshotQuestion, *, limit: int = 120) -> str:
    """The first words of what is saved."""
    face = face_of(question.version_id)
    text = " ".join(face.type.words(question.value, face.content).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def stem_words(question: SnapshotQuestion) -> str:
    return face_of(question.version_id).stem_words
