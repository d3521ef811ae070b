"""After, and about, an attempt: the record, what the candidate says to it, taking it away, two questions at the end."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from candidates.access import AttemptRequest, attempt_required
from candidates.domain import exports, signals, survey
from candidates.domain.records import record_of
from candidates.forms import SurveyForm
from candidates.models import Attempt
from candidates.views.during import by_attempt
from interview_project.ratelimit import limited

NOTHING_CHOSEN = "nothing-chosen"


@require_GET
@attempt_required
def attempt_record(request: AttemptRequest) -> HttpResponse:
    return render(request, "candidates/attempt_record.html", {"record": record_of(request.attempt)})


@limited(group="export", rate="20/h", methods=("GET",))
@require_GET
@attempt_required
def attempt_export(request: AttemptRequest, form: str) -> HttpResponse:
    """Everything kept about this attempt and its candidate, to be taken away."""
    if form not in ("json", "html"):
        raise Http404("There is no such form of it.")
    export = exports.export_of(request.attempt.candidate, attempt=request.attempt)
    if form == "json":
        response = HttpResponse(export.text(), content_type="application/json; charset=utf-8")
    else:
        response = HttpResponse(render_to_string("candidates/export.html", {"export": export}, request))
    response["Content-Disposition"] = f'attachment; filename="parley-record.{form}"'
    return response


@require_POST
@attempt_required
def attempt_explain(request: AttemptRequest, signal_id: int) -> HttpResponse:
    """Keep what the candidate says to something that was noticed; it may be changed at any time."""
    if not signals.explain(request.attempt, signal_id, text=request.POST.get("explanation", "")):
        raise Http404("There is no such signal.")
    return redirect(f"{request.attempt.get_absolute_url()}record/#signal-{signal_id}")


@limited(group="opinion", rate="10/h", key=by_attempt)
@require_POST
@attempt_required
def attempt_opinion(request: AttemptRequest) -> HttpResponse:
    """Count the answers to the two questions, once for this attempt; the receipt says what became of them."""
    form = SurveyForm(request.POST)
    receipt = reverse("attempt-receipt", args=[request.attempt.pk])
    if not form.is_valid():
        return redirect(f"{receipt}?{NOTHING_CHOSEN}#opinion")
    try:
        survey.answer(request.holder, form.answers())
    except Attempt.DoesNotExist as error:  # erased at this very moment
        raise Http404("No such attempt.") from error
    return redirect(f"{receipt}#opinion")
