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
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from candidates.domain import clock, passes
from candidates.domain.passes import Pass
from candidates.models import Attempt

P = ParamSpec("P")
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])
COOKIE = "parley_attempt"
API_COOKIE = "parley_session"


class PassRequest(HttpRequest):
    """A request of a candidate whose browser carries a pass."""

    holder: Pass


class AttemptRequest(PassRequest):
    """…whose attempt has been looked up. ``arrived_at`` is the database's time."""

    attempt: Attempt
    arrived_at: datetime


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


def look_up(holder: Pass) -> Attempt:
    """Raises Http404. The row bears ``arrived_at``, the database's time."""
    attempts = clock.stamped(Attempt.objects.all())
    attempt = attempts.filter(pk=holder.attempt_id, candidate_id=holder.candidate_id).first()
    if attempt is None:
        raise Http404("No such attempt.")
    return attempt


def kept_private(response: HttpResponse) -> HttpResponse:
    """Nothing of an attempt is kept by any cache, nor shown again by the back button without asking."""
    response["Cache-Control"] = "no-store, private"
    patch_vary_headers(response, ["Cookie"])
    return response


def give_pass(response: HttpResponse, attempt: Attempt) -> HttpResponse:
    """The cookie reaches this attempt's pages only, so two attempts in one browser never get in each other's way.

    A second one reaches the API, for the attempt entered last.
    """
    sealed = passes.seal(Pass(attempt.pk, attempt.candidate_id))
    paths = {COOKIE: reverse("attempt", args=[attempt.pk]), API_COOKIE: reverse("api-v1:api-root")}
    for name, path in paths.items():
        response.set_cookie(
            name,
            sealed,
            max_age=passes.LIFETIME,
            path=path,
            secure=settings.ATTEMPT_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return kept_private(response)
