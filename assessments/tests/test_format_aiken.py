from __future__ import annotations

import pytest

from assessments import formats
from assessments.formats.detect import detect

aiken = formats.get("aiken")
GOOD = (
    "Which signal ends a process\r\nwithout asking?\r\nA) SIGTERM\r\nB. SIGKILL\r\nC) SIGHUP,\r\nor so\r\nANSWER: b\r\n"
)


def test_a_question_its_options_and_its_answer():
    parsed = aiken.read(f"{GOOD}\r\nIs <html> *a* tag?\nA) Yes\nB) No\nANSWER: A".encode())
    first, second = parsed.questions
    assert (first.where, first.type, first.stem) == (
        "line 1",
        "single_choice",
        "Which signal ends a process\\\nwithout asking?",
    )
    assert [option["text"] for option in first.content["options"]] == ["SIGTERM", "SIGKILL", "SIGHUP,\\\nor so"]
    assert first.key == {"option": "b"}
    assert (second.where, second.stem) == ("line 9", "Is \\<html> \\*a\\* tag?")


def test_true_and_false_are_a_question_type():
    (question,) = aiken.read(b"Is it?\nA) True\nB) False\nANSWER: B\n").questions
    assert (question.type, question.content, question.key) == ("true_false", {}, {"value": False})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Q\nA) x\nB) y\n\n", "no line ANSWER"),
        ("Q\nA) x\nC) y\nANSWER: C\n", "The option in line 3 should have the letter B, and has C."),
        ("Q\nA) x\nB) y\nANSWER: A, B\n", 'The answer "A, B" names several options'),
        ("Q\nA) x\nB) y\nANSWER: A. y\n", "names an option by its letter, and another text"),
        ("Q\nA) x\nB) y\nANSWER: D\n", "none of the options"),
        ("Q\nA) x\nA) y\nANSWER: A\n", "same letter"),
        ("Q\nA) x\nANSWER: A\n", "needs two"),
        ("A) x\nB) y\nANSWER: A\n", "no question"),
        ("Q\nANSWER: A\n", "no options"),
        ("Q\nA) x\nB) \nANSWER: A\n", "no text"),
        ("Q\nA) .\nB) .\nANSWER: A\n", "Two options say the same"),
    ],
)
def test_what_is_missing_is_said(text, words):
    parsed = aiken.read(f"{text}\n{GOOD}".encode())
    assert len(parsed.questions) == 1
    assert [words in rejected.reason for rejected in parsed.rejected] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Which?\nA. one\nB.two\nC)three\nANSWER: B\n",
        "Which?\na) one\nb) two\nc)three\nAnswer: b\n",
        "Which?\n(a) one\n(b) two\n(c) three\nANSWER: (B)\n",
        "Which?\na. one\nb. two\nc. three\nANSWER: b. two\n",
        "Which?\n\nA. one\nB. two\n\nC. three\n\nANSWER: B.\n",
    ],
)
def test_what_can_mean_nothing_else_is_read_as_it_is_typed(text: str):
    first, second = aiken.read(f"{text}\n{GOOD}".encode()).questions
    assert (first.stem, [option["text"] for option in first.content["options"]]) == ("Which?", ["one", "two", "three"])
    assert (first.key, second.where) == ({"option": "b"}, f"line {text.count(chr(10)) + 2}")
    assert detect(text.encode(), "questions.txt").name == "aiken"


def test_abbreviations_are_no_options():
    text = "A.D. or B.C.?\nA. e.g. 70 in\nD.C.\nB. U.S. dates,\ni.e. two\nANSWER: A\n"
    (question,) = aiken.read(text.encode()).questions
    assert question.stem == "A.D. or B.C.?"
    assert [option["text"] for option in question.content["options"]] == [
        "e.g. 70 in\\\nD.C.",
        "U.S. dates,\\\ni.e. two",
    ]


@pytest.mark.parametrize("gap", ["", "\n"])
def test_feedback_is_the_explanation_of_the_question_before_it(gap: str):
    first, second = aiken.read(f"Q\nA) x\nB) y\nANSWER: A\n{gap}FEEDBACK: Since x\nis x.\n\n{GOOD}".encode()).questions
    assert (first.explanation, second.stem) == ("Since x\\\nis x.", "Which signal ends a process\\\nwithout asking?")


def test_in_a_markdown_file_its_marks_come_second():
    text = "# Python\n\n**1. What is a list?**\n\nA) mutable\nB) immutable\n\nAnswer: A\n"
    assert [detect(data.encode(), "quiz.md").name for data in (text, GOOD)] == ["markdown", "aiken"]


def test_it_is_recognised_by_its_answers():
    assert detect(GOOD.encode(), "questions.txt").name == "aiken"
