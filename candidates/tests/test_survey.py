"""Two questions after the end: each attempt counts once, and what the team sees moves by five answers or more at a time."""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from assessments.tests.making import make_assessment, make_practice, make_question
from candidates.domain import attempts, entry, exports, retention, survey
from candidates.enums import AttemptStatus, SurveyQuestion
from candidates.management.commands import run_worker
from candidates.models import Attempt, SurveyCount, SurveyMark
from candidates.tests.making import holder_of, make_attempt, sit_down
from candidates.tests.racing import at_once

LIST = "/admin/candidates/surveycount/"
FAIR, ABLE = SurveyQuestion.FAIR, SurveyQuestion.ABLE
THANKS, ASKED = "your opinion is counted", "Two questions"
pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return closed(make_attempt(make_assessment(make_question("short_text"))))


def closed(attempt: Attempt) -> Attempt:
    attempts.submit(holder_of(attempt))
    attempt.refresh_from_db()
    return attempt


def opinion(client: Any, attempt: Attempt, **answers: Any) -> Any:
    return sit_down(client, attempt).post(reverse("attempt-opinion", args=[attempt.pk]), answers)


def receipt(client: Any, attempt: Attempt) -> Any:
    return sit_down(client, attempt).get(reverse("attempt-receipt", args=[attempt.pk]))


def counted() -> set[tuple[str, int, int]]:
    return set(SurveyCount.objects.filter(count__gt=0).values_list("question", "answer", "count"))


def answered(assessment: Any, *answers: int, question: SurveyQuestion = FAIR) -> None:
    for answer in answers:
        survey.count(assessment.pk, {question: answer})


# ---- Once ----


def test_an_opinion_is_counted_and_thanked_for(client, attempt):
    assertContains(receipt(client, attempt), ASKED, count=1)
    assert (
        opinion(client, attempt, fair="4", able="5").url == f"{reverse('attempt-receipt', args=[attempt.pk])}#opinion"
    )
    assert counted() == {("fair", 4, 1), ("able", 5, 1)}
    afterwards = receipt(client, attempt)
    assertContains(afterwards, THANKS, count=1)
    assertNotContains(afterwards, ASKED)


def test_without_cookies_and_on_another_device_it_counts_once(attempt):
    for _ in range(3):
        opinion(Client(), attempt, fair="1")
    assert counted() == {("fair", 1, 1)}
    assertContains(receipt(Client(), attempt), THANKS)
    assert set(Client().cookies) == set()


def test_who_chose_nothing_is_told_how_and_can_still_give_an_opinion(client, attempt):
    url = reverse("attempt-opinion", args=[attempt.pk])
    empty = sit_down(client, attempt).post(url, follow=True)
    assertContains(empty, "Nothing was chosen. Choose a number", count=1)
    assertContains(empty, ASKED, count=1)
    assert not SurveyMark.objects.exists()
    opinion(client, attempt, able="5")
    assert counted() == {("able", 5, 1)}


def test_no_opinion_outside_the_scale(client, attempt):
    for wrong in ("0", "6", "4.5", "x"):
        opinion(client, attempt, fair=wrong)
    assert (SurveyCount.objects.exists(), SurveyMark.objects.exists()) == (False, False)


def test_a_flood_is_stopped(client, attempt):
    assert [opinion(client, attempt, fair="1").status_code for _ in range(11)][-2:] == [302, 429]


