"""What the candidates' side adds to an assessment's pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Assessment, Section
from assessments.tests.making import make_assessment
from candidates.access import COOKIE
from candidates.domain import entry
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, AuditEntry
from candidates.tests.admin_rows import make_staff, signed_in
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.django_db
LIST = "/admin/assessments/assessment/"


@pytest.fixture
def author() -> Client:
    verbs = ("view", "add", "change", "delete")
    return signed_in(*(f"assessments.{verb}_{noun}" for verb in verbs for noun in ("assessment", "section", "draw")))


def page_url(assessment: Assessment, page: str = "change") -> str:
    return reverse(f"admin:assessments_assessment_{page}", args=[assessment.pk])


def test_the_list_counts_invitations_and_attempts_but_no_tries():
    assessment = make_assessment()
    make_attempt(assessment)
    entry.enter_preview(assessment, by=make_staff())
    (row,) = signed_in(is_superuser=True).get(LIST).context["cl"].result_list
    assert (row.invitation_count, row.attempt_count) == (1, 1)


@pytest.mark.parametrize("publish", [True, False])
def test_trying_it_leads_into_an_attempt_that_counts_nowhere(author, publish):
    assessment = make_assessment(publish=publish)
    response = author.post(page_url(assessment, "try"))
    attempt = Attempt.objects.get()
    assert response["Location"] == reverse("attempt", args=[attempt.pk])
    assert response.cookies[COOKIE]["path"] == reverse("attempt", args=[attempt.pk])
    assert attempt.purpose == AttemptPurpose.PREVIEW
    assert Attempt.objects.counted().count() == 0
    assert AuditEntry.objects.get().action == "tried"


def test_the_attempt_tried_opens_with_the_cookie(author):
    response = author.post(page_url(make_assessment(publish=False), "try"), follow=True)
    assert response.status_code == 200
    assert "Backend engineer" in response.content.decode()


def test_trying_is_a_post(author):
    assert author.get(page_url(make_assessment(), "try")).status_code == 405
    assert Attempt.objects.count() == 0


def test_trying_wants_the_permission_to_change_assessments():
    assessment, viewer = make_assessment(), signed_in("assessments.view_assessment")
    assert "Try it" not in viewer.get(page_url(assessment)).content.decode()
    assert viewer.post(page_url(assessment, "try")).status_code == 403
    assert Attempt.objects.count() == 0


def test_a_section_that_was_tried_can_still_be_deleted_from_a_draft(author):
    assessment = make_assessment(publish=False)
    tried = entry.enter_preview(assessment, by=make_staff())
    section = assessment.sections.get()
    form = author.get(page_url(assessment)).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if not name.endswith("_at")}
    data = {name: "" if value is None or value is False else value for name, value in values.items()}
    data |= {
        "sections-TOTAL_FORMS": "1",
        "sections-INITIAL_FORMS": "1",
        "sections-0-id": str(section.pk),
        "sections-0-assessment": str(assessment.pk),
        "sections-0-title": section.title,
        "sections-0-navigation": "free",
        "sections-0-DELETE": "on",
    }
    response = author.post(page_url(assessment), data)
    assert response.status_code == 302, response.context["errors"]
    assert Section.objects.count() == 0
    assert not Attempt.objects.filter(pk=tried.pk).exists()


def test_a_draft_that_was_tried_can_be_deleted(author):
    assessment = make_assessment(publish=False)
    entry.enter_preview(assessment, by=make_staff())
    assert "protected" not in author.get(page_url(assessment, "delete")).content.decode()
    author.post(page_url(assessment, "delete"), {"post": "yes"})
    assert not Assessment.objects.exists()


def test_a_published_one_offers_to_invite_where_one_may():
    assessment = make_assessment()
    url = reverse("admin:candidates_invitation_invite", query={"assessment": str(assessment.pk)})
    assert url in signed_in(is_superuser=True).get(page_url(assessment)).content.decode()
    assert url not in signed_in("assessments.view_assessment").get(page_url(assessment)).content.decode()
