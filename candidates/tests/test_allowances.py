"""The time that is told before the start is the time that will be given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.domain.assembly import publish_assessment
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_practice, make_question
from candidates.domain import entry, invitations, notices
from candidates.domain.mails import message_of
from candidates.enums import MailKind
from candidates.models import Candidate, InvitationMail
from candidates.tests.making import make_attempt, sit_down

pytestmark = pytest.mark.django_db
END = "When the time is over, what was saved last counts."


def assessment_of(*seconds: int | None, whole: int | None = None) -> Assessment:
    """A section for each of these times."""
    first, *others = seconds
    made = make_assessment(publish=False, duration_seconds=whole, section={"duration_seconds": first})
    for one in others:
        add_section(made, make_question(), duration_seconds=one)
    return publish_assessment(made)


def rules(assessment: Assessment, candidate: Candidate | None = None) -> list[str]:
    return [sentence.replace("\xa0", " ") for sentence in notices.rule_sentences(assessment, candidate)]


@pytest.mark.parametrize(
    ("seconds", "whole", "told"),
    [
        ([None], None, "No time limit."),
        ([None, None], 3600, "Time: 1 h."),
        ([90], None, "Time: 1 min 30 s."),
        ([1200], 600, "Time: 10 min."),
        ([90, 60], None, "Time: 1 min 30 s for section 1, 1 min for section 2."),
        ([90, None], None, "Time: 1 min 30 s for section 1, no time limit for the rest."),
        ([None, 1200], 3600, "Time: 1 h in all, 20 min for section 2."),
    ],
)
def test_what_is_told_is_the_time_of_the_whole_and_of_each_section(seconds, whole, told):
    assert rules(assessment_of(*seconds, whole=whole))[1] == told


def test_the_times_of_sections_are_those_of_this_candidate():
    double = Candidate(time_factor=Decimal(2))
    assert rules(assessment_of(90, 60), double)[1] == "Time: 3 min for section 1, 2 min for section 2."


def test_to_whom_no_clock_runs_none_is_told():
    timed = assessment_of(90, 60, whole=3600)
    assert {END, "The time of a section starts when you begin it."} <= set(rules(timed))
    untimed = rules(timed, Candidate(is_untimed=True))
    assert untimed[1:] == ["No time limit.", "You can take it once."]


def pages_of(client: Any, attempt: Any) -> list[str]:
    """The overview before the start, the notice kept with it, and the mail that invited."""
    overview = sit_down(client, attempt).get(reverse("attempt", args=[attempt.pk])).content.decode()
    mail = message_of(InvitationMail(invitation=attempt.invitation, kind=MailKind.INVITATION))
    return [words.replace("\xa0", " ") for words in (overview, attempt.consent_text, mail.body)]


def test_the_overview_the_kept_notice_and_the_mail_tell_the_same(client):
    for words in pages_of(client, make_attempt(assessment_of(90, 60), start=False)):
        assert "Time: 1 min 30 s for section 1, 1 min for section 2." in words


def test_an_untimed_candidate_reads_of_no_clock(client):
    timed = assessment_of(90, whole=60)
    invited = invitations.invite(timed, email="u@example.org", name="U").invitation
    Candidate.objects.filter(pk=invited.candidate_id).update(is_untimed=True)
    invited.refresh_from_db()
    for words in pages_of(client, entry.enter_by_invitation(invited)):
        assert "No time limit." in words
        assert (END in words, "Start the clock" in words) == (False, False)


def test_a_landing_page_says_that_the_clock_starts_with_the_attempt_where_it_does(client):
    practices = (make_practice(duration_seconds=600), make_practice(section={"duration_seconds": 600}))
    pages = [client.get(reverse("practice", args=[one.slug])).content.decode() for one in practices]
    said = [page.replace("\xa0", " ") for page in pages]
    assert ["10 min, from the moment you press Start" in words for words in said] == [True, False]
    assert "<dd>10 min</dd>" in said[1]


def test_the_list_of_practices_costs_the_same_for_three_as_for_one(client):
    costs = []
    for more in (1, 2):
        for _ in range(more):
            make_practice(section={"duration_seconds": 600})
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("home")).content.decode()
        costs.append((len(asked), page.count(">10\xa0min<")))
    assert costs == [(costs[0][0], 1), (costs[0][0], 3)]
