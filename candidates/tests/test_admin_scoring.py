from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.tests.making import make_assessment, make_practice, make_question, make_rubric
from candidates.domain import attempts, clock, entry, reviews, scoring
from candidates.models import Attempt, AuditEntry, Response, Review, Score
from candidates.tests.admin_rows import ANSWER, judge, make_staff, make_submitted, signed_in
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.racing import at_once

pytestmark = pytest.mark.django_db
WAITING = "/admin/candidates/attempt/waiting/"


@pytest.fixture
def reviewer() -> Client:
    return signed_in("candidates.view_attempt", "candidates.add_review")


def score_url(attempt: Attempt, number: int = 1) -> str:
    return reverse("admin:candidates_attempt_score", args=[attempt.pk, number])


def press(client: Client, url: str, data: dict[str, str]) -> Any:
    """Open the page and save."""
    return client.post(url, {"basis": client.get(url).context["form"]["basis"].value(), **data})


def two_texts() -> Attempt:
    """Two long texts in one attempt, both waiting."""
    questions = [make_question("long_text", rubric=make_rubric(f"Rubric {n}"), points=6) for n in range(2)]
    attempt = make_attempt(make_assessment(*questions))
    for number in (1, 2):
        save(attempt, f"Text {number}", number=number)
    attempts.submit(holder_of(attempt))
    scoring.score_attempt(attempt.pk)
    return attempt


def test_the_page_shows_response_and_rubric_but_not_whose_it_is(reviewer):
    attempt = make_submitted()
    page = reviewer.get(score_url(attempt)).content.decode()
    assert ANSWER in page
    assert "Level 2" in page
    assert (attempt.candidate.name in page, attempt.candidate.email in page) == (False, False)


def test_a_judgement_is_appended_with_points_the_domain_computed(reviewer):
    attempt = make_submitted()
    data = {"criterion-1": "2.00", "criterion-2": "1.00", "comment": "Good order.", "_save": "1"}
    response = press(reviewer, score_url(attempt), data)
    score = Score.objects.get(attempt_question__number=1)
    assert response["Location"] == reverse("admin:candidates_attempt_change", args=[attempt.pk])
    assert (score.points, score.max_points) == (Decimal("4.50"), Decimal(6))
    assert score.scored_by == response.wsgi_request.user
    review = Review.objects.get()
    assert (review.levels, review.comment) == ({"1": "2.00", "2": "1.00"}, "Good order.")
    assert AuditEntry.objects.get(action="response scored").by == response.wsgi_request.user


def test_a_level_must_be_chosen_for_every_criterion(reviewer):
    attempt = make_submitted()
    response = press(reviewer, score_url(attempt), {"criterion-1": "2.00"})
    assert response.context["form"].errors == {"criterion-2": ["Choose a level for “Clear”."]}
    assert Score.objects.filter(attempt_question__number=1).count() == 0


def test_points_that_are_no_level_are_refused(reviewer):
    attempt = make_submitted()
    response = press(reviewer, score_url(attempt), {"criterion-1": "9", "criterion-2": "1.00"})
    assert list(response.context["form"].errors) == ["criterion-1"]


def test_scoring_again_keeps_the_earlier_score_and_begins_with_it(reviewer):
    attempt = make_submitted()
    judge(attempt, by=make_staff(), points="1", comment="First thought.")
    form = reviewer.get(score_url(attempt)).context["form"]
    assert (form["criterion-1"].value(), form["comment"].value()) == ("1.00", "First thought.")
    press(reviewer, score_url(attempt), {"criterion-1": "2.00", "criterion-2": "2.00"})
    points = Score.objects.filter(attempt_question__number=1).values_list("points", flat=True)
    assert [str(one) for one in points] == ["6.00", "3.00"]


def test_save_and_next_leads_through_the_attempt_and_then_to_the_others(reviewer):
    attempt = two_texts()
    judgement = {"criterion-1": "1.00", "criterion-2": "1.00", "_next": "1"}
    assert press(reviewer, score_url(attempt, 1), judgement)["Location"] == score_url(attempt, 2)
    assert press(reviewer, score_url(attempt, 2), judgement)["Location"] == WAITING


def test_save_and_next_comes_back_to_what_was_left_out(reviewer):
    attempt = two_texts()
    judgement = {"criterion-1": "1.00", "criterion-2": "1.00", "_next": "1"}
    assert press(reviewer, score_url(attempt, 2), judgement)["Location"] == score_url(attempt, 1)


