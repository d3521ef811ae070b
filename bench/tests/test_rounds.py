from __future__ import annotations

from bench.load import Load
from bench.rounds import Side, Turn, alternate, figures


def turn(operations: int, *, cpu_seconds: float, latency: float = 0.01, errors: int = 0) -> Turn:
    load = Load(seconds=2.0)
    load.latencies["save"] = [latency] * operations
    load.received = 100 * operations
    if errors:
        load.errors["503"] = errors
    return Turn(load, cpu_seconds)


def never(count: int, seconds: float) -> Turn:
    raise AssertionError


def test_sides_take_turns_and_nobody_always_comes_first():
    order: list[str] = []

    def side(name: str) -> Side:
        return Side(name, lambda count, seconds: order.append(f"{name}{count}") or turn(1, cpu_seconds=0))  # type: ignore[func-returns-value]

    alternate([side("a"), side("b")], clients=(1, 8), rounds=3, seconds=0)
    assert order == ["a1", "b1", "b1", "a1", "a1", "b1", "a8", "b8", "b8", "a8", "a8", "b8"]


def test_figures_are_medians_and_ratios_are_taken_within_each_round():
    # The machine was half as fast in the second round, for both; one round of three went wrong altogether.
    bare = Side("bare", never, {8: [turn(n, cpu_seconds=n * 0.001) for n in (400, 200, 400)]})
    save = Side("save", never, {8: [turn(n, cpu_seconds=n * 0.003, latency=0.02) for n in (200, 100, 20)]})
    (facts,) = figures(save, bare, figure="save", stored=1000)
    assert (facts["candidates"], facts["stored"], facts["rounds"]) == (8, 1000, 3)
    assert (facts["per_second"], facts["p95_ms"], facts["cpu_ms"], facts["bytes"]) == (50.0, 20.0, 3.0, 100)
    assert (facts["ratio"], facts["cpu_ratio"], facts["p95_ratio"]) == (0.5, 3.0, 2.0)


def test_what_did_not_work_is_not_counted_as_done():
    side = Side("save", never, {1: [turn(10, cpu_seconds=0.1, errors=2), turn(0, cpu_seconds=0.1)]})
    (facts,) = figures(side, Side("none", never), figure="save")
    assert (facts["errors"], facts["ratio"], facts["per_second"]) == ({"503": 2}, 0.0, 2.5)
