"""An attempt that is open on another device: said before anything else, and continued here only when asked to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessments.enums import SignalKind
from candidates.access import AttemptRequest, PassRequest, attempt_required, look_up, pass_required
from candidates.domain import devices, handover, signals, snapshots
from candidates.domain.responses import SaveRefused
from candidates.domain.seat import Seat
from candidates.models import Attempt
from interview_project import htmx
from interview_project.client_ip import client_ip
from interview_project.ratelimit import limited

P = ParamSpec("P")


def here_required(view: Callable[Concatenate[AttemptRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The attempt's candidate, on the device it is written from; on another one the notice comes first."""

    @functools.wraps(view)
    def wrapper(request: AttemptRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        attempt = request.attempt
        if attempt.is_elsewhere and attempt.accepts_saves(at=request.arrived_at):
            return elsewhere(request, attempt)
        return view(request, *args, **kwargs)

    return attempt_required(wrapper)  # type: ignore[arg-type] # functools.wraps forgets the parameters' names


def elsewhere(request: HttpRequest, attempt: Attempt, *, is_kept: bool | None = None, sent: str = "") -> HttpResponse:
    """Where it is open, since when, what became of the text that was sent; and a button to go on here."""
    event = devices.last_move(attempt)
    context = {
        "attempt": attempt,
        "device": event.detail.get("words", "") if event else "",
        "since": event.at if event else None,
        "last_saved_at": max((q.saved_at for q in snapshots.load(attempt).questions if q.saved_at), default=None),
        "is_kept": is_kept,
        "sent": sent,
    }
    status = 200 if request.method == "GET" else 423
    return htmx.render_fragment(request, "candidates/attempt_elsewhere.html", "elsewhere", context, status=status)


@require_POST
@pass_required
def attempt_here(request: PassRequest) -> HttpResponse:
    """Continue on this device: from now on it is the one that may save."""
    holder = request.holder
    came_from = look_up(holder).device
    try:
        attempt = devices.take_over(holder, words=devices.words_of(request.headers.get("User-Agent", "")))
    except SaveRefused:
        return redirect("attempt", attempt_id=holder.attempt_id)
    kinds = [kind for kind in signals.allowed(attempt) if kind == SignalKind.SECOND_DEVICE]
    signals.seen(holder, kinds=kinds, address=client_ip(request), came_from=came_from)
    return redirect("attempt-question", attempt_id=attempt.pk, number=attempt.position)


@limited(group="handover", rate="10/m")
@require_http_methods(["GET", "POST"])
@here_required
def attempt_handover(request: AttemptRequest) -> HttpResponse:
    """A code for going on on another device; only a POST makes one."""
    seat = Seat(snapshots.load(request.attempt), at=request.arrived_at)
    context: dict[str, Any] = {"seat": seat, "by_link": request.attempt.invitation_id is not None}
    if request.method == "POST":
        code, expires_at = handover.make(request.attempt)
        context |= {"code": code, "expires_at": expires_at, "address": settings.PUBLIC_URL}
    return render(request, "candidates/attempt_handover.html", context)


attempt_handover.who_may_call = "the attempt's candidate"  # type: ignore[attr-defined]
