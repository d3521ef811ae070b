from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats import zip_members
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion, Rejection
from assessments.formats.detect import detect
from assessments.tests.test_format_hostile import read as read_or_refuse

xlsx = formats.get("xlsx")
HEADER = ["Question", "Answer 1", "Answer 2", "Correct"]


def book(*sheets: list[list[Any]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    for number, rows in enumerate(sheets, start=1):
        sheet = workbook.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def read(*sheets: list[list[Any]]) -> Parsed:
    return xlsx.read(book(*sheets))


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_hidden_sheet_is_read_and_named():
    workbook = openpyxl.load_workbook(io.BytesIO(book([HEADER, ["Q?", "a", "b", 1]], [HEADER, ["Old?", "a", "b", 2]])))
    workbook["Sheet 2"].sheet_state = "hidden"
    out = io.BytesIO()
    workbook.save(out)
    parsed = xlsx.read(out.getvalue())
    assert [question.stem for question in parsed.questions] == ["Q?", "Old?"]
    assert 'The sheet "Sheet 2" is hidden in the workbook, and was read as well.' in parsed.warnings


def test_a_sheet_is_read_by_the_names_of_its_columns():
    parsed = read([HEADER, ["Which is even?", 3, 4.0, 2], [], ["Is it late?", True, "no", "B"]])
    first, second = parsed.questions
    assert (first.where, first.type, first.stem, first.key) == (
        "row 2",
        "single_choice",
        "Which is even?",
        {"option": "b"},
    )
    assert [option["text"] for option in first.content["options"]] == ["3", "4"]
    assert (second.where, second.key) == ("row 4", {"option": "b"})


def test_the_header_of_a_kahoot_template_is_below_its_titles_and_explained_in_its_cells():
    names = [
        None,
        "Question - max 120 characters",
        "Answer 1 - max 75 characters",
        "Answer 2 \u2013 max 75",
        "Time limit (sec) \u2013 5, 10",
    ]
    parsed = read(
        [
            [],
            [None, "Quiz template"],
            [None, "Have fun!"],
            [*names, "Correct answer(s) - choose at least one"],
            [1, "Which are fruits?", "Apple", "Pear", 60, "1,2"],
            [2],
            [3],
        ]
    )
    (question,) = parsed.questions
    assert (question.where, question.type, question.key) == ("row 5", "multiple_choice", {"options": ["a", "b"]})
    assert parsed.warnings == [
        "Rows that hold only a number, and were passed over: 2.",
        "Columns not used: Time limit (sec).",
    ]


def test_every_sheet_with_questions_is_read_and_the_others_are_named():
    parsed = read([HEADER, ["One?", "a", "b", "A"]], [["Notes"], ["nothing"]], [["Stem", "Answer"], ["Two?", "two"]])
    assert [question.where for question in parsed.questions] == ['"Sheet 1", row 2', '"Sheet 3", row 2']
    assert parsed.warnings == ['The sheet "Sheet 2" has no column of questions.']


def test_a_row_that_is_no_question_is_rejected_with_its_number():
    parsed = read([HEADER, ["No key?", "a", "b", None], [None, "a", "b", "A"], ["Good?", "a", "b", "A"]])
    assert [(one.where, one.reason) for one in parsed.rejected] == [
        ("row 2", "There are 2 options and no key."),
        ("row 3", "There is no question text."),
    ]


def test_dates_and_fractions_are_read_as_they_look():
    parsed = read([["Question", "Answer"], ["When?", date(2026, 1, 2)], ["How much?", 2.5]])
    assert [question.key for question in parsed.questions] == [{"model_answer": "2026-01-02"}, {"model_answer": "2.5"}]


def test_our_own_table_may_come_back_as_a_workbook():
    question = ParsedQuestion("", "true_false", "Is it?", {}, {"value": True}, identity="q-1", tags=("x",))
    lines = formats.get("csv").write([question]).decode("utf-8-sig").splitlines()
    parsed = read([line.split(",") for line in lines])
    assert [(one.identity, one.stem, one.key) for one in parsed.questions] == [("q-1", "Is it?", {"value": True})]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (book([["a", "b"], [1, 2]]), "No column holds questions.*the first row is: a, b"),
        (book([]), "No column holds questions"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (zipped(**{"word/document.xml": b"<x/>"}), "no XLSX workbook"),
        (zipped(**{"xl/workbook.xml": b"<x"}), "cannot be read as XLSX"),
        (zipped(**{"xl/workbook.xml": b" " * 70_000_000}), "times its own size"),
    ],
)
def test_what_is_no_workbook_of_questions_is_refused(data: bytes, words: str):
    with pytest.raises(FileUnreadable, match=words):
        xlsx.read(data)


def test_an_archive_of_too_many_files_is_refused(monkeypatch):
    monkeypatch.setattr(zip_members, "MAX_MEMBERS", 3)
    with pytest.raises(FileUnreadable, match="files; up to 3 are read"):
        xlsx.read(book([HEADER]))


def test_entities_of_a_workbook_are_not_expanded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    members = zipfile.ZipFile(io.BytesIO(book([HEADER, ["Q?", "a", "b", "A"]])))
    changed = {name: members.read(name) for name in members.namelist()} | {"xl/workbook.xml": bomb}
    with pytest.raises(FileUnreadable, match=r"damaged|No column holds questions"):  # whichever parser is installed
        xlsx.read(zipped(**changed))


def test_a_workbook_is_known_whatever_it_is_called():
    assert detect(book([HEADER]), "quiz.csv").name == "xlsx"


SEED = book([HEADER, ["Which?", "a", "b", "A"], ["What?", "x", None, 1]])


@given(st.lists(st.tuples(st.integers(0, len(SEED)), st.binary(max_size=6)), min_size=1, max_size=6), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_workbook_is_read_or_refused(edits: list[tuple[int, bytes]], is_inside: bool):
    data = damaged_inside(edits) if is_inside else damaged(SEED, edits)
    assert 0 <= xlsx.recognises(data, "a.xlsx") <= 100
    parsed = read_or_refuse(xlsx, data)
    assert all(isinstance(check_question(one), CheckedQuestion | Rejection) for one in parsed.questions)


def damaged(data: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for place, piece in edits:
        start = place % (len(data) + 1)
        data = data[:start] + piece + data[start + len(piece) :]
    return data


def damaged_inside(edits: list[tuple[int, bytes]]) -> bytes:
    """With whole archives around damaged sheets, which is how damage gets past the checksums."""
    archive = zipfile.ZipFile(io.BytesIO(SEED))
    members = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(members)
    for place, piece in edits:
        name = names[place % len(names)]
        members[name] = damaged(members[name], [(place * 7, piece)])
    return zipped(**members)
