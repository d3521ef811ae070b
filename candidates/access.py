"""Who may call a view. Each decorator puts what the caller may work on into the request, so that forgetting the check
leaves nothing to work on. Foreign and unknown objects look the same: 404.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from candidates.domain import clock, devices, invitations, passes
from candidates.domain.passes import Pass
from candidates.domain.responses import is_elsewhere
from candidates.domain.zones import in_time_of
from candidates.models import Attempt, Invitation
from interview_project import languages
from interview_project.languages import INVITED_COOKIE
from interview_project.ratelimit import seconds_to_wait, too_many

P = ParamSpec("P")
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])
COOKIE = "parley_attempt"
API_COOKIE = "parley_session"
DEVICE_COOKIE = "parley_device"


class PassRequest(HttpRequest):
    """A request of a candidate whose browser carries a pass."""

    holder: Pass


class AttemptRequest(PassRequest):
    """…whose attempt has been looked up. ``arrived_at`` is the database's time."""

    attempt: Attempt
    arrived_at: datetime


class InvitedRequest(HttpRequest):
    """A request of whoever holds an invitation's link. ``invited_in``: the language it speaks, unless another was chosen."""

    invitation: Invitation
    invited_in: str


def public(view: ViewT) -> ViewT:
    """Anyone may call it; said aloud, so that a view which says nothing is a mistake."""
    view.who_may_call = "anyone"  # type: ignore[attr-defined]
    return view


def pass_required(
    view: Callable[Concatenate[PassRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """The caller holds a pass for the attempt in the address. Costs no query: what is saved checks it once more."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, attempt_id: UUID, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        holder = passes.unseal(request.COOKIES.get(COOKIE, ""))
        if holder is None or holder.attempt_id != attempt_id:
            raise Http404("No such attempt.")
        request.holder = holder  # type: ignore[attr-defined]
        return kept_private(view(request, *args, **kwargs))  # type: ignore[arg-type]

    wrapper.who_may_call = "the attempt's candidate"  # type: ignore[attr-defined]
    return wrapper


def attempt_required(
    view: Callable[Concatenate[AttemptRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """…and the attempt is in ``request.attempt``: one statement, owner and id together."""

    @functools.wraps(view)
    def looked_up(request: PassRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.attempt = look_up(request.holder)  # type: ignore[attr-defined]
        request.arrived_at = request.attempt.arrived_at  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    return pass_required(looked_up)  # type: ignore[arg-type]


def invitation_required(
    view: Callable[Concatenate[InvitedRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """The token in the address is that of an invitation; whatever else it is, the same page says so."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        found = invitations.find(token)
        if found is None:
            # Only failures count: a whole class behind one address must be able to come in at once.
            seconds = seconds_to_wait(request, group="token", rate="30/m")
            return too_many(request, seconds) if seconds else unknown_link(request)
        request.invitation = found  # type: ignore[attr-defined]
        request.invited_in = languages.invite_in(  # type: ignore[attr-defined]
            request, found.candidate.language, found.assessment.language
        )
        with in_time_of(found.candidate):
            return view(request, *args, token=token, **kwargs)  # type: ignore[arg-type]

    return wrapper


def unknown_link(request: HttpRequest) -> HttpResponse:
    return kept_private(render(request, "candidates/link_unknown.html", status=404))


def look_up(holder: Pass) -> Attempt:
    """Raises Http404. The row bears ``arrived_at``, the database's time."""
    try:
        attempt = clock.read_stamped(Attempt, id=holder.attempt_id, candidate_id=holder.candidate_id)
    except Attempt.DoesNotExist as error:
        raise Http404("No such attempt.") from error
    attempt.is_elsewhere = is_elsewhere(attempt, holder)
    return attempt


def kept_private(response: HttpResponse) -> HttpResponse:
    """Nothing of an attempt is kept by any cache, nor shown again by the back button without asking."""
    response["Cache-Control"] = "no-store, private"
    patch_vary_headers(response, ["Cookie"])
    return response


def give_pass(request: HttpRequest, response: HttpResponse, attempt: Attempt, *, language: str = "") -> HttpResponse:
    """The cookie reaches this attempt's pages only, so two attempts in one browser never get in each other's way.

    A second one reaches the API, for the attempt entered last; a third lets a browser that comes in again be the same.
    ``language``: what its pages speak until another is chosen.
    """
    cookie = request.COOKIES.get(DEVICE_COOKIE) or devices.new_cookie()
    sealed = passes.seal(Pass(attempt.pk, attempt.candidate_id, devices.device_of(cookie, attempt)))
    pages = reverse("attempt", args=[attempt.pk])
    cookies = [(COOKIE, sealed, pages), (API_COOKIE, sealed, reverse("api-v1:api-root")), (DEVICE_COOKIE, cookie, "/")]
    for name, content, path in [*cookies, *([(INVITED_COOKIE, language, pages)] if language else [])]:
        response.set_cookie(
            name,
            content,
            max_age=passes.LIFETIME,
            path=path,
            secure=settings.ATTEMPT_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return kept_private(response)
