"""What is nearly asked already is found, without comparing everything with everything."""

from __future__ import annotations

import random

import pytest

from assessments.domain.near_duplicates import of_imports
from assessments.domain.near_duplicates.fingerprints import fingerprint, similarity
from assessments.domain.near_duplicates.of_imports import Asked
from assessments.formats.base import ParsedQuestion
from assessments.models import Question
from assessments.tests.making import make_bank, make_question

pytestmark = pytest.mark.django_db
WORDS = [f"word{number}" for number in range(40)]


def asked(*stems: str) -> Asked:
    made = Asked()
    for number, stem in enumerate(stems):
        made.add("a.csv", ParsedQuestion(f"line {number}", "true_false", stem, {}, {"value": True}))
    return made


def found(made: Asked) -> set[tuple[str, str]]:
    return {(match.where, match.stem) for match in made.matches()}


def test_the_index_finds_what_comparing_all_with_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_imports, "MOST_SHOWN", 1000)
    dice = random.Random(7)
    there = [" ".join(dice.choices(WORDS, k=dice.randint(1, 14))) for _ in range(60)]
    new = [" ".join(word for word in stem.split() if dice.random() > 0.06) or "word0" for stem in there]
    bank = make_bank()
    for stem in there:
        make_question(bank=bank, stem=stem)
    expected = {
        (f"line {number}", stem)
        for number, mine in enumerate(new)
        for stem in there
        if similarity(fingerprint(mine), fingerprint(stem)) >= of_imports.ALIKE
    }
    assert len(expected) > 30
    assert found(asked(*new)) == expected


def test_what_is_retired_or_part_of_the_import_is_left_out() -> None:
    make_question(stem="What does a mutex protect?", status="retired")
    own = make_question(stem="What does a mutex protect?")
    made = asked("What does a mutex protect?")
    assert [match.question for match in made.matches()] == [str(own.pk)]
    assert list(made.matches(but=frozenset([own.pk]))) == []


def test_texts_with_gaps_are_compared_with_their_gaps() -> None:
    make_question("cloze", stem="Fill in what is missing.")
    one = ParsedQuestion("line 1", "cloze", "Fill in what is missing.", {"text": "Another text {{1}} altogether"}, {})
    made = Asked()
    made.add("a.csv", one)
    assert list(made.matches()) == []


def test_a_text_with_gaps_is_named_by_what_it_says() -> None:
    text = "A {{1}} guards what two threads {{2}} at once."
    made = Asked()
    made.add("a.csv", ParsedQuestion("line 1", "cloze", "Fill in the blanks.", {"text": text}, {}))
    make_question("cloze", stem="Fill in the blanks.", content={"text": text, "gaps": [{"id": "1"}, {"id": "2"}]})
    words = "Fill in the blanks. A … guards what two threads … at once."
    assert [(match.title, match.stem) for match in made.matches()] == [(words, words)]


def test_at_most_three_are_named() -> None:
    for _ in range(5):
        make_question(stem="What does a mutex protect?")
    assert len(list(asked("What does a mutex protect?").matches())) == 3
    assert Question.objects.count() == 5
