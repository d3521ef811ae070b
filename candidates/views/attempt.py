"""The pages around the questions: overview, start, review, submit, receipt, record, clock."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments.domain import markup
from assessments.domain.assembly import PoolTooSmall
from candidates.access import AttemptRequest, PassRequest, attempt_required, pass_required
from candidates.domain import (
    accommodations,
    allowances,
    attempts,
    devices,
    fresh,
    notices,
    receipts,
    snapshots,
    suggestions,
    survey,
)
from candidates.domain.frames import stem_words, words
from candidates.domain.records import hear_by
from candidates.domain.responses import SaveRefused
from candidates.domain.seat import Seat
from candidates.domain.snapshots import SnapshotQuestion
from candidates.enums import AttemptStatus
from candidates.forms import SurveyForm
from candidates.models import AttemptSection
from candidates.views.breaks import paused
from candidates.views.elsewhere import here_required
from candidates.views.record import NOTHING_CHOSEN


def seat_of(request: AttemptRequest, *, current: int = 0) -> Seat:
    return Seat(snapshots.load(request.attempt), at=request.arrived_at, current=current)


@require_GET
@here_required
def attempt(request: AttemptRequest) -> HttpResponse:
    """The overview: instructions, what is recorded, progress; before the start, the start button."""
    seat, assessment = seat_of(request), request.attempt.assessment
    is_started, is_voided = request.attempt.started_at is not None, request.attempt.status == AttemptStatus.VOIDED
    is_open = request.attempt.accepts_saves(at=request.arrived_at)
    context = {
        "seat": seat,
        "attempt": request.attempt,
        "assessment": assessment,
        "instructions_html": markup.render(assessment.instructions),
        "notice_parts": notices.parts_of(request.attempt.consent_text, request.attempt.assessment),
        "times": allowances.times_of(assessment, request.attempt.candidate),
        "breaks_words": accommodations.breaks_words(assessment, request.attempt.candidate),
        "is_started": is_started,
        "is_open": is_open,
        "is_over": is_voided or (is_started and (not is_open or seat.bell_rang)),
        "may_decline_ai": suggestions.may_decline(request.attempt),
        "has_declined_ai": suggestions.may_decline(request.attempt) and suggestions.has_declined(request.attempt),
        "may_ask_fresh": fresh.may_ask(request.attempt),
        "continue_url": seat.question_url(seat.next_open),
        "may_start": attempts.may_start(request.attempt, at=request.arrived_at),
    }
    return render(request, "candidates/attempt.html", context)


@require_POST
@pass_required
def attempt_start(request: PassRequest) -> HttpResponse:
    """Draw the questions and set the bell; pressed again it leads to where the candidate is."""
    holder = request.holder
    try:
        words = devices.words_of(request.headers.get("User-Agent", ""))
        started = attempts.start(holder, device_words=words)
    except SaveRefused:
        return redirect("attempt", attempt_id=holder.attempt_id)
    except PoolTooSmall:
        return render(request, "candidates/cannot_start.html", status=503)
    return redirect("attempt-question", attempt_id=holder.attempt_id, number=started.position)


@require_POST
@pass_required
def attempt_section_start(request: PassRequest, position: int) -> HttpResponse:
    """Start a timed section's clock and go to its first question."""
    holder = request.holder
    try:
        section = attempts.start_section(holder, position=position)
    except (SaveRefused, AttemptSection.DoesNotExist):
        return redirect("attempt", attempt_id=holder.attempt_id)
    first = section.questions.order_by("number").values_list("number", flat=True)[0]
    return redirect("attempt-question", attempt_id=holder.attempt_id, number=first)


@require_GET
@here_required
def attempt_review(request: AttemptRequest) -> HttpResponse:
    """What is answered, empty, flagged; empties first."""
    if not request.attempt.accepts_saves(at=request.arrived_at):
        return redirect("attempt", attempt_id=request.attempt.pk)
    seat = seat_of(request)
    if seat.is_paused:
        return paused(request, seat)
    rows = sorted((review_row(seat, one) for one in seat.snapshot.questions), key=lambda row: row["is_answered"])
    context = {"seat": seat, "rows": rows, "empty_count": seat.total - seat.answered}
    return render(request, "candidates/attempt_review.html", context)


def review_row(seat: Seat, question: SnapshotQuestion) -> dict[str, Any]:
    return {
        "number": question.number,
        "url": seat.question_url(question.number),
        "is_unseen": seat.is_unseen(question),
        **({} if seat.is_unseen(question) else _words_of(seat, question)),
        "is_answered": question.is_answered,
        "is_flagged": question.is_flagged,
        "is_locked": seat.is_locked(question),
    }


def _words_of(seat: Seat, question: SnapshotQuestion) -> dict[str, Any]:
    face = seat.face(question)
    return {
        "words": words(question, face=face),
        "is_worded_by_authors": face.type.is_worded_by_authors,
        "stem_words": stem_words(question, face=face),
    }


@require_http_methods(["GET", "POST"])
@here_required
def attempt_submit(request: AttemptRequest) -> HttpResponse:
    """Ask first, with what is empty; a second press, ``confirmed``, closes the attempt for good."""
    if request.method == "POST" and request.POST.get("confirmed"):
        try:
            attempts.submit(request.holder)
        except SaveRefused:
            return redirect("attempt", attempt_id=request.attempt.pk)
        return redirect("attempt-receipt", attempt_id=request.attempt.pk)
    if request.attempt.is_closed:
        return redirect("attempt-receipt", attempt_id=request.attempt.pk)
    if not request.attempt.accepts_saves(at=request.arrived_at):
        return redirect("attempt", attempt_id=request.attempt.pk)
    seat = seat_of(request)
    if seat.is_paused:
        return paused(request, seat)
    empty = [dot for dot in seat.dots if not dot.is_answered]
    context = {"seat": seat, "answered": seat.answered, "empty_numbers": empty}
    return render(request, "candidates/attempt_submit.html", context)


@require_GET
@attempt_required
def attempt_receipt(request: AttemptRequest) -> HttpResponse:
    closed = request.attempt
    if not closed.is_closed or closed.closed_at is None:
        return redirect("attempt", attempt_id=closed.pk)
    context = {
        "attempt": closed,
        "receipt": closed.submit_receipt,
        "receipt_code": receipts.short_code(closed.submit_receipt),
        "closed_at": closed.closed_at,
        "hear_by": hear_by(closed),
        "asks_opinion": survey.is_asked(closed),
        "has_given_opinion": survey.has_answered(closed),
        "opinion_error": SurveyForm.nothing_chosen() if NOTHING_CHOSEN in request.GET else "",
        "record_url": reverse("attempt-record", args=[closed.pk]),
    }
    return render(request, "candidates/attempt_receipt.html", context)


@require_GET
@attempt_required
def attempt_clock(request: AttemptRequest) -> HttpResponse:
    """The time left on question ``?question=n``, whether it stands still, and what was given back: what open pages ask for."""
    number = request.GET.get("question", "")
    seat = seat_of(request, current=int(number) if number.isascii() and number.isdigit() else 0)
    facts = {
        "remaining_ms": seat.remaining_ms,
        "paused": seat.pause_kind,
        "break_remaining_ms": seat.break_remaining_ms,
        "given_back": seat.given_back_words,
        "status": request.attempt.status,
        "is_open": request.attempt.accepts_saves(at=request.arrived_at),
        "is_elsewhere": request.attempt.is_elsewhere,
        "revision": request.attempt.revision,
        "announcements": [str(one.id) for one in seat.announcements],
    }
    return JsonResponse(facts)
