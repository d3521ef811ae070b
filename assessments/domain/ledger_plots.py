"""The AI ledger drawn: calls and failures, tokens, cost and time, by day and by person, each with its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from assessments.domain import ledger, plots
from assessments.domain.ledger_report import Line
from assessments.domain.plots import Figure

MOST_PEOPLE = 10
RESULTS = ("succeeded", "failed", "refused")
KEY = tuple((kind, kind) for kind in RESULTS)


@dataclass(frozen=True)
class Measure:
    slug: str
    title: str
    unit: str
    axis: plots.Axis
    of: Callable[[Line], int]

    def words(self, amount: int) -> str:
        return f"{self.axis.words(amount)} {self.unit}"


def by_day(lines: list[Line]) -> list[Figure]:
    calls = _columns([_results(line) for line in lines], plots.Axis("calls"))
    figures = [Figure("calls-by-day", "Calls by day", calls_words(lines), calls, KEY)]
    for one in (_tokens(), _cost()):
        drawn = _columns(_given(lines, one), one.axis)
        figures.append(Figure(f"{one.slug}-by-day", f"{one.title} by day", most_words(lines, one, "on"), drawn))
    time = _time()
    drawn = _columns(_given(lines, time), time.axis)
    return [*figures, Figure("time-by-day", "Mean time of a call by day", time_words(lines), drawn)]


def by_person(lines: list[Line]) -> list[Figure]:
    """The first of them, in one order, so that the three are compared row by row."""
    if not lines:
        return []
    shown, measures = lines[:MOST_PEOPLE], (_calls(), _tokens(), _cost())
    left = f" {len(lines) - len(shown)} more are in the table." if len(lines) > len(shown) else ""
    figures = []
    for one in measures:
        by_results = one.slug == "calls"
        given = [_results(line) for line in shown] if by_results else _given(shown, one)
        sentence = most_words(lines, one, "by") + left
        drawn = plots.rows(given, axis=one.axis)
        key = KEY if by_results else ()
        figures.append(Figure(f"{one.slug}-by-person", f"{one.title} by person", sentence, drawn, key))
    return figures


# ---- What is measured ----


def _calls() -> Measure:
    return Measure(
        "calls", "Calls", "calls, refused ones included", plots.Axis("calls"), lambda line: line.calls + line.refused
    )


def _tokens() -> Measure:
    return Measure("tokens", "Tokens", "tokens", plots.Axis("tokens"), lambda line: line.tokens)


def _cost() -> Measure:
    axis = plots.Axis(f"cost ({settings.AI_CURRENCY})", money)
    return Measure("cost", "Cost", settings.AI_CURRENCY, axis, lambda line: line.micros)


def _time() -> Measure:
    return Measure("time", "Time", "ms", plots.Axis("mean time (ms)"), lambda line: line.latency_ms or 0)


def money(micros: int) -> str:
    return f"{micros / ledger.MICROS:,.6f}".rstrip("0").rstrip(".")


def _results(line: Line) -> plots.Given:
    parts = tuple((kind, getattr(line, kind)) for kind in RESULTS)
    return plots.Given(line.name, parts, f"{line.name}: " + ", ".join(f"{number:,} {kind}" for kind, number in parts))


def _given(lines: list[Line], one: Measure) -> list[plots.Given]:
    return [
        plots.Given(line.name, (("amount", one.of(line)),), f"{line.name}: {one.words(one.of(line))}") for line in lines
    ]


def _columns(given: list[plots.Given], axis: plots.Axis) -> plots.Plot:
    return plots.columns(given, axis=axis, along="day (month-day)", short=lambda name: name[5:])


# ---- What one sees ----


def calls_words(lines: list[Line]) -> str:
    calls, tokens = sum(line.calls for line in lines), sum(line.tokens for line in lines)
    if not calls:
        return "No calls in these days."
    failed = sum(line.failed for line in lines)
    return f"{calls:,} calls in {len(lines)} days, {failed:,} of them failed, {tokens:,} tokens."


def most_words(lines: list[Line], one: Measure, where: str) -> str:
    total = sum(one.of(line) for line in lines)
    if not total:
        return f"No {one.title.lower()} in these days."
    most = max(lines, key=one.of)
    return f"Most {where} {most.name}: {one.axis.words(one.of(most))} of {one.words(total)}."


def time_words(lines: list[Line]) -> str:
    timed = [line for line in lines if line.latency_ms is not None]
    if not timed:
        return "No call succeeded in these days."
    if len(timed) == 1:
        return f"{timed[0].latency_words} ms on {timed[0].name}."
    longest, shortest = (choose(timed, key=lambda line: line.latency_ms or 0) for choose in (max, min))
    return f"Longest on {longest.name}: {longest.latency_words} ms; shortest on {shortest.name}: {shortest.latency_words} ms."
