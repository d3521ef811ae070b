from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.domain.scoring import rounded, score
from assessments.question_types import UnknownQuestionType

OPTIONS = {"options": [{"id": id_, "text": id_} for id_ in "abcdef"]}
KEY = {"options": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("chosen", "points", "earned"),
    [
        (["a", "b", "c"], "3", "3.00"),
        (["a", "b"], "3", "2.00"),
        (["a"], "1", "0.33"),
        (["a", "b"], "1", "0.67"),
        (["a", "b", "c"], "0", "0.00"),
        (None, "5", "0.00"),
    ],
)
def test_points_are_the_credit_times_the_points_to_the_hundredth(chosen, points, earned):
    assert str(score("multiple_choice", chosen, OPTIONS, KEY, Decimal(points))) == earned


def test_a_text_that_a_person_must_judge_has_no_score_yet():
    assert score("long_text", "A text.", {}, {}, Decimal(5)) is None


def test_an_empty_text_needs_no_person():
    assert score("long_text", None, {}, {}, Decimal(5)) == Decimal("0.00")


def test_an_unknown_type_is_not_scored_as_nothing():
    with pytest.raises(UnknownQuestionType):
        score("essay", "A text.", {}, {}, Decimal(5))


@pytest.mark.parametrize(
    ("exact", "shown"), [("0.005", "0.01"), ("0.0049999", "0.00"), ("2.675", "2.68"), ("1", "1.00")]
)
def test_half_a_hundredth_is_rounded_up(exact, shown):
    assert str(rounded(Fraction(exact))) == shown


@given(points=st.decimals(0, 99_999, places=2), chosen=st.sets(st.sampled_from("abcdef")).map(sorted))
def test_a_score_is_never_below_nothing_nor_above_the_points(points, chosen):
    earned = score("multiple_choice", chosen or None, OPTIONS, KEY, points)
    assert earned is not None
    assert 0 <= earned <= points


@given(points=st.decimals(0, 99_999, places=2))
def test_the_key_earns_the_points_to_the_cent(points):
    assert score("multiple_choice", KEY["options"], OPTIONS, KEY, points) == points
