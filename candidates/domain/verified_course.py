"""Do status and times follow from what happened, and did staff do what was done by staff?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from candidates.domain.audit import Trail
from candidates.domain.verified_bells import bells_that_differ, words
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
    yield from bells_that_differ(attempt, events, trail)
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
        yield f"it began at {words(attempt.started_at)}, and by its events at {words(started_at)}"
    if attempt.closed_at != closed_at:
        yield f"it ended at {words(attempt.closed_at)}, and by its events at {words(closed_at)}"
    for field, kind in (("extra_seconds", EventKind.EXTENDED), ("outage_seconds", EventKind.OUTAGE_CREDITED)):
        told = sum(event.detail["seconds"] for event in events if event.kind == kind)
        if getattr(attempt, field) != told:
            yield f"{field} is {getattr(attempt, field)}, and by its events {told}"


# ---- What the audit log says ----


def _untold(attempt: Attempt, events: Sequence[Event], trail: Trail) -> Iterator[str]:
    subject, of_all = f"attempt {attempt.pk}", f"assessment {attempt.assessment_id}"
    if attempt.invitation_id is not None and not trail.of(f"invitation {attempt.invitation_id}", "invited"):
        yield "the audit log does not say that its candidate was invited"
    happened = {(ACTIONS[EventKind(event.kind)], event.at) for event in events if event.kind in ACTIONS}
    for action, at in sorted(happened):
        told = [entry.at for entry in (*trail.of(subject, action), *trail.of(of_all, action))]
        if at not in told:
            yield f"{action} at {words(at)}: the audit log does not say so"
    for action in ACTIONS.values():
        for entry in trail.of(subject, action):
            if (action, entry.at) not in happened:
                yield f"{action} at {words(entry.at)}: the audit log says so, and its events do not"
    for event in events:
        if event.detail.get("audit") and event.detail["audit"] not in trail.hashes:
            yield f"{event.get_kind_display().lower()} at {words(event.at)}: audit entries from before that are missing"


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
