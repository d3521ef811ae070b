"""One question: shown, saved, and on to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments.domain.faces import face_of
from candidates.access import AttemptRequest, PassRequest, attempt_required, look_up, pass_required
from candidates.domain import responses, snapshots
from candidates.domain.responses import Conflict, KeyReused, NoLongerOpen, NoSuchQuestion, Save, Saved
from candidates.domain.seat import Seat, question_frame
from candidates.domain.snapshots import Snapshot, SnapshotQuestion
from candidates.forms import ResponseForm, fresh_key
from candidates.models import Attempt
from interview_project import htmx

TEMPLATE = "candidates/attempt_question.html"
PANEL, STATE, CONFLICT = "question-panel", "save-state", "conflict"


@require_http_methods(["GET", "POST"])
def attempt_question(request: HttpRequest, attempt_id: UUID, number: int) -> HttpResponse:
    """Show one question; a POST saves the response and moves on."""
    handler = _save if request.method == "POST" else _show
    return handler(request, attempt_id, number=number)


attempt_question.who_may_call = "the attempt's candidate"  # type: ignore[attr-defined]


@attempt_required
def _show(request: AttemptRequest, *, number: int) -> HttpResponse:
    snapshot = snapshots.load(request.attempt)
    if not request.attempt.accepts_saves(at=request.arrived_at):
        return closed(request, request.attempt)
    question = _question_or_404(snapshot, number)
    return show(request, Seat(snapshot, at=request.arrived_at, current=number), question)


@pass_required
def _save(request: PassRequest, *, number: int) -> HttpResponse:
    snapshot = snapshots.peek(request.holder.attempt_id) or snapshots.load(look_up(request.holder))
    question = _question_or_404(snapshot, number)
    form = ResponseForm(request.POST, face=face_of(question.version_id))
    if not form.is_valid():
        return _refused(request, number, sentence=form.sentence, typed=form.typed())
    go = form.cleaned_data["go"]
    save = form.save_of(number, moves_to=_destination(go, number, len(snapshot.questions)))
    try:
        saved = responses.save_response(request.holder, save, held=snapshot)
    except (Attempt.DoesNotExist, NoSuchQuestion) as error:
        raise Http404("No such question.") from error
    except Conflict as conflict:
        return _conflict(request, save, conflict, typed=form.typed())
    except KeyReused:
        return _refused(
            request, number, sentence="This text was sent under a used key. Please save it again.", typed=form.typed()
        )
    except NoLongerOpen as refusal:
        sent = form.face.type.words(save.value, form.face.content)
        return closed(request, look_up(request.holder), kept=refusal.is_kept, sent=sent)
    return _after(request, saved, go=go, number=number)


def _after(request: PassRequest, saved: Saved, *, go: str, number: int) -> HttpResponse:
    """Where ``go`` points: the next fragment itself for htmx, a redirect for everyone else."""
    seat = Seat(saved.snapshot, at=saved.at, current=number)
    target = htmx.target(request)
    if target == STATE:
        return _render(request, seat, _question_or_404(saved.snapshot, number), saved=saved, fragment=STATE)
    next_number = _destination(go, number, seat.total)
    if next_number is None:
        page = "attempt" if go == "overview" else "attempt-review"
        return htmx.go(request, _url(seat.attempt_id, page))
    if target != PANEL:
        return redirect(seat.question_url(next_number))
    response = show(request, replace(seat, current=next_number), _question_or_404(saved.snapshot, next_number))
    response["HX-Push-Url"] = seat.question_url(next_number)
    return response


def _destination(go: str, number: int, total: int) -> int | None:
    """The question to go to; ``None`` for a page that is no question. Past the last one comes the review."""
    if go.isdigit():
        return min(max(int(go), 1), total)
    steps = {"stay": 0, "flag": 0, "next": 1, "previous": -1}
    wanted = number + steps[go] if go in steps else 0
    return max(wanted, 1) if go in steps and wanted <= total else None


def show(request: HttpRequest, seat: Seat, question: SnapshotQuestion) -> HttpResponse:
    """The question's page or panel; or what stands before it: a section to start, a question to answer first."""
    section = seat.section_frame(question.section)
    if seat.snapshot.is_ahead(question):
        open_number = seat.snapshot.open_number(seat.snapshot.section_of(question))
        return htmx.go(request, seat.question_url(open_number))
    if not section.is_started:
        return render(request, "candidates/section.html", {"seat": seat, "section": section})
    return _render(request, seat, question, fragment=PANEL)


