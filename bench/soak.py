"""Hours of ordinary work, and whether anything grows that should not: ``make soak MINUTES=120``.

Candidates work as in a rehearsal, but nothing is killed. The web server's processes are not replaced meanwhile, as
production does after 20,000 requests: that would hide what they lose. Every few seconds memory, connections and the queue
are read. The first half is for warming up; in the second, memory may grow by five in a hundred, connections by a few, and no
task may wait for two minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from bench import processes
from bench.figures import median, rounded, table
from bench.outcome import Run
from bench.rehearse import rehearse, say
from bench.stack import Stack, running_stack

NO_RECYCLING = ("--max-requests", "0")
READINGS = 240
"""In the whole time, whatever that is."""
MAX_GROWTH_PERCENT = 5.0
MAX_WAIT_SECONDS = 120.0
MORE_CONNECTIONS = 4
"""A pool opens one when all are in use, and closes it after a while: it breathes."""
LOOK: str = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
    (SELECT coalesce(extract(epoch FROM max(now() - CASE WHEN run_after <= now() THEN run_after ELSE enqueued_at END)), 0)
     FROM django_tasks_database_dbtaskresult
     WHERE status = 'READY' AND (run_after <= now() OR run_after >= '9999-01-01'))  -- which is when no moment was asked for
"""


@dataclass(frozen=True)
class Reading:
    """At one moment."""

    web_bytes: int
    worker_bytes: int
    connections: int
    oldest_task_seconds: float


def read(stack: Stack, connection: psycopg.Connection[Any]) -> Reading:
    row = connection.execute(LOOK.encode()).fetchone()
    assert row is not None  # noqa: S101 - for the type checker
    return Reading(
        processes.memory_bytes(stack.web.pid), processes.memory_bytes(stack.worker.pid), int(row[0]), float(row[1])
    )


@contextmanager
def readings(stack: Stack, *, every: float) -> Iterator[list[Reading]]:
    found: list[Reading] = []
    is_over = threading.Event()

    def go_on() -> None:
        with stack.connect() as connection:
            while not is_over.wait(every):
                found.append(read(stack, connection))

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()


def halves(found: Sequence[Reading]) -> tuple[Sequence[Reading], Sequence[Reading]]:
    """Of what came after the warming up: its first fifth and its last."""
    warm = found[len(found) // 2 :]
    fifth = max(1, len(warm) // 5)
    return warm[:fifth], warm[-fifth:]


def growth_percent(found: Sequence[Reading], name: str) -> float:
    first, last = ([float(getattr(one, name)) for one in part] for part in halves(found))
    return (median(last) / median(first) - 1) * 100


def reasons_against(found: Sequence[Reading], *, max_growth: float) -> list[str]:
    """What grew; empty if nothing did."""
    if len(found) < 10:
        return [f"only {len(found)} readings were taken"]
    reasons = [
        f"{what} grew by {growth:.1f} %, more than {max_growth:g}"
        for what, name in (("memory of the web server", "web_bytes"), ("memory of the worker", "worker_bytes"))
        if (growth := growth_percent(found, name)) > max_growth
    ]
    before, after = (median([float(one.connections) for one in part]) for part in halves(found))
    if after > before + MORE_CONNECTIONS:
        reasons.append(f"connections grew from {before:g} to {after:g}")
    if (oldest := max(one.oldest_task_seconds for one in found[len(found) // 2 :])) > MAX_WAIT_SECONDS:
        reasons.append(f"a task waited {oldest:.0f} s, more than {MAX_WAIT_SECONDS:g}")
    return reasons


def as_text(found: Sequence[Reading], run: dict[str, Any]) -> str:
    rows = [["", "web MiB", "worker MiB", "connections", "oldest task s"]]
    step = max(1, len(found) // 12)
    rows += [
        [
            f"{place / len(found):.0%}",
            f"{one.web_bytes / 2**20:.1f}",
            f"{one.worker_bytes / 2**20:.1f}",
            f"{one.connections}",
            f"{one.oldest_task_seconds:.0f}",
        ]
        for place, one in enumerate(found)
        if place % step == 0 or place == len(found) - 1
    ]
    lines = [table(rows), "", f"{run['requests']} requests, {run['acknowledged']} saves acknowledged."]
    return "\n".join([*lines, *(f"- {reason}" for reason in run["reasons"]), run["verdict"]])


def judged(run: Run, found: Sequence[Reading], *, max_growth: float) -> dict[str, Any]:
    result = run.as_json()
    result["reasons"] += reasons_against(found, max_growth=max_growth)
    result["verdict"] = "NO-GO" if result["reasons"] else "GO"
    growth = {name: rounded(growth_percent(found, name)) for name in ("web_bytes", "worker_bytes")} if found else {}
    return {**result, "growth_percent": growth, "readings": [asdict(one) for one in found]}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--candidates", type=int, default=50, metavar="N")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--think", type=float, default=4.0, help="Seconds a candidate thinks, on average (default 4).")
    parser.add_argument("--max-growth", type=float, default=MAX_GROWTH_PERCENT, metavar="PERCENT")
    parser.add_argument("--leak", action="store_true", help="Lose some memory with each request, and see it caught.")
    asked = parser.parse_args()
    asked.seconds, asked.seed, asked.guard, asked.disk = asked.minutes * 60, 1, "", None
    return asked


def main() -> int:
    asked = parse()
    wsgi = "bench.leaking" if asked.leak else "interview_project.wsgi"
    say("Starting PostgreSQL, Redis, the web server and a worker …")
    with running_stack(wsgi=wsgi, web_options=NO_RECYCLING) as stack:
        interview = stack.prepare("interview", "--candidates", str(asked.candidates))
        with readings(stack, every=max(0.5, asked.seconds / READINGS)) as found:
            run = asyncio.run(rehearse(stack, interview, asked, planned=[]))
    result = judged(run, found, max_growth=asked.max_growth)
    print(as_text(found, result))
    print(json.dumps(result, ensure_ascii=False))
    if asked.leak:
        is_caught = any(reason.startswith("memory of the web server grew") for reason in result["reasons"])
        print(f"The leak was {'caught' if is_caught else 'NOT caught'}.")
        return 0 if is_caught else 1
    return 0 if result["verdict"] == "GO" else 1


if __name__ == "__main__":
    sys.exit(main())
