from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.domain import markup
from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.matching import Matching

matching = Matching()
PROMPTS = {"1": "GET", "2": "PUT", "3": "POST", "4": "DELETE"}
CHOICES = {"a": "idempotent", "b": "neither", "c": "safe"}


def listed(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": id_, "text": text} for id_, text in texts.items()]


CONTENT: dict[str, Any] = {"prompts": listed(PROMPTS), "choices": listed(CHOICES)}
PAIRS = {"1": "c", "2": "a", "3": "b", "4": "a"}
values = st.dictionaries(st.sampled_from(sorted(PROMPTS)), st.sampled_from(sorted(CHOICES)))
shares = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from([0, 0.25, 1]))


def credit(value: dict[str, str], **key: Any) -> Fraction:
    return matching.credit(value or None, CONTENT, {"pairs": PAIRS, **key})


@pytest.mark.parametrize(
    ("value", "per_pair", "all_or_nothing"),
    [
        (PAIRS, 1, 1),
        ({**PAIRS, "4": "b"}, Fraction(3, 4), 0),
        ({"2": "a", "4": "a"}, Fraction(1, 2), 0),
        ({"1": "a", "2": "b", "3": "c", "4": "c"}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_each_pair_earns_its_share_unless_it_is_all_or_nothing(value, per_pair, all_or_nothing):
    assert credit(value) == per_pair
    assert credit(value, scoring="all_or_nothing") == all_or_nothing


def test_another_choice_may_earn_a_part_of_a_pair():
    assert credit({**PAIRS, "1": "a"}, credit={"1": {"a": 0.1}}) == Fraction(31, 40)


@given(value=values, scoring=st.sampled_from(["per_pair", "all_or_nothing"]))
def test_credit_stays_between_nothing_and_all_and_only_the_key_earns_all(value, scoring):
    assert 0 <= credit(value, scoring=scoring) <= 1
    assert (credit(value, scoring=scoring) == 1) == (value == PAIRS)


@given(value=values, prompt=st.sampled_from(sorted(PROMPTS)))
def test_one_more_right_pair_never_earns_less(value, prompt):
    assert credit({**value, prompt: PAIRS[prompt]}) >= credit(value)


def test_fields_name_their_prompts_so_that_their_order_does_not_matter():
    assert matching.read(["3=b", "", "1=c", ""], CONTENT) == {"1": "c", "3": "b"}
    assert list(matching.read(["3=b", "1=c"], CONTENT)) == ["1", "3"]  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", [{}, {"1": ""}, {"1": "", "2": ""}])
def test_prompts_without_a_choice_are_not_kept(raw):
    assert matching.read_json(raw, CONTENT) is None
    assert matching.read_json({**raw, "4": "a"}, CONTENT) == {"4": "a"}


@pytest.mark.parametrize(
    "raw", [["a"], ["1:a"], ["=a"], ["5=a"], ["1=z"], ["1="], ["1=a", "1=a"], ["1=a=b"], ["1=<b>"], ["1=\ud800"]]
)
def test_fields_that_are_no_pairs_are_refused(raw):
    with pytest.raises(ValueRefused, match=r"^[A-Z].*\.$"):
        matching.read([*raw, "2=a"] if raw != ["1="] else ["1= "], CONTENT)


@pytest.mark.parametrize("raw", ["1=a", ["1=a"], {"1": None}, {"1": ["a"]}, {"1": {"a": 1}}, {"1": 1}, {"a": "1"}])
def test_json_that_is_no_dictionary_of_choices_is_refused(raw):
    with pytest.raises(ValueRefused):
        matching.read_json(raw, CONTENT)


@given(value=values)
def test_what_is_posted_is_read_as_the_same_value(value):
    kept = matching.read_json(value, CONTENT)
    assert matching.read(matching.posted(kept), CONTENT) == kept == (value or None)


@given(raw=st.lists(st.text(alphabet="123abc= \0", max_size=5) | st.text(max_size=5)))
def test_any_fields_at_all_are_read_or_refused(raw):
    try:
        value = matching.read(raw, CONTENT)
    except ValueRefused:
        return
    assert value is None or credit(value) <= 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ({"prompts": []}, {}, "content.prompts"),
        ({"choices": listed({"a": "Only one"})}, {}, "content.choices"),
        ({"choices": listed({"a": "Same", "b": " Same "})}, {}, "content.choices"),
        ({"prompts": [*listed(PROMPTS), {"id": "1", "text": "Again"}]}, {}, "content.prompts"),
        ({"prompts": listed({"1": " "})}, {}, "content.prompts.0.text"),
        ({}, {"pairs": {"1": "a"}}, "key.pairs"),
        ({}, {"pairs": {**PAIRS, "5": "a"}}, "key.pairs"),
        ({}, {"pairs": {**PAIRS, "1": "z"}}, "key.pairs"),
        ({}, {"pairs": {**PAIRS, "1": ["a"]}}, "key.pairs.1"),
        ({}, {"scoring": "per_option"}, "key.scoring"),
        ({}, {"credit": {"9": {"a": 1}}}, "key.credit"),
        ({}, {"credit": {"1": {"z": 1}}}, "key.credit.1"),
        ({}, {"credit": {"1": {"c": 0.5}}}, "key.credit.1"),
        ({}, {"credit": {"1": {"a": 2}}}, "key.credit.1.a"),
        ({}, {"credit": {"1": {"a": 0.5}}, "scoring": "all_or_nothing"}, "key.credit"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        matching.check({**CONTENT, **content}, {"pairs": PAIRS, **key})
    assert caught.value.where == where


@given(prompts=st.permutations(sorted(PROMPTS)), choices=st.permutations(sorted(CHOICES)), extra=shares)
def test_ids_as_stored_say_nothing_about_the_key_and_the_meaning_stays(prompts, choices, extra):
    """Whatever the ids and the order of the choices were: what is stored is the same."""
    new_prompts, new_choices = dict(zip(PROMPTS, prompts, strict=True)), dict(zip(CHOICES, choices, strict=True))
    partial = {choice: share for choice, share in extra.items() if choice != PAIRS["1"]}
    renamed = (
        {
            "prompts": [{"id": new_prompts[id_], "text": text} for id_, text in PROMPTS.items()],
            "choices": sorted(
                ({"id": new_choices[id_], "text": text} for id_, text in CHOICES.items()), key=lambda one: one["id"]
            ),
        },
        {
            "pairs": {new_prompts[prompt]: new_choices[choice] for prompt, choice in PAIRS.items()},
            "credit": {new_prompts["1"]: {new_choices[choice]: share for choice, share in partial.items()}},
        },
    )
    stored = matching.normal(CONTENT, {"pairs": PAIRS, "credit": {"1": partial}})
    assert matching.normal(*renamed) == stored
    assert matching.normal(*stored) == stored
    assert sorted(matching.key_words(*stored).split("; ")) == sorted(matching.key_words(*renamed).split("; "))


def test_choices_in_fixed_order_keep_it():
    content = {**CONTENT, "choices": listed({"x": "much", "y": "less", "z": "none of these"}), "fixed_order": True}
    stored, key = matching.normal(content, {"pairs": dict.fromkeys(PROMPTS, "y")})
    assert [choice["text"] for choice in stored["choices"]] == ["much", "less", "none of these"]
    assert key == {"pairs": dict.fromkeys(PROMPTS, "b")}
    assert matching.shuffled(stored, random.Random(1)) == ["1", "2", "3", "4", "a", "b", "c"]


@given(seed=st.integers(0, 999))
def test_prompts_and_choices_are_shuffled_each_among_themselves(seed):
    order = matching.shuffled(CONTENT, random.Random(seed))
    assert (sorted(order[:4]), sorted(order[4:])) == (sorted(PROMPTS), sorted(CHOICES))
    assert order == matching.shuffled(CONTENT, random.Random(seed))
    widget = matching.widget(matching.face(CONTENT, str), None, order)
    assert [one["id"] for half in ("prompts", "choices") for one in widget[half]] == order


def test_the_widget_marks_what_was_chosen():
    widget = matching.widget(matching.face(CONTENT, str), {"2": "a"}, ())
    assert [prompt["chosen"] for prompt in widget["prompts"]] == ["", "a", "", ""]


def test_after_a_refusal_the_widget_shows_what_was_chosen_as_far_as_it_can():
    widget = matching.widget(matching.face(CONTENT, str), matching.refilled(["1=c", "nonsense", "2=z"], None), ())
    assert [prompt["chosen"] for prompt in widget["prompts"]] == ["c", "z", "", ""]


@pytest.mark.parametrize(
    ("text", "is_lettered"),
    [("safe & sound", False), ("a < b", False), ("`safe`", True), ("![A plot](/static/x.png)", True), ("x" * 61, True)],
)
def test_choices_that_a_drop_down_list_cannot_show_are_listed_with_letters(text, is_lettered):
    content = {**CONTENT, "choices": listed({"a": text, "b": "plain"})}
    assert matching.face(content, markup.render_inline)["is_lettered"] == is_lettered


def test_words_and_key_words_name_both_sides():
    assert matching.words({"3": "b", "1": "c"}, CONTENT) == "GET → safe; POST → neither"
    key = {"pairs": PAIRS, "credit": {"1": {"a": 0.5}}}
    assert (
        matching.key_words(CONTENT, key)
        == "GET → safe; PUT → idempotent; POST → neither; DELETE → idempotent; GET → idempotent (0.5)"
    )


def test_a_prompt_counts_as_much_as_its_weight():
    weights = {"1": 3, "2": 0.5}
    assert credit({"1": "c"}, weights=weights) == Fraction(6, 11)
    assert credit({"2": "a", "3": "b"}, weights=weights) == Fraction(3, 11)
    assert credit(PAIRS, weights=weights) == 1


@pytest.mark.parametrize("key", [{"weights": {"9": 2}}, {"weights": {"1": 2}, "scoring": "all_or_nothing"}])
def test_weights_that_fit_no_prompt_or_scoring_are_refused(key):
    with pytest.raises(ContentInvalid) as caught:
        matching.check(CONTENT, {"pairs": PAIRS, **key})
    assert caught.value.where == "key.weights"


def test_weights_follow_their_prompts():
    content = {"prompts": [{"id": "x", "text": "P"}, {"id": "y", "text": "Q"}], "choices": listed(CHOICES)}
    _, key = matching.normal(content, {"pairs": {"x": "a", "y": "b"}, "weights": {"y": 2, "x": 1}})
    assert key == {"pairs": {"1": "a", "2": "b"}, "weights": {"2": 2}}


def test_what_pairs_are_worth_is_said_where_some_count_more():
    content = {
        "prompts": [{"id": "1", "text": "dog"}, {"id": "2", "text": "rose"}],
        "choices": [{"id": "x", "text": "animal"}, {"id": "y", "text": "plant"}],
    }
    parts = Matching().key_parts
    assert parts(content, {"pairs": {"1": "x", "2": "y"}}) == []
    shares = [one.share for one in parts(content, {"pairs": {"1": "x", "2": "y"}, "weights": {"1": 3}})]
    assert shares == [0.75, 0.25]
