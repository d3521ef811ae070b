"""Was the clock fair to everybody? For each attempt of an assessment: what it was allowed, what it lost, what came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import DurationField, OuterRef, Prefetch, Subquery, Sum

from assessments.models import Assessment
from candidates.domain import allowances, clock, outages
from candidates.enums import AttemptPurpose, PauseKind
from candidates.models import Attempt, Outage, OutageCredit, Pause, ResponseEvent
from interview_project.tables import write_table

NOTHING = timedelta(0)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Line:
    """One attempt; all lengths as exact as the database has them. ``allowed`` is ``None`` where no clock ran for the whole."""

    attempt_id: UUID
    candidate: str
    status: str
    started_at: datetime
    closed_at: datetime | None
    allowed: timedelta | None
    added: timedelta
    paused: timedelta
    breaks: timedelta
    lost: timedelta
    given_back: timedelta
    used: timedelta
    longest_gap: timedelta

    @property
    def is_fair(self) -> bool:
        """What was lost to us came back."""
        return self.allowed is None or self.given_back >= self.lost

    @property
    def total(self) -> timedelta:
        """All that the bell was moved by, and the time it began with."""
        return (self.allowed or NOTHING) + self.added + self.given_back + self.paused + self.breaks


@dataclass(frozen=True)
class Report:
    at: datetime
    lines: list[Line]
    begun_count: int
    """Of all, also those that were not asked for."""

    @property
    def unfair(self) -> list[Line]:
        return [line for line in self.lines if not line.is_fair]


def report_on(assessment: Assessment, *, newest: int | None = None) -> Report:
    """Of the attempts that were begun, newest first, without what staff tried out; of all, unless told how many."""
    at = clock.now()
    begun = assessment.attempts.filter(started_at__isnull=False).exclude(purpose=AttemptPurpose.PREVIEW)
    given = OutageCredit.objects.filter(attempt=OuterRef("pk")).order_by().values("attempt")
    attempts = list(
        begun.select_related("candidate", "assessment")
        .prefetch_related(Prefetch("pauses", Pause.objects.order_by("began_at")))
        .annotate(given_back=Subquery(given.values(total=Sum("credit")), output_field=DurationField()))
        .order_by("-started_at", "pk")[:newest]
    )
    known = list(Outage.objects.filter(ended_at__gte=min((_start(one) for one in attempts), default=at)))
    gaps = longest_gaps(attempts, at=at)
    begun_count = len(attempts) if newest is None or len(attempts) < newest else begun.count()
    return Report(at, [_line(one, known, gaps[one.pk], at=at) for one in attempts], begun_count)


def _start(attempt: Attempt) -> datetime:
    assert attempt.started_at is not None  # noqa: S101 - the query says so
    return attempt.started_at


def _line(attempt: Attempt, known: Iterable[Outage], gap: timedelta, *, at: datetime) -> Line:
    began_at, ended_at = _start(attempt), attempt.closed_at or at
    pauses = [*attempt.pauses.all(), *_still_now(attempt, at=at)]
    by_kind = {kind: sum((one.length for one in pauses if one.kind == kind), NOTHING) for kind in PauseKind}
    allowed = allowances.allowed_seconds(attempt.assessment.duration_seconds, attempt.candidate)
    return Line(
        attempt_id=attempt.pk,
        candidate=str(attempt.candidate),
        status=str(attempt.get_status_display()),
        started_at=began_at,
        closed_at=attempt.closed_at,
        allowed=None if allowed is None else timedelta(seconds=allowed),
        added=timedelta(seconds=attempt.extra_seconds),
        paused=by_kind[PauseKind.STAFF],
        breaks=by_kind[PauseKind.BREAK],
        lost=_lost(known, pauses, since=began_at, until=ended_at),
        given_back=attempt.given_back or NOTHING,  # type: ignore[attr-defined] # annotated
        used=ended_at - began_at,
        longest_gap=gap,
    )


def _still_now(attempt: Attempt, *, at: datetime) -> Iterator[Pause]:
    """The pause that is not written down yet, as far as it has come."""
    if attempt.paused_at is None:
        return
    kind = PauseKind.BREAK if attempt.pause_until else PauseKind.STAFF
    until = max(attempt.paused_at, min(at, attempt.pause_until or at))
    yield Pause(attempt=attempt, kind=kind, began_at=attempt.paused_at, ended_at=until)


def _lost(known: Iterable[Outage], pauses: list[Pause], *, since: datetime, until: datetime) -> timedelta:
    """How long we were away while its clock ran: measured from the outages, not from what was given back."""
    away = outages.overlap(known, since=since, until=until)
    resting = (outages.overlap(known, since=max(one.began_at, since), until=one.ended_at) for one in pauses)
    return max(NOTHING, away - sum(resting, NOTHING))


def longest_gaps(attempts: Iterable[Attempt], *, at: datetime) -> dict[UUID, timedelta]:
    """The longest stretch without a word from the candidate's browser that was kept, from the start to the end."""
    moments = {one.pk: [_start(one)] for one in attempts}
    heard = ResponseEvent.objects.filter(attempt__in=moments).order_by("sequence")
    for attempt_id, received_at in heard.values_list("attempt", "received_at").iterator(chunk_size=5_000):
        moments[attempt_id].append(received_at)
    for one in attempts:
        moments[one.pk].append(one.closed_at or at)
    return {key: max((later - earlier for earlier, later in pairwise(sorted(found)))) for key, found in moments.items()}


LENGTHS = ("allowed", "added", "paused", "breaks", "lost", "given_back", "used", "longest_gap")
FACTS = ("attempt_id", "candidate", "status", "started_at", "closed_at")
COLUMNS = [*FACTS, *(f"{name}_seconds" for name in LENGTHS), "is_fair"]


def as_csv(report: Report) -> str:
    """A line for each attempt; moments and lengths to the millisecond."""
    names = (*FACTS, *LENGTHS, "is_fair")
    return write_table(COLUMNS, ([_cell(getattr(line, name)) for name in names] for line in report.lines))


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        whole = round(value / MILLISECOND)
        return f"{whole // 1000}.{whole % 1000:03}"
    return "" if value is None else value
