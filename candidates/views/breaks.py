"""A break: asked first, taken, and ended before its time; and what stands there while time stands still."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from candidates.access import AttemptRequest, PassRequest, pass_required
from candidates.domain import pauses, snapshots
from candidates.domain.pauses import PauseRefused
from candidates.domain.responses import SaveRefused
from candidates.domain.seat import Seat
from candidates.views.elsewhere import here_required


@require_http_methods(["GET", "POST"])
@here_required
def attempt_break(request: AttemptRequest) -> HttpResponse:
    """How long it may be and how many are left; a POST begins it."""
    if request.method == "POST":
        try:
            pauses.begin_break(request.holder)
        except (PauseRefused, SaveRefused):
            return redirect("attempt", attempt_id=request.attempt.pk)
        return redirect("attempt-break", attempt_id=request.attempt.pk)
    seat = Seat(snapshots.load(request.attempt), at=request.arrived_at)
    if seat.is_paused:
        return paused(request, seat)
    if not seat.breaks_left or not request.attempt.accepts_saves(at=request.arrived_at):
        return redirect("attempt", attempt_id=request.attempt.pk)
    return render(request, "candidates/attempt_break.html", {"seat": seat})


@require_POST
@pass_required
def attempt_resume(request: PassRequest) -> HttpResponse:
    """Go on before the break is over, where one was."""
    attempt = pauses.end_break(request.holder)
    return redirect("attempt-question", attempt_id=attempt.pk, number=attempt.position)


def paused(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Nothing that is asked, nothing that was answered: why time stands still, and how it goes on."""
    return render(request, "candidates/attempt_paused.html", {"seat": seat})
