from __future__ import annotations

import pytest

from assessments import formats
from assessments.formats.base import Parsed, ParsedQuestion
from assessments.formats.detect import detect
from assessments.formats.media import name_of
from assessments.tests.parsing import parsed_by, the_only
from assessments.tests.pictures import png

d2l = formats.get("d2l")
CHOICE = "NewQuestion,MC,,,\nQuestionText,Which?,,,\nOption,100,Right,,\nOption,0,Wrong,,\n"


def read(text: str) -> Parsed:
    return parsed_by(d2l, text)


def one(text: str) -> ParsedQuestion:
    return the_only(read(text))


def test_what_every_question_may_say():
    question = one(
        "//A comment,,\nNewQuestion,WR,,\nID,NET-7,,\nTitle,Loss,,\nQuestionText,<p>Why <b>now</b>?</p>,HTML,\n"
        "Points,2.5,,\nDifficulty,9,,\nAnswerKey,3 * 4 * 5,,\nHint,Think.,,\nFeedback,So it is.,,\n"
    )
    assert (question.where, question.identity, question.title) == ("line 2", "NET-7", "Loss")
    assert (question.type, question.stem, float(question.points)) == ("long_text", "Why <b>now</b>?", 2.5)
    assert (question.difficulty, question.explanation) == ("hard", "So it is.\n\n- Hint: Think.")
    assert question.key == {"model_answer": "3 * 4 * 5"}


def test_shares_of_options_and_their_feedback():
    question = one(f"{CHOICE}Option,25,Nearly,,But no.\n")
    assert question.key == {"option": "a", "credit": {"c": 0.25}, "feedback": {"c": "But no."}}


@pytest.mark.parametrize(
    ("scoring", "taken"),
    [
        ("RightAnswers", "per_option"),
        ("AllOrNothing", "all_or_nothing"),
        ("RightMinusWrong", "right_minus_wrong"),
    ],
)
def test_several_right_options(scoring: str, taken: str):
    rows = "Option,1,a,,\nOption,0,b,,\nOption,1,c,,\n"
    question = one(f"NewQuestion,MS,,,\nQuestionText,Which?,,,\nScoring,{scoring},,,\n{rows}")
    assert (question.type, question.key) == ("multiple_choice", {"options": ["a", "c"], "scoring": taken})


def test_true_or_false():
    question = one("NewQuestion,TF,,\nQuestionText,Is it?,,\nTRUE,0,No.,\nFALSE,100,Yes.,\n")
    assert question.key == {"value": False, "feedback": {"true": "No.", "false": "Yes."}}


def test_short_answers_as_patterns_and_in_their_case():
    rows = "Answer,100,colou?r,regexp\nAnswer,100,RED,sensitive\nAnswer,50,hue,\n"
    question = one(f"NewQuestion,SA,,\nQuestionText,What?,,\nInputBox,1,40,\n{rows}")
    assert question.key["accepted"] == [
        {"text": "colou?r", "match": "regex"},
        {"text": "RED", "case_sensitive": True},
        {"text": "hue", "credit": 0.5},
    ]


def test_matching_by_numbers():
    rows = "Choice,1,TCP,,\nChoice,2,UDP,,\nChoice,3,IP,,\nMatch,2,datagrams,,\nMatch,1,streams,,\n"
    question = one(f"NewQuestion,M,,,\nQuestionText,Match.,,,\nScoring,AllOrNothing,,,\n{rows}")
    assert [choice["text"] for choice in question.content["choices"]] == ["TCP", "UDP", "IP"]
    assert [prompt["text"] for prompt in question.content["prompts"]] == ["datagrams", "streams"]
    assert question.key == {"pairs": {"1": "b", "2": "a"}, "scoring": "all_or_nothing"}


def test_items_are_listed_in_their_order():
    rows = "Item,SYN,NOT HTML,First.,\nItem,<i>ACK</i>,HTML,,\n"
    question = one(f"NewQuestion,O,,,\nQuestionText,Order.,,,\n{rows}")
    assert [item["text"] for item in question.content["items"]] == ["SYN", "<i>ACK</i>"]
    assert (question.key["order"], question.explanation) == (["a", "b"], "- SYN: First.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NewQuestion,FIB,,\nQuestionText,x,,\n", 'type "FIB" are not known'),
        ("NewQuestion,MC,,\nOption,100,a,,\n", "no question text"),
        ("NewQuestion,MC,,\nQuestionText,x,,\nOption,50,a,,\nOption,0,b,,\n", "No option earns the full points"),
        ("NewQuestion,MC,,\nQuestionText,x,,\nOption,many,a,,\nOption,0,b,,\n", '"many" is no percentage'),
        ("NewQuestion,TF,,\nQuestionText,x,,\nTRUE,100,,\nFALSE,100,,\n", "not both"),
        ("NewQuestion,M,,\nQuestionText,x,,\nChoice,1,a,,\nMatch,4,b,,\n", "matches choice 4, which there is not"),
        ("NewQuestion,O,,\nQuestionText,x,,\nItem,a,,\n", "at least two items"),
        ("NewQuestion,WR,,\nQuestionText,x,,\nQuestionText,y,,\n", "two rows questiontext"),
        ("NewQuestion,WR,,\nQuestionText,x,,\nPoints,some,,\n", '"some" is not a number'),
        ("NewQuestion,WR,,\nQuestionText,x,,\nImage,a.png,,\n", "It shows a.png, which is missing"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_read(text: str, words: str):
    parsed = read(f"{text}{CHOICE}")
    assert len(parsed.questions) == 1
    assert [(item.where, words in item.reason) for item in parsed.rejected] == [("line 1", True)]


def test_what_is_not_used_is_counted():
    parsed = read(f"Author,x,,,\n{CHOICE}Topic,nets,,,\n")
    assert parsed.warnings == [
        "Rows before the first question were not used (1).",
        "Rows named topic were not used (1).",
    ]


def test_a_picture_beside_the_table_stands_above_the_question():
    data = f"{CHOICE}Image,images/a.png,,,\n".encode()
    (question,) = formats.get("d2l").read_beside(data, {"images/a.png": png()}.get).questions
    assert question.stem == f'<img src="/media/{name_of(png())}" alt="">\n\nWhich?'
    assert question.media == {name_of(png()): png()}


def test_it_is_told_from_other_tables():
    assert [detect(f"//x,,\n{CHOICE}".encode(), name).name for name in ("a.csv", "a.txt")] == ["d2l", "d2l"]
