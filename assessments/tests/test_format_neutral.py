"""What a candidate's browser can read of a question says nothing of its key, whatever the file called the options."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import Parsed, ParsedQuestion, nothing_beside
from assessments.formats.neutral import neutral
from assessments.formats.reader import outcome
from assessments.tests.whole_questions import meaning, whole_questions

CAPITALS = [
    ("Estonia", "Tallinn", "Riga", "Oslo"),
    ("Latvia", "Riga", "Vilnius", "Aalborg"),
    ("Norway", "Oslo", "Bergen", "Kiruna"),
    ("Iceland", "Reykjavik", "Akureyri", "Selfoss"),
    ("Finland", "Helsinki", "Turku", "Oulu"),
    ("Denmark", "Aarhus is not it, Copenhagen is", "Odense", "Ribe"),
]
GIFT = "\n\n".join(
    f"The capital of {land}? {{={right} ~{' ~'.join(wrong)}}}" for land, right, *wrong in CAPITALS
).encode()


def read(data: bytes, name: str, format_: str = "auto") -> Parsed:
    found = outcome(data, name=name, format=format_, beside=nothing_beside)
    assert isinstance(found, Parsed)
    return found


def keys_of(parsed: Parsed) -> list[str]:
    return [question.key["option"] for question in parsed.questions]


def places_of(parsed: Parsed) -> list[int]:
    return [[one["id"] for one in item.content["options"]].index(item.key["option"]) for item in parsed.questions]


def words_of(parsed: Parsed) -> list[str]:
    texts = [{one["id"]: one["text"] for one in item.content["options"]} for item in parsed.questions]
    return [names[item.key["option"]] for names, item in zip(texts, parsed.questions, strict=True)]


def test_a_file_that_lists_the_key_first_does_not_tell_it() -> None:
    as_it_is = formats.get("gift").read(GIFT)
    assert (set(keys_of(as_it_is)), set(places_of(as_it_is))) == ({"a"}, {0})
    parsed = read(GIFT, "a.gift")
    assert words_of(parsed) == [right for _, right, *_ in CAPITALS]
    assert len(set(keys_of(parsed))) == 3
    assert len(set(places_of(parsed))) == 3
    assert "The right option was always the first one; the options were put into another order." in parsed.warnings


def test_ids_go_by_the_order_of_the_texts_and_the_order_stays_where_it_tells_nothing() -> None:
    parsed = read(b"A? {~z =b ~m}\n\nB? {=x ~a}", "a.gift")
    assert [[(one["id"], one["text"]) for one in item.content["options"]] for item in parsed.questions] == [
        [("c", "z"), ("a", "b"), ("b", "m")],
        [("b", "x"), ("a", "a")],
    ]
    assert keys_of(parsed) == ["a", "b"]


def test_options_whose_order_is_fixed_are_never_put_into_another() -> None:
    fixed = [
        replace(item, content=item.content | {"fixed_order": True}) for item in formats.get("gift").read(GIFT).questions
    ]
    assert set(places_of(neutral(Parsed("gift", fixed)))) == {0}


def test_the_own_schema_keeps_its_ids_and_says_which_of_them_tell() -> None:
    options = [{"id": "correct", "text": "b"}, {"id": "x1", "text": "a"}]
    own = {"type": "single_choice", "stem": "So?", "content": {"options": options}, "key": {"option": "correct"}}
    data = json.dumps({"parley": 1, "questions": [own]}).encode()
    parsed = read(data, "a.json")
    assert parsed.questions[0].content == {"options": options}
    assert parsed.warnings == ["questions[0] (So?): Candidates can read the option's id “correct” in their browser."]
    written = formats.get("json").write(parsed.questions)
    assert formats.get("json").write(read(written, "a.json").questions) == written


@pytest.mark.parametrize("name", ["json", "jsonl", "yaml", "csv"])
@given(whole_questions())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_what_is_in_the_own_schema_stays_to_the_byte(name: str, question: ParsedQuestion) -> None:
    written = formats.get(name).write([question])
    assert formats.get(name).write(neutral(formats.get(name).read(written)).questions) == written


@given(whole_questions())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_under_its_new_ids_a_question_means_the_same(question: ParsedQuestion) -> None:
    (changed,) = neutral(Parsed("x", [question])).questions
    assert meaning(changed) == meaning(question)


def test_what_no_type_would_take_is_left_to_be_refused() -> None:
    for content, key in (
        ({}, {}),
        ({"options": "ab"}, {"option": "a"}),
        ({"options": [{"id": "a"}, 5]}, {"option": "a"}),
        ({"options": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}, {"option": "a"}),
        ({"options": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]}, {"option": "c"}),
        ({"options": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]}, {"option": ["a"]}),
        ({"options": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]}, {"option": "a", "credit": 5}),
    ):
        given_ = ParsedQuestion("", "single_choice", "So?", content, key)
        assert neutral(Parsed("x", [given_] * 4)).questions == [given_] * 4
        assert not isinstance(check_question(given_), CheckedQuestion)


def test_in_many_questions_the_ids_of_keys_are_as_good_as_drawn() -> None:
    rng = random.Random(7)
    words = ["".join(rng.sample("abcdefghijklmnopqrstuvwxyz", 8)) for _ in range(800)]
    fours = [words[place : place + 4] for place in range(0, len(words), 4)]
    blocks = [f"Question {place}? {{={right} ~{' ~'.join(wrong)}}}" for place, (right, *wrong) in enumerate(fours)]
    parsed = read("\n\n".join(blocks).encode(), "a.gift")
    assert sorted(set(keys_of(parsed))) == ["a", "b", "c", "d"]
    assert max(Counter(keys_of(parsed)).values()) < 70
    assert max(Counter(places_of(parsed)).values()) < 70
