from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.domain import markup
from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.base import KeyPart
from assessments.question_types.single_choice import SingleChoice

CONTENT = {
    "options": [{"id": "a", "text": "`List<int>`"}, {"id": "b", "text": "**Two**"}, {"id": "c", "text": "Three"}]
}
KEY = {"option": "b", "credit": {"c": 0.1}, "feedback": {"a": "No."}}
single_choice = SingleChoice()


def many(count: int) -> dict[str, Any]:
    return {"options": [{"id": f"o{number}", "text": f"Option {number}"} for number in range(count)]}


@pytest.mark.parametrize(
    ("value", "credit"), [("b", Fraction(1)), ("c", Fraction(1, 10)), ("a", Fraction(0)), ("?", Fraction(0)), (None, 0)]
)
def test_the_key_earns_all_and_other_options_what_the_key_says(value, credit):
    assert single_choice.credit(value, CONTENT, KEY) == credit


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ({"options": [{"id": "a", "text": "One"}]}, {"option": "a"}, "content.options"),
        ({"options": [{"id": "a", "text": "One"}, {"id": "a", "text": "Two"}]}, {"option": "a"}, "content.options"),
        (
            {"options": [{"id": "a", "text": " "}, {"id": "b", "text": "Two"}]},
            {"option": "a"},
            "content.options.0.text",
        ),
        ({"options": [{"id": "", "text": "One"}, {"id": "b", "text": "Two"}]}, {"option": "b"}, "content.options.0.id"),
        ({"options": [{"id": 1, "text": "One"}, {"id": "b", "text": "Two"}]}, {"option": "b"}, "content.options.0.id"),
        ({**CONTENT, "fixed_order": 1}, {"option": "b"}, "content.fixed_order"),
        (CONTENT, {"option": "z"}, "key.option"),
        (CONTENT, {}, "key.option"),
        (CONTENT, {"option": "b", "credit": {"z": 0.5}}, "key.credit"),
        (CONTENT, {"option": "b", "credit": {"b": 0.5}}, "key.credit"),
        (CONTENT, {"option": "b", "credit": {"c": 1.5}}, "key.credit.c"),
        (CONTENT, {"option": "b", "credit": {"c": -0.5}}, "key.credit.c"),
        (CONTENT, {"option": "b", "credit": {"c": float("nan")}}, "key.credit.c"),
        (CONTENT, {"option": "b", "credit": {"c": True}}, "key.credit.c"),
        (CONTENT, {"option": "b", "feedback": {"z": "No."}}, "key.feedback"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        single_choice.check(content, key)
    assert caught.value.where == where


def test_the_stored_form_leaves_defaults_out_and_spells_numbers_once():
    content, key = single_choice.normal(
        {**CONTENT, "fixed_order": False}, {"option": "b", "credit": {"c": 1.0, "a": 0.5}, "feedback": {}}
    )
    assert (content, key) == (CONTENT, {"option": "b", "credit": {"c": 1, "a": 0.5}})
    assert isinstance(key["credit"]["c"], int)


def test_the_empty_choice_beside_a_chosen_one_does_not_count():
    assert single_choice.read(["", "a"], CONTENT) == "a"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [(["a", "b"], "Choose one option."), (["z"], "This is not one of the options of this question.")],
)
def test_two_choices_and_foreign_ones_are_refused(raw, sentence):
    with pytest.raises(ValueRefused) as caught:
        single_choice.read(raw, CONTENT)
    assert str(caught.value) == sentence


def test_the_widget_shows_options_in_the_order_of_the_attempt_with_letters_in_the_order_shown():
    face = single_choice.face(CONTENT, markup.render_inline)
    widget = single_choice.widget(face, "b", ["c", "b", "a"])
    assert [(option["letter"], option["id"], option["is_chosen"]) for option in widget["options"]] == [
        ("A", "c", False),
        ("B", "b", True),
        ("C", "a", False),
    ]
    assert widget["options"][1]["html"] == "<strong>Two</strong>"


def test_an_option_missing_from_the_order_is_still_shown():
    face = single_choice.face(CONTENT, markup.render_inline)
    assert [option["id"] for option in single_choice.widget(face, None, ["c", "gone"])["options"]] == ["c", "a", "b"]


def test_letters_go_on_after_z():
    widget = single_choice.widget(single_choice.face(many(54), str), None, ())
    letters = [option["letter"] for option in widget["options"]]
    assert (letters[25:28], letters[51:]) == (["Z", "AA", "AB"], ["AZ", "BA", "BB"])


def test_words_are_plain_text():
    assert [single_choice.words(value, CONTENT) for value in ("a", "b", None)] == ["List<int>", "Two", ""]


def test_an_option_that_shows_nothing_but_an_undescribed_picture_goes_by_its_id():
    content = {"options": [{"id": "a", "text": "![](/static/a.png)"}, {"id": "b", "text": "![A tree](/static/b.png)"}]}
    assert [single_choice.words(value, content) for value in ("a", "b")] == ["a", "A tree"]


def test_the_key_in_words_names_what_earns_a_part():
    assert single_choice.key_words(CONTENT, KEY) == "Two; Three (0.1)"


def test_a_fixed_order_is_kept():
    assert single_choice.shuffled({**CONTENT, "fixed_order": True}, random.Random(1)) == ["a", "b", "c"]


def test_the_same_seed_gives_the_same_order_and_seeds_differ():
    orders = [single_choice.shuffled(many(10), random.Random(seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


@given(seed=st.integers(), count=st.integers(2, 40))
def test_shuffling_loses_no_option(seed, count):
    assert sorted(single_choice.shuffled(many(count), random.Random(seed))) == sorted(f"o{n}" for n in range(count))


def test_what_each_option_earns_and_is_told_is_for_staff():
    content = {"options": [{"id": "a", "text": "Ada"}, {"id": "b", "text": "Bob"}]}
    parts = SingleChoice().key_parts
    assert parts(content, {"option": "a"}) == []
    assert parts(content, {"option": "a", "credit": {"b": 0.5}}) == [KeyPart("Ada", 1, ""), KeyPart("Bob", 0.5, "")]
    assert parts(content, {"option": "a", "feedback": {"b": "No."}}) == [
        KeyPart("Ada", None, ""),
        KeyPart("Bob", None, "No."),
    ]
