"""The figures for people: on the terminal, and in docs/reference/benchmarks.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench import scale
from bench.figures import rounded, table
from bench.rounds import Facts, ratio
from bench.stack import ROOT

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
SAVE = "save and next, pages"


@dataclass(frozen=True)
class Goal:
    words: str
    wanted: str
    value: Callable[[Sequence[Facts]], float | None]
    is_met: Callable[[float], bool]


def _value(figure: str, name: str, candidates: int | None = None) -> Callable[[Sequence[Facts]], float | None]:
    def find(found: Sequence[Facts]) -> float | None:
        for facts in found:
            if facts["figure"].startswith(figure) and "stored" not in facts and facts.get("candidates") == candidates:
                value: float | None = facts.get(name)
                return value
        return None

    return find


def _spread(found: Sequence[Facts]) -> float | None:
    p95, p50 = _value(SAVE, "p95_ms", 32)(found), _value(SAVE, "p50_ms", 32)(found)
    return rounded(ratio(p95, p50)) if p95 and p50 else None


def _growth(found: Sequence[Facts]) -> float | None:
    """In processor time, which other people's load does not change much."""
    costs = {facts["stored"]: facts["cpu_ms"] for facts in found if "stored" in facts and facts["figure"] == SAVE}
    return rounded(ratio(costs[max(costs)], costs[min(costs)])) if len(costs) > 1 else None


def at_least(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


def at_most(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


GOALS = (
    *(
        Goal(
            f"save and next by pages ÷ bare page, {count} candidates",
            "≥ 0.50",
            _value(SAVE, "ratio", count),
            at_least(0.5),
        )
        for count in (8, 32, 200)
    ),
    *(
        Goal(
            f"save and next by API ÷ bare page, {count} candidates",
            "≥ 0.65",
            _value("save and next, API", "ratio", count),
            at_least(0.65),
        )
        for count in (8, 32, 200)
    ),
    Goal("resume ÷ bare page, 8 candidates", "≥ 0.80", _value("resume, pages", "ratio", 8), at_least(0.8)),
    Goal(
        "processor time of a save ÷ of the bare page, 8 candidates", "≤ 2.0", _value(SAVE, "cpu_ratio", 8), at_most(2)
    ),
    Goal("p95 at 200 candidates ÷ the bare page's", "≤ 1.3", _value(SAVE, "p95_ratio", 200), at_most(1.3)),
    Goal("p95 of a save ÷ its p50, 32 candidates", "≤ 2.5", _spread, at_most(2.5)),
    Goal("cost of a save with the most responses stored ÷ with the fewest", "≤ 1.10", _growth, at_most(1.1)),
    Goal("200 starts in 2 s, p99 in ms", "≤ 3000", _value("start, 200", "p99_ms"), at_most(3000)),
    Goal("import of 10,000 questions, in s", "≤ 60", _value("import of 10000 ", "seconds"), at_most(60)),
)

COLUMNS = (
    ("per_second", "per s"),
    ("p50_ms", "p50 ms"),
    ("p95_ms", "p95 ms"),
    ("p99_ms", "p99 ms"),
    ("cpu_ms", "CPU ms"),
    ("bytes", "bytes"),
    ("ratio", "÷ bare"),
    ("cpu_ratio", "CPU ÷ bare"),
    ("p95_ratio", "p95 ÷ bare"),
)


def rows(found: Sequence[Facts]) -> list[list[str]]:
    measured = [facts for facts in found if "rounds" in facts]
    return [["figure", *(words for _, words in COLUMNS)], *(_row(facts) for facts in measured)]


def _row(facts: Facts) -> list[str]:
    words = facts["figure"]
    if "candidates" in facts:
        words += f", {facts['candidates']} candidate{'s' if facts['candidates'] > 1 else ''}"
    if "stored" in facts:
        words += f", {facts['stored']:,} responses stored"
    if "seconds" in facts:
        words += f": {facts['seconds']:g} s"
    if "peak_mib" in facts:
        words += f", at most {facts['peak_mib']} MiB"
    return [words, *(_cell(facts.get(name)) for name, _ in COLUMNS)]


def _cell(value: Any) -> str:
    return f"{value:,.10g}" if value else ""


def goals(found: Sequence[Facts]) -> list[list[str]]:
    known = [(goal, value) for goal in GOALS if (value := goal.value(found)) is not None]
    return [
        ["goal", "wanted", "measured", ""],
        *([goal.words, goal.wanted, _cell(value), "met" if goal.is_met(value) else "missed"] for goal, value in known),
    ]


def as_text(found: Sequence[Facts], about: dict[str, Any]) -> str:
    parts = [table(rows(found)), "", table(goals(found)), "", " · ".join(_about(about))]
    parts += [f"ERRORS in {facts['figure']}: {facts['errors']}" for facts in found if facts["errors"]]
    return "\n".join(parts)


def _about(about: dict[str, Any]) -> Iterator[str]:
    yield f"Taken {about['taken']}"
    yield f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB"
    yield f"{about['system']}, data on {about['data_on']}"
    yield ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    yield f"load of the machine before {about['load_before']}, after {about.get('load_after', '?')}"


TEXT = """# Benchmarks

<!-- Written by `make bench ARGS="--write"`; changes by hand are lost. -->

What a request costs, measured beside a *bare page*: a Django view that looks nothing up and renders a template of the
same size, behind the same middleware, under the same web server. Absolute figures belong to the machine below, and to
that day; **compare the ratios**.

- *Save and next*: a response is saved, with every promise kept (row lock, idempotency key, chained event, commit to
  disk, bookmark in Redis), and the next question comes back. Eight questions of six types, texts of up to 400 letters.
- *CPU ms*: processor time of web server, PostgreSQL and Redis together for one request, the steadiest figure there is.
- *÷ bare*: requests per second, processor time and p95, each divided by the bare page's **of the same round**. All sides
  take turns; every figure is the median of {rounds} rounds.
- The load generator runs on the same machine, without time to think between requests, and takes the same from both.

## Measured

{figures}

## Goals

{goals}

## On

{about}

## Again

```sh
make bench                            # about ten minutes, prints
make bench ARGS="--quick"             # less than a minute; the suite runs it, too
make bench ARGS="--million --write"   # with a million responses stored; updates this page
```
"""


def write(found: Sequence[Facts], about: dict[str, Any]) -> None:
    text = TEXT.format(
        rounds=max((facts.get("rounds", 0) for facts in found), default=0),
        figures=_markdown(rows(found)),
        goals=_markdown(goals(found)),
        about="\n".join(f"- {line}" for line in _about(about)),
    )
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    scale.write(found)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    heading, *others = rows
    ruler = ["---", *["---:"] * (len(heading) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heading, ruler, *others))
