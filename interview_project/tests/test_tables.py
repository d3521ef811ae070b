"""No cell of a table is a formula, whoever wrote it; and what is read back is what was there.

That nothing else writes tables is a rule of ``test_dangerous_words``.
"""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from interview_project.tables import guarded, unguarded, write_table

BEGINNINGS = ["=", "+", "-", "@", "\t", "\r", "\n", "\r\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
"""Twelve at which one spreadsheet or another begins to compute, or drops what stands before."""
FORMULAS = [f"{beginning}HYPERLINK(1;2)" for beginning in BEGINNINGS]


def read(table: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table, newline="")))


def evaluated(cell: str) -> bool:
    """As a spreadsheet would: it begins to compute, and is no number."""
    return (
        cell.startswith(tuple(BEGINNINGS)) and not cell.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdigit()
    )


def test_none_of_twelve_beginnings_is_run_and_each_is_read_back():
    texts = [f"{mark}{one}" for one in FORMULAS for mark in ("", "'", "''")]
    columns, *rows = read(write_table(["one", "other"], [(text, text) for text in texts]))
    assert (len(rows), columns) == (36, ["one", "other"])
    assert [cell for row in rows for cell in row if evaluated(cell)] == []
    assert [[unguarded(cell) for cell in row] for row in rows] == [[text, text] for text in texts]


@given(st.text(st.sampled_from("'=+-@\t\r\n\uff1d0123,.e; a\""), max_size=6))
@example("'-5")
@hypothesis_settings(max_examples=200, database=None)
def test_whatever_is_guarded_is_given_back(text):
    assert unguarded(guarded(text)) == text
    assert read(write_table(["only"], [[text]], texts_hold_numbers=True))[1] == [guarded(text)]


@pytest.mark.parametrize("number", ["-5", "+5", "-0.25", "1,5", "-1e-9", -5, 2.5])
def test_a_number_stays_one(number):
    assert read(write_table(["only"], [[number]], texts_hold_numbers=True))[1] == [str(number)]


def test_a_name_that_reads_as_a_number_stays_a_text():
    assert read(write_table(["only"], [["-5"], [-5], ["5"]]))[1:] == [["'-5"], ["-5"], ["5"]]


def test_without_the_guard_a_formula_would_be_run(monkeypatch):
    monkeypatch.setattr("interview_project.tables._wholly_guarded", str)
    rows = read(write_table(["only"], [[one] for one in FORMULAS]))[1:]
    assert sum(evaluated(cell) for (cell,) in rows) == 12
