"""Which scores count, what waits, and what may be shown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from assessments.tests.making import make_assessment, make_practice, make_question
from candidates.domain import attempts, entry, interventions, records, results, reviews, scoring
from candidates.models import Attempt
from candidates.tests.admin_rows import signed_in
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.django_db


def timed_text(text: str = "") -> Attempt:
    """A long text whose time ran out; empty, it was scored by rule."""
    attempt = make_attempt(make_assessment(make_question("long_text"), duration_seconds=600, feedback_policy="score"))
    if text:
        save(attempt, text)
    ring_the_bell(attempt, seconds_ago=3600)
    attempts.close_overdue()
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def rewritten(attempt: Attempt, text: str, *, by: Any) -> Attempt:
    interventions.reopen(attempt, seconds=900, by=by)
    save(attempt, text, base_revision=attempt.questions.get().response.revision)
    attempts.submit(holder_of(attempt))
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def review(attempt: Attempt, *, by: Any, points: int = 1) -> None:
    reviews.review_response(attempt.questions.get(), reviewer=by, levels={}, points=Decimal(points))


@pytest.fixture
def reviewed_and_rewritten(admin_user) -> Attempt:
    attempt = timed_text("A first text.")
    review(attempt, by=admin_user)
    return rewritten(attempt, "A wholly different text.", by=admin_user)


# ---- A score counts for the text that was judged ----


def test_a_text_rewritten_after_its_review_waits_again(reviewed_and_rewritten):
    assert [one.attempt for one in reviews.waiting()] == [reviewed_and_rewritten]
    assert results.total_of(reviewed_and_rewritten).words == "0 of 1 points, 1 answer waits for a reviewer"
    assert records.record_of(reviewed_and_rewritten).score_words == ""


def listed() -> Any:
    return results.with_standing(Attempt.objects.all()).get()


def test_lists_count_no_score_of_an_earlier_text(reviewed_and_rewritten, admin_user):
    assert (listed().points, listed().unscored_count) == (None, 1)
    review(reviewed_and_rewritten, by=admin_user)
    assert (listed().points, listed().unscored_count) == (1, None)


def test_a_text_written_after_it_was_empty_waits(admin_user):
    attempt = timed_text()
    assert results.total_of(attempt).words == "0 of 1 points (0 %)"
    rewritten(attempt, "At last.", by=admin_user)
    assert [one.attempt for one in reviews.waiting()] == [attempt]


def test_a_text_left_as_it_was_keeps_its_score(admin_user):
    attempt = timed_text("A text.")
    review(attempt, by=admin_user)
    interventions.reopen(attempt, seconds=900, by=admin_user)
    attempts.submit(holder_of(attempt))
    attempt.refresh_from_db()
    assert list(reviews.waiting()) == []
    assert results.total_of(attempt).points == 1


def test_a_review_of_the_text_as_it_stands_ends_the_waiting(reviewed_and_rewritten, admin_user):
    review(reviewed_and_rewritten, by=admin_user)
    assert list(reviews.waiting()) == []
    assert records.record_of(reviewed_and_rewritten).score_words == "1 of 1 points (100 %)"


def test_staff_see_the_earlier_score_as_that_and_begin_anew(reviewed_and_rewritten):
    client = signed_in(is_superuser=True)
    page = client.get(reverse("admin:candidates_attempt_change", args=[reviewed_and_rewritten.pk])).content.decode()
    assert ("of an earlier text" in page, "Score it" in page, "waits for a reviewer" in page) == (True, True, True)
    url = reverse("admin:candidates_attempt_score", args=[reviewed_and_rewritten.pk, 1])
    assert client.get(url).context["form"]["points"].value() is None


# ---- Practice: nobody reads it ----


def practised(*values: str, **facts: Any) -> Attempt:
    """One long text, and short texts after it."""
    questions = [make_question("long_text"), *(make_question() for _ in values[1:])]
    attempt = attempts.start(holder_of(entry.enter_practice(make_practice(*questions, **facts))))
    for number, value in enumerate(values, start=1):
        save(attempt, value, number=number)
    attempts.submit(holder_of(attempt))
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def test_practice_shows_results_though_nobody_reads_its_texts():
    record = records.record_of(practised("A text.", "index", feedback_policy="keys"))
    assert record.score_words == "1 of 1 points (100 %), 1 text not scored: a person would read it"
    assert [line.score_words for line in record.responses] == ["Not scored: a person would read this", "1 of 1 points"]


def test_practice_of_texts_alone_has_no_points():
    record = records.record_of(practised("A text.", feedback_policy="score"))
    assert record.score_words == "1 text not scored: a person would read it"


def test_practice_waits_for_the_scores_that_rules_give():
    attempt = practised("A text.", "index", feedback_policy="score")
    attempt.questions.get(number=2).scores.all().delete()
    assert records.record_of(attempt).score_words == ""


def test_a_part_of_practice_is_not_held_against_the_cut_score():
    assert results.result_of(practised("A text.", "index", cut_score=50)).reaches_cut is None
