from __future__ import annotations

from fractions import Fraction
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.short_text import ShortText

short_text = ShortText()


def credit(response: str | None, *accepted: dict[str, Any]) -> Fraction:
    return short_text.credit(response, {}, {"accepted": list(accepted)})


@pytest.mark.parametrize(
    "response",
    ["Garbage collection", "garbage COLLECTION", "  garbage \t collection\n", "garbage\N{NO-BREAK SPACE}collection"],
)
def test_case_and_white_space_do_not_matter(response):
    assert credit(response, {"text": "Garbage  collection"}) == 1


@pytest.mark.parametrize(("response", "earned"), [("HTTP", 1), ("http", 0)])
def test_case_matters_where_the_key_says_so(response, earned):
    assert credit(response, {"text": "HTTP", "case_sensitive": True}) == earned


@pytest.mark.parametrize(
    ("response", "accepted"),
    [
        ("cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("STRASSE", "Straße"),
        ("\ufb01nal", "final"),
    ],
)
def test_two_spellings_of_the_same_letters_are_equal(response, accepted):
    assert credit(response, {"text": accepted}) == 1


@pytest.mark.parametrize(
    ("response", "earned"), [("O(n log n)", 1), ("o( n log n )", 1), ("it is O(n log n)", 0), ("O(n)", 0)]
)
def test_a_pattern_must_match_the_whole_response(response, earned):
    assert credit(response, {"text": r"O\( ?n log n ?\)", "match": "regex"}) == earned


@pytest.mark.parametrize(("response", "earned"), [("ab", 1), ("a", 1), ("abc", 0), ("AB", 0)])
def test_alternatives_in_a_pattern_are_each_whole(response, earned):
    assert credit(response, {"text": "a|ab", "match": "regex", "case_sensitive": True}) == earned


def test_an_exact_text_is_no_pattern():
    assert [credit(response, {"text": "a.c"}) for response in ("a.c", "abc")] == [1, 0]


def test_the_best_match_counts():
    accepted: list[dict[str, Any]] = [
        {"text": ".*", "match": "regex", "credit": 0.1},
        {"text": "mutex"},
        {"text": "lock", "credit": 0.5},
    ]
    assert [credit(response, *accepted) for response in ("Mutex", "lock", "?")] == [1, Fraction(1, 2), Fraction(1, 10)]


def test_an_empty_response_earns_nothing_even_where_a_pattern_matches_nothing():
    assert credit(None, {"text": ".*", "match": "regex"}) == 0


EXPLOSIVE = {  # what to repeat and the patterns that a backtracking engine never comes to an end with
    "a": ["(a+)+", "(a+)+b", "(a*)*b", "(a|a)*b", "(a|aa)+", "(a+)+(a|aa)+b", "(?:a+){2,20}b", "(a?){60}a{60}b"],
    "aaab": [
        "(a+b?)+c",
        "(a*b*)*c",
        "(a|b|ab)*c",
        "((a+)b?)+c",
        "(a+b|a+)*c",
        "(.*)(.*)(.*)c",
        "(.*a){12}c",
        "(.*b.*)+c",
    ],
    "0": [
        "(\\d+)*x",
        "(\\d+|\\d\\d)+x",
        "(\\d*)*x",
        "\\d*\\d*\\d*\\d*x",
        "([0-9]+)+[.]",
        "(0?0?)*x",
        "(0{1,9})+x",
        "0*0*0*0*1",
    ],
    "x ": [
        "(\\s*x\\s*)*y",
        "(x|\\s|x\\s)*y",
        "(\\w+\\s?)*y",
        "([^y]+)*y",
        "(x+\\s*)+y",
        "((x )+)+y",
        "(.+)+y",
        "^(\\s|x)*(\\s|x)*y",
    ],
    "a@a.": [
        "(\\w+[.@]?)*!",
        "([a@.]+)*!",
        "([\\w.]+@)+!",
        "(a@a.)*(a@a.)*!",
        "([^!]*[^!]*)*!",
        "(.*,)*!",
        "(\\S+)*\\s",
        "((a|@|.)+)+!",
    ],
}


@pytest.mark.parametrize(("part", "pattern"), [(part, one) for part, some in EXPLOSIVE.items() for one in some])
def test_a_pattern_made_to_explode_takes_linear_time(part, pattern):
    """Forty of them, on ten thousand characters: a fifth of a second of the processor's for each."""
    response, started = (part * 10_000)[:10_000] + "#", process_time()
    assert credit(response, {"text": pattern, "match": "regex"}) == 0
    assert process_time() - started < 0.2


def test_there_are_forty_patterns_made_to_explode():
    assert sum(map(len, EXPLOSIVE.values())) == len({one for some in EXPLOSIVE.values() for one in some}) == 40


@pytest.mark.parametrize("pattern", ["(a", "a{2000}", r"(?=a)", r"(a)\1", "[z-a]", "((a{100}){100}){100}"])
def test_a_pattern_that_re2_cannot_run_is_refused_with_the_reason(pattern):
    with pytest.raises(ContentInvalid, match=r"This is no regular expression that RE2 can run: .+") as caught:
        short_text.check({}, {"accepted": [{"text": pattern, "match": "regex"}]})
    assert caught.value.where == "key.accepted.0"


@pytest.mark.parametrize(
    ("content", "key", "where"),
    [
        ({}, {}, "key.accepted"),
        ({}, {"accepted": []}, "key.accepted"),
        ({}, {"accepted": [{"text": " "}]}, "key.accepted.0.text"),
        ({}, {"accepted": [{"text": "a", "match": "fuzzy"}]}, "key.accepted.0.match"),
        ({}, {"accepted": [{"text": "a", "credit": 0.9}]}, "key.accepted"),
        ({"max_length": 3}, {"accepted": [{"text": "four"}]}, "key.accepted.0.text"),
        ({"max_length": 0}, {"accepted": [{"text": "a"}]}, "content.max_length"),
        ({"max_length": "9"}, {"accepted": [{"text": "a"}]}, "content.max_length"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content, key, where):
    with pytest.raises(ContentInvalid) as caught:
        short_text.check(content, key)
    assert caught.value.where == where


@pytest.mark.parametrize("raw", ["", " ", "\t\n", "\0", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\N{WORD JOINER}"])
def test_a_response_without_a_visible_character_is_empty(raw):
    assert short_text.read([raw], {}) is None


def test_a_response_of_exactly_the_limit_fits_and_one_more_is_refused_uncut():
    assert short_text.read(["x" * 5], {"max_length": 5}) == "xxxxx"
    with pytest.raises(ValueRefused) as caught:
        short_text.read(["x" * 6], {"max_length": 5})
    assert str(caught.value) == "This text has 6 characters and at most 5 fit. Nothing was cut; please shorten it."


def test_several_texts_for_one_answer_are_refused():
    with pytest.raises(ValueRefused, match="please send one"):
        short_text.read(["a", "b"], {})


def test_the_key_in_words():
    key = {"accepted": [{"text": "mutex"}, {"text": "lock.*", "match": "regex", "credit": 0.5}]}
    assert short_text.key_words({}, key) == "mutex; /lock.*/ (0.5)"


def test_the_widget_fills_the_field():
    assert short_text.widget(short_text.face({}, str), None, ()) == {"value": "", "max_length": 200}
    assert short_text.widget(short_text.face({}, str), "x", ()) == {"value": "x", "max_length": 200}


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60)


@given(text=words, case_sensitive=st.booleans())
def test_the_key_itself_earns_all(text, case_sensitive):
    value = short_text.read_json(text, {})
    accepted = [{"text": text, "case_sensitive": case_sensitive}]
    if value is not None:
        assert short_text.credit(value, {}, {"accepted": accepted}) == 1


@given(response=st.text(max_size=200), text=words)
def test_any_text_at_all_earns_between_nothing_and_all(response, text):
    key = {"accepted": [{"text": f"x{text}"}, {"text": ".{3,9}", "match": "regex", "credit": 0.5}]}
    assert 0 <= short_text.credit(short_text.read([response], {}), {}, key) <= 1
