"""Do status, times and bells follow from what happened, and did staff do what was done by staff?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from candidates.domain import allowances
from candidates.domain.audit import Trail
from candidates.enums import AttemptStatus, EventKind, ScoreSource
from candidates.models import Attempt, Event, Score

STATUS_AFTER = {
    EventKind.STARTED: AttemptStatus.IN_PROGRESS,
    EventKind.SUBMITTED: AttemptStatus.SUBMITTED,
    EventKind.EXPIRED: AttemptStatus.EXPIRED,
    EventKind.CLOSED: AttemptStatus.EXPIRED,
    EventKind.REOPENED: AttemptStatus.IN_PROGRESS,
    EventKind.VOIDED: AttemptStatus.VOIDED,
}
ACTIONS = {
    EventKind.EXTENDED: "time added",
    EventKind.PAUSED: "time stopped",
    EventKind.REOPENED: "reopened",
    EventKind.CLOSED: "closed",
    EventKind.VOIDED: "voided",
}
"""What the audit log calls what only staff do to an attempt; it says so as of the same moment."""


def course_that_differs(attempt: Attempt, trail: Trail) -> Iterator[str]:
    events = list(attempt.events.order_by("pk"))
    yield from _ends_that_differ(attempt, events)
    yield from _bell_that_differs(attempt, events, trail)
    yield from _untold(attempt, events, trail)
    yield from _judgements_that_differ(attempt, trail)


# ---- What the attempt's own events say ----


def _ends_that_differ(attempt: Attempt, events: Sequence[Event]) -> Iterator[str]:
    status, started_at, closed_at = AttemptStatus.READY, None, None
    for event in (event for event in events if event.kind in STATUS_AFTER):
        status = STATUS_AFTER[EventKind(event.kind)]
        started_at = started_at or event.at
        closed_at = None if status == AttemptStatus.IN_PROGRESS else closed_at or event.at
    if attempt.status != status:
        yield f"it is {attempt.get_status_display().lower()}, and by its events {status.label.lower()}"
    if attempt.started_at != started_at:
        yield f"it began at {_words(attempt.started_at)}, and by its events at {_words(started_at)}"
    if attempt.closed_at != closed_at:
        yield f"it ended at {_words(attempt.closed_at)}, and by its events at {_words(closed_at)}"
    for field, kind in (("extra_seconds", EventKind.EXTENDED), ("outage_seconds", EventKind.OUTAGE_CREDITED)):
        told = sum(event.detail["seconds"] for event in events if event.kind == kind)
        if getattr(attempt, field) != told:
            yield f"{field} is {getattr(attempt, field)}, and by its events {told}"


def _bell_that_differs(attempt: Attempt, events: Sequence[Event], trail: Trail) -> Iterator[str]:
    """Where it began to count, what was allowed then, and whatever was added since."""
    if attempt.deadline_at is not None and attempt.grace_until is not None:
        grace = timedelta(seconds=attempt.assessment.grace_seconds)
        if attempt.grace_until - attempt.deadline_at != grace:
            yield f"its grace lasts until {_words(attempt.grace_until)}, which is not {grace} after its bell"
    reopened = next((event for event in reversed(events) if event.kind == EventKind.REOPENED), None)
    if reopened is not None:
        if attempt.deadline_at is None:
            return  # nor had it one before
        began_at, seconds = reopened.at, reopened.detail["seconds"]
    else:
        if attempt.started_at is None or trail.tells(f"candidate {attempt.candidate_id}", since=attempt.started_at):
            return  # by what the accommodation was then, and it may be another now
        began_at = attempt.started_at
        seconds = allowances.allowed_seconds(attempt.assessment.duration_seconds, attempt.candidate)
    since = [event for event in events if reopened is None or event.pk > reopened.pk]
    bell = None if seconds is None else began_at + timedelta(seconds=seconds) + _added(attempt, since, began_at)
    if attempt.deadline_at != bell:
        yield f"its bell is at {_words(attempt.deadline_at)}, and by what was allowed and added at {_words(bell)}"


def _added(attempt: Attempt, events: Sequence[Event], began_at: datetime) -> timedelta:
    extended = sum(event.detail["seconds"] for event in events if event.kind == EventKind.EXTENDED)
    credited = {event.at for event in events if event.kind == EventKind.OUTAGE_CREDITED}
    outages = attempt.outage_credits.filter(outage__ended_at__in=credited).values_list("credit", flat=True)
    pauses = [pause.length for pause in attempt.pauses.filter(began_at__gte=began_at)]
    if attempt.paused_at is not None and attempt.pause_until is not None:
        pauses.append(attempt.pause_until - attempt.paused_at)  # a break moves the bell when it begins
    return timedelta(seconds=extended) + sum([*outages, *pauses], timedelta(0))


def _words(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "no time"


# ---- What the audit log says ----


def _untold(attempt: Attempt, events: Sequence[Event], trail: Trail) -> Iterator[str]:
    subject, of_all = f"attempt {attempt.pk}", f"assessment {attempt.assessment_id}"
    if attempt.invitation_id is not None and not trail.of(f"invitation {attempt.invitation_id}", "invited"):
        yield "the audit log does not say that its candidate was invited"
    happened = {(ACTIONS[EventKind(event.kind)], event.at) for event in events if event.kind in ACTIONS}
    for action, at in sorted(happened):
        told = [entry.at for entry in (*trail.of(subject, action), *trail.of(of_all, action))]
        if at not in told:
            yield f"{action} at {_words(at)}: the audit log does not say so"
    for action in ACTIONS.values():
        for entry in trail.of(subject, action):
            if (action, entry.at) not in happened:
                yield f"{action} at {_words(entry.at)}: the audit log says so, and its events do not"
    for event in events:
        if event.detail.get("audit") and event.detail["audit"] not in trail.hashes:
            yield f"{event.get_kind_display().lower()} at {_words(event.at)}: audit entries from before that are missing"


def _judgements_that_differ(attempt: Attempt, trail: Trail) -> Iterator[str]:
    """Each score by a person, and each decision, is told of once."""
    scores: dict[int, list[Decimal]] = {}
    rows = Score.objects.filter(attempt_question__attempt=attempt, source=ScoreSource.REVIEWER)
    for pk, points in rows.values_list("attempt_question", "points"):
        scores.setdefault(pk, []).append(points)
    for pk, number in attempt.questions.values_list("pk", "number"):
        told = [Decimal(entry.detail["points"]) for entry in trail.of(f"attemptquestion {pk}", "response scored")]
        if sorted(told) != sorted(scores.get(pk, [])):
            yield f"question {number}: its reviewers' scores are not those that the audit log tells of"
    decisions = [entry.detail["decision"] for entry in trail.of(f"attempt {attempt.pk}", "outcome decided")]
    if sorted(decisions) != sorted(attempt.outcomes.values_list("decision", flat=True)):
        yield "its outcomes are not those that the audit log tells of"
