from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.multiple_choice import SCHEMES, MultipleChoice

IDS = ["a", "b", "c", "d", "e"]
CONTENT = {"options": [{"id": id_, "text": id_.upper()} for id_ in IDS]}
multiple_choice = MultipleChoice()
subsets = st.sets(st.sampled_from(IDS)).map(sorted)
keys = st.builds(
    lambda options, scoring: {"options": options, "scoring": scoring},
    st.sets(st.sampled_from(IDS), min_size=1).map(sorted),
    st.sampled_from(sorted(SCHEMES)),
)


def credit(chosen: list[str], key: dict[str, Any]) -> Fraction:
    return multiple_choice.credit(chosen or None, CONTENT, key)


@pytest.mark.parametrize(
    ("scoring", "chosen", "earned"),
    [
        ("all_or_nothing", "ab", Fraction(1)),
        ("all_or_nothing", "a", Fraction(0)),
        ("all_or_nothing", "abc", Fraction(0)),
        ("per_option", "ab", Fraction(1)),
        ("per_option", "a", Fraction(4, 5)),
        ("per_option", "ac", Fraction(3, 5)),
        ("per_option", "cde", Fraction(0)),
        ("right_minus_wrong", "ab", Fraction(1)),
        ("right_minus_wrong", "a", Fraction(1, 2)),
        ("right_minus_wrong", "abc", Fraction(2, 3)),
        ("right_minus_wrong", "ac", Fraction(1, 6)),
        ("right_minus_wrong", "acd", Fraction(0)),
        ("right_minus_wrong", "abcde", Fraction(0)),
    ],
)
def test_each_scheme_gives_what_its_formula_says_for_two_keys_of_five(scoring, chosen, earned):
    assert credit(list(chosen), {"options": ["a", "b"], "scoring": scoring}) == earned


def test_right_minus_wrong_is_the_default():
    assert credit(["a", "b", "c"], {"options": ["a", "b"]}) == Fraction(2, 3)


@given(chosen=subsets, key=keys)
def test_credit_stays_between_nothing_and_all(chosen, key):
    assert 0 <= credit(chosen, key) <= 1


@given(key=keys)
def test_the_key_earns_all_and_only_the_key_does(key):
    assert credit(key["options"], key) == 1
    others = [set(IDS) - {id_} for id_ in IDS] + [{id_} for id_ in IDS]
    assert [other for other in others if other != set(key["options"]) and credit(sorted(other), key) == 1] == []


@given(key=keys)
def test_nothing_chosen_earns_nothing_although_distractors_were_left_alone(key):
    assert credit([], key) == 0


@given(key=keys.filter(lambda key: len(key["options"]) < len(IDS) and key["scoring"] != "per_option"))
def test_choosing_everything_earns_nothing(key):
    assert credit(IDS, key) == 0


@given(chosen=subsets, key=keys, more=st.sampled_from(IDS))
def test_one_more_distractor_never_earns_more(chosen, key, more):
    if chosen and more not in key["options"]:
        assert credit(sorted({*chosen, more}), key) <= credit(chosen, key)


def test_with_no_distractors_each_key_earns_its_share():
    assert credit(["a"], {"options": IDS}) == Fraction(1, 5)


@pytest.mark.parametrize("raw", [["c", "a"], ["a", "c", "a"], ["", "c", "a"]])
def test_one_choice_has_one_spelling(raw):
    assert multiple_choice.read(raw, CONTENT) == ["a", "c"]


@pytest.mark.parametrize("most", [1, 2])
def test_more_than_the_most_is_refused_with_the_number(most):
    with pytest.raises(ValueRefused) as caught:
        multiple_choice.read(["a", "b", "c"], {**CONTENT, "max_choices": most})
    assert str(caught.value) == ("Choose at most 1 option." if most == 1 else "Choose at most 2 options.")


@pytest.mark.parametrize("raw", ["a", ["z"], {"a": "b"}])
def test_json_that_is_no_list_of_these_options_is_refused(raw):
    with pytest.raises(ValueRefused):
        multiple_choice.read_json(raw, CONTENT)


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        (CONTENT, {"options": []}, "key.options"),
        (CONTENT, {"options": ["a", "a"]}, "key.options"),
        (CONTENT, {"options": ["z"]}, "key.options"),
        (CONTENT, {"options": ["a"], "scoring": "lucky"}, "key.scoring"),
        (CONTENT, {"options": ["a"], "feedback": {"z": "No."}}, "key.feedback"),
        ({**CONTENT, "max_choices": 1}, {"options": ["a", "b"]}, "content.max_choices"),
        ({**CONTENT, "max_choices": 0}, {"options": ["a"]}, "content.max_choices"),
        ({**CONTENT, "max_choices": True}, {"options": ["a"]}, "content.max_choices"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        multiple_choice.check(content, key)
    assert caught.value.where == where


def test_the_widget_marks_every_chosen_option_and_knows_the_most():
    widget = multiple_choice.widget(multiple_choice.face({**CONTENT, "max_choices": 3}, str), ["a", "c"], IDS)
    assert [option["id"] for option in widget["options"] if option["is_chosen"]] == ["a", "c"]
    assert (widget["is_multiple"], widget["max_choices"]) == (True, 3)


def test_words_and_key_words_list_the_options():
    assert multiple_choice.words(["a", "c"], CONTENT) == "A; C"
    assert multiple_choice.key_words(CONTENT, {"options": ["b", "a"]}) == "A; B"


WEIGHTED = {"options": ["a", "c"], "scoring": "weighted", "weights": {"a": 0.75, "c": 0.25, "b": -0.5}}


@pytest.mark.parametrize(
    ("chosen", "earned"),
    [
        (["a", "c"], 1),
        (["a"], Fraction(3, 4)),
        (["a", "b"], Fraction(1, 4)),
        (["b"], 0),
        (IDS, Fraction(1, 2)),
        (["d"], 0),
    ],
)
def test_weights_add_up_between_nothing_and_all(chosen, earned):
    assert credit(chosen, WEIGHTED) == earned


def test_three_thirds_written_as_decimals_are_the_whole():
    key = {"options": ["a", "b", "c"], "scoring": "weighted", "weights": dict.fromkeys("abc", 0.33333)}
    multiple_choice.check(CONTENT, key)
    assert credit(["a", "b", "c"], key) == 1


@pytest.mark.parametrize(
    ("content", "change"),
    [
        (CONTENT, {"scoring": "per_option"}),
        (CONTENT, {"weights": {"a": 0.75, "c": 0.1}}),
        (CONTENT, {"weights": {"a": 1}}),
        (CONTENT, {"weights": {"a": 1, "c": 1, "d": 1}}),
        (CONTENT, {"weights": {"a": 1, "c": 1, "z": -1}}),
        ({**CONTENT, "max_choices": 1}, {}),
    ],
)
def test_weights_that_do_not_fit_the_key_are_refused(content, change):
    with pytest.raises(ContentInvalid) as caught:
        multiple_choice.check(content, WEIGHTED | change)
    assert caught.value.where == "key.weights"
