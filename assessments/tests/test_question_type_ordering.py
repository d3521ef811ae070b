from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.ordering import SCHEMES, Ordering

ordering = Ordering()
IDS = ["a", "b", "c", "d", "e"]
CONTENT = {"items": [{"id": id_, "text": f"Step {id_.upper()}"} for id_ in IDS]}
orders = st.permutations(IDS)
schemes = st.sampled_from(sorted(SCHEMES))


def credit(given: Sequence[str | None], order: list[str], scoring: str) -> Fraction:
    return ordering.credit(list(given), CONTENT, {"order": order, "scoring": scoring})


@pytest.mark.parametrize(
    ("given_", "adjacent_pairs", "per_position"),
    [
        ("abcde", 1, 1),
        ("bcdea", Fraction(3, 4), 0),  # one item put last moves all others
        ("eabcd", Fraction(3, 4), 0),
        ("abced", Fraction(2, 4), Fraction(3, 5)),
        ("bacde", Fraction(2, 4), Fraction(3, 5)),
        ("edcba", 0, Fraction(1, 5)),
        ("acebd", 0, Fraction(1, 5)),
    ],
)
def test_each_scheme_gives_what_its_formula_says(given_, adjacent_pairs, per_position):
    assert credit(list(given_), IDS, "adjacent_pairs") == adjacent_pairs
    assert credit(list(given_), IDS, "per_position") == per_position
    assert credit(list(given_), IDS, "all_or_nothing") == (given_ == "abcde")


def test_pairs_of_neighbours_are_the_default():
    assert ordering.credit(["b", "c", "d", "e", "a"], CONTENT, {"order": IDS}) == Fraction(3, 4)


@given(given_=orders, order=orders, scoring=schemes)
def test_credit_stays_between_nothing_and_all_and_only_the_key_earns_all(given_, order, scoring):
    assert 0 <= credit(given_, order, scoring) <= 1
    assert (credit(given_, order, scoring) == 1) == (given_ == order)


@pytest.mark.parametrize("scoring", ["adjacent_pairs", "per_position"])
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_guessing_earns_one_nth_on_average(scoring, count):
    earned = [SCHEMES[scoring](given_, IDS[:count]) for given_ in permutations(IDS[:count])]
    assert sum(earned) / len(earned) == Fraction(1, count)


def test_positions_are_read_in_any_order_of_the_fields():
    assert ordering.read(["a=2", "b=1", "c=5", "d=3", "e=4"], CONTENT) == ["b", "a", "d", "e", "c"]


def test_the_last_item_gets_the_position_that_is_left():
    assert ordering.read(["a=2", "b=1", "", "d=3", "e=4"], CONTENT) == ["b", "a", "d", "e", "c"]


def test_no_positions_are_no_answer():
    assert ordering.read(["", "", "", "", ""], CONTENT) is None
    assert ordering.read_json([], CONTENT) is None


def test_a_position_that_is_given_twice_is_refused_with_its_items():
    with pytest.raises(ValueRefused) as caught:
        ordering.read(["a=1", "b=1", "c=2", "d=3", "e=4"], CONTENT)
    assert str(caught.value) == "Position 1 is given to “Step A” and “Step B”. Give each item a position of its own."


HALF: list[str | None] = ["d", None, "a", None, None]


def test_an_order_that_is_begun_is_kept():
    assert ordering.read(["a=3", "d=1", "", "", ""], CONTENT) == HALF == ordering.read_json(HALF, CONTENT)
    assert ordering.words(HALF, CONTENT) == "1. Step D; 3. Step A"
    assert ordering.posted(HALF) == ["d=1", "a=3"]


def test_an_order_that_is_begun_is_shown_where_it_was():
    items = ordering.widget(ordering.face(CONTENT, str), HALF, IDS)["items"]
    assert [(item["id"], item["position"]) for item in items] == [
        ("d", "1"), ("a", "3"), ("b", ""), ("c", ""), ("e", ""),
    ]  # fmt: skip


def test_an_order_that_is_begun_earns_what_it_has():
    assert credit(["a", "b", None, None, None], IDS, "adjacent_pairs") == Fraction(1, 4)
    assert credit(["a", None, "c", None, None], IDS, "per_position") == Fraction(2, 5)
    assert credit(["a", "b", None, None, None], IDS, "all_or_nothing") == 0


def test_a_long_item_is_named_by_its_beginning():
    content = {"items": [{"id": "a", "text": "word " * 20}, {"id": "b", "text": "B"}]}
    with pytest.raises(ValueRefused, match=r"given to “(word ){7}word…” and “B”\."):
        ordering.read(["a=1", "b=1"], content)


@pytest.mark.parametrize(
    "raw",
    [["a"], ["a=0"], ["a=6"], ["a=-1"], ["a=01"], ["a=1.0"], ["z=1"], ["a=1", "a=2"], ["a=" + "9" * 5000], ["a=²"]],
)
def test_fields_that_are_no_positions_are_refused(raw):
    with pytest.raises(ValueRefused, match=r"^[A-Z].*\.$"):
        ordering.read(raw, CONTENT)


