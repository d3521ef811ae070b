"""The parts of a seat's pages that every save sends anew.

What they look like is rendered once (:mod:`candidates.templatetags.shared`); what one candidate has of their own is put in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from assessments.question_types import Looks
from candidates.domain.frames import QuestionFrame
from candidates.domain.seat import Seat
from candidates.domain.snapshots import SnapshotQuestion
from candidates.enums import AttemptStatus
from candidates.templatetags.shared import hole, joined, part

register = template.Library()
Context = dict[str, Any]


@register.simple_tag(takes_context=True)
def question_panel(context: Context) -> SafeString:
    """The question with its answer, as :func:`candidates.views.question.render_question` has put it together."""
    seat, section, question = context["seat"], context["section"], context["question"]
    response, conflict = context["response"], context["conflict"]
    is_closed = context["bell_rang"] or context["is_locked"]
    language = get_language()
    values = {
        "number": question.number,
        "total": seat.total,
        "points": question.points,
        "counted_points": question.counted_points,
        "position": section.position,
        "count": section.count,
        "title": section.title,
        "is_one_way": section.is_one_way,
        "language": seat.language,
        "is_flagged": response.is_flagged,
        "is_saved": response.saved_at is not None,
        "is_locked": context["is_locked"],
        "bell_rang": context["bell_rang"],
        "is_closed": is_closed,
        "is_refused": bool(context["error"]),
        "has_break": seat.has_break,
        "is_rehearsal": seat.is_rehearsal,
    }
    fresh = {
        "action": context["action"],
        "csrf_token": str(context.get("csrf_token", "")),
        "base_revision": response.revision,
        "key": context["key"],
        "dots": dots(context, as_links=is_closed),
        "stem": question.stem_html,
        "answer": answer(question, language=seat.language, is_locked=is_closed, is_kept=not context["error"]),
        "conflict": _conflict(context) if conflict else "",
        "error": context["error"],
        "overview_url": seat.root,
        "previous_url": context["previous_url"],
        "next_url": context["next_url"],
        **_moment(response.saved_at, language),
    }
    return part("candidates/_question_panel.html", values, fresh, language=language)


class Widget(Mapping[str, Any]):
    """What a question type's template shows of one value, worked out when it is first looked at.

    Two are equal if they are of the same version, order and value: the face of a version never changes.
    """

    def __init__(self, question: QuestionFrame) -> None:
        self._question = question
        self._identity = (question.face.version_id, tuple(question.order), json.dumps(question.value, sort_keys=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Widget) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @cached_property
    def _shown(self) -> dict[str, Any]:
        return self._question.widget

    def __getitem__(self, name: str) -> Any:
        return self._shown[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)


def answer(question: QuestionFrame, *, language: str, is_locked: bool, is_kept: bool) -> SafeString:
    """The field or the options. ``is_kept``: the value is one of the question's, not whatever was typed and refused."""
    looks = question.face.type.looks if is_kept else Looks.MANY
    facts = {"language": language, "is_locked": is_locked}
    if looks is Looks.ONE_TEXT:
        blank = replace(question, value=hole("text"))
        return part(question.template, {"widget": Widget(blank), **facts}, {"text": question.value or ""})
    if looks is Looks.FEW:
        return part(question.template, {"widget": Widget(question), **facts})
    return render_to_string(question.template, {"widget": question.widget, **facts})


def _conflict(context: Context) -> str:
    names = ("conflict", "action", "csrf_token")
    return render_to_string("candidates/_conflict.html", {name: context.get(name) for name in names})


@register.simple_tag(takes_context=True)
def dots(context: Context, *, as_links: bool = False) -> SafeString:
    """Buttons save before they go, with and without scripts; where nothing can be saved any more they are links."""
    language = get_language()
    each = joined(
        [
            part(
                "candidates/_dot.html",
                {"dot": dot, "as_links": as_links},
                {"url": dot.url} if as_links else None,
                language=language,
            )
            for dot in context["seat"].dots
        ]
    )
    return part("candidates/_dots.html", {"is_many": context["seat"].total > 16}, {"dots": each}, language=language)


@register.simple_tag(takes_context=True)
def save_state(context: Context, *, is_aside: bool = False) -> SafeString:
    """Whether the answer is saved. ``is_aside``: it comes along with a panel, for its own place on the page."""
    response: SnapshotQuestion = context["response"]
    seat, receipt = context["seat"], context["receipt"]
    fresh = {
        "revision": response.revision,
        "remaining_ms": _or_nothing(seat.remaining_ms),
        "receipt": receipt.hash if receipt else "",
        **_moment(response.saved_at, get_language()),
    }
    return part("candidates/_save_state.html", {"is_saved": response.saved_at is not None, "is_aside": is_aside}, fresh)


@register.simple_tag(takes_context=True)
def clock(context: Context, *, is_aside: bool = False) -> SafeString:
    """The server's time left. clock.js counts on from it by differences, never by the device's clock."""
    seat: Seat = context["seat"]
    question = context.get("question")
    is_running = seat.status == AttemptStatus.IN_PROGRESS
    words = seat.remaining_words if is_running else ""
    fresh = {
        "url": f"{seat.root}clock/" + (f"?question={question.number}" if question else ""),
        "pause_kind": seat.pause_kind,
        "break_ms": _or_nothing(seat.break_remaining_ms),
        "remaining_ms": _or_nothing(seat.remaining_ms if is_running else None),
        "words": words,
    }
    values = {"has_words": bool(words), "is_ending": bool(words) and seat.is_ending, "is_aside": is_aside}
    return part("candidates/_clock.html", values, fresh)


@register.simple_tag(takes_context=True)
def menu(context: Context) -> SafeString:
    """Preferences, which stay on the device, and the language."""
    seat: Seat = context["seat"]
    has_handover = not seat.is_rehearsal and seat.status == AttemptStatus.IN_PROGRESS
    fresh = {**_posting(context), "handover_url": f"{seat.root}handover/"}
    return part("candidates/_menu.html", {"has_handover": has_handover}, fresh)


@register.simple_tag(takes_context=True)
def pause(context: Context, *, is_shown: bool = False, is_under_title: bool = False) -> SafeString:
    """Why time stands still: the page itself, or hidden on every page of a seat until clock.js shows it."""
    seat: Seat = context["seat"]
    fresh = {
        **_posting(context),
        "continue_url": seat.urls["continue"],
        "resume_url": seat.urls["resume"],
        "time_left": seat.break_remaining_words,
    }
    values = {"kind": seat.pause_kind, "is_shown": is_shown, "is_under_title": is_under_title}
    return part("candidates/_paused.html", values, fresh)


def _posting(context: Context) -> dict[str, str]:
    """What a form needs that posts from this page, and comes back to it."""
    return {"csrf_token": str(context.get("csrf_token", "")), "here": context["request"].get_full_path()}


def _or_nothing(milliseconds: int | None) -> int | str:
    return "" if milliseconds is None else milliseconds


@lru_cache(maxsize=1000)  # a page tells it twice, and somebody who goes back and forth again
def _moment(saved_at: datetime | None, _language: str | None) -> dict[str, str]:
    """When, for machines and for people who have no scripts."""
    if saved_at is None:
        return {"saved_iso": "", "saved_time": ""}
    here = timezone.localtime(saved_at)
    return {"saved_iso": here.isoformat(), "saved_time": formats.date_format(here, "TIME_FORMAT")}
