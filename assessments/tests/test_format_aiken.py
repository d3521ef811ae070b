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


def test_it_is_recognised_by_its_answers():
    assert detect(GOOD.encode(), "questions.txt").name == "aiken"
