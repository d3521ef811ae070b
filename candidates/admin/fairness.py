"""The report on how fair the clock was, as a page with bars and as a table to take away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from assessments.admin.pages import look_up, require, staff_page
from candidates.admin.time_actions import CHANGE
from candidates.domain import fairness
from candidates.domain.durations import exact_words
from candidates.domain.fairness import Line, Report

MOST_SHOWN = 200
MOST_COUNTED = 1000
WIDTH, LABEL, ROW = 900, 190, 26
PARTS = (
    ("allowed", "allowed"),
    ("added", "added by staff"),
    ("given_back", "given back for outages"),
    ("paused", "stopped by staff"),
    ("breaks", "breaks"),
)


@dataclass(frozen=True)
class Bar:
    name: str
    words: str
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    line: Line
    url: str
    y: int
    bars: list[Bar]
    used_at: float
    words: dict[str, str]


def fairness_view(model_admin: ModelAdmin, request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Times tell who has an accommodation: for those who handle time only."""
    require(request, CHANGE)
    assessment = look_up(model_admin, request, str(object_id))
    if request.GET.get("format") == "csv":
        response = HttpResponse(fairness.as_csv(fairness.report_on(assessment)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="time-{assessment.slug}-v{assessment.version}.csv"'
        return response
    report = fairness.report_on(assessment, newest=MOST_COUNTED)
    shown = report.lines[:MOST_SHOWN]
    return staff_page(
        model_admin,
        request,
        "admin/candidates/fairness.html",
        title=f"Time: {assessment}",
        original=assessment,
        report=report,
        rows=list(rows_of(shown, report)),
        parts=PARTS,
        hidden_count=report.begun_count - len(shown),
        width=WIDTH,
        label=LABEL,
        height=len(shown) * ROW,
        longest_words=_words(report.longest),
    )


def rows_of(lines: list[Line], report: Report) -> Iterator[Row]:
    scale = (WIDTH - LABEL) / max(_seconds(report.longest), 1)
    for place, line in enumerate(lines):
        yield Row(
            line=line,
            url=reverse("admin:candidates_attempt_change", args=[line.attempt_id]),
            y=place * ROW,
            bars=list(_bars(line, scale)),
            used_at=LABEL + _seconds(line.used) * scale,
            words=words_of(line),
        )


def _bars(line: Line, scale: float) -> Iterator[Bar]:
    x: float = LABEL
    for name, label in PARTS:
        seconds = _seconds(getattr(line, name) or fairness.NOTHING)
        if seconds:
            yield Bar(name, f"{line.candidate}: {exact_words(seconds)} {label}", x, seconds * scale)
            x += seconds * scale


def words_of(line: Line) -> dict[str, Any]:
    lengths = {name: getattr(line, name) for name in fairness.LENGTHS}
    said = {name: _words(length) if length else "" for name, length in lengths.items()}
    return {**said, "allowed": _words(line.allowed) if line.allowed else "no limit"}


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())


def _words(length: timedelta) -> str:
    return exact_words(_seconds(length))