@pytest.mark.parametrize(
    "raw", ["abcde", ["a"], [*IDS, "a"], ["a", "a", "b", "c", "d"], ["a", "b", "c", "d", "z"], [[], "a"], {"a": "1"}]
)
def test_json_that_is_no_order_of_all_items_is_refused(raw):
    with pytest.raises(ValueRefused):
        ordering.read_json(raw, CONTENT)


@given(value=orders)
def test_what_is_posted_is_read_as_the_same_value_whatever_the_order_of_the_fields(value):
    posted = ordering.posted(value)
    assert ordering.read(posted, CONTENT) == value
    assert ordering.read(sorted(posted), CONTENT) == value == ordering.read_json(value, CONTENT)


@given(raw=st.lists(st.text(alphabet="abc=123 ", max_size=4) | st.text(max_size=4)))
def test_any_fields_at_all_are_read_or_refused(raw):
    try:
        value = ordering.read(raw, CONTENT)
    except ValueRefused:
        return
    placed = [id_ for id_ in value or [] if id_ is not None]  # type: ignore[union-attr]
    assert value is None or (len(value) == len(IDS) and len(set(placed)) == len(placed) > 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ({"items": CONTENT["items"][:1]}, {"order": ["a"]}, "content.items"),
        ({"items": [{"id": "a", "text": "Same"}, {"id": "b", "text": "Same"}]}, {"order": ["a", "b"]}, "content.items"),
        (CONTENT, {"order": IDS[:4]}, "key.order"),
        (CONTENT, {"order": [*IDS, "z"]}, "key.order"),
        (CONTENT, {"order": [*IDS, "a"]}, "key.order"),
        (CONTENT, {"order": IDS, "scoring": "per_pair"}, "key.scoring"),
        (CONTENT, {}, "key.order"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        ordering.check(content, key)
    assert caught.value.where == where


@given(order=orders, ids=orders, scoring=schemes)
def test_content_as_stored_says_nothing_about_the_key_and_the_meaning_stays(order, ids, scoring):
    """Whatever the order of the items and their ids: the content that is stored is the same."""
    texts = {id_: f"Step {id_.upper()}" for id_ in IDS}
    names = dict(zip(IDS, ids, strict=True))
    content = {"items": [{"id": names[id_], "text": texts[id_]} for id_ in order]}
    key = {"order": [names[id_] for id_ in order], "scoring": scoring}
    stored = ordering.normal(content, key)
    assert stored[0] == ordering.normal(CONTENT, {"order": IDS})[0]
    assert ordering.key_words(*stored) == ordering.key_words(content, key)
    assert ordering.normal(*stored) == stored


@given(order=st.permutations(IDS[:3]), seed=st.integers(0, 9999))
def test_the_right_order_is_never_the_one_that_is_shown(order, seed):
    content = {"items": CONTENT["items"][:3]}
    shown = ordering.shuffled(content, random.Random(seed), key={"order": order})
    assert sorted(shown) == IDS[:3]
    assert shown != order
    assert shown == ordering.shuffled(content, random.Random(seed), key={"order": order})


def test_every_other_order_is_shown_equally_often():
    content = {"items": CONTENT["items"][:3]}
    rng = random.Random(7)
    shown = Counter("".join(ordering.shuffled(content, rng, key={"order": IDS[:3]})) for _ in range(5000))
    assert sorted(shown) == ["acb", "bac", "bca", "cab", "cba"]
    assert all(900 < times < 1100 for times in shown.values())


def test_of_two_items_either_order_is_shown_for_else_it_would_give_the_key_away():
    content = {"items": CONTENT["items"][:2]}
    shown = {tuple(ordering.shuffled(content, random.Random(seed), key={"order": ["a", "b"]})) for seed in range(20)}
    assert shown == {("a", "b"), ("b", "a")}


def seen(value: Any) -> list[tuple[str, str]]:
    widget = ordering.widget(ordering.face(CONTENT, str), value, ["e", "d", "c", "b", "a"])
    return [(item["id"], item["position"]) for item in widget["items"]]


def test_untouched_items_come_in_the_order_of_the_attempt_without_positions():
    assert seen(None) == [("e", ""), ("d", ""), ("c", ""), ("b", ""), ("a", "")]


def test_an_order_that_was_given_is_shown_as_such():
    assert seen(["c", "a", "b", "e", "d"]) == [("c", "1"), ("a", "2"), ("b", "3"), ("e", "4"), ("d", "5")]


def test_refused_positions_are_shown_again_as_they_were_typed():
    typed = ordering.refilled(["e=2", "d=2", "", "junk"], ["a", "b", "c", "d", "e"])
    assert seen(typed) == [("e", "2"), ("d", "2"), ("c", ""), ("b", ""), ("a", "")]


def test_words_and_key_words_number_the_items():
    assert ordering.words(["b", "a", "c", "d", "e"], CONTENT).startswith("1. Step B; 2. Step A; 3. Step C")
    assert ordering.key_words({"items": CONTENT["items"][:2]}, {"order": ["b", "a"]}) == "1. Step B; 2. Step A"
