"""Arithmetic on what was measured. Nothing here knows what it was."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed (nearest rank); NaN of nothing."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the two in the middle; NaN of nothing."""
    if not values:
        return math.nan
    ranked, middle = sorted(values), len(values) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def milliseconds(values: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99 of seconds, as milliseconds."""
    ranked = sorted(values)
    return {f"p{percent}_ms": rounded(percentile(ranked, percent) * 1000) for percent in (50, 95, 99)}


def rounded(value: float, digits: int = 3) -> float:
    """To so many significant digits: more would be noise. NaN, which JSON does not know, becomes 0."""
    if not value or not math.isfinite(value):
        return 0.0
    return round(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


@dataclass(frozen=True)
class Sample:
    """One request: when it was sent, counted from the beginning of the run, how long it took, what came of it."""

    at: float
    seconds: float
    what: str
    """``save``, ``page``, ``enter``…"""
    error: str = ""
    """Empty when it was answered as it should be."""


@dataclass
class Window:
    """The time from a fault until a little after everything is up again."""

    fault: str
    began: float
    ended: float = math.inf
    allowed: float | None = None
    """Seconds for which requests may fail; 0: none may. None: nobody has set a bound."""
    fails_as: tuple[str, ...] = ()
    """How requests may fail because of it; empty: in any way."""
    may_end: tuple[str, ...] = ()
    """Parts that may end by themselves because of it."""

    def covers(self, sample: Sample, *, settling: float) -> bool:
        """Whether the fault may have touched the request: their times overlap."""
        return sample.at <= self.ended + settling and sample.at + sample.seconds >= self.began


def blame(
    samples: Iterable[Sample], windows: Sequence[Window], *, settling: float
) -> tuple[list[list[Sample]], list[Sample]]:
    """What each window touched, and what none did.

    Where windows overlap, it is the newest fault that had struck when the request was sent; if none had, the first after.
    """
    blamed: list[list[Sample]] = [[] for _ in windows]
    unaffected: list[Sample] = []
    for sample in samples:
        covering = [place for place, window in enumerate(windows) if window.covers(sample, settling=settling)]
        before = [place for place in covering if windows[place].began <= sample.at]
        guilty = max(before, key=lambda place: windows[place].began, default=None)
        if guilty is None and covering:
            guilty = min(covering, key=lambda place: windows[place].began)
        (unaffected if guilty is None else blamed[guilty]).append(sample)
    return blamed, unaffected


def error_seconds(errors: Sequence[Sample]) -> float:
    """From the first request that failed being sent to the last one failing."""
    return max(one.at + one.seconds for one in errors) - min(one.at for one in errors) if errors else 0.0


def table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the heading; the first column is flush left, the others right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
