"""What so many candidates at once need, computed from what a save was measured to cost: the table of docs/how-to/scale-out.md.

``make bench ARGS="--write"`` writes it together with the benchmarks; nothing in it is typed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bench.figures import rounded
from bench.rounds import Facts
from bench.stack import ROOT

PAGE = ROOT / "docs" / "how-to" / "scale-out.md"
FIGURES = ("save and next, pages", "resume, pages")
CANDIDATES = (100, 1_000, 10_000, 100_000)

SECONDS_BETWEEN_SAVES = 10  # somebody who writes all the time: the page saves a second after typing stops
SECONDS_BETWEEN_READS = 30  # the clock, and now and then a page; counted as dear as a whole page
BUSY = 0.5  # of a core, on average: the other half is for the moment when everybody begins
CORES_PER_HOST = 4
PROCESSES_PER_HOST = CORES_PER_HOST
POOL = 10  # DATABASE_POOL_SIZE
KIB_PER_SAVE = 1.5  # a row of the event log with its indexes and a text of 400 letters

MARKED = re.compile(r"(<!-- written by make bench, from (?P<facts>.*?) -->\n).*?(?=\n<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Cost:
    """Processor time of web server, PostgreSQL and Redis together, in milliseconds."""

    save: float
    read: float

    @property
    def words(self) -> str:
        return f"{self.save:g} ms a save, {self.read:g} ms a page"


def cost_of(found: Sequence[Facts]) -> Cost:
    """With the most candidates that were measured: that is where it matters."""
    costs = []
    for figure in FIGURES:
        measured = [facts for facts in found if facts["figure"] == figure and "stored" not in facts]
        costs.append(float(max(measured, key=lambda facts: int(facts["candidates"]))["cpu_ms"]))
    return Cost(*costs)


def cost_in(page: str) -> Cost:
    """The one the table on the page was computed from."""
    found = MARKED.search(page)
    if found is None:
        raise ValueError("There is no place for the table in the page.")
    save, read = re.findall(r"([\d.]+) ms", found["facts"])
    return Cost(float(save), float(read))


def row(candidates: int, cost: Cost) -> list[str]:
    saves, reads = candidates / SECONDS_BETWEEN_SAVES, candidates / SECONDS_BETWEEN_READS
    busy = (saves * cost.save + reads * cost.read) / 1000
    cores = busy / BUSY
    hosts = max(1, ceil(cores / CORES_PER_HOST))
    connections = hosts * PROCESSES_PER_HOST * POOL
    gib_an_hour = saves * 3600 * KIB_PER_SAVE / 2**20
    numbers = (saves, rounded(busy, 2), max(1, ceil(cores)), hosts, connections, rounded(gib_an_hour, 2))
    return [f"{candidates:,}", *(f"{number:,.10g}" for number in numbers)]


def table(cost: Cost) -> str:
    heading = [
        "candidates at once",
        "saves a second",
        "cores busy",
        "cores to have",
        f"hosts of {CORES_PER_HOST} cores",
    ]
    heading += ["connections at most", "GiB an hour"]
    lines = [heading, ["---:"] * len(heading), *(row(candidates, cost) for candidates in CANDIDATES)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def filled(page: str, cost: Cost) -> str:
    marker = f"<!-- written by make bench, from {cost.words} -->\n"
    return MARKED.sub(lambda _: f"{marker}\n{table(cost)}\n", page)


def write(found: Sequence[Facts]) -> None:
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), cost_of(found)), encoding="utf-8")
