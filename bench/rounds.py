"""Things measured in turns, so that whatever else the machine does in the meantime falls on all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.figures import median, percentile, rounded
from bench.load import Load

Facts = dict[str, Any]


@dataclass
class Turn:
    """One window of one side."""

    load: Load
    cpu_seconds: float
    """Of web server, PostgreSQL and Redis together."""

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds * 1000 / self.load.operations if self.load.operations else 0.0

    def p(self, percent: float) -> float:
        return percentile(self.load.all_latencies(), percent)


@dataclass
class Side:
    """Something that is measured beside others."""

    name: str
    take_turn: Callable[[int, float], Turn]
    """So many clients, for so many seconds."""
    turns: dict[int, list[Turn]] = field(default_factory=dict)
    """By number of clients."""


def alternate(sides: Sequence[Side], *, clients: Sequence[int], rounds: int, seconds: float) -> None:
    """Every side once, then every side again. The order turns round each time: nobody always comes after the same one."""
    for count in clients:
        for round_ in range(rounds):
            for side in sides if round_ % 2 == 0 else reversed(sides):
                side.turns.setdefault(count, []).append(side.take_turn(count, seconds))


def figures(side: Side, bare: Side, *, figure: str, **facts: Any) -> list[Facts]:
    """One for each number of clients: medians of the rounds, and of the ratios to the bare page within each round."""
    return [
        {"figure": figure, "candidates": count, **facts, **_figure(turns, bare.turns.get(count, []))}
        for count, turns in side.turns.items()
    ]


def _figure(turns: Sequence[Turn], bare: Sequence[Turn]) -> Facts:
    pairs = list(zip(turns, bare, strict=True)) if bare else []
    errors = {what: count for turn in turns for what, count in turn.load.errors.items()}
    operations = sum(turn.load.operations for turn in turns)
    return {
        "rounds": len(turns),
        "per_second": rounded(median([turn.load.per_second for turn in turns])),
        "p50_ms": rounded(median([turn.p(50) for turn in turns]) * 1000),
        "p95_ms": rounded(median([turn.p(95) for turn in turns]) * 1000),
        "p99_ms": rounded(median([turn.p(99) for turn in turns]) * 1000),
        "cpu_ms": rounded(median([turn.cpu_ms for turn in turns])),
        "bytes": round(sum(turn.load.received for turn in turns) / operations) if operations else 0,
        "errors": errors,
        "ratio": rounded(median([ratio(turn.load.per_second, other.load.per_second) for turn, other in pairs])),
        "cpu_ratio": rounded(median([ratio(turn.cpu_ms, other.cpu_ms) for turn, other in pairs])),
        "p95_ratio": rounded(median([ratio(turn.p(95), other.p(95)) for turn, other in pairs])),
    }


def ratio(one: float, other: float) -> float:
    return one / other if other else 0.0
