"""Open questions with reference answers: the question comes in, what other people said to it does not."""

from __future__ import annotations

import pytest

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import Rejection
from assessments.formats.detect import detect

scored = formats.get("scored-answers")
FILE = b"""<?xml version="1.0"?>
<question qtype="Q_EXPLAIN" id="BULB 1" module="Circuits">
  <questionText>Why does the bulb
     stay *so* dark?</questionText>
  <referenceAnswers>
    <referenceAnswer category="BEST" id="a1">The circuit is open.</referenceAnswer>
    <referenceAnswer category="MINIMAL" id="a2">
        There is a gap:
          - in the wire
    </referenceAnswer>
  </referenceAnswers>
  <studentAnswers>
    <studentAnswer accuracy="correct">A secret that somebody told</studentAnswer>
    <studentAnswer><response>Another one</response><score>1</score></studentAnswer>
  </studentAnswers>
</question>"""


def test_a_question_and_its_reference_answers():
    (question,) = scored.read(FILE).questions
    assert (question.where, question.type, question.identity, question.tags) == (
        "question BULB 1",
        "long_text",
        "Circuits/BULB 1",
        ("Circuits",),
    )
    assert question.stem == "Why does the bulb stay *so* dark?".replace("*", "\\*")
    assert question.key == {"model_answer": "The circuit is open.\n\nThere is a gap:\\\n\\- in the wire"}
    assert isinstance(check_question(question), CheckedQuestion)


def test_points_of_a_list_begin_lines():
    text = "Which? \u25cf open\n\u25cf closed".encode()
    (question,) = scored.read(FILE.replace(b"Why does the bulb\n     stay *so* dark?", text)).questions
    assert question.stem == "Which?\\\n\u25cf open\\\n\u25cf closed"


def test_a_number_is_no_name():
    (question,) = scored.read(FILE.replace(b'"BULB 1"', b'"2.1"')).questions
    assert (question.identity, question.number) == ("", "2.1")


def test_what_other_people_said_is_counted_and_not_read():
    parsed = scored.read(FILE)
    assert parsed.warnings == ["2 responses of other people come with the question; they were not read."]
    assert "secret" not in repr(parsed.questions)


def test_a_file_is_known_by_its_content():
    assert detect(FILE, "anything").name == "scored-answers"
    assert scored.recognises(b"<question><name/></question>", "a.xml") == 0


@pytest.mark.parametrize("text", ["", "<questionText/>", "<questionText> \n </questionText>"])
def test_one_without_a_text_is_rejected_by_name(text: str):
    parsed = scored.read(f'<question id="7">{text}</question>'.encode())
    assert parsed.questions == []
    assert parsed.rejected == [Rejection("question 7", "", "It has no questionText, or an empty one.")]


def test_without_reference_answers_it_is_a_question_all_the_same():
    (question,) = scored.read(b"<question><questionText>Why?</questionText></question>").questions
    assert (question.key, question.identity, question.tags) == ({}, "", ())
