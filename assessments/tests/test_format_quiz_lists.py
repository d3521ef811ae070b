from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assessments import formats
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion

FILES = Path(__file__).parent / "files"


def read(*records: Any) -> Parsed:
    return formats.get("quiz").read(json.dumps(records).encode())


def one(**record: Any) -> ParsedQuestion:
    parsed = read(record)
    assert parsed.rejected == []
    return parsed.questions[0]


def option_texts(question: ParsedQuestion) -> list[str]:
    return [option["text"] for option in question.content["options"]]


def test_a_trivia_file_is_read() -> None:
    first, second = formats.get("quiz").read((FILES / "capitals.json").read_bytes()).questions
    assert (first.type, first.key) == ("short_text", {"accepted": [{"text": "Reykjavik"}]})
    assert (second.type, second.key, second.tags) == ("single_choice", {"option": "c"}, ("Capitals",))


@pytest.mark.parametrize(
    "fields",
    [
        {"options": ["red", "green"], "answer": 1},
        {"options": ["red", "green"], "correct": "green"},
        {"answers": ["red", "green"], "correct": "green"},
        {"antworten": ["red", "green"], "richtig": "green"},
        {"choices": {"1": "red", "2": "green"}, "answer": 2},
        {"choices": {"A": "red", "B": "green"}, "correct_answer": "B"},
        {"option_a": "red", "option_b": "green", "answer": "b"},
        {"A": "red", "B": "green", "Answer": "B"},
        {"options": [{"text": "red"}, {"text": "green", "isCorrect": True}]},
    ],
)
def test_options_and_key_are_found_by_meaning(fields: dict[str, Any]) -> None:
    question = one(question="Which is the colour of grass?", **fields)
    assert (question.type, option_texts(question), question.key) == ("single_choice", ["red", "green"], {"option": "b"})


def test_several_correct_options_make_a_multiple_choice() -> None:
    question = one(question="Which are colours?", options=["red", "up", "green"], correct=[0, 2])
    assert (question.type, question.key) == ("multiple_choice", {"options": ["a", "c"]})


LETTERS = ["a", "b", "c"]
CHECK = "Nothing shows whether keys that are numbers count options from 0 or from 1"


def keyed(*answers: Any, options: list[str] = LETTERS) -> Parsed:
    return read(*({"question": f"Which, {n}?", "options": options, "answer": key} for n, key in enumerate(answers)))


@pytest.mark.parametrize(
    ("answers", "right", "checked"),
    [
        ([0, 2, 1], "acb", False),
        ([1, 3, 2], "acb", False),
        ([1, 2], "bc", True),
        (["b", 1], "bb", True),
        (["1", "3"], "ac", False),
    ],
)
def test_all_keys_together_show_from_where_numbers_count(answers: list[Any], right: str, *, checked: bool) -> None:
    parsed = keyed(*answers)
    assert [question.key["option"] for question in parsed.questions] == list(right)
    assert [warning.startswith(CHECK) for warning in parsed.warnings] == [True] * checked


def test_a_number_that_is_the_text_of_an_option_means_that_option() -> None:
    amounts = {"question": "How many?", "options": [10, 20, 30], "answer": 20}
    places = {"question": "Which place?", "options": ["1", "2", "3"], "answer": 2}
    parsed = read(amounts, places, {"question": "How few?", "options": ["0", "1", "2"], "correct": "1"})
    assert [question.key["option"] for question in parsed.questions] == ["b", "b", "b"]


def test_a_number_that_may_be_an_options_text_or_its_place_is_refused() -> None:
    (rejected,) = keyed(2, options=["1", "2", "3"]).rejected
    assert (rejected.where, rejected.reason) == (
        "questions[0]",
        'The key "2" can be read in more than one way: number from 0 or text.',
    )


def test_marks_on_options_are_no_numbers_to_be_read() -> None:
    marked = [{"text": "1"}, {"text": "2", "correct": True}]
    truths = [{"text": "True", "correct": True}, {"text": "False"}]
    parsed = read(
        {"question": "More?", "options": marked}, {"question": "Is it?", "type": "boolean", "options": truths}
    )
    assert [question.key for question in parsed.questions] == [{"option": "b"}, {"value": True}]


def test_a_number_that_says_false_or_names_the_option_true_is_refused() -> None:
    (rejected,) = read({"question": "Is it?", "type": "tf", "options": ["True", "False"], "answer": 0}).rejected
    assert rejected.reason == 'The key "0" can be read in more than one way: as the option "true" or as its contrary.'


def test_a_correct_answer_beside_wrong_ones_does_not_always_come_first() -> None:
    places = set()
    for number in range(20):
        question = one(question=f"Colour {number}?", correct_answer="green", incorrect_answers=["up", "down", "left"])
        place = option_texts(question).index("green")
        assert question.key == {"option": "abcd"[place]}
        places.add(place)
    assert places == {0, 1, 2, 3}


