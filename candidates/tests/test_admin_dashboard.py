from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.enums import QuestionStatus
from assessments.tests.making import make_assessment, make_question
from candidates.admin.dashboard import MOST, TILES, age_words, tiles_for
from candidates.domain import clock, entry, problem_reports
from candidates.models import Attempt
from candidates.tests.admin_rows import make_staff, make_submitted, signed_in
from candidates.tests.making import holder_of, make_attempt, ring_the_bell

pytestmark = pytest.mark.django_db


def sentences(*permissions: str) -> list[str]:
    return [f"{tile.number} {tile.words}" for tile in tiles_for(make_staff(*permissions))]


def test_answers_that_wait_are_counted_with_the_age_of_the_oldest():
    attempt = make_submitted()
    Attempt.objects.filter(pk=attempt.pk).update(closed_at=clock.now() - timedelta(days=2, hours=3))
    assert sentences("candidates.add_review") == ["1 answer waits for a reviewer · oldest 2 days"]


def test_attempts_in_progress_are_counted_without_tries():
    make_attempt()
    entry.enter_preview(make_assessment(), by=make_staff())
    assert sentences("candidates.view_attempt") == ["1 attempt in progress", "0 attempts finished in the last 7 days"]


def test_what_nobody_closed_is_an_alarm_and_comes_first():
    ring_the_bell(make_attempt(make_assessment(make_question(), duration_seconds=60)), seconds_ago=3600)
    first, *others = tiles_for(make_staff(is_superuser=True))
    assert first.is_alarm
    assert "0 attempts in progress" in [f"{tile.number} {tile.words}" for tile in others]
    assert first.words.startswith("attempt ran out of time but nobody closed")


def test_questions_to_approve_are_counted():
    make_question(status=QuestionStatus.DRAFT)
    make_question()
    assert sentences("assessments.view_question") == ["1 question to approve"]


def test_each_sees_only_what_they_may():
    make_submitted()
    assert sentences() == []
    assert sentences("assessments.view_assessment") == ["1 assessment published"]


def test_there_are_at_most_seven_and_each_leads_somewhere():
    make_submitted()
    client = signed_in(is_superuser=True)
    tiles = client.get(reverse("admin:index")).context["tiles"]
    assert 1 <= len(tiles) <= MOST < len(TILES)
    assert {client.get(tile.url).status_code for tile in tiles} == {200}


def test_the_open_page_learns_of_a_report_by_itself():
    client = signed_in(is_superuser=True)
    page = client.get(reverse("admin:index")).content.decode()
    assert 'id="tiles" hx-get="/admin/" hx-trigger="every 15s"' in page
    problem_reports.report(holder_of(make_attempt()), number=1, text="A word is missing.")
    tiles = client.get(reverse("admin:index"), headers={"HX-Request": "true", "HX-Target": "tiles"}).content.decode()
    assert tiles.strip().startswith('<div id="tiles"')
    assert "problem with questions reported, not answered" in tiles
    assert "<html" not in tiles


def test_strangers_get_neither_the_first_page_nor_its_tiles(client):
    plain = client.get(reverse("admin:index"))
    assert (plain.status_code, plain.url) == (302, "/admin/login/?next=/admin/")
    response = client.get(reverse("admin:index"), headers={"HX-Request": "true", "HX-Target": "tiles"}, follow=True)
    assert (response.status_code, response["HX-Redirect"]) == (204, "/admin/login/?next=%2Fadmin%2F")


def test_the_first_page_costs_the_same_for_one_attempt_and_for_three():
    client = signed_in(is_superuser=True)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("admin:index"))
        return len(captured)

    make_submitted()
    statements()
    one = statements()
    make_submitted()
    make_submitted()
    assert statements() == one


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(minutes=5), "less than an hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=40), "40 days"),
    ],
)
def test_ages_are_said_in_words(age, words):
    assert age_words(age) == words