def test_without_a_rubric_points_are_given_within_the_question_s(reviewer):
    attempt = make_attempt(make_assessment(make_question("long_text", points=5)))
    save(attempt, "Words.")
    attempts.submit(holder_of(attempt))
    assert list(press(reviewer, score_url(attempt), {"points": "5.5"}).context["form"].errors) == ["points"]
    press(reviewer, score_url(attempt), {"points": "3.5"})
    assert Score.objects.get().points == Decimal("3.50")


def test_an_attempt_still_open_is_not_judged(reviewer):
    attempt = make_attempt(make_assessment(make_question("long_text", points=5)))
    save(attempt, "Not done yet.")
    response = press(reviewer, score_url(attempt), {"points": "3"})
    assert response.context["form"].non_field_errors() == [
        "This attempt is still open; a response is judged once it can no longer change."
    ]
    assert Score.objects.count() == 0


# ---- Pressed twice, or on what has changed ----

LEVELS = {"criterion-1": "2.00", "criterion-2": "1.00", "comment": "Good order."}


@pytest.mark.parametrize("earlier", [0, 1])
def test_pressing_save_twice_counts_once(reviewer, earlier):
    attempt = make_submitted()
    for _ in range(earlier):
        judge(attempt, by=make_staff())
    data = {**LEVELS, "basis": reviewer.get(score_url(attempt)).context["form"]["basis"].value()}
    answers = [reviewer.post(score_url(attempt), data) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {reverse("admin:candidates_attempt_change", args=[attempt.pk])}
    assert (Review.objects.count(), AuditEntry.objects.filter(action="response scored").count()) == (earlier + 1,) * 2


@pytest.mark.django_db(transaction=True)
def test_pressing_save_twice_at_the_same_moment_counts_once():
    question, staff = make_submitted().questions.get(number=1), make_staff()
    levels, basis = {"1": Decimal(2), "2": Decimal(1)}, reviews.basis_of(question)
    press_it = partial(reviews.review_response, question, reviewer=staff, levels=levels, basis=basis)
    assert at_once(*[press_it] * 4) == [Score.objects.get(source="reviewer")] * 4


def test_a_score_that_somebody_gave_meanwhile_is_not_replaced_unseen(reviewer):
    attempt = make_submitted()
    data = {**LEVELS, "basis": reviewer.get(score_url(attempt)).context["form"]["basis"].value()}
    judge(attempt, by=make_staff())
    refused = reviewer.post(score_url(attempt), data).context["form"]
    assert refused.non_field_errors() == [
        "It was scored since this page was opened. Save again to have this count instead."
    ]
    assert (refused["criterion-1"].value(), Review.objects.count()) == ("2.00", 1)
    reviewer.post(score_url(attempt), {**data, "basis": refused["basis"].value()})
    assert Review.objects.count() == 2


def test_a_text_changed_meanwhile_must_be_read_again(reviewer):
    attempt = make_submitted()
    data = {**LEVELS, "basis": reviewer.get(score_url(attempt)).context["form"]["basis"].value()}
    Response.objects.filter(attempt_question__number=1).update(value="Another text.", revision=2)
    page = reviewer.post(score_url(attempt), data)
    assert page.context["form"].non_field_errors() == [
        "The text or its score changed since this page was opened. Read it again, then save."
    ]
    assert ("Another text." in page.content.decode(), Review.objects.count()) == (True, 0)


# ---- What waits ----


def test_the_longest_waiting_comes_first(reviewer):
    earlier, later = two_texts(), two_texts()
    Attempt.objects.filter(pk=later.pk).update(closed_at=clock.now() + timedelta(minutes=1))
    rows = reviewer.get(WAITING).context["rows"]
    assert [row["url"] for row in rows] == [score_url(one, n) for one in (earlier, later) for n in (1, 2)]


def test_what_was_judged_left_empty_or_voided_does_not_wait(reviewer):
    judge(make_submitted(), by=make_staff())
    make_submitted(with_text=False)
    assert list(reviews.waiting()) == []
    assert "No answer waits." in reviewer.get(WAITING).content.decode()


def test_practice_and_tries_wait_for_nobody(reviewer):
    practised = entry.enter_practice(make_practice(make_question("long_text")))
    tried = entry.enter_preview(make_assessment(make_question("long_text")), by=make_staff())
    for attempt in (practised, tried):
        attempts.start(holder_of(attempt))
        save(attempt, "Words.")
        attempts.submit(holder_of(attempt))
    assert list(reviews.waiting()) == []


def ids_waiting() -> list[int]:
    return reviews.queue().ids


def settled(attempt: Attempt) -> bool:
    return not Attempt.objects.unsettled().filter(pk=attempt.pk).exists()


def test_an_attempt_is_passed_by_once_nothing_of_it_waits(reviewer):
    attempt, someone = two_texts(), make_staff()
    judge(attempt, by=someone)
    assert (settled(attempt), len(ids_waiting())) == (False, 1)
    judge(attempt, by=someone, number=2)
    assert (settled(attempt), ids_waiting()) == (True, [])


def test_an_attempt_that_rules_judged_whole_is_passed_by_at_once():
    attempt = make_attempt(make_assessment(make_question("true_false")))
    attempts.submit(holder_of(attempt))
    assert not settled(attempt)
    scoring.score_attempt(attempt.pk)
    assert settled(attempt)


def test_what_nobody_settled_is_settled_by_the_hour(monkeypatch):
    monkeypatch.setattr(reviews, "SETTLED_AT_ONCE", 2)
    done, waits = [make_submitted(with_text=False) for _ in range(3)], two_texts()
    Attempt.objects.update(settled_at=None)
    assert (reviews.settle_all(), [settled(one) for one in done], settled(waits)) == (3, [True] * 3, False)
    assert reviews.settle_all() == 0


def test_what_is_closed_again_is_looked_at_again_whoever_closed_it():
    """As an older server does it, which knows nothing of settling, while another is new already."""
    attempt = two_texts()
    Attempt.objects.filter(pk=attempt.pk).update(settled_at=attempt.closed_at or clock.now())
    assert ids_waiting() == []
    Attempt.objects.filter(pk=attempt.pk).update(closed_at=clock.now() + timedelta(seconds=1))
    assert len(ids_waiting()) == 2


def test_a_long_queue_shows_its_first_and_says_that_there_is_more(reviewer, monkeypatch):
    monkeypatch.setattr(reviews, "MOST_COUNTED", 3)
    monkeypatch.setattr("candidates.admin.attempt.WAITING_PER_PAGE", 2)
    first, second = sorted([two_texts(), two_texts()], key=lambda one: (one.closed_at, one.pk))
    page = reviewer.get(WAITING, {"p": 2})
    assert [row["url"] for row in page.context["rows"]] == [score_url(second)]
    assert "More than 3 answers; these have waited the longest." in page.content.decode()
    judge(first, by=make_staff())
    assert "3 answers, the longest waiting first." in reviewer.get(WAITING).content.decode()


def test_as_many_statements_however_many_wait(reviewer):
    counts = []
    for _ in range(2):
        two_texts()
        reviewer.get(WAITING)  # what questions look like is remembered from now on
        with CaptureQueriesContext(connection) as statements:
            reviewer.get(WAITING)
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.needs_postgresql
def test_the_queue_is_read_in_its_order_from_the_index_of_what_waits():
    """Nothing is looked at but what may wait, and nothing is sorted but within an attempt."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    plan = reviews.waiting().values("pk")[:50].explain()
    assert ("using attempt_unsettled" in plan, re.findall(r"^ *->  (\w* ?Sort) ", plan, re.MULTILINE)) == (
        True,
        ["Incremental Sort"],
    )


# ---- Who may ----


def test_judging_wants_the_permission_to_add_reviews():
    attempt, viewer = make_submitted(), signed_in("candidates.view_attempt")
    for url in (WAITING, score_url(attempt)):
        assert viewer.get(url).status_code == 403
    assert viewer.post(score_url(attempt), {"criterion-1": "2.00", "criterion-2": "2.00"}).status_code == 403
    assert Score.objects.filter(source="reviewer").count() == 0


def test_a_reviewer_who_may_not_see_attempts_is_led_back_to_what_waits():
    attempt, judge_only = make_submitted(), signed_in("candidates.add_review")
    page = judge_only.get(score_url(attempt)).content.decode()
    assert "the whole attempt" not in page
    done = press(judge_only, score_url(attempt), {"criterion-1": "2.00", "criterion-2": "2.00", "_save": "1"})
    assert done["Location"] == WAITING


def test_a_question_that_is_not_there_is_404(reviewer):
    assert reviewer.get(score_url(make_submitted(), 9)).status_code == 404
