from __future__ import annotations

import time

import pytest

from assessments.domain.steering import Flag, flags_of, is_instruction_like
from assessments.injection import corpus

ATTACKS, HONEST = corpus()


def test_the_corpus_has_a_hundred_of_each_and_no_id_twice():
    assert (len(ATTACKS) >= 100, len(HONEST) >= 100) == (True, True)
    ids = {one.id for one in ATTACKS} | {one.id for one in HONEST}
    assert len(ids) == len(ATTACKS) + len(HONEST)


def test_the_corpus_has_every_kind_of_attack():
    assert {one.kind for one in ATTACKS} == {
        "direct", "pressure", "split", "encoded", "invisible", "forgery", "multilingual", "hollow"
    }  # fmt: skip
    assert len({one.language for one in ATTACKS}) >= 15


def test_nine_of_ten_attacks_are_flagged():
    assert sum(bool(flags_of(one.text)) for one in ATTACKS) / len(ATTACKS) >= 0.9


def test_at_most_two_of_a_hundred_honest_answers_are_flagged():
    assert sum(bool(flags_of(one.text)) for one in HONEST) / len(HONEST) <= 0.02


@pytest.mark.parametrize(
    "text",
    [
        "I would ignore the cache here and read from the primary.",
        "The system graded the ore by size.",
        "We give the highest priority to failed payments, then retry.",
        "Full points of presence are expensive; one region is enough.",
        "def f(x):\n    return {'score': x}",
        "A reviewer should be told which comments block.",
        "The assistant manager gave me the top task of the week.",
    ],
)
def test_ordinary_sentences_with_telling_words_are_no_instructions(text):
    assert not is_instruction_like(text)


def test_what_nobody_sees_is_flagged_as_such():
    assert Flag.INVISIBLE_CHARACTERS in flags_of("It de\u200bpends on\u2060 the load.")


def test_one_invisible_character_is_a_phones_keyboard():
    assert flags_of("It depends on the load\u200b, I think.") == []


@pytest.mark.parametrize(
    "text", ["a " * 10_000, "ignore " * 3_000, "<" * 20_000, "A" * 20_000, "1" * 20_000, "- . " * 5_000]
)
def test_any_text_is_read_in_a_moment(text):
    began = time.process_time()
    flags_of(text)
    assert time.process_time() - began < 2
