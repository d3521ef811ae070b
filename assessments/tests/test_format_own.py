"""Parley's own documents: nothing is lost, and the same questions are the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats import base, own_csv
from assessments.formats.base import FileUnreadable, FileUnwritable, ParsedBank, ParsedQuestion
from assessments.tests.question_strategies import BANKS, questions

FILES = Path(__file__).parent / "files"
OWN = ["json", "jsonl", "yaml", "csv"]
QUESTION = {"type": "true_false", "stem": "Is it?", "key": {"value": True}}


def document(*items: Any, **more: Any) -> bytes:
    return json.dumps({"parley": 1, "questions": list(items), **more}).encode()


def read(data: bytes, name: str = "json") -> base.Parsed:
    return formats.get(name).read(data)


@pytest.mark.parametrize("name", OWN)
@given(st.lists(questions(), max_size=3), BANKS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back_and_written_the_same(
    name: str, given_questions: list[ParsedQuestion], bank: ParsedBank
) -> None:
    written = formats.get(name).write(given_questions, bank)
    parsed = read(written, name)
    assert [replace(question, where="") for question in parsed.questions] == given_questions
    assert (parsed.rejected, formats.get(name).write(parsed.questions, parsed.bank)) == (
        [],
        formats.get(name).write(given_questions, bank if name in ("json", "yaml") else parsed.bank),
    )


@pytest.mark.parametrize("name", OWN)
def test_the_order_fields_came_in_does_not_show(name: str) -> None:
    shuffled = {"key": {"b": 1, "a": {"d": 1, "c": 2}}, "stem": "x", "type": "long_text", "tags": ["z", "a", "z"]}
    sorted_ = {"type": "long_text", "stem": "x", "tags": ["a", "z"], "key": {"a": {"c": 2, "d": 1}, "b": 1}}
    first, second = (formats.get(name).write(read(document(item)).questions) for item in (shuffled, sorted_))
    assert first == second


def test_defaults_are_left_out() -> None:
    data = formats.get("json").write(read(document(QUESTION | {"points": 1, "title": "", "tags": []})).questions)
    assert json.loads(data) == {"parley": 1, "questions": [QUESTION]}


def test_every_field_of_a_document_is_read() -> None:
    parsed = read((FILES / "bank.yaml").read_bytes(), "yaml")
    first, second, _ = parsed.questions
    assert parsed.bank == ParsedBank("Storage", "", "CC0-1.0")
    assert (first.identity, first.tags, first.key["option"]) == ("sto-1", ("sql", "indexes"), "b")
    assert second.rubric
    levels = [(level.name, level.points) for level in second.rubric.criteria[0].levels]
    assert (second.points, levels) == (Decimal(4), [("wrong", Decimal(0)), ("right", Decimal(4))])


def test_places_are_lines_where_there_are_lines() -> None:
    places = [question.where for question in read((FILES / "bank.yaml").read_bytes(), "yaml").questions]
    lines = read(b'\n{"type": "a", "stem": "b"}\n\n{"type": "a", "stem": "b"}\n', "jsonl").questions
    assert (places, [line.where for line in lines]) == (["line 6", "line 15", "line 28"], ["line 2", "line 4"])


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("words", "A question must be an object with its fields."),
        ({"stem": "x"}, 'The field "type" is missing.'),
        ({"type": "long_text", "stem": "x", "stern": "y"}, 'There is no field "stern".'),
        ({"type": "long_text", "stem": "x", "points": "many"}, '"points": Input should be a valid decimal.'),
        ({"type": "long_text", "stem": "x", "points": -1}, '"points": Input should be greater than or equal to 0.'),
        ({"type": "long_text", "stem": ["x"]}, '"stem": Input should be a valid string.'),
        (
            {"type": "long_text", "stem": "x", "rubric": {"name": "R", "criteria": [{"name": "C"}]}},
            'The field "rubric.criteria.0.levels" is missing.',
        ),
    ],
)
def test_a_question_that_does_not_fit_is_rejected_and_the_others_are_taken(item: Any, reason: str) -> None:
    parsed = read(document(QUESTION, item))
    (rejection,) = parsed.rejected
    assert (len(parsed.questions), rejection.where, rejection.reason) == (1, "questions[1]", reason)


def test_a_field_that_is_null_is_left_out() -> None:
    assert read(document(QUESTION | {"title": None, "rubric": None})).questions[0].title == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"parley": 2, "questions": []}', "Only version 1 of Parley question files is known, and this says 2."),
        (b'{"parley": true, "questions": []}', "Only version 1 of Parley question files is known, and this says True."),
        (b'{"parley": 1, "question": []}', "There is no field 'question' at the top of a Parley question file."),
        (b'{"parley": 1, "questions": {}}', '"questions" must be a list.'),
        (b'{"parley": 1, "bank": {"title": "x"}, "questions": []}', 'In "bank": There is no field "title".'),
        (b'{"parley": 1, "questions": [}', "Line 1, column 29 is not JSON: Expecting value."),
        (b'{"parley": 1, "parley": 1}', "The field 'parley' stands twice in one object."),
        (b'{"parley": NaN}', "NaN is not a number in JSON."),
        (b'{"questions": []}', 'This is not a Parley question file: it does not begin with "parley": 1.'),
        (b'{"parley": 1,\n"questions": ["\xe9"]}', "Line 2 is not UTF-8: save the file as UTF-8."),
        (b"[" * 100_000, "Lists and objects are nested too deeply."),
    ],
)
def test_a_broken_file_is_refused_with_its_place(data: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        read(data)
    assert str(caught.value) == reason


def test_a_broken_line_of_jsonl_is_rejected_alone() -> None:
    parsed = read(json.dumps(QUESTION).encode() + b"\n{broken\n", "jsonl")
    assert (len(parsed.questions), [item.where for item in parsed.rejected]) == (1, ["line 2"])


def test_jsonl_without_a_single_good_line_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="No line is a question: line 1: Not JSON"):
        read(b"{broken\n", "jsonl")


def test_a_file_of_too_many_questions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_QUESTIONS", 2)
    assert read(document(QUESTION, QUESTION)).total == 2
    with pytest.raises(FileUnreadable, match="more than 2 questions"):
        read(document(QUESTION, QUESTION, QUESTION))


@pytest.mark.parametrize("name", OWN)
def test_what_no_file_can_hold_is_refused_when_writing(name: str) -> None:
    question = ParsedQuestion(where="", type="long_text", stem="half a pair: \ud800", content={}, key={})
    with pytest.raises(FileUnwritable, match="cannot be written"):
        formats.get(name).write([question])


# ---- What the documentation shows ----

DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "name", "total"), [("yaml", "yaml", 2), ("json", "quiz", 3)])
def test_the_documented_examples_are_read_whole(language: str, name: str, total: int) -> None:
    example = DOCUMENTATION.split(f"```{language}\n")[1].split("```")[0]
    parsed = read(example.encode(), name)
    assert (len(parsed.questions), parsed.rejected) == (total, [])
    assert all(isinstance(check_question(question), CheckedQuestion) for question in parsed.questions)


def test_every_format_and_column_is_documented() -> None:
    rows = [f"| [`{name}`](#" for name in formats.all_formats()]
    columns = [f"`{name}`" for name in (*own_csv.BEFORE, *own_csv.AFTER)]
    assert [words for words in (*rows, *columns) if words not in DOCUMENTATION] == []


# ---- The table ----


def table(*questions: ParsedQuestion) -> str:
    return formats.get("csv").write(questions).decode("utf-8-sig")


def test_the_table_has_a_column_for_each_option() -> None:
    options = [{"id": "a", "text": "A hash index"}, {"id": "b", "text": "A B-tree index"}]
    question = ParsedQuestion("", "single_choice", "Which helps?", {"options": options}, {"option": "b"}, identity="q")
    assert table(question).splitlines()[1] == "q,single_choice,,Which helps?,A hash index,A B-tree index,b,,1,,,,,,,"


def test_what_has_no_column_is_in_the_settings() -> None:
    question = ParsedQuestion("", "true_false", "Is it?", {}, {"value": True, "feedback": {"true": "Yes."}})
    assert table(question).splitlines()[1].endswith(',"{""key"": {""feedback"": {""true"": ""Yes.""}}}"')


@pytest.mark.parametrize("stem", ["=HYPERLINK(1)", "@x", "+x", "-x", "'=x", "''=x"])
def test_a_spreadsheet_takes_no_stem_for_a_formula(stem: str) -> None:
    question = ParsedQuestion("", "long_text", stem, {}, {})
    cell = table(question).splitlines()[1].split(",")[3]
    assert (cell, read(table(question).encode(), "csv").questions[0].stem) == (f"'{stem}", stem)


@pytest.mark.parametrize(
    ("settings_cell", "reason"),
    [
        ("{broken", "The settings cannot be read: Line 1, column 2 is not JSON"),
        ("[1]", "The settings are not as they were written."),
        ('{""key"": 5}', "The settings are not as they were written."),
    ],
)
def test_settings_that_were_tampered_with_reject_the_row(settings_cell: str, reason: str) -> None:
    question = ParsedQuestion("", "true_false", "Is it?", {}, {"value": True})
    data = table(question).rstrip("\r\n") + f'"{settings_cell}"\r\n'
    parsed = read(data.encode(), "csv")
    assert (parsed.questions, parsed.rejected[0].where) == ([], "line 2")
    assert parsed.rejected[0].reason.startswith(reason)


def test_a_row_of_another_length_is_rejected() -> None:
    parsed = read((table() + "q,long_text\r\n").encode(), "csv")
    assert [item.reason for item in parsed.rejected] == ["2 cells were found where the header names 14."]
