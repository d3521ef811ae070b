"""The rehearsal's pages: the templates of a real attempt, and nothing kept. Open to everybody at any time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from candidates import preferences
from candidates.access import kept_private, public
from candidates.domain import rehearsals
from candidates.domain.rehearsals import Rehearsal, RehearsalSeat, TooLong
from candidates.forms import ResponseForm
from candidates.views.attempt import review_row
from candidates.views.question import PANEL, STATE, destination, render_question
from interview_project import htmx

COOKIE = "parley_rehearsal"


def _held(request: HttpRequest) -> Rehearsal | None:
    return rehearsals.unseal(request.COOKIES.get(COOKIE, ""))


def _kept(response: HttpResponse, one: Rehearsal) -> HttpResponse:
    """Back to the browser with what it has typed; no page of a rehearsal is kept by a cache either."""
    response.set_cookie(
        COOKIE,
        rehearsals.seal(one),
        max_age=rehearsals.LIFETIME,
        path=reverse("rehearsal"),
        secure=settings.ATTEMPT_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return kept_private(response)


def _over(request: HttpRequest) -> HttpResponse:
    """Begun in no browser of ours, or its ten minutes are over."""
    status = 200 if request.method == "GET" else 410
    context = {"is_known": _held(request) is not None}
    return kept_private(htmx.render_fragment(request, "candidates/rehearsal_over.html", "over", context, status=status))


def _is_open(one: Rehearsal | None) -> bool:
    return one is not None and timezone.now() < one.bell


@public
@require_GET
def rehearsal(request: HttpRequest) -> HttpResponse:
    """What it is, whether this device is ready, and a button to begin."""
    context = {"is_running": _is_open(_held(request)), "minutes": rehearsals.LENGTH.seconds // 60}
    return kept_private(render(request, "candidates/rehearsal.html", context))


@public
@require_POST
def rehearsal_start(request: HttpRequest) -> HttpResponse:
    return _kept(redirect("rehearsal-question", number=1), rehearsals.begin())


@public
@require_http_methods(["GET", "POST"])
def rehearsal_question(request: HttpRequest, number: int) -> HttpResponse:
    """One question, as in a real attempt; a POST puts what is typed into the cookie and moves on."""
    one = _held(request)
    if one is None or not _is_open(one):
        return _over(request)
    seat = rehearsals.seat_of(one, current=number)
    if seat.snapshot.question(number) is None:
        raise Http404("No such question.")
    return _save(request, seat, one, number) if request.method == "POST" else kept_private(_show(request, seat))


def _show(request: HttpRequest, seat: RehearsalSeat, **more: Any) -> HttpResponse:
    question = seat.snapshot.questions[seat.current - 1]
    return render_question(request, seat, question, **{"fragment": PANEL, **more})


def _save(request: HttpRequest, seat: RehearsalSeat, one: Rehearsal, number: int) -> HttpResponse:
    question = seat.snapshot.questions[number - 1]
    face = seat.face(question)
    form = ResponseForm(request.POST, face=face)
    if not form.is_valid():
        typed = face.type.refilled(form.typed(), question.value)
        return kept_private(_show(request, seat, value=typed, error=form.sentence, status=422))
    go = form.go
    saved = one.saved(number, form.value, at=timezone.now(), toggles_flag=go == "flag")
    try:
        return _kept(_after(request, saved, go=go, number=number), saved)
    except TooLong:
        sentence = gettext("The rehearsal keeps your text in this browser alone, and it holds no more than this.")
        return kept_private(_show(request, seat, value=form.value, error=sentence, status=422))


def _after(request: HttpRequest, saved: Rehearsal, *, go: str, number: int) -> HttpResponse:
    seat = rehearsals.seat_of(saved, current=number)
    if htmx.target(request) == STATE:
        return _show(request, seat, fragment=STATE, receipt=saved.receipt(number))
    to = destination(go, number, seat.total)
    if go == "options":
        return htmx.go(request, preferences.page(seat.question_url(number)))
    if to is None:
        return htmx.go(request, seat.urls["overview" if go == "overview" else "review"])
    if htmx.target(request) != PANEL:
        return redirect(seat.question_url(to))
    response = _show(request, replace(seat, current=to))
    response["HX-Push-Url"] = seat.question_url(to)
    return response


@public
@require_GET
def rehearsal_review(request: HttpRequest) -> HttpResponse:
    one = _held(request)
    if one is None or not _is_open(one):
        return _over(request)
    seat = rehearsals.seat_of(one)
    rows = sorted((review_row(seat, each) for each in seat.snapshot.questions), key=lambda row: row["is_answered"])
    context = {"seat": seat, "rows": rows, "empty_count": seat.total - seat.answered}
    return kept_private(render(request, "candidates/attempt_review.html", context))


@public
@require_http_methods(["GET", "POST"])
def rehearsal_submit(request: HttpRequest) -> HttpResponse:
    """Ask first, as a real attempt does; then everything that was typed is gone."""
    one = _held(request)
    if request.method == "POST" and request.POST.get("confirmed"):
        response = redirect("rehearsal-done")
        response.delete_cookie(COOKIE, path=reverse("rehearsal"), samesite="Lax")
        return kept_private(response)
    if one is None or not _is_open(one):
        return _over(request)
    seat = rehearsals.seat_of(one)
    empty = [dot for dot in seat.dots if not dot.is_answered]
    context = {"seat": seat, "answered": seat.answered, "empty_numbers": empty}
    return kept_private(render(request, "candidates/attempt_submit.html", context))


@public
@require_GET
def rehearsal_done(request: HttpRequest) -> HttpResponse:
    return kept_private(render(request, "candidates/rehearsal_done.html"))


@public
@require_GET
def rehearsal_clock(request: HttpRequest) -> HttpResponse:
    """As an attempt's; ``now_ms`` is for the look at the device's own clock."""
    one, now = _held(request), timezone.now()
    is_open = one is not None and now < one.bell
    facts: dict[str, Any] = {
        "remaining_ms": max(0, round((one.bell - now).total_seconds() * 1000)) if one else None,
        "status": "in_progress" if is_open else "expired",
        "is_open": is_open,
        "is_elsewhere": False,
        "revision": sum(one.revisions.values()) if one else 0,
        "announcements": [],
        "now_ms": round(now.timestamp() * 1000),
    }
    return kept_private(JsonResponse(facts))
