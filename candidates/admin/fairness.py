"""The report on how fair the clock was, as a page with plots and as a table to take away."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from assessments.admin.pages import look_up, require, staff_page
from candidates.admin.time_actions import CHANGE
from candidates.domain import fairness, fairness_plots, outages
from candidates.domain.durations import exact_words
from candidates.domain.fairness import Line
from candidates.domain.fairness_plots import seconds_of

MOST_SHOWN = 200
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Row:
    line: Line
    url: str
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
        shortest=exact_words(seconds_of(outages.shortest_outage())),
        rows=[_row(line) for line in shown],
        figures=fairness_plots.figures_of(shown),
        hidden_count=report.begun_count - len(shown),
    )


def _row(line: Line) -> Row:
    return Row(line, reverse("admin:candidates_attempt_change", args=[line.attempt_id]), _row_words(line))


def _row_words(line: Line) -> dict[str, str]:
    lengths = {name: getattr(line, name) for name in fairness.LENGTHS}
    said = {name: exact_words(seconds_of(length)) if length else "" for name, length in lengths.items()}
    return said if line.allowed else said | {"allowed": "no limit"}