@pytest.mark.django_db(transaction=True)
def test_tabs_that_send_at_once_count_once(attempt):
    calls = [partial(survey.answer, holder_of(attempt), {FAIR: answer}) for answer in (1, 2, 3, 4)]
    assert sorted(at_once(*calls)) == [False, False, False, True]
    assert [count for *_, count in counted()] == [1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
@pytest.mark.parametrize(("has_lock", "has_key"), [(True, False), (False, True), (False, False)])
def test_the_lock_or_the_key_alone_would_do_and_without_both_tabs_count_twice(attempt, monkeypatch, has_lock, has_key):
    def look_then_mark(one: Attempt) -> bool:
        is_first = not survey.has_answered(one)
        time.sleep(0.1)
        SurveyMark.objects.bulk_create([SurveyMark(attempt=one)], ignore_conflicts=True)
        return is_first

    if not has_lock:
        monkeypatch.setattr(survey, "lock_attempt", lambda holder: Attempt.objects.get(pk=holder.attempt_id))
    if not has_key:
        monkeypatch.setattr(survey, "_mark", look_then_mark)
    at_once(*[partial(survey.answer, holder_of(attempt), {FAIR: 3})] * 3)
    assert (counted() == {("fair", 3, 1)}) == (has_lock or has_key)


@pytest.mark.django_db(transaction=True)
def test_those_who_answer_at_once_are_all_counted():
    assessment = make_assessment()
    people = [closed(make_attempt(assessment)) for _ in range(4)]
    assert at_once(*[partial(survey.answer, holder_of(one), {FAIR: 3, ABLE: 2}) for one in people]) == [True] * 4
    assert counted() == {("fair", 3, 4), ("able", 2, 4)}


def test_what_is_not_counted_is_not_marked_either(attempt, monkeypatch):
    """One transaction: whoever is cut off between the two can answer again."""
    monkeypatch.setattr(survey, "count", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        survey.answer(holder_of(attempt), {FAIR: 3})
    assert not survey.has_answered(attempt)


def test_an_attempt_that_was_reopened_does_not_answer_again(attempt):
    survey.answer(holder_of(attempt), {FAIR: 3})
    Attempt.objects.update(status=AttemptStatus.IN_PROGRESS, closed_at=None)
    closed(Attempt.objects.get())
    assert survey.answer(holder_of(attempt), {FAIR: 3}) is False


def test_only_those_invited_are_asked_and_only_after_the_end(client, admin_user):
    tried = closed(attempts.start(holder_of(entry.enter_preview(make_assessment(), by=admin_user))))
    practised = closed(attempts.start(holder_of(entry.enter_practice(make_practice()))))
    for one in (tried, practised):
        assertNotContains(receipt(client, one), ASKED)
    for one in (tried, practised, make_attempt()):
        opinion(client, one, fair="4")
    assert (SurveyCount.objects.exists(), SurveyMark.objects.exists()) == (False, False)


# ---- What is kept ----


def test_nothing_in_the_numbers_could_lead_to_a_person():
    kinds = {type(field) for field in SurveyCount._meta.concrete_fields}
    allowed = {models.BigAutoField, models.UUIDField, models.CharField, models.PositiveSmallIntegerField}
    assert kinds == allowed | {models.PositiveIntegerField}
    assert [field.name for field in SurveyCount._meta.concrete_fields if field.is_relation] == []
    assert {field.name for field in SurveyCount._meta.concrete_fields} == {
        "id", "assessment", "question", "answer", "count", "published"
    }  # fmt: skip


def test_of_an_attempt_is_kept_that_it_has_answered_and_nothing_else():
    assert [field.name for field in SurveyMark._meta.concrete_fields] == ["attempt"]
    assert not [one for one in Attempt._meta.related_objects if one.related_model is SurveyMark and not one.hidden]


def test_all_numbers_about_an_assessment_are_made_together_and_in_one_order():
    answered(make_assessment(), 5, 2)
    rows = list(SurveyCount.objects.order_by("pk").values_list("question", "answer"))
    assert rows == [(question, number) for question in ("fair", "able") for number in range(1, 6)]


@pytest.mark.needs_postgresql
def test_the_database_does_not_know_which_number_was_raised_last(attempt):
    """Each row bears the transaction that wrote it, and so does a mark: the numbers were all written by the same one."""
    survey.answer(holder_of(attempt), {FAIR: 3})
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text), count(*) FROM candidates_surveycount")
        assert cursor.fetchone() == (1, 10)


def test_a_candidate_reads_on_their_record_whether_they_have_answered(client, attempt):
    url = reverse("attempt-record", args=[attempt.pk])
    assertContains(sit_down(client, attempt).get(url), "You have not answered.")
    survey.answer(holder_of(attempt), {FAIR: 3})
    Attempt.objects.update(status=AttemptStatus.VOIDED)
    assertContains(client.get(url), "You have answered. What you answered was only counted")
    assertNotContains(
        sit_down(client, make_attempt()).get(url.replace(str(attempt.pk), "")), "answered", status_code=404
    )


def test_the_export_says_whether_and_not_what(attempt):
    def exported() -> Any:
        return exports.export_of(attempt.candidate, attempt=attempt).tables["SurveyMark"]

    assert exported() == []
    survey.answer(holder_of(attempt), {FAIR: 3})
    assert exported() == [{"attempt": attempt.pk}]


def test_opinions_outlive_whoever_gave_them_and_the_mark_does_not(attempt, admin_user):
    survey.answer(holder_of(attempt), {FAIR: 5})
    retention.erase(attempt.candidate, by=admin_user)
    assert (counted(), SurveyMark.objects.exists()) == ({("fair", 5, 1)}, False)


# ---- What the team sees ----


def told() -> list[list[int]]:
    survey.publish()
    return [tally.counts for _, tallies in survey.tallies() for tally in tallies if tally.is_shown]


def test_what_is_told_moves_by_five_answers_or_more():
    assessment = make_assessment()
    seen = []
    for number in range(1, 12):
        answered(assessment, 1 + number % 2)
        seen.append(told())
    assert seen == [[]] * 4 + [[[2, 3, 0, 0, 0]]] * 5 + [[[5, 5, 0, 0, 0]]] * 2


def test_each_question_waits_for_five_answers_of_its_own(admin_client):
    assessment = make_assessment()
    answered(assessment, 1, 1, 1, 1, 1)
    answered(assessment, 2, 2, 2, 2, question=ABLE)
    assert told() == [[5, 0, 0, 0, 0]]
    answered(assessment, 2, question=ABLE)
    assert told() == [[5, 0, 0, 0, 0], [0, 5, 0, 0, 0]]
    assert "<td>2.0</td>" in admin_client.get(LIST).content.decode()


def test_whether_there_are_answers_is_told_only_with_the_fifth(admin_client):
    assessment = make_assessment(title="Nobody knows")
    for _ in range(4):
        answered(assessment, 1)
        survey.publish()
        assert "Nobody knows" not in admin_client.get(LIST).content.decode()
    answered(assessment, 1)
    assert "Nobody knows" not in admin_client.get(LIST).content.decode()
    run_worker.tidy()
    page = admin_client.get(LIST).content.decode()
    assert (page.count("Nobody knows"), "<td>1.0</td>" in page, "fewer than 5 answers" in page) == (2, True, True)


def test_what_no_five_are_behind_is_published_by_nobody():
    one, other = make_assessment(), make_assessment()
    answered(one, 1, 2, 3, 4, 5)
    answered(other, 1, 2, 3, 4)
    assert [survey.publish() for _ in range(2)] == [1, 0]
    assert SurveyCount.objects.filter(assessment=other.pk, published__gt=0).count() == 0


@pytest.mark.django_db(transaction=True)
def test_answers_that_come_while_it_is_published_are_neither_lost_nor_told_of_alone():
    assessment = make_assessment()
    answered(assessment, 1, 1, 1, 1)
    at_once(*[partial(answered, assessment, 2)] * 3, survey.publish, survey.publish)
    total = sum(SurveyCount.objects.values_list("published", flat=True))
    assert (counted(), total in (0, 5, 6, 7)) == ({("fair", 1, 4), ("fair", 2, 3)}, True)


def test_what_was_shown_before_stays_shown_and_no_key_tells_who_was_first():
    """As the migration finds it: a row for each answer that was given, made when it was."""
    shown, hidden = make_assessment(), make_assessment()
    for one, question, answer, count in (
        (shown, FAIR, 5, 4),
        (shown, FAIR, 1, 3),
        (shown, ABLE, 2, 4),
        (hidden, FAIR, 3, 1),
    ):
        SurveyCount.objects.create(assessment=one.pk, question=question, answer=answer, count=count)
    import_module("candidates.migrations.0017_counts_as_they_were_shown").write_anew(apps, None)
    rows = SurveyCount.objects.filter(assessment=shown.pk).order_by("pk")
    assert [row.count for row in rows] == [3, 0, 0, 0, 4, 0, 4, 0, 0, 0]
    assert [row.published for row in rows] == [3, 0, 0, 0, 4, 0, 0, 0, 0, 0]
    assert SurveyCount.objects.filter(assessment=hidden.pk, published=0).count() == 10
