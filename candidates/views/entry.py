"""The ways in: home, an invitation's link, practice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from assessments.models import Assessment
from candidates import preferences
from candidates.access import InvitedRequest, give_pass, invitation_required, kept_private, public
from candidates.domain import clock, entry, handover, invitations, notices, windows
from candidates.domain.allowances import times_of
from candidates.domain.invitations import DeclineRefused
from candidates.domain.notices import Notice
from candidates.enums import InvitationStatus
from candidates.forms import CodeForm, ConsentForm
from candidates.models import Attempt, Invitation
from interview_project import languages
from interview_project.ratelimit import WhileAway, limited


@public
@limited(group="code", rate="20/m")
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What is open to practice, and a field for an invitation's code, or one from another device."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and invitations.find(form.cleaned_data["code"]):
        return redirect("invitation", token=form.cleaned_data["code"])
    if form.is_valid() and handover.looks_like_one(form.cleaned_data["code"]):
        if attempt := handover.redeem(form.cleaned_data["code"]):
            return give_pass(request, redirect("attempt", attempt_id=attempt.pk), attempt)
        error = gettext("That code is not good any more: it lasts 5 minutes and works once. Make a new one there.")
    elif form.is_bound:
        error = gettext("That code opens no invitation. Check it against your mail, or use the link there.")
    else:
        error = ""
    practices = Assessment.objects.open_to_practice(at=clock.now()).prefetch_related("sections")
    rows = [{"assessment": one, "time_words": times_of(one).words} for one in practices]
    return render(
        request, "candidates/home.html", {"practices": rows, "error": error, "code": request.POST.get("code", "")}
    )


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language that was chosen, and go back to the page it was chosen on."""
    return set_language(request)


@public
@require_http_methods(["GET", "POST"])
def options(request: HttpRequest) -> HttpResponse:
    """How pages look on this device, chosen without scripts; then back to where somebody came from."""
    way_back = preferences.way_back(request)
    if request.method == "POST":
        response = redirect(way_back)
        preferences.remember(response, preferences.known(request.POST.items()))  # type: ignore[arg-type] # no files
        return response
    context = {"chosen": preferences.chosen(request), "way_back": way_back}
    return render(request, "candidates/options.html", context)


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was tested, how, and what was not."""
    return render(request, "accessibility.html")


@public
@require_http_methods(["GET", "POST"])
@invitation_required
def invitation(request: InvitedRequest, token: str) -> HttpResponse:
    """GET tells what awaits the candidate and changes nothing (mail scanners open links); POST exchanges the token."""
    found = request.invitation
    current = entry.current_attempt(found)
    notice = notices.notice_of(found.assessment, found.candidate, found)
    form = ConsentForm(request.POST if request.method == "POST" else None, notice_hash=notice.hash)
    if request.method == "POST" and (current is not None or form.is_valid()):
        try:
            attempt = entry.enter_by_invitation(found, language=languages.chosen(request))
            return give_pass(request, redirect("attempt", attempt_id=attempt.pk), attempt, language=request.invited_in)
        except entry.EntryRefused as refused:
            return _landing(request, found.assessment, notice, invitation=found, error=str(refused), status=410)
    return _landing(
        request,
        found.assessment,
        notice,
        invitation=found,
        error=_first_error(form),
        current=current,
        is_open=found.assessment.is_published and found.is_within_window(clock.now()),
        token=token,
    )


@public
@require_http_methods(["GET", "POST"])
@invitation_required
def invitation_decline(request: InvitedRequest, token: str) -> HttpResponse:
    """Say no. GET asks first: mail scanners open this link, too."""
    found = request.invitation
    context, status = {"invitation": found, "assessment": found.assessment, "token": token}, 200
    try:
        if request.method == "POST":
            invitations.decline(found)
            found.refresh_from_db()
        else:
            invitations.require_declinable(found)
    except DeclineRefused as refused:
        context["error"], status = str(refused), 409 if request.method == "POST" else 200
    response = kept_private(render(request, "candidates/decline.html", context, status=status))
    response["Referrer-Policy"] = "strict-origin"
    return response


@public
@limited(group="practice", rate="30/m", while_away=WhileAway.OPEN)
@require_http_methods(["GET", "POST"])
def practice(request: HttpRequest, slug: str) -> HttpResponse:
    assessment = get_object_or_404(Assessment.objects.open_to_practice(at=clock.now()), slug=slug)
    notice = notices.notice_of(assessment)
    form = ConsentForm(request.POST if request.method == "POST" else None, notice_hash=notice.hash)
    if form.is_valid():
        try:
            attempt = entry.enter_practice(assessment)
        except entry.EntryRefused as refused:  # it closed at this very moment
            return _landing(request, assessment, notice, error=str(refused), status=410)
        return give_pass(request, redirect("attempt", attempt_id=attempt.pk), attempt)
    return _landing(request, assessment, notice, error=_first_error(form))


def _first_error(form: ConsentForm) -> str:
    return str(next(iter(form.errors.values()))[0]) if form.is_bound and form.errors else ""


def _landing(
    request: HttpRequest,
    assessment: Assessment,
    notice: Notice,
    *,
    invitation: Invitation | None = None,
    error: str = "",
    current: Attempt | None = None,
    is_open: bool = True,
    token: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "assessment": assessment,
        "invitation": invitation,
        "notice": notice,
        "times": times_of(assessment, invitation.candidate if invitation else None),
        "action": request.path,
        "error": error,
        "token": token,
        **_standing(assessment, invitation, current=current, may_enter=is_open and status == 200),
    }
    response = kept_private(render(request, "candidates/landing.html", context, status=status))
    # The token is in this page's address. Not "no-referrer": browsers would then send "Origin: null", which CSRF refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _standing(
    assessment: Assessment, invitation: Invitation | None, *, current: Attempt | None, may_enter: bool
) -> dict[str, Any]:
    """Where the reader stands: before it, in it, past it, or out of it; and what is still worth telling them there."""
    opens_at, closes_at = windows.window_of(assessment, invitation)
    now = clock.now()
    has_declined = invitation is not None and invitation.status == InvitationStatus.DECLINED
    has_begun = current is not None and current.started_at is not None
    has_ended = current is not None and entry.is_over(current)
    is_before = not has_begun and not has_ended  # having come in by the link begins nothing
    is_over = is_before and closes_at is not None and closes_at <= now
    is_early = is_before and opens_at is not None and opens_at > now and not is_over
    can_start = (may_enter or not is_before) and not has_declined
    lies_ahead = (can_start or is_early) and not has_declined and not has_begun
    return {
        "opens_at": opens_at,
        "closes_at": closes_at,
        "current": current if can_start else None,
        "has_declined": has_declined,
        "has_ended": has_ended,
        "is_over": is_over,
        "is_early": is_early,
        "can_start": can_start,
        "lies_ahead": lies_ahead,
        "rules_hold": lies_ahead or (has_begun and not has_ended),
        "window_is_told": lies_ahead and not is_early and bool(opens_at or closes_at),
    }
