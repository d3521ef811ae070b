from __future__ import annotations

from itertools import pairwise

import pytest

from assessments.domain import ledger_plots, plots
from assessments.domain.ledger_report import Line

QUIET, BUSY, LAST = (
    Line("2026-11-28"),
    Line("2026-11-29", 6, 1, 1, 12_000, 30_500, 900),
    Line("2026-11-30", 2, 0, 0, 3_000, 4_500, 1_200),
)
DAYS = [QUIET, BUSY, LAST]
PEOPLE = [Line("ada", 6, 1, 1, 12_000, 30_500, 900), Line("bo", 2, 0, 0, 3_000, 4_500, 1_200)]


def words(figure: plots.Figure) -> list[str]:
    return [text.words for text in figure.plot.texts]


def heights(figure: plots.Figure) -> list[list[float]]:
    return [[rect.height for rect in bar.rects] for bar in figure.plot.bars]


def widths(figure: plots.Figure) -> list[list[float]]:
    return [[rect.width for rect in bar.rects] for bar in figure.plot.bars]


def test_each_measure_has_a_plot_whose_sentence_says_what_one_sees():
    assert [(one.title, one.sentence) for one in ledger_plots.by_day(DAYS)] == [
        ("Calls by day", "9 calls in 3 days, 1 of them failed, 15,000 tokens."),
        ("Tokens by day", "Most on 2026-11-29: 12,000 of 15,000 tokens."),
        ("Cost by day", "Most on 2026-11-29: 0.0305 of 0.035 USD."),
        ("Mean time of a call by day", "Longest on 2026-11-30: 1,200 ms; shortest on 2026-11-29: 900 ms."),
    ]
    assert [(one.title, one.sentence) for one in ledger_plots.by_person(PEOPLE)] == [
        ("Calls by person", "Most by ada: 8 of 10 calls, refused ones included."),
        ("Tokens by person", "Most by ada: 12,000 of 15,000 tokens."),
        ("Cost by person", "Most by ada: 0.0305 of 0.035 USD."),
    ]


def test_bars_are_as_long_as_their_figures():
    calls, tokens, cost, time = ledger_plots.by_day(DAYS)
    assert heights(calls) == [[], [97.5, 16.2, 16.2], [32.5]]
    assert heights(tokens) == [[], [78.0], [19.5]]
    assert heights(cost) == [[], [99.1], [14.6]]
    assert heights(time) == [[], [58.5], [78.0]]
    calls, tokens, cost = ledger_plots.by_person(PEOPLE)
    assert widths(calls) == [[240.0, 40.0, 40.0], [80.0]]
    assert widths(tokens) == [[192.0], [48.0]]
    assert widths(cost) == [[244.0], [36.0]]


def test_axes_have_a_title_with_the_unit_and_numbers_with_separators():
    _, tokens, cost, time = ledger_plots.by_day(DAYS)
    dates = ["day (month-day)", "11-28", "11-29", "11-30"]
    assert words(tokens) == ["0", "10,000", "20,000", "tokens", *dates]
    assert words(cost) == ["0", "0.02", "0.04", "cost (USD)", *dates]
    assert words(time) == ["0", "1,000", "2,000", "mean time (ms)", *dates]
    assert words(ledger_plots.by_person(PEOPLE)[1]) == [
        *("0", "10,000", "20,000", "tokens"), *("ada", "12,000"), *("bo", "3,000"),
    ]  # fmt: skip
    assert tokens.plot.bars[1].title == "2026-11-29: 12,000 tokens"


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365])
def test_the_last_day_is_labelled_and_no_label_is_cut_or_touches_another(days):
    figure = ledger_plots.by_day([Line(f"2026-{number:05}") for number in range(days)])[0]
    below = [text for text in figure.plot.texts if text.y > plots.TOP + plots.TALL + 10]
    title, *dates = below
    assert (title.words, dates[-1].words) == ("day (month-day)", f"{days - 1:05}")
    assert figure.plot.height - max(text.y for text in below) >= 4
    assert (dates[0].x >= 18, dates[-1].x <= figure.plot.width - 18) == (True, True)
    assert min((later.x - one.x for one, later in pairwise(dates)), default=99) >= 36


def test_no_rule_runs_through_a_name():
    drawn = ledger_plots.by_person(PEOPLE)[0].plot
    assert [(rule.kind, rule.y1, rule.y2) for rule in drawn.rules] == [
        ("axis", 0, 78),
        ("grid", 72, 78),
        ("grid", 72, 78),
    ]
    assert max(rect.y + rect.height for bar in drawn.bars for rect in bar.rects) == 70


def test_without_a_call_only_the_axis_is_drawn_and_that_is_said():
    figures = ledger_plots.by_day([QUIET])
    assert [one.sentence for one in figures] == [
        "No calls in these days.",
        "No tokens in these days.",
        "No cost in these days.",
        "No call succeeded in these days.",
    ]
    assert [[rule.kind for rule in one.plot.rules] for one in figures] == [["axis"]] * 4
    assert ledger_plots.by_person([]) == []


def test_one_day_alone_has_no_shortest():
    assert ledger_plots.by_day([QUIET, LAST])[3].sentence == "1,200 ms on 2026-11-30."


def test_ten_people_are_drawn_and_the_rest_counted():
    many = [Line(f"someone {number} with a very long name indeed", 1, tokens=100) for number in range(13)]
    tokens = ledger_plots.by_person(many)[1]
    assert len(tokens.plot.bars) == 10
    assert tokens.sentence.endswith("100 of 1,300 tokens. 3 more are in the table.")
    assert words(tokens)[4] == "someone 0 with a very long name ind…"
