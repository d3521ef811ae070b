from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, clock, entry
from candidates.domain.receipts import short_code
from candidates.domain.responses import AttemptClosed, Conflict
from candidates.enums import AttemptPurpose, AttemptStatus
from candidates.models import Attempt, AuditEntry, Event, Response
from candidates.tests.admin_rows import ANSWER, judge, make_staff, make_submitted, signed_in
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.django_db
LIST = "/admin/candidates/attempt/"


def page_url(attempt: Attempt, page: str = "change") -> str:
    return reverse(f"admin:candidates_attempt_{page}", args=[attempt.pk])


def shown(client: Client, **query: str) -> list[Attempt]:
    return list(client.get(LIST, query).context["cl"].result_list)


@pytest.fixture
def boss() -> Client:
    return signed_in(is_superuser=True)


# ---- The list ----


def test_the_list_tells_progress_score_and_status(boss):
    attempt = make_submitted()
    judge(attempt, by=make_staff(), points="1")
    page = boss.get(LIST).content.decode()
    assert '<progress value="2" max="2"></progress> 2 of 2' in page
    assert "4 of 7" in page  # half of 6 by the rubric, 1 of 1 by rule
    assert "Submitted" in page


def test_the_list_says_what_is_not_scored_yet(boss):
    make_submitted()
    assert "1 of 7, 1 not scored" in boss.get(LIST).content.decode()


def test_an_overdue_attempt_is_told_from_one_in_progress(boss):
    late, running = make_attempt(timed()), make_attempt(timed())
    ring_the_bell(late, seconds_ago=3600)
    assert "Time ran out, about to be closed" in boss.get(LIST).content.decode()
    assert shown(boss, status="overdue") == [late]
    assert shown(boss, status="in_progress") == [running]


def timed():
    return make_assessment(make_question("long_text"), duration_seconds=600)


def test_what_staff_tried_is_hidden_until_asked_for(boss):
    assessment = make_assessment()
    real, tried = make_attempt(assessment), entry.enter_preview(assessment, by=make_staff())
    assert shown(boss) == [real]
    assert shown(boss, purpose=AttemptPurpose.PREVIEW) == [tried]
    assert set(shown(boss, purpose="all")) == {real, tried}


def test_the_list_finds_a_candidate_by_name_and_by_mail(boss):
    wanted, _ = make_attempt(), make_attempt()
    assert shown(boss, q=wanted.candidate.name) == [wanted]
    assert shown(boss, q=wanted.candidate.email) == [wanted]


# ---- One attempt ----


def test_the_page_tells_facts_results_responses_and_what_happened(boss):
    attempt = make_submitted(cut_score=10)
    judge(attempt, by=make_staff(), comment="Names the trade-off.")
    page = boss.get(page_url(attempt)).content.decode()
    assert short_code(attempt.submit_receipt) in page
    assert "Whole: every save, response and receipt" in page
    assert "7 of 7 points (100 %)" in page
    assert "at or above the cut score of 10 %, which decides nothing" in page
    assert ANSWER in page
    assert "Names the trade-off." in page
    assert "Correct: 2 · Level 2; Clear: 2 · Level 2" in page
    assert "Submitted" in page


def test_a_response_changed_behind_the_product_s_back_shows(boss):
    attempt = make_submitted()
    Response.objects.filter(attempt_question__attempt=attempt, attempt_question__number=1).update(value="Forged.")
    page = boss.get(page_url(attempt)).content.decode()
    assert "The record is not whole:" in page
    assert "Question 1, revision 1: the response is not what was saved last." in page
    assert "Whole: every save" not in page


def test_the_history_shows_conflicts_and_how_late_a_late_text_came(boss):
    attempt = make_attempt(timed())
    save(attempt, "First.")
    with pytest.raises(Conflict):
        save(attempt, "From another tab.")
    ring_the_bell(attempt, seconds_ago=90)
    with pytest.raises(AttemptClosed):
        save(attempt, "Too late.", base_revision=1)
    page = boss.get(page_url(attempt)).content.decode()
    assert "Kept aside: another tab or device had saved first" in page
    assert "Kept aside: nothing could be saved any more, 1\xa0min\xa03" in page
    assert "Too late." in page


def test_an_attempt_that_runs_is_not_said_to_wait_for_a_reviewer(boss):
    attempt = make_attempt(timed())
    save(attempt, "Something.")
    page = boss.get(page_url(attempt)).content.decode()
    assert "Scored when it is closed." in page
    assert "for a reviewer" not in page


