"""The report on time drawn: of each attempt, what its bell was moved by, and across it what was used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from assessments.domain import plots
from assessments.domain.plots import Figure
from candidates.domain.durations import exact_words, rough_words
from candidates.domain.fairness import Line

PARTS = (
    ("allowed", "allowed"),
    ("added", "added by staff"),
    ("given_back", "given back for outages"),
    ("paused", "stopped by staff"),
    ("breaks", "breaks"),
)
MOST_DRAWN, IN_A_FIGURE = 60, 20


def _minutes(seconds: int) -> str:
    return rough_words(seconds) if seconds else "0"


AXIS = plots.Axis("time from the start", _minutes, unit=60, shares=5)


def figures_of(lines: Sequence[Line]) -> list[Figure]:
    """Of the first of them, side by side and on one scale. The key stands with the first."""
    given = [_given(line) for line in lines[:MOST_DRAWN]]
    return [
        Figure(
            slug=f"time-{start + 1}",
            title=_title(start + 1, start + len(part)),
            sentence=_words(lines[start : start + len(part)]),
            plot=plots.rows(part, axis=AXIS, among=given),
            key=() if start else PARTS,
        )
        for start, part in _parts(given)
    ]


def _title(first: int, last: int) -> str:
    return f"Attempts {first} to {last}, newest first" if first < last else f"Attempt {first}"


def _parts(given: list[plots.Given]) -> Iterator[tuple[int, list[plots.Given]]]:
    for start in range(0, len(given), IN_A_FIGURE):
        yield start, given[start : start + IN_A_FIGURE]


def _given(line: Line) -> plots.Given:
    parts = [(name, words, seconds_of(getattr(line, name))) for name, words in PARTS]
    told = ", ".join(f"{exact_words(seconds)} {words}" for _, words, seconds in parts if seconds) or "no limit"
    used = seconds_of(line.used)
    return plots.Given(
        line.candidate,
        tuple((name, seconds) for name, _, seconds in parts),
        f"{line.candidate}: {exact_words(used)} from start to end; {told}",
        mark=used,
        said="" if line.allowed else f"{_minutes(used)}, no limit",
    )


def _words(lines: Sequence[Line]) -> str:
    longest = max(lines, key=lambda line: line.total)
    limited = f"Most time: {exact_words(seconds_of(longest.total))}, {longest.candidate}. " if longest.allowed else ""
    return f"{limited}The line across a bar is what was used of it."


def seconds_of(length: timedelta | None) -> int:
    return round(length.total_seconds()) if length else 0
