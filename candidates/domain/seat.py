"""What a candidate's pages show, as plain data: made from a snapshot and faces, so that a page costs next to no queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language, gettext

from assessments.domain.faces import Face, face_of
from candidates.domain import outages
from candidates.domain.clock import milliseconds_between
from candidates.domain.durations import exact_words, minutes_words, rough, rough_words
from candidates.domain.frames import Dot, SectionFrame
from candidates.domain.signals import FROM_BROWSERS
from candidates.domain.snapshots import Snapshot, SnapshotAnnouncement, SnapshotQuestion, SnapshotSection
from candidates.enums import AttemptStatus, PauseKind
from candidates.models.attempt import reads

ENDING_MS = 5 * 60_000
PAGES = ("review", "record", "clock", "submit", "start", "announcements", "signals", "break", "resume")


@lru_cache(maxsize=10_000)  # a page names it a dozen times, and whoever saves comes again
def _root(attempt_id: UUID) -> str:
    return reverse("attempt", args=[attempt_id])


@lru_cache(maxsize=5_000)  # minutes, in each language
def _left(seconds: int, _language: str | None) -> str:
    return gettext("%(time)s left") % {"time": exact_words(seconds)}


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
    def language(self) -> str:
        return self.snapshot.language

    @property
    def status(self) -> str:
        return self.snapshot.status

    is_rehearsal: ClassVar[bool] = False

    def face(self, question: SnapshotQuestion) -> Face:
        return face_of(question.version_id)

    @property
    def announcements(self) -> list[SnapshotAnnouncement]:
        """None once the attempt is closed: there is nothing left to do about them."""
        is_ahead_or_open = self.status in (AttemptStatus.READY, AttemptStatus.IN_PROGRESS)
        return self.snapshot.announcements if is_ahead_or_open else []

    @property
    def watched(self) -> str:
        """What this page's scripts send signals of, as words in a row; empty for most assessments."""
        is_open = self.snapshot.status == AttemptStatus.IN_PROGRESS
        return " ".join(kind for kind in self.snapshot.signals if is_open and kind in FROM_BROWSERS)

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

    @property
    def root(self) -> str:
        return _root(self.attempt_id)

    @cached_property
    def urls(self) -> dict[str, str]:
        pages = {page: f"{self.root}{page}/" for page in PAGES}
        return {"overview": self.root, "continue": self.question_url(max(self.position, 1)), **pages}

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
                is_ahead=question.number > self._gates[question.section][1],
            )
            for question in self.snapshot.questions
        ]

    def is_unseen(self, question: SnapshotQuestion) -> bool:
        """The one rule of what its candidate may not read now, on any page and by the API: everything while time stands
        still, and what lies ahead."""
        return self.lies_ahead(question) or (self.snapshot.status == AttemptStatus.IN_PROGRESS and self.is_paused)

    def lies_ahead(self, question: SnapshotQuestion) -> bool:
        """In a timed section not begun, or further on in a one-way one. Nothing does once the attempt is closed."""
        if self.snapshot.status != AttemptStatus.IN_PROGRESS:
            return False
        return not self.snapshot.section_of(question).is_started or self.snapshot.is_ahead(question)

    def is_locked(self, question: SnapshotQuestion) -> bool:
        """A one-way section has moved on from it, or its section's time is over."""
        return question.number < self._gates[question.section][0]

    @cached_property
    def _gates(self) -> dict[int, tuple[int, int]]:
        """Of each section, the first question that is not closed and the last that may be seen."""
        return {section.position: self._gate(section) for section in self.snapshot.sections}

    def _gate(self, section: SnapshotSection) -> tuple[int, int]:
        is_over = section.grace_until is not None and self.reads > section.grace_until
        open_number = self.snapshot.open_number(section) if section.is_one_way else None
        past_the_last = self.total + 1
        return (
            past_the_last if is_over else open_number or 0,
            past_the_last if open_number is None else open_number,
        )

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

    @cached_property
    def reads(self) -> datetime:
        """What the attempt's clock shows now."""
        return reads(self.at, paused_at=self.snapshot.paused_at, pause_until=self.snapshot.pause_until)

    @property
    def remaining_ms(self) -> int | None:
        return milliseconds_between(self.reads, self.bell) if self.bell is not None else None

    @property
    def is_paused(self) -> bool:
        """Time stands still, and nothing that is asked is shown."""
        is_held = self.snapshot.paused_at is not None
        return is_held and (self.snapshot.pause_until is None or self.at < self.snapshot.pause_until)

    @property
    def pause_kind(self) -> str:
        """``""`` while time runs."""
        if not self.is_paused:
            return ""
        return PauseKind.STAFF.value if self.snapshot.pause_until is None else PauseKind.BREAK.value

    @property
    def break_remaining_ms(self) -> int | None:
        """Of the break under way; ``None`` outside one."""
        until = self.snapshot.pause_until
        return milliseconds_between(self.at, until) if self.is_paused and until is not None else None

    @property
    def break_remaining_words(self) -> str:
        left = self.break_remaining_ms
        return rough_words(max(1, left // 1000)) if left is not None else ""

    @property
    def breaks_left(self) -> int:
        """None where no clock runs that a break could stop."""
        bells = [self.snapshot.deadline_at, *(one.deadline_at for one in self.snapshot.sections)]
        return self.snapshot.breaks_left if any(bell and bell > self.reads for bell in bells) else 0

    @property
    def has_break(self) -> bool:
        return self.breaks_left > 0

    @property
    def break_words(self) -> str:
        return minutes_words(self.snapshot.break_seconds)

    @property
    def given_back_words(self) -> str:
        """Told on every page once it has happened: nobody should wonder where the minutes come from."""
        seconds = self.snapshot.outage_seconds
        return outages.given_back_words(seconds) if seconds else ""

    @property
    def remaining_words(self) -> str:
        return "" if self.remaining_ms is None else _left(rough(self.remaining_ms // 1000), get_language())

    @property
    def is_ending(self) -> bool:
        """So little is left that whoever hides the time is shown it; clock.js says so of a page that stays open."""
        return self.remaining_ms is not None and 0 < self.remaining_ms <= ENDING_MS

    @property
    def bell_rang(self) -> bool:
        return self.bell is not None and self.reads >= self.bell

    @cached_property
    def sections(self) -> list[SectionFrame]:
        return [self._frame(section) for section in self.snapshot.sections]

    def section_frame(self, position: int) -> SectionFrame:
        return self._frame(next(section for section in self.snapshot.sections if section.position == position))

    def _frame(self, section: SnapshotSection) -> SectionFrame:
        numbers = [question.number for question in self.snapshot.questions if question.section == section.position]
        return SectionFrame(
            position=section.position,
            count=len(self.snapshot.sections),
            title=section.title,
            instructions=section.instructions,
            is_one_way=section.is_one_way,
            is_started=section.is_started,
            minutes=self._minutes_of(section),
            first_number=numbers[0],
            last_number=numbers[-1],
        )

    def _minutes_of(self, section: SnapshotSection) -> str:
        """The section's own time, or what is left of the whole where that is less and something is left."""
        if not section.allowed_seconds:
            return ""
        whole = self.snapshot.deadline_at
        left = 0 if whole is None or section.is_started else milliseconds_between(self.reads, whole) // 1000
        return minutes_words(min(section.allowed_seconds, left) if left > 0 else section.allowed_seconds)
