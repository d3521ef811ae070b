"""While an attempt runs: reporting a problem, reading what the team says, and what scripts notice."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assessments.domain.faces import face_of
from assessments.enums import SignalKind
from candidates.access import AttemptRequest, PassRequest, attempt_required, look_up, pass_required
from candidates.domain import announcements, problem_reports, signals, snapshots
from candidates.domain.problem_reports import ReportRefused
from candidates.domain.seat import Seat
from candidates.domain.signals import Noticed, SignalRefused
from candidates.models import Attempt
from candidates.views import question
from interview_project import htmx
from interview_project.ratelimit import limited

REGION = "announcements"


def by_attempt(group: str, request: HttpRequest) -> str:
    """A whole class may sit behind one address."""
    return request.path.split("/")[2]


def seat_of(request: AttemptRequest, *, current: int = 0) -> Seat:
    return Seat(snapshots.load(request.attempt), at=request.arrived_at, current=current)


# ---- Reporting ----


@limited(group="problem", rate="10/h", key=by_attempt)
@require_http_methods(["GET", "POST"])
@attempt_required
def attempt_problem(request: AttemptRequest, number: int) -> HttpResponse:
    """Say what is wrong with a question; the team sees it at once."""
    seat = seat_of(request, current=number)
    shown = seat.snapshot.question(number)
    if shown is None or seat.lies_ahead(shown):
        raise Http404("No such question.")
    context = {"seat": seat, "number": number, "question_url": seat.question_url(number)}
    if request.method == "POST":
        try:
            problem_reports.report(request.holder, number=number, text=request.POST.get("text", ""))
        except ReportRefused as refused:
            context |= {"error": str(refused), "text": request.POST.get("text", "")}
        else:
            return redirect(reverse("attempt-problem", args=[request.attempt.pk, number]) + "?reported=1")
    stem_html = "" if seat.is_unseen(shown) else face_of(shown.version_id).stem_html
    context |= {"stem_html": stem_html, "is_reported": "reported" in request.GET}
    return render(request, "candidates/attempt_problem.html", context)


# ---- What the team says ----


@require_GET
@attempt_required
def attempt_announcements(request: AttemptRequest) -> HttpResponse:
    """What is not read yet, for a page that is open; a plain request is shown the overview, which has it, too."""
    if htmx.target(request) != REGION:
        return redirect("attempt", attempt_id=request.attempt.pk)
    return render(request, "candidates/_announcements.html", {"seat": seat_of(request)})


@require_POST
def attempt_acknowledge(request: HttpRequest, attempt_id: UUID, announcement_id: UUID) -> HttpResponse:
    """Note that it was read. Sent by the answer's form without scripts, it saves the answer as every button there does."""
    response = _acknowledge(request, attempt_id, announcement_id=announcement_id)
    number = request.POST.get("number", "")
    if htmx.target(request) == REGION or response.status_code != 302 or not (number.isascii() and number.isdigit()):
        return response
    fields = request.POST.copy()
    fields["go"] = "stay"
    request.POST = fields  # type: ignore[assignment]
    return question.attempt_question(request, attempt_id, number=int(number))


attempt_acknowledge.who_may_call = "the attempt's candidate"  # type: ignore[attr-defined]


@pass_required
def _acknowledge(request: PassRequest, *, announcement_id: UUID) -> HttpResponse:
    try:
        announcements.acknowledge(request.holder, announcement_id)
    except Attempt.DoesNotExist as error:
        raise Http404("No such attempt.") from error
    if htmx.target(request) == REGION:
        return _region(request)
    return redirect("attempt", attempt_id=request.holder.attempt_id)


def _region(request: PassRequest) -> HttpResponse:
    attempt = look_up(request.holder)
    seat = Seat(snapshots.load(attempt), at=attempt.arrived_at)
    return render(request, "candidates/_announcements.html", {"seat": seat})


# ---- What scripts notice ----


class SentSignal(BaseModel):
    """One line of a batch. There is no field for what was pasted, and none may be added by whoever sends it."""

    model_config = ConfigDict(extra="forbid")
    kind: SignalKind
    key: UUID
    number: int | None = Field(default=None, ge=1, le=1000)
    seconds: int | None = Field(default=None, ge=0, le=1_000_000)
    characters: int | None = Field(default=None, ge=0, le=10_000_000)


class SentSignals(BaseModel):
    model_config = ConfigDict(extra="forbid")
    signals: list[SentSignal] = Field(max_length=50)


@limited(group="signals", rate="60/m", key=by_attempt)
@require_POST
@attempt_required
def attempt_signals(request: AttemptRequest) -> HttpResponse:
    """A batch of what a page noticed. Refused as a whole if any of it was not switched on, or not told before the start."""
    try:
        sent = SentSignals.model_validate_json(request.body)
        signals.note(request.attempt, [Noticed(**one.model_dump()) for one in sent.signals])
    except ValidationError:
        return JsonResponse({"detail": "This is no batch of signals."}, status=422)
    except SignalRefused as refused:
        return JsonResponse({"detail": str(refused)}, status=403)
    return HttpResponse(status=204)
