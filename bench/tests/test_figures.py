from __future__ import annotations

import math

import pytest

from bench.figures import (
    Sample,
    Window,
    blame,
    error_seconds,
    median,
    milliseconds,
    percentile,
    rounded,
    table,
)


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 5), (90, 9), (95, 10), (99, 10), (100, 10)])
def test_a_percentile_is_one_of_the_values(percent, expected):
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], percent) == expected


def test_of_one_value_every_percentile_is_that_value():
    assert [percentile([3.5], percent) for percent in (1, 50, 99)] == [3.5, 3.5, 3.5]


def test_of_nothing_there_is_no_percentile_and_no_median():
    assert math.isnan(percentile([], 50))
    assert math.isnan(median([]))
    assert milliseconds([]) == {"p50_ms": 0.0, "p95_ms": 0.0, "p99_ms": 0.0}


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle():
    assert (median([4, 1, 3]), median([4, 1, 3, 2])) == (3, 2.5)


@pytest.mark.parametrize(
    ("value", "expected"), [(1234.5, 1234.0), (12.345, 12.3), (0.012345, 0.0123), (0, 0.0), (math.nan, 0.0)]
)
def test_figures_are_rounded_to_three_digits(value, expected):
    assert rounded(value) == expected


KILL = Window("kill", began=10, ended=12)
STOP = Window("stop", began=14, ended=15)


@pytest.mark.parametrize(
    ("at", "seconds", "is_touched"),
    [
        (9.0, 0.5, False),  # answered before the fault
        (9.0, 1.0, True),  # waiting when it came
        (11.0, 0.1, True),
        (13.9, 0.1, True),  # within what is granted for settling
        (14.1, 0.1, False),
    ],
)
def test_a_request_is_touched_by_a_fault_if_their_times_overlap(at, seconds, is_touched):
    assert KILL.covers(Sample(at, seconds, "save"), settling=2) is is_touched


def test_a_request_is_blamed_on_the_newest_fault_that_touched_it():
    samples = [Sample(at, 0.1, "save") for at in (1.0, 11.0, 13.0, 14.0, 14.5, 18.0)]
    blamed, unaffected = blame(samples, [KILL, STOP], settling=2)
    assert [[one.at for one in touched] for touched in blamed] == [[11.0, 13.0], [14.0, 14.5]]
    assert [one.at for one in unaffected] == [1.0, 18.0]


def test_errors_last_from_the_first_being_sent_to_the_last_failing():
    assert error_seconds([Sample(10.0, 0.5, "save", "refused"), Sample(11.0, 2.0, "save", "503")]) == 3.0
    assert error_seconds([]) == 0.0


def test_a_table_lines_its_columns_up():
    assert table([["what", "n"], ["a", "1000"]]) == "what     n\n----------\na     1000"
