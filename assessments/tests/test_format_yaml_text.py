from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from assessments.formats.base import FileUnreadable
from assessments.formats.yaml_text import dump_yaml, load_yaml
from assessments.tests.question_strategies import JSON


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert load_yaml(dump_yaml(value)) == value


@pytest.mark.parametrize(
    "words", ["no", "yes", "on", "Off", "1:30", "2026-01-01", "0x1F", "0b1", "1_000", "012", "1e5", ".5"]
)
def test_plain_words_stay_text(words: str) -> None:
    assert load_yaml(f"answer: {words}") == {"answer": words}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-12", -12),
        ("1.50", 1.5),
        ("1.0e+3", 1000.0),
    ],
)
def test_numbers_and_constants_are_what_they_look_like(text: str, value: Any) -> None:
    assert load_yaml(f"points: {text}") == {"points": value}


@pytest.mark.parametrize("text", ["'12'", '"true"', "|-\n  12"])
def test_quoted_words_are_text(text: str) -> None:
    assert load_yaml(f"option: {text}") == {"option": text.strip("'\"|-\n ")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", "Line 3: aliases (*name) are not taken; write the text out."),
        (
            "a: 1\nb: !!python/object:os.system x\n",
            "Line 2: tags (tag:yaml.org,2002:python/object:os.system) are not taken.",
        ),
        ("a: 1\na: 2\n", "Line 2: the field 'a' stands twice in one mapping."),
        ("? [a]\n: 1\n", "Line 1: a field's name must be plain text."),
        ("a: 1\n---\nb: 2\n", "Line 2: a second document begins; one file holds one."),
        ("a: [1\nb: 2\n", "Line 2 is not YAML: did not find expected ',' or ']'."),
        ("\ta: 1\n", "Line 1 is not YAML: found character that cannot start any token."),
        ("# nothing\n", "The file holds no YAML document."),
        ("x: " + "[" * 60, "Line 1: lists and mappings are nested too deeply."),
        ("x: " + "1" * 5000, "Line 1: a number has too many digits."),
    ],
)
def test_what_is_refused_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        load_yaml(text)
    assert str(caught.value) == reason


def test_a_bomb_of_aliases_is_refused_at_its_first() -> None:
    steps = [f"{after}: &{after} [*{name}, *{name}]" for name, after in pairwise("abcdefghi")]
    bomb = "\n".join(["a: &a [x, x]", *steps])
    with pytest.raises(FileUnreadable, match="Line 2: aliases"):
        load_yaml(bomb)


def test_a_text_of_several_lines_is_written_as_a_block() -> None:
    assert dump_yaml({"stem": "One\n\n  two\n"}) == "stem: |\n  One\n\n    two\n"


def test_long_lines_are_not_folded() -> None:
    assert dump_yaml({"stem": "word " * 100 + "end"}).count("\n") == 1


def test_mappings_know_their_line() -> None:
    assert [item.line for item in load_yaml("# x\n- a: 1\n  b: 2\n-\n  a: 1\n")] == [2, 5]
