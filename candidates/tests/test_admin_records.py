"""Audit, outcomes, background tasks: what is kept, and that it can only be added to."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from assessments.tests.making import make_bank
from candidates.domain import audit
from candidates.models import AuditEntry, Outcome
from candidates.tests.admin_rows import MAKERS, make_staff, make_submitted, signed_in
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.django_db
AUDIT, DECIDE = "/admin/candidates/auditentry/", "/admin/candidates/outcome/add/"


@pytest.fixture
def boss() -> Client:
    return signed_in(is_superuser=True)


# ---- The audit ----


def test_the_audit_says_that_its_chain_holds(boss):
    for _ in range(3):
        audit.record(action="tried", subject=make_bank(), by=make_staff())
    assert "The chain holds" in boss.get(AUDIT).content.decode()


def test_the_audit_says_where_its_chain_is_broken(boss):
    entries = [audit.record(action="tried", subject=make_bank(), by=make_staff()) for _ in range(3)]
    AuditEntry.objects.filter(pk=entries[1].pk).update(action="never happened")
    page = boss.get(AUDIT).content.decode()
    assert f"The chain is broken at entry {entries[1].pk} " in page
    assert "The chain holds" not in page


# ---- Outcomes ----


def test_an_outcome_names_who_decided_and_why(boss):
    attempt = make_submitted()
    data = {"attempt": str(attempt.pk), "decision": "advance", "reason": "Clear thinking."}
    response = boss.post(DECIDE, data)
    outcome = Outcome.objects.get()
    assert (outcome.decision, outcome.reason) == ("advance", "Clear thinking.")
    assert outcome.decided_by == response.wsgi_request.user
    assert AuditEntry.objects.get(action="outcome decided").by == outcome.decided_by
    url = reverse("admin:candidates_attempt_change", args=[attempt.pk])
    assert response["Location"] == url
    assert "Clear thinking." in boss.get(url).content.decode()


def test_an_outcome_without_a_reason_is_refused(boss):
    response = boss.post(DECIDE, {"attempt": str(make_submitted().pk), "decision": "advance", "reason": "  "})
    assert list(response.context["form"].errors) == ["reason"]
    assert Outcome.objects.count() == 0


def test_nothing_is_decided_about_an_attempt_still_open(boss):
    response = boss.post(DECIDE, {"attempt": str(make_attempt().pk), "decision": "hold", "reason": "Wait."})
    assert list(response.context["form"].errors) == ["attempt"]


def test_an_outcome_is_decided_once_more_not_changed(boss):
    outcome = MAKERS[Outcome]()
    url = reverse("admin:candidates_outcome_change", args=[outcome.pk])
    boss.post(url, {"decision": "decline", "reason": "Changed my mind."})
    outcome.refresh_from_db()
    assert (outcome.decision, outcome.reason) == ("advance", "Clear thinking.")


def test_who_may_add_outcomes_may_decide_without_being_a_superuser():
    attempt = make_submitted()
    decider = signed_in("candidates.add_outcome")
    decider.post(DECIDE, {"attempt": str(attempt.pk), "decision": "hold", "reason": "Second round."})
    assert Outcome.objects.get().reason == "Second round."


# ---- Appended, never written by hand ----


@pytest.mark.parametrize("name", ["auditentry", "event", "responseevent", "review", "score", "attempt"])
def test_what_only_grows_can_be_read_and_nothing_else(boss, name):
    (model,) = (one for one in MAKERS if one._meta.model_name == name)
    row = MAKERS[model]()
    assert boss.get(reverse(f"admin:candidates_{name}_add")).status_code == 403
    assert boss.get(reverse(f"admin:candidates_{name}_delete", args=[row.pk])).status_code == 403
    page = boss.get(reverse(f"admin:candidates_{name}_change", args=[row.pk])).content.decode()
    assert ('name="_save"' in page, "deletelink" in page) == (False, False)
    listed = boss.get(reverse(f"admin:candidates_{name}_changelist")).content.decode()
    assert re.findall('<option value="(delete[^"]*)"', listed) == []


@pytest.mark.parametrize("name", ["event", "responseevent", "review", "score"])
def test_lists_and_rows_link_to_the_attempt(boss, name):
    (model,) = (one for one in MAKERS if one._meta.model_name == name)
    row = MAKERS[model]()
    attempt = row.attempt if hasattr(row, "attempt") else row.attempt_question.attempt
    link = f'<a href="{reverse("admin:candidates_attempt_change", args=[attempt.pk])}">{attempt}</a>'
    for page_name, args in (("changelist", []), ("change", [row.pk])):
        page = boss.get(reverse(f"admin:candidates_{name}_{page_name}", args=args)).content.decode()
        assert link in page


# ---- Background tasks ----


def test_a_failed_task_is_not_hidden(boss):
    result = MAKERS[DBTaskResult]()
    DBTaskResult.objects.filter(pk=result.pk).update(
        status="FAILED",
        exception_class_path="smtplib.SMTPServerDisconnected",
        traceback="Traceback: connection lost",
        finished_at=timezone.now(),
    )
    page = boss.get("/admin/django_tasks_database/dbtaskresult/").content.decode()
    assert "score attempt" in page
    assert "SMTPServerDisconnected" in page
    assert "1</strong> <span>background task failed" in boss.get("/admin/").content.decode()
