"""The resume state of an attempt, kept in the cache: what a refresh needs, so that it costs one row and one key.

The database is the record. A snapshot counts only if its revision equals the attempt row's; a lost, late or stale one
is built anew. The only module that touches the cache for attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.utils.safestring import SafeString
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from assessments.domain import markup
from assessments.enums import Navigation
from candidates.domain import accommodations, allowances
from candidates.models import Announcement, Attempt, AttemptQuestion
from interview_project.caches import Fuse, bookmarks
from interview_project.numbers import plain

LIFETIME_SECONDS = 7 * 24 * 3600
EXACT = ConfigDict(extra="forbid")
BREAKS = {
    "breaks_everybody": "attempt__assessment__break_count",
    "breaks_extra": "attempt__candidate__extra_breaks",
    "break_everybody": "attempt__assessment__break_seconds",
    "break_own": "attempt__candidate__break_seconds",
}
fuse = Fuse()


@with_config(EXACT)
@dataclass(slots=True)
class SnapshotSection:
    position: int
    title: str
    instructions: str
    is_one_way: bool
    allowed_seconds: int | None
    is_started: bool
    reached: int
    deadline_at: datetime | None
    grace_until: datetime | None


@with_config(EXACT)
@dataclass(slots=True)
class SnapshotQuestion:
    id: int
    number: int
    section: int
    version_id: UUID
    option_order: list[str]
    points: str
    value: Any
    revision: int
    saved_at: datetime | None
    is_flagged: bool

    @property
    def is_answered(self) -> bool:
        return self.value is not None


@with_config(EXACT)
@dataclass(slots=True)
class SnapshotAnnouncement:
    """What the team has said and this candidate has not yet said to have read."""

    id: UUID
    text: str
    number: int
    """Of the question it is about; 0: about no question."""
    at: datetime

    @property
    def html(self) -> SafeString:
        return markup.render_message(self.text)


@with_config(EXACT)
@dataclass(slots=True)
class Snapshot:
    attempt_id: UUID
    revision: int
    status: str
    title: str
    organisation: str
    language: str
    """Of the questions, as a tag; empty: not known."""
    position: int
    deadline_at: datetime | None
    grace_until: datetime | None
    paused_at: datetime | None
    pause_until: datetime | None
    breaks_left: int
    break_seconds: int
    outage_seconds: int
    sections: list[SnapshotSection] = field(default_factory=list)
    questions: list[SnapshotQuestion] = field(default_factory=list)
    announcements: list[SnapshotAnnouncement] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    """What is noticed about it: as the notice named it."""

    def question(self, number: int) -> SnapshotQuestion | None:
        return self.questions[number - 1] if 1 <= number <= len(self.questions) else None

    def section_of(self, question: SnapshotQuestion) -> SnapshotSection:
        return next(section for section in self.sections if section.position == question.section)

    def open_number(self, section: SnapshotSection) -> int:
        """In a one-way section: the only question that takes a response; one past the last when all are closed."""
        return max(section.reached, next(one.number for one in self.questions if one.section == section.position))

    def is_behind(self, question: SnapshotQuestion) -> bool:
        """Left, in a one-way section, and so closed."""
        section = self.section_of(question)
        return section.is_one_way and question.number < self.open_number(section)

    def is_ahead(self, question: SnapshotQuestion) -> bool:
        """Not to be seen yet, in a one-way section."""
        section = self.section_of(question)
        return section.is_one_way and question.number > self.open_number(section)

    def with_section(self, section: SnapshotSection) -> Snapshot:
        return replace(self, sections=[section if one.position == section.position else one for one in self.sections])

    def with_question(self, question: SnapshotQuestion, **changes: Any) -> Snapshot:
        questions = [question if one.number == question.number else one for one in self.questions]
        return replace(self, questions=questions, **changes)


STORED = TypeAdapter(Snapshot)


def load(attempt: Attempt) -> Snapshot:
    """The snapshot of exactly this revision: from the cache, or built from the database and put there."""
    held = peek(attempt.pk)
    if held is not None and held.revision == attempt.revision:
        return held
    return rebuild(attempt)


def rebuild(attempt: Attempt) -> Snapshot:
    built = build(attempt)
    store(built)
    return built


def peek(attempt_id: UUID) -> Snapshot | None:
    """Whatever the cache holds, of whatever revision: good for what never changes (which question has which number)."""
    found = fuse.run(lambda: bookmarks().read_bookmark(_key(attempt_id)), otherwise=None)
    return _decoded(found[1]) if found else None


def store(snapshot: Snapshot) -> None:
    """Put it in the cache unless a newer one is there; a cache that is away is no error."""
    fuse.run(
        lambda: bookmarks().set_if_newer(
            _key(snapshot.attempt_id), _encoded(snapshot), revision=snapshot.revision, seconds=LIFETIME_SECONDS
        ),
        otherwise=False,
    )


def forget(attempt_id: UUID) -> None:
    """For a candidate who is erased: nothing they wrote stays in the cache until its time is up."""
    fuse.run(lambda: bookmarks().delete(_key(attempt_id)), otherwise=False)


def build(attempt: Attempt) -> Snapshot:
    """From the database, in one statement, and one more where the team has said something.

    The attempt's row is the caller's, so that its revision is the one judged.
    """
    rows: list[Any] = list(
        AttemptQuestion.objects.filter(attempt_id=attempt.pk)
        .select_related("response", "section__section")
        .annotate(
            title=F("attempt__assessment__title"),
            organisation=F("attempt__assessment__organisation"),
            language=F("attempt__assessment__language"),
            time_factor=F("attempt__candidate__time_factor"),
            is_untimed=F("attempt__candidate__is_untimed"),
            **{name: F(path) for name, path in BREAKS.items()},
            has_news=Exists(
                Announcement.objects.filter(
                    Q(report__isnull=True) | Q(report__attempt=OuterRef("attempt")),
                    assessment=OuterRef("attempt__assessment"),
                    withdrawn_at=None,
                )
            ),
        )
        .order_by("number")
    )
    about = rows[0] if rows else attempt.assessment
    sections = {row.section_id: row for row in rows}
    return Snapshot(
        attempt_id=attempt.pk,
        revision=attempt.revision,
        status=attempt.status,
        title=about.title,
        organisation=about.organisation,
        language=about.language,
        position=attempt.position,
        deadline_at=attempt.deadline_at,
        grace_until=attempt.grace_until,
        paused_at=attempt.paused_at,
        pause_until=attempt.pause_until,
        **_breaks(attempt, rows),
        outage_seconds=attempt.outage_seconds,
        sections=[_section(row) for row in sections.values()],
        questions=[_question(row) for row in rows],
        announcements=_announcements(attempt) if rows and rows[0].has_news else [],
        signals=attempt.consent_signals,
    )


def _announcements(attempt: Attempt) -> list[SnapshotAnnouncement]:
    unread = list(Announcement.objects.unread_by(attempt))
    about = [one.question_id for one in unread if one.question_id]
    numbers = dict(
        AttemptQuestion.objects.filter(attempt_id=attempt.pk, version__question__in=about).values_list(
            "version__question", "number"
        )
        if about
        else ()
    )
    return [
        SnapshotAnnouncement(
            one.pk, one.text, numbers.get(one.question_id, 0) if one.question_id else 0, one.announced_at
        )
        for one in unread
    ]


def _breaks(attempt: Attempt, rows: list[Any]) -> dict[str, int]:
    """How many breaks are left, and how long one may be; none before the start."""
    if not rows:
        return {"breaks_left": 0, "break_seconds": 0}
    allowed = accommodations.breaks_allowed(rows[0].breaks_everybody, rows[0].breaks_extra)
    length = accommodations.break_seconds(rows[0].break_everybody, rows[0].break_own)
    return {"breaks_left": max(0, allowed - attempt.breaks_taken), "break_seconds": length}


def _section(row: Any) -> SnapshotSection:
    """The section of its first question; ``row`` also bears the candidate's accommodation."""
    place, section = row.section, row.section.section
    return SnapshotSection(
        position=place.position,
        title=section.title,
        instructions=section.instructions,
        is_one_way=section.navigation == Navigation.ONE_WAY,
        allowed_seconds=allowances.allowed_seconds(section.duration_seconds, row),
        is_started=section.duration_seconds is None or place.started_at is not None,
        reached=place.reached,
        deadline_at=place.deadline_at,
        grace_until=place.grace_until,
    )


def _question(row: AttemptQuestion) -> SnapshotQuestion:
    return SnapshotQuestion(
        id=row.pk,
        number=row.number,
        section=row.section.position,
        version_id=row.version_id,
        option_order=row.option_order,
        points=plain(row.points),
        value=row.response.value,
        revision=row.response.revision,
        saved_at=row.response.saved_at,
        is_flagged=row.is_flagged,
    )


def _key(attempt_id: UUID) -> str:
    return f"attempt:{attempt_id.hex}"


def _encoded(snapshot: Snapshot) -> bytes:
    return STORED.dump_json(snapshot)


def _decoded(payload: bytes) -> Snapshot | None:
    """``None`` for anything another version of the program may have left there."""
    try:
        return STORED.validate_json(payload)
    except ValidationError:
        return None
