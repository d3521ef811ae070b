"""The ways in: home, an invitation's link, practice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from assessments.models import Assessment
from candidates.access import give_pass, kept_private, public
from candidates.domain import clock, entry, invitations, notices
from candidates.forms import CodeForm, ConsentForm
from candidates.models import Invitation
from interview_project.ratelimit import WhileAway, limited, seconds_to_wait, too_many


@public
@limited(group="code", rate="20/m")
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What is open to practice, and a field for an invitation's code."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and invitations.find(form.cleaned_data["code"]):
        return redirect("invitation", token=form.cleaned_data["code"])
    error = "That code opens no invitation. Check it against your mail, or use the link there." if form.is_bound else ""
    practices = Assessment.objects.open_to_practice(at=clock.now())
    rows = [{"assessment": one, "duration_words": notices.duration_words(one)} for one in practices]
    return render(
        request, "candidates/home.html", {"practices": rows, "error": error, "code": request.POST.get("code", "")}
    )


@public
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET tells what awaits the candidate and changes nothing (mail scanners open links); POST exchanges the token."""
    found = invitations.find(token)
    if found is None:
        # Only failures count: a whole class behind one address must be able to come in at once.
        seconds = seconds_to_wait(request, group="token", rate="30/m")
        return too_many(request, seconds) if seconds else _unknown_link(request)
    current = entry.current_attempt(found)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and (current is not None or form.is_valid()):
        try:
            return give_pass(redirect("attempt", attempt_id=(attempt := entry.enter_by_invitation(found)).pk), attempt)
        except entry.EntryRefused as refused:
            return _landing(request, found.assessment, invitation=found, error=str(refused), status=410)
    return _landing(
        request,
        found.assessment,
        invitation=found,
        error=_first_error(form),
        is_continuing=current is not None,
        is_open=current is not None or (found.assessment.is_published and found.is_within_window(clock.now())),
    )


@public
@limited(group="practice", rate="30/m", while_away=WhileAway.OPEN)
@require_http_methods(["GET", "POST"])
def practice(request: HttpRequest, slug: str) -> HttpResponse:
    assessment = get_object_or_404(Assessment.objects.open_to_practice(at=clock.now()), slug=slug)
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        attempt = entry.enter_practice(assessment)
        return give_pass(redirect("attempt", attempt_id=attempt.pk), attempt)
    return _landing(request, assessment, error=_first_error(form))


def _first_error(form: ConsentForm) -> str:
    return str(next(iter(form.errors.values()))[0]) if form.is_bound and form.errors else ""


def _unknown_link(request: HttpRequest) -> HttpResponse:
    return kept_private(render(request, "candidates/link_unknown.html", status=404))


def _landing(
    request: HttpRequest,
    assessment: Assessment,
    *,
    invitation: Invitation | None = None,
    error: str = "",
    is_continuing: bool = False,
    is_open: bool = True,
    status: int = 200,
) -> HttpResponse:
    candidate = invitation.candidate if invitation else None
    context: dict[str, Any] = {
        "assessment": assessment,
        "invitation": invitation,
        "recorded": notices.recorded(assessment),
        "duration_words": notices.duration_words(assessment, candidate),
        "window_words": notices.window_words(assessment, invitation),
        "consent_text": notices.consent_text(assessment),
        "action": request.path,
        "error": error,
        "can_start": is_open and status == 200,
        "continue_attempt": is_continuing,
    }
    response = kept_private(render(request, "candidates/landing.html", context, status=status))
    # The token is in this page's address. Not "no-referrer": browsers would then send "Origin: null", which CSRF refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response
