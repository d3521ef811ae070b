"""Damaged files of every format: a report comes of each, soon and in little memory, and nothing else."""

from __future__ import annotations

import resource
import time

import pytest

from assessments import formats
from assessments.domain.markup import render
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import FileUnreadable, Parsed, Rejection
from assessments.formats.legible import ILLEGIBLE, MOST, legible, with_legible_report
from assessments.formats.media import name_of
from assessments.formats.neutral import neutral
from assessments.tests.mutations import damaged, seeds_of

ORDINARY, NIGHTLY = 2_000, 20_000
SECONDS, KILOBYTES = 2, 200_000
FORMATS = sorted(formats.all_formats())


def read(format_: str, data: bytes) -> Parsed:
    """What cannot be read is a file without questions, and its reason a sentence."""
    try:
        return with_legible_report(neutral(formats.get(format_).read(data)))
    except FileUnreadable as refusal:
        return Parsed(format_, warnings=[legible(str(refusal))])


def check(format_: str, number: int) -> int:
    """How many questions came of it."""
    data = damaged(format_, number)
    began = time.process_time()
    assert 0 <= formats.get(format_).recognises(data, "file") <= 100
    parsed = read(format_, data)
    checked = [check_question(question) for question in parsed.questions]
    assert time.process_time() - began < SECONDS
    sentences = [*parsed.warnings, *(one.reason for one in parsed.rejected)]
    assert all(sentence and len(sentence) <= MOST and not ILLEGIBLE.search(sentence) for sentence in sentences)
    assert all(isinstance(one, CheckedQuestion | Rejection) for one in checked)
    for one in checked:
        if isinstance(one, CheckedQuestion):
            render(one.parsed.stem)
            assert all(name_of(picture) == name for name, picture in one.parsed.media.items())
    return len(checked)


def fuzz(format_: str, count: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = 0
    for number in range(count):
        try:
            taken += check(format_, number)
        except Exception as error:
            error.add_note(f"damaged({format_!r}, {number})")
            raise
    assert taken > count / 100  # damage so heavy that nothing is ever read would prove little
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < KILOBYTES


@pytest.mark.parametrize("format_", FORMATS)
def test_a_damaged_file_gives_a_report(format_: str) -> None:
    fuzz(format_, ORDINARY)


@pytest.mark.nightly
@pytest.mark.parametrize("format_", FORMATS)
def test_many_damaged_files_give_reports(format_: str) -> None:
    fuzz(format_, NIGHTLY)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_damaged_was_whole(format_: str) -> None:
    for seed in seeds_of(format_):
        parsed = read(format_, seed)
        assert parsed.questions
        assert all(isinstance(check_question(one), CheckedQuestion) for one in parsed.questions)
