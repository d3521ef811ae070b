"""Two drawings for the first page of admin: what was finished, day by day, and how far those invited have come."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from assessments.domain import plots
from assessments.domain.plots import Figure
from candidates.domain import clock
from candidates.enums import CLOSED_STATUSES, AttemptPurpose, AttemptStatus, InvitationStatus
from candidates.models import Attempt, Invitation

DAYS = 30
ENDINGS = ((AttemptStatus.SUBMITTED, "submitted"), (AttemptStatus.EXPIRED, "ended by the clock"))
KEY = tuple((str(kind), words) for kind, words in ENDINGS)
STEPS = {"invited": "invited", "came_in": "came in", "started": "started", "finished": "finished"}


def finished_by_day() -> Figure | None:
    """Attempts that count, by the day they were finished on, the days without any too; nothing if all are."""
    first = _first_day()
    counts = {str(kind): Count("pk", filter=Q(status=kind)) for kind, _ in ENDINGS}
    finished = Attempt.objects.counted().filter(closed_at__gte=_midnight(first))
    rows = finished.annotate(day=TruncDate("closed_at")).values("day").annotate(**counts).order_by("day")
    found = {row["day"]: row for row in rows}
    if not found:
        return None
    given = [_day(first + timedelta(days=number), found) for number in range(DAYS)]
    return Figure(
        "finished-by-day",
        "Attempts finished by day",
        _busiest(given),
        plots.columns(given, axis=plots.Axis("attempts"), along="day (month-day)", short=lambda name: name[5:]),
        KEY,
        plots.table_of([one for one in given if one.amount], first="Day", key=KEY),
    )


def progress_of_the_invited() -> Figure | None:
    """Of whom was invited in these days, withdrawn invitations left out: how many came in, started, finished."""
    taken_up = Attempt.objects.filter(invitation=OuterRef("pk"), purpose=AttemptPurpose.INVITED)
    taken_up = taken_up.exclude(status=AttemptStatus.VOIDED)
    invited = Invitation.objects.filter(created_at__gte=_midnight(_first_day()))
    numbers = invited.exclude(status=InvitationStatus.REVOKED).aggregate(
        invited=Count("pk"),
        came_in=Count("pk", filter=Q(Exists(taken_up))),
        started=Count("pk", filter=Q(Exists(taken_up.filter(started_at__isnull=False)))),
        finished=Count("pk", filter=Q(Exists(taken_up.filter(status__in=CLOSED_STATUSES)))),
        declined=Count("pk", filter=Q(status=InvitationStatus.DECLINED)),
    )
    if not numbers["invited"]:
        return None
    given = [
        plots.Given(words, (("amount", numbers[step]),), f"{numbers[step]:,} {words}") for step, words in STEPS.items()
    ]
    return Figure(
        "progress-of-the-invited",
        f"Invited in the last {DAYS} days",
        _how_far(numbers),
        plots.rows(given, axis=plots.Axis("people invited")),
        data=plots.table_of(given, first="Step", key=(("amount", "Invitations"),)),
    )


def _day(day: date, found: dict[date, dict[str, int]]) -> plots.Given:
    name, row = f"{day:%Y-%m-%d}", found.get(day, {})
    parts = tuple((kind, row.get(kind, 0)) for kind, _ in KEY)
    told = ", ".join(f"{number:,} {words}" for (_, words), (_, number) in zip(KEY, parts, strict=True))
    return plots.Given(name, parts, f"{name}: {told}")


def _busiest(given: list[plots.Given]) -> str:
    total = sum(one.amount for one in given)
    most = max(given, key=lambda one: one.amount)
    return f"{total:,} in the last {DAYS} days; most on {most.name}: {most.amount:,}."


def _how_far(numbers: dict[str, int]) -> str:
    invited, started, finished = numbers["invited"], numbers["started"], numbers["finished"]
    declined = f", {numbers['declined']:,} declined" if numbers["declined"] else ""
    return f"{finished:,} of {invited:,} have finished; {started - finished:,} have started and not finished{declined}."


def _first_day() -> date:
    return timezone.localdate(clock.now()) - timedelta(days=DAYS - 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
