"""Time by hand: minutes, and clocks that stop and run, for one attempt, for some, and for all that run in an assessment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from assessments.admin.object_actions import ObjectAction, ask_about_many, is_confirmed
from assessments.admin.pages import caller, counted
from assessments.models import Assessment
from candidates.domain import clock, interventions, pauses
from candidates.domain.attempts import TransitionRefused
from candidates.domain.durations import minutes_words
from candidates.enums import AttemptStatus
from candidates.models import Attempt
from candidates.models.attempt import HELD_BY_STAFF

CHANGE = "candidates.change_attempt"
"""Whoever has it handles time and sees it; those who only judge answers see neither accommodations nor what they lead to."""


def handles_time(request: HttpRequest) -> bool:
    return request.user.has_perm(CHANGE)


class WhyForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For the audit log, where it is kept for good; name nobody.",
    )


class MinutesAndWhyForm(WhyForm):
    minutes = forms.IntegerField(min_value=1, max_value=24 * 60)
    field_order = ("minutes", "reason")


# ---- One attempt ----


def extend(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    seconds = data["minutes"] * 60
    interventions.extend(attempt, seconds=seconds, by=caller(request), reason=data["reason"])
    return f"{minutes_words(seconds)} more. An open page learns of it within 15 seconds."


def stop(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    if not pauses.pause([attempt.pk], by=caller(request), reason=data["reason"]):
        raise TransitionRefused("Its time does not run: it is over, or stands still already.")
    return "Time stands still. An open page covers its question within 15 seconds."


def let_run(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    if not pauses.resume([attempt.pk], by=caller(request)):
        raise TransitionRefused("Nobody has stopped it.")
    return "Time runs on. Every bell moved by exactly the time it stood still."


def _is_held(attempt: Attempt) -> bool:
    return attempt.paused_at is not None and attempt.pause_until is None


def _is_under_way(attempt: Attempt) -> bool:
    return attempt.status == AttemptStatus.IN_PROGRESS


EXTEND = ObjectAction(
    "extend",
    "Add minutes",
    CHANGE,
    extend,
    is_offered=_is_under_way,
    asks="Every bell that still runs moves by so many minutes: that of the whole attempt, and that of the section the "
    "candidate is in. The candidate is told on their record.",
    form=MinutesAndWhyForm,
    refusals=(TransitionRefused,),
)
STOP = ObjectAction(
    "stop-time",
    "Stop the clock",
    CHANGE,
    stop,
    is_offered=lambda attempt: _is_under_way(attempt) and not _is_held(attempt),
    asks="Time stands still, and the questions are hidden, until you let it run again. A break under way is ended and does "
    "not count as taken.",
    form=WhyForm,
    refusals=(TransitionRefused,),
)
LET_RUN = ObjectAction(
    "let-time-run",
    "Let the clock run",
    CHANGE,
    let_run,
    is_offered=_is_held,
    asks="Every bell moves by exactly the time it stood still.",
    refusals=(TransitionRefused,),
)


# ---- Some, and all that run ----


@dataclass(frozen=True)
class Done:
    """What is done to many, and how it is said."""

    label: str
    asks: str
    form: type[forms.Form]
    perform: Callable[[Collection[UUID], dict[str, Any], Any], int]
    words: Callable[[int, dict[str, Any]], str]
    is_dangerous: bool = False

    def do(self, attempts: Collection[UUID], data: dict[str, Any], by: Any) -> str:
        return self.words(self.perform(attempts, data, by), data)


EXTEND_MANY = Done(
    "Add minutes",
    "Every bell that still runs moves by so many minutes, for all of them or, if anything fails, for none. Attempts that "
    "are over or have no clock are left out.",
    MinutesAndWhyForm,
    lambda ids, data, by: interventions.extend_all(ids, seconds=data["minutes"] * 60, by=by, reason=data["reason"]),
    lambda count, data: (
        f"{minutes_words(data['minutes'] * 60)} more for {counted(count, 'attempt')}. "
        "Open pages learn of it within 15 seconds."
    ),
)
STOP_MANY = Done(
    "Stop the clocks",
    "Time stands still, and the questions are hidden, until you let it run again. Breaks under way are ended and do not "
    "count as taken.",
    WhyForm,
    lambda ids, data, by: pauses.pause(ids, by=by, reason=data["reason"]),
    lambda count, data: f"{counted(count, 'clock')} stopped. Open pages cover their questions within 15 seconds.",
)
LET_MANY_RUN = Done(
    "Let the clocks run",
    "Every bell moves by exactly the time it stood still.",
    forms.Form,
    lambda ids, data, by: pauses.resume(ids, by=by),
    lambda count, data: f"{counted(count, 'clock')} running on.",
)


def running_ids(assessment: Assessment) -> list[UUID]:
    running = Attempt.objects.running(at=clock.now()).filter(assessment=assessment)
    return list(running.values_list("pk", flat=True))


def _has_running(assessment: Assessment) -> bool:
    return assessment.attempts.filter(status=AttemptStatus.IN_PROGRESS).exists()


def _has_held(assessment: Assessment) -> bool:
    return assessment.attempts.filter(HELD_BY_STAFF).exists()


def _for_all_running(
    name: str, label: str, done: Done, is_offered: Callable[[Assessment], bool] = _has_running
) -> ObjectAction:
    def perform(request: HttpRequest, assessment: Assessment, data: dict[str, Any]) -> str:
        return done.do(running_ids(assessment), data, caller(request))

    return ObjectAction(
        name,
        label,
        CHANGE,
        perform,
        is_offered=is_offered,
        asks=f"For all attempts at this assessment that run now. {done.asks}",
        form=done.form,
    )


ALL_RUNNING = (
    _for_all_running("extend-all", "Add minutes for all", EXTEND_MANY),
    _for_all_running("stop-all", "Stop all clocks", STOP_MANY),
    _for_all_running("let-all-run", "Let all clocks run", LET_MANY_RUN, _has_held),
)


class TimeActionsAdmin(ModelAdmin):
    """The same for the attempts ticked in a list: asked first, on a page that posts back to the list."""

    def has_handle_time_permission(self, request: HttpRequest) -> bool:
        return handles_time(request)

    @admin.action(description="Add minutes", permissions=["handle_time"])
    def add_minutes(self, request: HttpRequest, attempts: QuerySet[Attempt]) -> HttpResponse:
        return self._ask_and_do(request, attempts, EXTEND_MANY)

    @admin.action(description="Stop the clocks", permissions=["handle_time"])
    def stop_clocks(self, request: HttpRequest, attempts: QuerySet[Attempt]) -> HttpResponse:
        return self._ask_and_do(request, attempts, STOP_MANY)

    @admin.action(description="Let the clocks run", permissions=["handle_time"])
    def let_clocks_run(self, request: HttpRequest, attempts: QuerySet[Attempt]) -> HttpResponse:
        return self._ask_and_do(request, attempts, LET_MANY_RUN)

    def _ask_and_do(self, request: HttpRequest, attempts: QuerySet[Attempt], done: Done) -> HttpResponse:
        ids = list(attempts.values_list("pk", flat=True))
        form = done.form(request.POST if is_confirmed(request) else None)
        if is_confirmed(request) and form.is_valid():
            self.message_user(request, done.do(ids, form.cleaned_data, caller(request)), messages.SUCCESS)
            return redirect(request.get_full_path())
        return ask_about_many(self, request, ids, done, noun="attempt", form=form)
