"""What staff may do to an attempt. Each is asked first, audited, and told to the candidate on their record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from assessments.admin.object_actions import ObjectAction
from assessments.admin.pages import caller
from candidates.admin.time_actions import CHANGE
from candidates.domain import interventions
from candidates.domain.attempts import TransitionRefused
from candidates.domain.durations import minutes_words
from candidates.enums import ATTEMPT_TRANSITIONS, AttemptStatus
from candidates.models import Attempt


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(min_value=1, max_value=24 * 60)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="It is kept for good and may be read by others; name nobody.",
    )


def reopen(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    seconds = data["minutes"] * 60
    interventions.reopen(attempt, seconds=seconds, by=caller(request))
    return f"The candidate can go on for {minutes_words(seconds)} from now, by the same link."


def close(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    interventions.close_now(attempt, by=caller(request))
    return "The attempt is closed. What was saved counts, and is being scored."


def void(request: HttpRequest, attempt: Attempt, data: dict[str, Any]) -> str:
    interventions.void(attempt, reason=data["reason"], by=caller(request))
    return "The attempt is void: it counts in no result."


REOPEN = ObjectAction(
    "reopen",
    "Reopen",
    CHANGE,
    reopen,
    is_offered=lambda attempt: attempt.status == AttemptStatus.EXPIRED,
    asks="The time of this attempt ran out. The candidate may go on for so many minutes from now; what was scored "
    "is scored again at the end.",
    form=MinutesForm,
    refusals=(TransitionRefused,),
)
CLOSE = ObjectAction(
    "close",
    "Close now",
    CHANGE,
    close,
    is_offered=lambda attempt: attempt.status == AttemptStatus.IN_PROGRESS,
    asks="The candidate can save nothing more. What was saved counts. For attempts that no clock will end.",
    refusals=(TransitionRefused,),
    is_dangerous=True,
)
VOID = ObjectAction(
    "void",
    "Void",
    CHANGE,
    void,
    is_offered=lambda attempt: AttemptStatus.VOIDED in ATTEMPT_TRANSITIONS[AttemptStatus(attempt.status)],
    asks="The attempt loses its effect and takes no more saves. What was said stays on record. This cannot be undone.",
    form=ReasonForm,
    refusals=(TransitionRefused,),
    is_dangerous=True,
)
