"""The first page of admin: a few sentences with a number and a link, of what this person may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_tasks_db.models import DBTaskResult

from assessments.admin.pages import counted, list_url
from assessments.domain.plots import Figure
from assessments.enums import AssessmentStatus, QuestionStatus
from assessments.models import Assessment, Question
from candidates.domain import clock, dashboard_plots, reviews
from candidates.enums import AttemptPurpose, AttemptStatus, InvitationStatus, MailStatus
from candidates.models import Attempt, Invitation, InvitationMail, ProblemReport
from interview_project import htmx

MOST = 7
RECENTLY = timedelta(days=7)


@dataclass(frozen=True)
class Tile:
    number: int
    words: str
    """The sentence goes on after the number."""
    url: str
    is_alarm: bool = False
    name: str = ""
    """Its own on the page, so that whoever has it in focus keeps it when the page looks again."""


def index(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
    """Admin's first page; while it is open it asks again for what waits, and for nothing else."""
    if htmx.target(request) == "tiles":
        return TemplateResponse(request, "admin/index.html#tiles")
    response = AdminSite.index(admin.site, request, extra_context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def tiles_for(user: Any) -> list[Tile]:
    """Alarms first, and only when there is something to be alarmed about."""
    now = clock.now()
    made = [(make.__name__.strip("_"), make(now)) for permission, make in TILES if user.has_perm(permission)]
    shown = [replace(tile, name=name) for name, tile in made if tile is not None]
    return sorted(shown, key=lambda tile: not tile.is_alarm)[:MOST]


def figures_for(user: Any) -> list[Figure]:
    """What the last month looks like at a glance, of what this person may see."""
    drawn = [draw() for permission, draw in FIGURES if user.has_perm(permission)]
    return [figure for figure in drawn if figure is not None]


def _failed_tasks(now: datetime) -> Tile | None:
    number = DBTaskResult.objects.failed().count()
    words = f"background {'task' if number == 1 else 'tasks'} failed"
    return Tile(number, words, list_url(DBTaskResult, status__exact="FAILED"), is_alarm=True) if number else None


def _overdue(now: datetime) -> Tile | None:
    """The sweeper comes by every few seconds: what is overdue for minutes says that no worker runs."""
    number = Attempt.objects.overdue(at=now - timedelta(minutes=5)).count()
    words = (
        f"{'attempt' if number == 1 else 'attempts'} ran out of time but nobody closed them · is the worker running?"
    )
    return Tile(number, words, list_url(Attempt, status="overdue"), is_alarm=True) if number else None


def _waiting(now: datetime) -> Tile:
    queue = reviews.queue()
    number, oldest = len(queue.ids), [one.attempt.closed_at for one in reviews.in_queue(queue.ids[:1])]
    words = f"{'answer waits' if number == 1 else 'answers wait'} for a reviewer"
    more = "and more " if queue.is_longer else ""
    since = "".join(f" · oldest {age_words(now - at)}" for at in oldest if at)
    return Tile(number, more + words + since, reverse("admin:candidates_attempt_waiting"))


def _in_progress(now: datetime) -> Tile:
    number = Attempt.objects.running(at=now).exclude(purpose=AttemptPurpose.PREVIEW).count()
    return Tile(number, f"{plural(number, 'attempt')} in progress", list_url(Attempt, status="in_progress"))


def _submitted(now: datetime) -> Tile:
    since = now - RECENTLY
    number = Attempt.objects.counted().filter(closed_at__gte=since).count()
    return Tile(
        number, f"{plural(number, 'attempt')} finished in the last 7 days", list_url(Attempt, status="submitted")
    )


def _not_accepted(now: datetime) -> Tile:
    offered = Invitation.objects.filter(status=InvitationStatus.OFFERED, assessment__status=AssessmentStatus.PUBLISHED)
    number = offered.count()
    return Tile(
        number, f"{plural(number, 'invitation')} not taken up yet", list_url(Invitation, status__exact="offered")
    )


def _reported(now: datetime) -> Tile | None:
    open_ones = ProblemReport.objects.filter(answered_at=None)
    number, running = open_ones.count(), open_ones.filter(attempt__status=AttemptStatus.IN_PROGRESS).exists()
    words = f"{plural(number, 'problem')} with questions reported, not answered"
    return Tile(number, words, list_url(ProblemReport, answered="no"), is_alarm=running) if number else None


def _unsent(now: datetime) -> Tile | None:
    number = InvitationMail.objects.filter(status=MailStatus.FAILED).count()
    words = f"{plural(number, 'mail')} could not be sent"
    return Tile(number, words, list_url(InvitationMail, status__exact="failed"), is_alarm=True) if number else None


def _drafts(now: datetime) -> Tile:
    number = Question.objects.filter(status=QuestionStatus.DRAFT).count()
    return Tile(number, f"{plural(number, 'question')} to approve", list_url(Question, status__exact="draft"))


def _published(now: datetime) -> Tile:
    number = Assessment.objects.published().count()
    return Tile(number, f"{plural(number, 'assessment')} published", list_url(Assessment, status__exact="published"))


TILES: list[tuple[str, Callable[[datetime], Tile | None]]] = [
    ("django_tasks_db.view_dbtaskresult", _failed_tasks),
    ("candidates.view_attempt", _overdue),
    ("candidates.view_problemreport", _reported),
    ("candidates.view_invitationmail", _unsent),
    ("candidates.add_review", _waiting),
    ("candidates.view_attempt", _in_progress),
    ("candidates.view_attempt", _submitted),
    ("candidates.view_invitation", _not_accepted),
    ("assessments.view_question", _drafts),
    ("assessments.view_assessment", _published),
]

FIGURES: list[tuple[str, Callable[[], Figure | None]]] = [
    ("candidates.view_attempt", dashboard_plots.finished_by_day),
    ("candidates.view_invitation", dashboard_plots.progress_of_the_invited),
]


def plural(number: int, noun: str) -> str:
    return counted(number, noun).partition(" ")[2]


def age_words(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours >= 24:
        return counted(hours // 24, "day")
    return counted(hours, "hour") if hours else "less than an hour"
