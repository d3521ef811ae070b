"""What a format can say comes back the same; what it cannot is named when it is written. For every type, with every part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from assessments import formats
from assessments.formats.base import ParsedBank, ParsedQuestion
from assessments.tests.parsing import the_only
from assessments.tests.whole_questions import MAKERS, meaning, whole_questions

FOREIGN = ["gift", "moodle-xml", "qti-2.2", "qti-3.0", "markdown"]
OWN = ["json", "jsonl", "yaml", "csv", "json-zip"]
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
UNSAID = {"difficulty": "", "licence": ""}


def sayable(question: ParsedQuestion, format_: str) -> ParsedQuestion:
    """Without what has no place in any question of the format, which would be named every time."""
    if format_ in ("qti-2.2", "qti-3.0"):
        return question
    bare = replace(question, difficulty="", licence="")
    if format_ == "markdown":
        return replace(bare, title="", identity="", tags=(), points=bare.points.from_float(1))
    return replace(bare, points=bare.points.from_float(1)) if format_ == "gift" else bare


@pytest.mark.parametrize("format_", FOREIGN)
@given(whole_questions())
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_what_a_format_can_say_comes_back(format_: str, question: ParsedQuestion) -> None:
    chosen, given_ = formats.get(format_), sayable(question, format_)
    unsaid = chosen.omissions([given_])
    is_left_out = any(sentence.startswith("1 question left out: ") for sentence in unsaid)
    written = chosen.write([given_])
    if is_left_out:
        return
    question_again = the_only(chosen.read(written))
    if not unsaid:
        assert meaning(question_again) == meaning(given_)


@pytest.mark.parametrize("format_", OWN)
@given(whole_questions())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_own_formats_give_back_the_bytes(format_: str, question: ParsedQuestion) -> None:
    chosen = formats.get(format_)
    written = chosen.write([question], ParsedBank("B"))
    assert chosen.omissions([question]) == []
    assert chosen.write(chosen.read(written).questions, ParsedBank("B")) == written


def test_every_type_is_made_up() -> None:
    from assessments.question_types import all_types

    assert set(MAKERS) == {one.name for one in all_types()}