def test_the_page_costs_the_same_for_two_questions_and_for_six(boss):
    def statements(count: int) -> int:
        attempt = make_attempt(make_assessment(*(make_question() for _ in range(count))))
        for number in range(1, count + 1):
            save(attempt, f"Answer {number}", number=number)
        attempts.submit(holder_of(attempt))
        boss.get(page_url(attempt))  # faces are rendered once in a process
        with CaptureQueriesContext(connection) as captured:
            assert boss.get(page_url(attempt)).status_code == 200
        return len(captured)

    assert statements(2) == statements(6)


def test_nothing_of_an_attempt_can_be_changed_added_or_deleted(boss):
    attempt = make_submitted()
    assert boss.post(page_url(attempt), {"status": "voided"}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.SUBMITTED
    assert boss.get(page_url(attempt, "delete")).status_code == 403
    assert boss.get(reverse("admin:candidates_attempt_add")).status_code == 403


def test_an_attempt_that_is_not_there_is_404(boss):
    assert boss.get(f"{LIST}{holder_of(make_attempt()).candidate_id}/change/").status_code == 404
    assert boss.get(f"{LIST}nonsense/change/").status_code == 404


# ---- What staff may do ----


def test_adding_minutes_moves_the_bell_and_tells_the_candidate(boss):
    attempt = make_attempt(timed())
    before = attempt.deadline_at
    assert before is not None
    response = boss.post(page_url(attempt, "extend"), {"minutes": "15", "reason": "Noise"}, follow=True)
    attempt.refresh_from_db()
    assert attempt.deadline_at == before + timedelta(minutes=15)
    assert "15\xa0min more." in response.content.decode()
    assert Event.objects.get(attempt=attempt, kind="extended").by == response.wsgi_request.user
    assert AuditEntry.objects.filter(action="time added").count() == 1


def test_an_action_asks_before_it_does_anything(boss):
    attempt = make_attempt(timed())
    response = boss.get(page_url(attempt, "void"))
    assert "This cannot be undone." in response.content.decode()
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.IN_PROGRESS


@pytest.mark.parametrize("minutes", ["", "0", "-5", "1441", "soon"])
def test_minutes_that_make_no_sense_are_refused_at_the_field(boss, minutes):
    attempt = make_attempt(timed())
    response = boss.post(page_url(attempt, "extend"), {"minutes": minutes, "reason": "Noise"})
    assert list(response.context["form"].errors) == ["minutes"]
    assert Event.objects.filter(kind="extended").count() == 0


def test_an_action_that_is_not_offered_is_refused_in_words(boss):
    attempt = make_submitted()
    response = boss.post(page_url(attempt, "extend"), {"minutes": "15"})
    assert response.context["problems"] == ["This cannot be done to it as it is now."]
    assert "Add minutes" not in boss.get(page_url(attempt)).content.decode()


def test_reopening_lets_an_expired_attempt_go_on(boss):
    attempt = make_attempt(timed())
    ring_the_bell(attempt, seconds_ago=3600)
    attempts.close_overdue()
    boss.post(page_url(attempt, "reopen"), {"minutes": "10"})
    attempt.refresh_from_db()
    assert attempt.accepts_saves(at=clock.now())


def test_voiding_wants_a_reason_and_keeps_it(boss):
    attempt = make_submitted()
    assert boss.post(page_url(attempt, "void"), {"reason": " "}).context["form"].errors.keys() == {"reason"}
    boss.post(page_url(attempt, "void"), {"reason": "Sat by somebody else."})
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.VOIDED
    assert "Sat by somebody else." in boss.get(page_url(attempt)).content.decode()


# ---- Who may ----


def test_who_may_only_look_sees_no_buttons_and_cannot_post():
    attempt, viewer = make_attempt(timed()), signed_in("candidates.view_attempt")
    page = viewer.get(page_url(attempt)).content.decode()
    assert ("Add minutes" in page, "Void" in page, "Score it" in page) == (False, False, False)
    for action in ("extend", "reopen", "void"):
        assert viewer.post(page_url(attempt, action), {"minutes": "5", "reason": "no"}).status_code == 403
    attempt.refresh_from_db()
    assert (attempt.status, attempt.extra_seconds) == (AttemptStatus.IN_PROGRESS, 0)


def test_a_group_with_the_right_permission_may_act():
    attempt = make_attempt(timed())
    proctor = signed_in("candidates.view_attempt", "candidates.change_attempt")
    assert "Add minutes" in proctor.get(page_url(attempt)).content.decode()
    proctor.post(page_url(attempt, "extend"), {"minutes": "5", "reason": "Noise"})
    attempt.refresh_from_db()
    assert attempt.extra_seconds == 300


def test_a_post_from_another_site_does_nothing():
    attempt = make_attempt(timed())
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(make_staff(is_superuser=True))
    assert client.post(page_url(attempt, "void"), {"reason": "Not me."}).status_code == 403
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.IN_PROGRESS
