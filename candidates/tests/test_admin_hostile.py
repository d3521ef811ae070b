"""Names, answers and titles are hostile input on every page of admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from assessments.models import Assessment, Criterion, Level, Question, QuestionBank, Rubric, Section, Tag
from candidates.domain import audit, outcomes
from candidates.domain.interventions import void
from candidates.enums import OutcomeDecision
from candidates.models import Attempt, Candidate
from candidates.tests.admin_rows import judge, make_staff, make_submitted, signed_in

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
def attempt() -> Attempt:
    """An attempt with everything about it hostile that anybody may write."""
    attempt = make_submitted(title=SCRIPT, organisation=SCRIPT, purpose=SCRIPT, contact=SCRIPT)
    judge(attempt, by=make_staff(), comment=SCRIPT)
    outcomes.decide(attempt, decision=OutcomeDecision.HOLD, reason=SCRIPT, by=make_staff())
    Candidate.objects.update(name=SCRIPT)
    for number, bank in enumerate(QuestionBank.objects.all()):  # names are unique
        QuestionBank.objects.filter(pk=bank.pk).update(name=f"{SCRIPT} {number}", description=SCRIPT, licence=SCRIPT)
    Question.objects.update(title=SCRIPT, source=SCRIPT, competence=SCRIPT, provenance={"file": SCRIPT})
    Section.objects.update(title=SCRIPT)
    Rubric.objects.update(name=SCRIPT)  # there is one
    Criterion.objects.update(name=SCRIPT, description=SCRIPT)
    Level.objects.update(name=SCRIPT, description=SCRIPT)
    Question.objects.all()[0].tags.add(Tag.objects.create(name=SCRIPT))
    audit.record(action=SCRIPT, subject=attempt, by=make_staff(), detail={"said": SCRIPT})
    return attempt


def hostile_pages(attempt: Attempt) -> list[str]:
    question = attempt.questions.select_related("version").get(number=1)
    own = [
        reverse("admin:candidates_attempt_waiting"),
        reverse("admin:candidates_attempt_score", args=[attempt.pk, 1]),
        reverse("admin:candidates_attempt_void", args=[attempt.pk]),
        reverse("admin:candidates_invitation_invite"),
        reverse("admin:candidates_candidate_delete", args=[attempt.candidate_id]),
        reverse("admin:assessments_question_preview", args=[question.version.question_id]),
        reverse("admin:assessments_question_new_version", args=[question.version.question_id]),
        reverse("admin:assessments_assessment_close", args=[attempt.assessment_id]),
        reverse("admin:index"),
    ]
    return own + [url for model in admin.site._registry for url in listed(model)]


def listed(model: Any) -> list[str]:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    rows = model._default_manager.all()[:3]
    return [reverse(f"{name}_changelist"), *(reverse(f"{name}_change", args=[row.pk]) for row in rows)]


def test_no_page_lets_a_script_through(attempt):
    client = signed_in(is_superuser=True)
    pages = {url: client.get(url) for url in hostile_pages(attempt)}
    assert {url: page.status_code for url, page in pages.items() if page.status_code != 200} == {}
    assert [url for url, page in pages.items() if SCRIPT in page.content.decode()] == []


@pytest.mark.parametrize(
    "name", ["candidate", "attempt", "invitation", "assessment", "question", "rubric", "tag", "outcome", "auditentry"]
)
def test_the_lists_show_it_as_the_text_it_is(attempt, name):
    """So the test above had something to find."""
    app = "candidates" if name in ("candidate", "attempt", "invitation", "outcome", "auditentry") else "assessments"
    response = signed_in(is_superuser=True).get(reverse(f"admin:{app}_{name}_changelist"))
    assert ESCAPED in response.content.decode()


def test_messages_and_refusals_show_it_as_text_too(attempt):
    client: Client = signed_in(is_superuser=True)
    assessment = Assessment.objects.get(pk=attempt.assessment_id)
    response = client.post(reverse("admin:assessments_assessment_close", args=[assessment.pk]), follow=True)
    assert SCRIPT not in response.content.decode()
    assert ESCAPED in response.content.decode()


def test_a_reason_is_shown_as_text(attempt):
    void(attempt, reason=SCRIPT, by=make_staff())
    url = reverse("admin:candidates_attempt_change", args=[attempt.pk])
    page = signed_in(is_superuser=True).get(url).content.decode()
    assert (SCRIPT in page, ESCAPED in page) == (False, True)
