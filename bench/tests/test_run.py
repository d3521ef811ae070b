"""The benchmark itself works: a small one runs, measures everything, and stores every save it counts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.stack import ROOT

FIGURES = [
    "bare page",
    "upsert, commit and SET, without any application",
    "save and next, pages",
    "save and next, API",
    "resume, pages",
    "resume, API",
    "start, 20 in 0.2 s",
    "first page after the start, 20 in 0.2 s",
    "import of 200 questions",
    "save and next, pages",
    "save and next, API",
    "resume, pages",
    "resume, API",
    "review queue page",
    "scoring of 80 responses",
    "saves stored of those acknowledged",
]


@pytest.mark.needs_postgresql
def test_a_quick_benchmark_measures_everything_without_an_error(record_property):
    run = [sys.executable, "-m", "bench.run", "--quick"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, timeout=570)
    assert (done.returncode, done.stderr) == (0, "")
    facts = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for one in facts:
        record_property("benchmark", json.dumps(one))
    assert [one["figure"] for one in facts if "figure" in one] == FIGURES
    assert [one["errors"] for one in facts if "figure" in one] == [{}] * len(FIGURES)
