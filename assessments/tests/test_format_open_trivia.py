from __future__ import annotations

import pytest

from assessments import formats
from assessments.formats.detect import detect

trivia = formats.get("opentriviaqa")
GOOD = "#Q Which planet is red?\n^ Mars\nA Venus\nB Mars\nC Pluto\n"


def test_a_question_its_answer_and_its_options():
    parsed = trivia.read(f"\ufeff{GOOD}\n#Q What follows\nA, B and C?\n^ D\nA E\nB D\n".encode())
    first, second = parsed.questions
    assert (first.where, first.type, first.stem, first.key) == (
        "line 1",
        "single_choice",
        "Which planet is red?",
        {"option": "b"},
    )
    assert [option["text"] for option in first.content["options"]] == ["Venus", "Mars", "Pluto"]
    assert (second.where, second.stem, second.key) == ("line 7", "What follows\\\nA, B and C?", {"option": "b"})


def test_true_and_false_are_a_question_type():
    (question,) = trivia.read(b"#Q Is it?\n^ True\nA False\nB True\n").questions
    assert (question.type, question.content, question.key) == ("true_false", {}, {"value": True})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#Q Which?\n^ Neptune\nA Venus\nB Mars\n", "names none of the 2 options"),
        ("#Q Which?\nA Venus\nB Mars\n", "at least two options"),
        ("#Q Which?\n^ Mars\nA Mars\n", "at least two options"),
        ("#Q\n^ Mars\nA Venus\nB Mars\n", "no question text"),
    ],
)
def test_what_is_missing_is_said(text: str, words: str):
    parsed = trivia.read(f"{text}\n{GOOD}".encode())
    assert (len(parsed.questions), [(one.where, words in one.reason) for one in parsed.rejected]) == (
        1,
        [("line 1", True)],
    )


def test_old_files_are_in_windows_letters_and_told_by_their_marks():
    data = "#Q Où?\r\n^ Là\r\nA Ici\r\nB Là\r\n".encode("cp1252")
    assert (detect(data, "for-kids").name, trivia.read(data).questions[0].stem) == ("opentriviaqa", "Où?")
