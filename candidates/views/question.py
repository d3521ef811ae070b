"""One question: shown, saved, and on to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from assessments.domain.faces import face_of
from candidates import preferences
from candidates.access import AttemptRequest, PassRequest, look_up, pass_required
from candidates.domain import devices, responses, signals, snapshots
from candidates.domain.frames import question_frame
from candidates.domain.receipts import Receipt
from candidates.domain.responses import (
    Conflict,
    KeyReused,
    NoLongerOpen,
    NoSuchQuestion,
    OpenElsewhere,
    Save,
    Saved,
    TimeStandsStill,
)
from candidates.domain.seat import Seat
from candidates.domain.snapshots import Snapshot, SnapshotQuestion
from candidates.forms import ResponseForm, fresh_key
from candidates.models import Attempt
from candidates.views.breaks import paused
from candidates.views.elsewhere import elsewhere, here_required
from interview_project import htmx
from interview_project.client_ip import client_ip

TEMPLATE = "candidates/attempt_question.html"
PAGES = {"overview": "attempt", "break": "attempt-break"}
PANEL, STATE, CONFLICT = "question-panel", "save-state", "conflict"


@require_http_methods(["GET", "POST"])
def attempt_question(request: HttpRequest, attempt_id: UUID, number: int) -> HttpResponse:
    """Show one question; a POST saves the response and moves on."""
    handler = _save if request.method == "POST" else _show
    return handler(request, attempt_id, number=number)


attempt_question.who_may_call = "the attempt's candidate"  # type: ignore[attr-defined]


@here_required
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
    go = form.go
    goes_to = number if go == "break" else destination(go, number, len(snapshot.questions))
    save = form.save_of(number, moves_to=goes_to)
    try:
        saved = responses.save_response(request.holder, save, held=snapshot)
    except (Attempt.DoesNotExist, NoSuchQuestion) as error:
        raise Http404("No such question.") from error
    except Conflict as conflict:
        return _conflict(request, save, conflict, typed=form.typed())
    except KeyReused:
        return _refused(
            request,
            number,
            sentence=gettext("This text was sent under a used key. Please save it again."),
            typed=form.typed(),
        )
    except NoLongerOpen as refusal:
        sent = form.face.type.words(save.value, form.face.content)
        if isinstance(refusal, OpenElsewhere):
            return elsewhere(request, look_up(request.holder), is_kept=refusal.is_kept, sent=sent)
        is_still = isinstance(refusal, TimeStandsStill)
        return closed(request, look_up(request.holder), kept=refusal.is_kept, sent=sent, is_still=is_still)
    signals.seen(request.holder, kinds=saved.snapshot.signals, address=client_ip(request), number=number)
    return _after(request, saved, go=go, number=number)


def _after(request: PassRequest, saved: Saved, *, go: str, number: int) -> HttpResponse:
    """Where ``go`` points: the next fragment itself for htmx, a redirect for everyone else."""
    seat = Seat(saved.snapshot, at=saved.at, current=number)
    target = htmx.target(request)
    if target == STATE:
        return render_question(request, seat, _as_saved(saved, number), receipt=saved.receipt, fragment=STATE)
    next_number = destination(go, number, seat.total)
    if next_number is None:
        return htmx.go(request, _page_of(go, seat, number))
    if target != PANEL:
        return redirect(seat.question_url(next_number))
    there = replace(seat, current=next_number)
    response = show(request, there, _question_or_404(saved.snapshot, next_number))
    response["HX-Push-Url"] = there.question_url(next_number)
    return response


def _page_of(go: str, seat: Seat, number: int) -> str:
    if go == "problem":
        return f"{seat.question_url(number)}problem/"
    if go == "options":
        return preferences.page(seat.question_url(number))
    return _url(seat.attempt_id, PAGES.get(go, "attempt-review"))


def _as_saved(saved: Saved, number: int) -> SnapshotQuestion:
    """The question at the revision this save made, though another may have followed it before the save was repeated."""
    question, receipt = _question_or_404(saved.snapshot, number), saved.receipt
    return replace(question, revision=receipt.revision, saved_at=receipt.saved_at)


def destination(go: str, number: int, total: int) -> int | None:
    """The question to go to; ``None`` for a page that is no question. Past the last one comes the review."""
    if go.isdigit():
        return min(max(int(go), 1), total)
    steps = {"stay": 0, "flag": 0, "next": 1, "previous": -1}
    wanted = number + steps[go] if go in steps else 0
    return max(wanted, 1) if go in steps and wanted <= total else None


def show(request: HttpRequest, seat: Seat, question: SnapshotQuestion) -> HttpResponse:
    """The question's page or panel; or what stands before it: a section to start, a question to answer first."""
    if seat.is_paused:
        return htmx.go(request, seat.urls["continue"]) if htmx.target(request) else paused(request, seat)
    section = seat.section_frame(question.section)
    if seat.snapshot.is_ahead(question):
        open_number = seat.snapshot.open_number(seat.snapshot.section_of(question))
        return htmx.go(request, seat.question_url(open_number))
    if not section.is_started:
        return render(request, "candidates/section.html", {"seat": seat, "section": section})
    return render_question(request, seat, question, fragment=PANEL)


