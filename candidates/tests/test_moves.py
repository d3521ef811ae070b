"""Where a candidate may go, and what closes behind them."""

from __future__ import annotations

import pytest

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import snapshots
from candidates.domain.responses import QuestionLocked
from candidates.models import Attempt
from candidates.tests.making import make_attempt, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    """Questions 1 and 2 in a free section, 3 to 5 one way, 6 free again."""
    assessment = make_assessment(make_question(), make_question(), publish=False)
    add_section(assessment, *(make_question() for _ in range(3)), navigation=Navigation.ONE_WAY)
    add_section(assessment, make_question())
    return make_attempt(publish_assessment(assessment))


def position(attempt: Attempt) -> int:
    return Attempt.objects.get(pk=attempt.pk).position


def takes_a_save(attempt: Attempt, number: int) -> bool:
    revision = snapshots.build(Attempt.objects.get(pk=attempt.pk)).questions[number - 1].revision
    try:
        save(attempt, "text", number=number, base_revision=revision)
    except QuestionLocked:
        return False
    return True


def open_questions(attempt: Attempt) -> list[int]:
    return [number for number in range(1, 7) if takes_a_save(attempt, number)]


def test_a_one_way_section_opens_at_its_first_question_only(attempt):
    assert open_questions(attempt) == [1, 2, 3, 6]


def test_going_on_closes_what_is_left(attempt):
    save(attempt, "first", number=3, moves_to=4)
    assert open_questions(attempt) == [1, 2, 4, 6]


def test_nobody_jumps_ahead_within_a_one_way_section(attempt):
    save(attempt, "first", number=3, moves_to=5)
    assert (position(attempt), open_questions(attempt)) == (4, [1, 2, 4, 6])


def test_nobody_jumps_into_the_middle_of_a_one_way_section(attempt):
    save(attempt, "first", number=1, moves_to=5)
    assert (position(attempt), open_questions(attempt)) == (3, [1, 2, 3, 6])


def test_passing_a_one_way_section_by_closes_none_of_it(attempt):
    save(attempt, "first", number=1, moves_to=6)
    assert (position(attempt), open_questions(attempt)) == (6, [1, 2, 3, 6])


def test_going_back_to_a_free_section_closes_nothing(attempt):
    save(attempt, "first", number=3, moves_to=1)
    assert (position(attempt), open_questions(attempt)) == (1, [1, 2, 3, 6])


def test_past_its_last_question_a_one_way_section_is_closed(attempt):
    for number in (3, 4, 5):
        save(attempt, "text", number=number, moves_to=number + 1)
    assert (position(attempt), open_questions(attempt)) == (6, [1, 2, 6])


def test_staying_closes_nothing(attempt):
    save(attempt, "first", number=3, moves_to=3)
    assert open_questions(attempt) == [1, 2, 3, 6]