def _render(
    request: HttpRequest,
    seat: Seat,
    question: SnapshotQuestion,
    *,
    fragment: str,
    saved: Saved | None = None,
    value: Any = ...,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    number, total = question.number, seat.total
    context = {
        "seat": seat,
        "section": seat.section_frame(question.section),
        "question": question_frame(question, value=question.value if value is ... else value),
        "response": question,
        "is_locked": seat.is_locked(question),
        "key": fresh_key(),
        "action": seat.question_url(number),
        "previous_url": seat.question_url(number - 1) if number > 1 else "",
        "next_url": seat.question_url(number + 1) if number < total else "",
        "receipt": saved.receipt if saved else None,
        "bell_rang": seat.bell_rang,
        "error": "",
        "conflict": None,
        **extra,
    }
    return htmx.render_fragment(request, TEMPLATE, fragment, context, status=status)


def _refused(request: PassRequest, number: int, *, sentence: str, typed: list[str]) -> HttpResponse:
    """Not saved: the page again with the sentence, and what was typed still in it."""
    attempt = look_up(request.holder)
    snapshot = snapshots.load(attempt)
    question = _question_or_404(snapshot, number)
    seat = Seat(snapshot, at=attempt.arrived_at, current=number)
    return _render(
        request, seat, question, fragment=PANEL, value=_as_typed(question, typed), error=sentence, status=422
    )


def _as_typed(question: SnapshotQuestion, typed: list[str]) -> Any:
    """What to fill in again, as its type sees it."""
    return face_of(question.version_id).type.refilled(typed, question.value)


def _conflict(request: PassRequest, save: Save, conflict: Conflict, *, typed: list[str]) -> HttpResponse:
    attempt = look_up(request.holder)
    snapshot = snapshots.load(attempt)
    question = _question_or_404(snapshot, save.number)
    face = face_of(question.version_id)
    context = {
        "yours_words": face.type.words(conflict.yours, face.content),
        "yours_values": typed,
        "theirs_words": face.type.words(conflict.theirs, face.content),
        "theirs_saved_at": conflict.saved_at,
        "base_revision": conflict.revision,
        "key": fresh_key(),
    }
    seat = Seat(snapshot, at=attempt.arrived_at, current=save.number)
    fragment = CONFLICT if htmx.target(request) == CONFLICT else PANEL
    return _render(request, seat, question, fragment=fragment, conflict=context, status=409)


def closed(request: HttpRequest, attempt: Attempt, *, kept: bool | None = None, sent: str = "") -> HttpResponse:
    """The attempt takes no more saves: what was saved last, whether this text was set aside, and the next step."""
    status = 200 if request.method == "GET" else 410
    last = max((q.saved_at for q in snapshots.load(attempt).questions if q.saved_at), default=None)
    context = {"attempt": attempt, "is_kept": kept, "sent": sent, "last_saved_at": last}
    return htmx.render_fragment(request, "candidates/attempt_closed.html", "closed", context, status=status)


def _question_or_404(snapshot: Snapshot, number: int) -> SnapshotQuestion:
    if (question := snapshot.question(number)) is None:
        raise Http404("No such question.")
    return question


def _url(attempt_id: UUID, name: str) -> str:
    return reverse(name, args=[attempt_id])