def render_question(
    request: HttpRequest,
    seat: Seat,
    question: SnapshotQuestion,
    *,
    fragment: str,
    receipt: Receipt | None = None,
    value: Any = ...,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    number, total = question.number, seat.total
    shown = question.value if value is ... else value
    context = {
        "seat": seat,
        "section": seat.section_frame(question.section),
        "question": question_frame(question, value=shown, face=seat.face(question)),
        "response": question,
        "is_locked": seat.is_locked(question),
        "key": fresh_key(),
        "action": seat.question_url(number),
        "previous_url": seat.question_url(number - 1) if number > 1 else "",
        "next_url": seat.question_url(number + 1) if number < total else "",
        "receipt": receipt,
        "bell_rang": seat.bell_rang,
        "error": "",
        "conflict": None,
        "is_fragment": bool(htmx.target(request)),
        **extra,
    }
    return htmx.render_fragment(request, TEMPLATE, fragment, context, status=status)


def _refused(request: PassRequest, number: int, *, sentence: str, typed: list[str]) -> HttpResponse:
    """Not saved: the page again with the sentence, and what was typed still in it."""
    attempt = look_up(request.holder)
    snapshot = snapshots.load(attempt)
    question = _question_or_404(snapshot, number)
    seat = Seat(snapshot, at=attempt.arrived_at, current=number)
    if seat.is_unseen(question):  # what is sent at a venture is no way to read it
        return closed(request, attempt, kept=False, sent=", ".join(filter(None, typed)), is_still=seat.is_paused)
    return render_question(
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
    yours = face.type.words(conflict.yours, face.content)
    context = {
        "yours_words": yours,
        "yours_values": typed,
        "theirs_words": face.type.words(conflict.theirs, face.content),
        "theirs_saved_at": conflict.saved_at,
        "theirs_device": devices.words_at(attempt, conflict.saved_at, for_holder=request.holder),
        "base_revision": conflict.revision,
        "key": fresh_key(),
    }
    seat = Seat(snapshot, at=attempt.arrived_at, current=save.number)
    if seat.is_unseen(question):  # both texts are kept; which is to count is asked when time runs again
        return closed(request, attempt, kept=True, sent=yours, is_still=seat.is_paused)
    fragment = CONFLICT if htmx.target(request) == CONFLICT else PANEL
    return render_question(request, seat, question, fragment=fragment, conflict=context, status=409)


def closed(
    request: HttpRequest, attempt: Attempt, *, kept: bool | None = None, sent: str = "", is_still: bool = False
) -> HttpResponse:
    """It takes no saves, or none now: what was saved last, whether this text was set aside, and the next step."""
    status = 200 if request.method == "GET" else 409 if is_still else 410
    last = max((q.saved_at for q in snapshots.load(attempt).questions if q.saved_at), default=None)
    context = {"attempt": attempt, "is_kept": kept, "sent": sent, "last_saved_at": last, "is_still": is_still}
    return htmx.render_fragment(request, "candidates/attempt_closed.html", "closed", context, status=status)


def _question_or_404(snapshot: Snapshot, number: int) -> SnapshotQuestion:
    if (question := snapshot.question(number)) is None:
        raise Http404("No such question.")
    return question


def _url(attempt_id: UUID, name: str) -> str:
    return reverse(name, args=[attempt_id])
