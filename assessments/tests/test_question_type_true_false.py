from __future__ import annotations

import random

import pytest

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.base import KeyPart
from assessments.question_types.true_false import TrueFalse

true_false = TrueFalse()


@pytest.mark.parametrize("truth", [True, False])
def test_the_right_judgement_earns_all_and_the_other_nothing(truth):
    earned = [true_false.credit(value, {}, {"value": truth}) for value in (truth, not truth, None)]
    assert earned == [1, 0, 0]


@pytest.mark.parametrize("value", [1, "true", [True]])
def test_what_only_equals_true_earns_nothing(value):
    assert true_false.credit(value, {}, {"value": True}) == 0


@pytest.mark.parametrize(("raw", "value"), [(["true"], True), (["false"], False), (["", "true"], True)])
def test_the_form_says_true_or_false(raw, value):
    assert true_false.read(raw, {}) is value


@pytest.mark.parametrize("raw", [["yes"], ["True"], ["true", "false"], ["1"]])
def test_anything_else_is_refused(raw):
    with pytest.raises(ValueRefused, match=r"^Choose true or false\.$"):
        true_false.read(raw, {})


@pytest.mark.parametrize("raw", ["true", "", 1, 0])
def test_json_takes_a_boolean_alone(raw):
    with pytest.raises(ValueRefused, match=r"^The answer to this question is true or false\.$"):
        true_false.read_json(raw, {})


@pytest.mark.parametrize("key", [{"value": 1}, {"value": "true"}, {"value": None}, {}])
def test_the_key_is_a_boolean(key):
    with pytest.raises(ContentInvalid) as caught:
        true_false.check({}, key)
    assert caught.value.where == "key.value"


def test_feedback_is_for_true_and_false():
    true_false.check({}, {"value": True, "feedback": {"true": "Yes.", "false": "No."}})
    with pytest.raises(ContentInvalid):
        true_false.check({}, {"value": True, "feedback": {"maybe": "Hm."}})


def test_true_comes_first_whatever_the_order():
    widget = true_false.widget(true_false.face({}, str), False, ["false", "true"])
    assert [(option["id"], option["html"], option["is_chosen"]) for option in widget["options"]] == [
        ("true", "True", False),
        ("false", "False", True),
    ]
    assert true_false.shuffled({}, random.Random(1)) == []


def test_words_are_true_and_false():
    assert [true_false.words(value, {}) for value in (True, False, None)] == ["True", "False", ""]
    assert true_false.key_words({}, {"value": False}) == "False"


def test_what_is_said_of_each_answer_is_for_staff():
    key = {"value": True, "feedback": {"false": "Look again."}}
    assert TrueFalse().key_parts({}, key) == [KeyPart("False", None, "Look again.")]
