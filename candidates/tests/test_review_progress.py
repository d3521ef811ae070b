"""How far a reviewer has come today, and how long the rest takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from assessments.models import Level
from candidates.admin.attempt_scoring import keys_of
from candidates.domain import clock, reviews
from candidates.domain.review_progress import pace_of, progress_of, rounded
from candidates.models import Attempt, Review
from candidates.tests.admin_rows import judge, make_staff, make_submitted

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def judged_at(moment: datetime, *attempts: Attempt, by: User) -> None:
    """One every two minutes."""
    for place, attempt in enumerate(attempts):
        score = judge(attempt, by=by)
        Review.objects.filter(scores=score).update(reviewed_at=moment + timedelta(minutes=2 * place))


@pytest.fixture
def _noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.mark.django_db
@pytest.mark.usefixtures("_noon")
def test_what_is_judged_today_is_counted_once_beside_what_waits():
    yesterdays, first, second, _ = (make_submitted() for _ in range(4))
    me, other = make_staff(), make_staff()
    judged_at(NOON - timedelta(days=1), yesterdays, by=me)
    judged_at(NOON - timedelta(hours=1), first, first, by=me)
    judged_at(NOON - timedelta(hours=1), second, by=other)
    assert progress_of(me).words == "1 of 2 judged by you today"


@pytest.mark.django_db
@pytest.mark.usefixtures("_noon")
def test_the_rest_takes_as_long_as_the_last_ones_took():
    judged, me = [make_submitted() for _ in range(5)], make_staff()
    judged_at(NOON - timedelta(minutes=9), *judged, by=me)
    for _ in range(3):
        make_submitted()
    assert progress_of(me).words == "5 of 8 judged by you today · about 6 min"


@pytest.mark.django_db
def test_of_a_queue_too_long_to_count_no_end_is_foretold(monkeypatch):
    monkeypatch.setattr(reviews, "MOST_COUNTED", 1)
    make_submitted(), make_submitted()
    assert progress_of(make_staff()).words == "0 judged by you today, more than 1 wait"


def test_breaks_and_a_handful_of_judgements_tell_no_pace():
    moments = [NOON - timedelta(seconds=one) for one in (0, 30, 3_630, 3_720, 3_780)]
    assert (pace_of(moments), pace_of(moments[:4]), pace_of([])) == (60, None, None)


def test_minutes_are_as_exact_as_they_are_known():
    assert [rounded(one) for one in (0.2, 7.1, 30, 31, 41)] == [1, 8, 30, 35, 45]


def test_a_level_is_chosen_by_its_points_or_else_by_its_place():
    assert [
        keys_of([Level(points=one) for one in points]) for points in ([0, 2, 5], [0, 0.5, 1], [1, 1], range(11))
    ] == [
        ["0", "2", "5"],
        ["1", "2", "3"],
        ["1", "2"],
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", ""],
    ]
