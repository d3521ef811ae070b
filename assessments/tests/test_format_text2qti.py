from __future__ import annotations

import pytest

from assessments import formats
from assessments.formats.base import Parsed, ParsedBank, ParsedQuestion
from assessments.formats.detect import detect
from assessments.tests.parsing import parsed_by, the_only

text2qti = formats.get("text2qti")
GOOD = "9.  Good?\n*a) yes\nb)  no\n"


def read(text: str) -> Parsed:
    return parsed_by(text2qti, text)


def one(text: str) -> ParsedQuestion:
    return the_only(read(text))


def test_a_choice_with_everything_around_it():
    parsed = read(
        "Quiz title: Nets\nQuiz description: All of them.\n\n% a comment\nTitle: Ports\nPoints: 2.5\n1.  Which port?\n\n"
        "    ```\n    1. no question\n    ```\n... In general.\n+   Well done.\n-   Not so.\na)  80\n... That is HTTP.\n*b) 22\n"
    )
    (question,) = parsed.questions
    assert parsed.bank == ParsedBank("Nets", "All of them.")
    assert (question.where, question.title, float(question.points)) == ("line 7", "Ports", 2.5)
    assert question.stem == "Which port?\n\n```\n1. no question\n```"
    assert question.key == {"option": "b", "feedback": {"a": "That is HTTP."}}
    assert question.explanation == "In general.\n\n- Right: Well done.\n\n- Wrong: Not so."


def test_true_and_false_are_a_question_type():
    assert one("1. Is it?\na) True\n*b) False\n").key == {"value": False}


def test_who_ticks_every_box_earns_nothing():
    question = one("1. Which?\n[*] a\n[*] b\n[ ] c\n[ ] d\n")
    assert (question.type, question.key) == ("multiple_choice", {"options": ["a", "b"]})


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ("5", {"value": "5"}),
        ("1.4142 +- 0.0001", {"value": "1.4142", "tolerance": "0.0001"}),
        ("20 +- 5%", {"value": "20", "tolerance": "0.05", "relative": True}),
        ("[1.5, 2]", {"min": "1.5", "max": "2"}),
    ],
)
def test_numbers(answer: str, accepted: dict[str, str]):
    assert one(f"1. How much?\n=   {answer}\n").key == {"accepted": [accepted]}


def test_short_and_long_texts():
    assert one("1. Who?\n*   Santa\n*   Saint Nick\n").key["accepted"] == [{"text": "Santa"}, {"text": "Saint Nick"}]
    assert one("1. Why?\n____\n").type == "long_text"


def test_gaps_with_words_to_choose_from():
    question = one("1. Fill in.\n\nThe {X} is {Y}.\n@gap L) London\n@gap P) Paris\n@match P X\n@match L Y\n")
    assert (question.stem, question.content["text"]) == ("Fill in.", "The {{1}} is {{2}}.")
    assert question.key["gaps"] == {"1": {"option": "b"}, "2": {"option": "a"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1. Upload.\n^^^^\n", "file to be uploaded"),
        ("1. Which?\n", "no answers"),
        ("1. Which?\na) x\nb) y\n", "none has a star"),
        ("1. Which?\n*a) x\n*b) y\n", "2 have a star"),
        ("1. Which?\n*a) x\n=  5\n", "several kinds: choice, number"),
        ("1. How much?\n=  many\n", '"many" is not a number'),
        ("1. ![x](y.png)\n____\n", "shows y.png, which is missing"),
        ("1. In {X}.\n@gap L) l\n@gap M) m\n@match Q X\n", 'the word "Q", which there is not'),
        ("1. In it.\n@gap L) l\n@gap M) m\n@match L X\n", 'The gap "X" must stand in the text once'),
    ],
)
def test_what_cannot_be_asked_is_rejected_with_its_line(text: str, words: str):
    parsed = read(f"{text}\n{GOOD}")
    assert (len(parsed.questions), [(item.where, words in item.reason) for item in parsed.rejected]) == (
        1,
        [("line 1", True)],
    )


def test_groups_texts_and_settings_are_noted():
    parsed = read(f"shuffle answers: true\nText title: Read\nText: this\n\nGROUP\npick: 1\n{GOOD}END_GROUP\n")
    assert (parsed.total, parsed.warnings) == (
        1,
        [
            "Settings not used: shuffle answers (1).",
            "Texts between questions, which ask nothing (1).",
            "Groups, of which some questions are drawn, are read as their questions (1).",
            "Settings not used: pick (1).",
        ],
    )


def test_the_points_of_a_group_are_those_of_its_questions():
    question = "1. Which?\n*a) x\nb) y\n\n"
    parsed = read(f"GROUP\npoints per question: 3\n\n{question}Points: 2\n{question}END_GROUP\n\n{question}")
    assert [one.points for one in parsed.questions] == [3, 2, 1]


def test_it_is_known_by_its_marks():
    assert [detect(text.encode(), "quiz.txt").name for text in (f"Quiz title: x\n\n{GOOD}", GOOD)] == ["text2qti"] * 2