def test_a_question_with_a_plain_answer_is_judged_by_people() -> None:
    question = one(
        question="What is a mutex?", answer=["A lock.", "One holder."], difficulty="Hard", tags=["os", "locks"]
    )
    assert (question.type, question.key) == ("long_text", {"model_answer": "A lock.\\\nOne holder."})
    assert (question.difficulty, question.tags) == ("hard", ("os", "locks"))


def test_true_and_false_are_told_from_other_answers() -> None:
    assert (one(question="Is it?", answer=True).key, one(question="Is it?", answer="Yes").type) == (
        {"value": True},
        "long_text",
    )


def test_yaml_and_jsonl_lists_are_read_and_have_lines() -> None:
    yaml = formats.get("quiz").read(b"- question: a\n  answer: b\n- question: c\n  options: [d, e]\n  correct: e\n")
    jsonl = formats.get("quiz").read(b'{"question": "a", "answer": "b"}\n\n{"question": "c", "answer": "d"}\n')
    places = [question.where for parsed in (yaml, jsonl) for question in parsed.questions]
    assert places == ["line 1", "line 3", "line 1", "line 3"]


def test_the_list_may_be_in_a_field() -> None:
    wrapped = json.dumps({"response_code": 0, "results": [{"question": "a", "answer": "b"}]}).encode()
    assert [question.where for question in formats.get("quiz").read(wrapped).questions] == ["questions[0]"]


def test_records_of_open_trivia_db_keep_neither_their_type_as_a_tag_nor_entities() -> None:
    record = {
        "type": "multiple",
        "difficulty": "easy",
        "category": "Entertainment: Film &amp; TV",
        "question": "Who said &quot;It&#039;s &lt;me&gt;&quot;?",
        "correct_answer": "Ren&eacute;e",
        "incorrect_answers": ["Tom &amp; Co", "Ann"],
    }
    question = one(**record)
    assert (question.tags, question.stem) == (("Entertainment: Film & TV",), 'Who said "It\'s \\<me>"?')
    assert set(option_texts(question)) == {"Renée", "Tom & Co", "Ann"}
    truth = one(**(record | {"type": "boolean", "correct_answer": "True", "incorrect_answers": ["False"]}))
    assert (truth.type, truth.tags, truth.key) == ("true_false", ("Entertainment: Film & TV",), {"value": True})


def test_entities_are_what_is_asked_about_in_other_records() -> None:
    assert one(question="What does &lt;b&gt; show?", answer="<b>").stem == "What does &lt;b&gt; show?"


def test_an_own_question_in_a_list_is_read_as_one() -> None:
    question = one(type="numeric", stem="How many?", content={}, key={"accepted": [{"value": "4"}]})
    assert (question.type, question.key) == ("numeric", {"accepted": [{"value": "4"}]})


@pytest.mark.parametrize(
    ("record", "title", "reason"),
    [
        (7, "7", "A question must be an object with its fields."),
        ({"question": " "}, "", "There is no question text."),
        ({"question": "q", "options": ["a", "b"], "answer": "c"}, "q", 'The key "c" names none of the 2 options.'),
        ({"question": "q", "options": ["a", "b"]}, "q", "There are 2 options and no key."),
        (
            {"question": "q", "type": "matching"},
            "q",
            'Questions of the type "matching" are not read from lists and tables.',
        ),
        (
            {"task_id": "t/1", "prompt": "def f():", "canonical_solution": "pass", "test": "", "entry_point": "f"},
            "t/1",
            'Questions of the type "code" (a programming problem with tests) are not supported.',
        ),
        (
            {"type": "TF", "title": None, "stem": {"format": "moodle", "text": "Is it?"}, "isTrue": True},
            "Is it?",
            'This is what a GIFT parser printed (type "TF"); import the GIFT file itself.',
        ),
    ],
)
def test_a_record_that_is_no_question_is_rejected_with_its_reason(record: Any, title: str, reason: str) -> None:
    parsed = read({"question": "good", "answer": "x"}, record)
    (rejection,) = parsed.rejected
    assert (len(parsed.questions), rejection.where) == (1, "questions[1]")
    assert (rejection.title, rejection.reason) == (title, reason)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"id": 1, "items": [1]}, "are id, items"),
        ({}, "is nothing"),
        ([1, 2], "is a list of other things"),
        ({"columns": [{"a": 1}]}, "are columns"),
    ],
)
def test_what_is_no_list_of_questions_is_refused_with_what_was_found(value: Any, found: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        formats.get("quiz").read(json.dumps(value).encode())
    assert str(caught.value).endswith(f"At the top there {found}.")


def test_an_empty_list_is_said_to_be_empty() -> None:
    parsed = formats.get("quiz").read(b"[]")
    assert (parsed.total, parsed.warnings) == (0, ["The file holds no questions."])


def test_a_key_that_names_an_option_without_text_is_refused() -> None:
    parsed = read({"question": "Which?", "answers": ["a", "b", "\t"], "answer": 2})
    assert [item.reason for item in parsed.rejected] == ["The correct option has no text."]
