"""What grows is found: in readings that are given, and in a web server that loses memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.soak import Reading, reasons_against
from bench.stack import ROOT

MIB = 2**20
FLAT = [Reading(200 * MIB, 90 * MIB, 12, 0.0)] * 100


def grown(**changes: float) -> list[Reading]:
    facts = {"web_bytes": 200 * MIB, "worker_bytes": 90 * MIB, "connections": 12, "oldest_task_seconds": 0.0}
    return [*FLAT[:80], *[Reading(**{**facts, **changes})] * 20]  # type: ignore[arg-type] # counts are counts


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (FLAT, []),
        ([Reading(100 * MIB, 50 * MIB, 12, 0.0)] * 50 + FLAT[:50], []),
        (FLAT[:9], ["only 9 readings were taken"]),
        (grown(web_bytes=212 * MIB), ["memory of the web server grew by 6.0 %, more than 5"]),
        (grown(worker_bytes=99 * MIB), ["memory of the worker grew by 10.0 %, more than 5"]),
        (grown(connections=16), []),
        (grown(connections=17), ["connections grew from 12 to 17"]),
        (grown(oldest_task_seconds=300), ["a task waited 300 s, more than 120"]),
    ],
)
def test_what_grows_after_the_warming_up_is_said(found, reasons):
    assert reasons_against(found, max_growth=5) == reasons


@pytest.mark.nightly
@pytest.mark.parametrize("leak", [[], ["--leak"]])
def test_a_few_minutes_are_flat_and_a_leak_is_caught(leak):
    """So short a time is warming up to its end, so the bound is wider; two hours are ``make soak``."""
    command = [sys.executable, "-m", "bench.soak", "--minutes", "3", "--candidates", "30", "--max-growth", "15", *leak]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=590)
    (result,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert (done.returncode, result["verdict"]) == (0, "NO-GO" if leak else "GO"), result["reasons"]
    assert result["acknowledged"] > 300
