from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.long_text import LongText

long_text = LongText()


def test_a_person_must_judge():
    assert (long_text.is_scored_by_people, long_text.credit("A text.", {}, {})) == (True, None)


@pytest.mark.parametrize("value", [None, "", " \n"])
def test_an_empty_response_earns_nothing_without_a_person(value):
    assert long_text.credit(value, {}, {}) == 0


def test_line_ends_are_those_a_browser_counts():
    assert long_text.read(["one\r\ntwo\rthree\n"], {}) == "one\ntwo\nthree\n"


def test_a_nul_costs_none_of_the_words_around_it():
    assert long_text.read(["pasted\0 text"], {}) == "pasted text"


def test_half_a_surrogate_pair_becomes_what_browsers_make_of_it():
    assert long_text.read_json("a\ud83d", {}) == "a\N{REPLACEMENT CHARACTER}"


def test_leading_blanks_and_indentation_are_kept():
    assert long_text.read(["\n    def f():\n"], {}) == "\n    def f():\n"


def test_twenty_thousand_characters_fit_and_one_more_is_refused_uncut():
    assert long_text.read(["x" * 20_000], {}) == "x" * 20_000
    with pytest.raises(ValueRefused) as caught:
        long_text.read(["x" * 20_001], {})
    assert "20,001 characters and at most 20,000 fit. Nothing was cut" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ({"max_length": 0}, "content.max_length"),
        ({"max_length": 200_001}, "content.max_length"),
        ({"suggested_words": 0}, "content.suggested_words"),
        ({"show_criteria": "yes"}, "content.show_criteria"),
    ],
)
def test_impossible_content_is_refused_with_its_place(content, where):
    with pytest.raises(ContentInvalid) as caught:
        long_text.check(content, {})
    assert caught.value.where == where


def test_the_widget_says_what_is_expected():
    face = long_text.face({"suggested_words": 150, "show_criteria": True}, str)
    assert long_text.widget(face, "So far", ()) == {
        "value": "So far",
        "max_length": 20_000,
        "suggested_words": 150,
        "show_criteria": True,
        "criteria": [],
    }


def test_the_key_in_words_is_the_model_answer():
    assert long_text.key_words({}, {"model_answer": "**Yes**, because…"}) == "Yes, because…"


@given(typed=st.text(max_size=500))
def test_any_text_survives_a_round_trip_through_the_form(typed):
    value = long_text.read([typed], {})
    assert long_text.read(long_text.posted(value), {}) == value
