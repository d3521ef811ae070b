"""Fresh questions for practice, and a candidate's choice about AI."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessments import gemini
from assessments.domain.asks import Ask, AskInvalid
from assessments.domain.ledger import AiRefused
from assessments.enums import Difficulty, QuestionTypeName
from assessments.gemini import GeminiFailed
from candidates.access import AttemptRequest, attempt_required
from candidates.domain import fresh, fresh_requests, suggestions
from candidates.models import FreshSet
from interview_project import htmx
from interview_project.ratelimit import WhileAway, limited

TEMPLATE, PANEL = "candidates/fresh.html", "fresh"


class FreshForm(forms.Form):
    topic = forms.CharField(max_length=200, error_messages={"required": "Say what the questions should be about."})
    question_type = forms.ChoiceField(choices=[(name, QuestionTypeName(name).label) for name in fresh.TYPES])
    difficulty = forms.ChoiceField(required=False, choices=Difficulty.choices)


@limited(group="ai", rate="30/m", while_away=WhileAway.CLOSED)
@require_http_methods(["GET", "POST"])
@attempt_required
def fresh_questions(request: AttemptRequest) -> HttpResponse:
    """Ask for some; earlier ones stay listed."""
    if not fresh.may_ask(request.attempt):
        raise Http404("Fresh questions are for practice.")
    form = FreshForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        problem = str(next(iter(form.errors.values()))[0]) if form.errors else ""
        return _asking(request, form, problem=problem)
    try:
        row = fresh_requests.request_fresh(request.attempt, Ask(**form.cleaned_data, count=fresh.MOST_QUESTIONS))
    except AiRefused as refusal:
        return _asking(request, form, problem=str(refusal), retry_after=refusal.retry_after)
    except (GeminiFailed, AskInvalid) as failure:
        return _asking(request, form, problem=str(failure), status=503 if isinstance(failure, GeminiFailed) else 200)
    return redirect("attempt-fresh-set", attempt_id=request.attempt.pk, fresh_id=row.pk)


def _asking(
    request: AttemptRequest, form: FreshForm, *, problem: str = "", retry_after: int = 0, status: int = 200
) -> HttpResponse:
    context = {
        "attempt": request.attempt,
        "form": form,
        "problem": problem,
        "missing_setting": gemini.missing_setting(),
        "sets": fresh.sets_of(request.attempt),
        "count": fresh.MOST_QUESTIONS,
    }
    response = render(request, "candidates/fresh_ask.html", context, status=429 if retry_after else status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


@require_http_methods(["GET", "POST"])
@attempt_required
def fresh_set(request: AttemptRequest, fresh_id: UUID) -> HttpResponse:
    """The questions one after the other; each answer at once shows what is right, and why."""
    row = get_object_or_404(FreshSet, pk=fresh_id, attempt=request.attempt)
    if request.method == "POST":
        number = request.POST.get("number", "")
        fresh.answer(row, request.POST.getlist("value"), number=int(number) if number.isdecimal() else 0)
        return redirect(reverse("attempt-fresh-set", args=[request.attempt.pk, row.pk]) + f"#question-{number}")
    questions = fresh.shown(row)
    context = {
        "attempt": request.attempt,
        "row": row,
        "questions": questions,
        "total": len(row.questions),
        "right": sum(one.is_right for one in questions),
        "is_finished": row.is_over and len(row.values) == len(row.questions),
    }
    return htmx.render_fragment(request, TEMPLATE, PANEL, context)


@require_POST
@attempt_required
def ai_choice(request: AttemptRequest) -> HttpResponse:
    """Decline that AI reads one's texts, or allow it again."""
    if suggestions.may_decline(request.attempt):
        suggestions.choose(request.attempt, declines=request.POST.get("declines") == "yes")
    return redirect("attempt", attempt_id=request.attempt.pk)
