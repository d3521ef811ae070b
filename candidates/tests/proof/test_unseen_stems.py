"""What lies ahead cannot be read: unguessable marks in every stem, looked for in everything a candidate can fetch."""

from __future__ import annotations

from typing import Any

import pytest

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.question_types import all_types
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import attempts, interventions, pauses, problem_reports
from candidates.models import Attempt
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.proof.seeing import everything

pytestmark = pytest.mark.django_db
FIRST, SECOND = "canary3e9a-first", "canary3e9a-second"


@pytest.fixture
def attempt() -> Attempt:
    """A timed section of every type, and a timed one-way one."""
    timed: dict[str, Any] = {"duration_seconds": 900}
    every = [make_question(one.name, stem=f"{FIRST} {one.name}?") for one in all_types()]
    assessment = make_assessment(*every, publish=False, section=timed)
    ahead = [make_question(stem=f"{SECOND} {number}?") for number in range(2)]
    add_section(assessment, *ahead, navigation=Navigation.ONE_WAY, **timed)
    return make_attempt(publish_assessment(assessment))


def where(world: Any, attempt: Attempt, *, mark: str) -> set[str]:
    attempt.refresh_from_db()
    return {place for place, answer in everything(world, attempt) if mark in answer}


@pytest.mark.parametrize("mark", [FIRST, SECOND])
def test_no_answer_holds_a_stem_of_a_section_not_begun(world, attempt, mark):
    assert where(world, attempt, mark=mark) == set()


def test_once_it_is_begun_the_same_answers_hold_its_stems_and_none_of_the_next(world, attempt):
    attempts.start_section(holder_of(attempt), position=1)
    seen = where(world, attempt, mark=FIRST)
    assert seen >= {"question 1", "problem with question 1", "problem with question 1, no words", "GET attempt-review"}
    assert {"question 1, nonsense", "export as json"} <= seen
    assert where(world, attempt, mark=SECOND) == set()


def test_of_a_one_way_section_no_answer_holds_more_than_the_question_that_is_reached(world, attempt):
    attempts.start_section(holder_of(attempt), position=2)
    last = attempt.questions.count()
    one = attempt.questions.get(number=last - 1)
    assert "GET attempt-review" in where(world, attempt, mark=f"{SECOND} 0")
    assert where(world, attempt, mark=f"{SECOND} 1") == set()
    save(attempt, "an answer", number=one.number, base_revision=one.response.revision, moves_to=last)
    assert "GET attempt-review" in where(world, attempt, mark=f"{SECOND} 1")


def test_while_time_stands_still_no_answer_holds_a_stem(world, attempt, admin_user):
    attempts.start_section(holder_of(attempt), position=1)
    report = problem_reports.report(holder_of(attempt), number=1, text="Unclear.")
    problem_reports.answer(report, text="See the tables.", by=admin_user)
    pauses.pause([attempt.pk], by=admin_user)
    assert where(world, attempt, mark=FIRST) == set()


def test_once_it_is_closed_the_record_holds_them_all(world, attempt, admin_user):
    interventions.close_now(attempt, by=admin_user)
    assert "export as json" in where(world, attempt, mark=SECOND)
