"""The rehearsal itself: nothing is lost, and with a guard taken away it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from bench import faults
from bench.rehearse import GUARDS, schedule
from bench.stack import ROOT


def rehearse(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "bench.rehearse", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=590)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert results, done.stdout + done.stderr
    return done.returncode, results[0]


def test_every_fault_strikes_once_a_minute():
    planned = schedule("", 180)
    assert [one.fault for one in planned] == list(faults.ALL) * 3
    assert planned[0].at >= 10
    assert planned[-1].at <= 170


def test_quiet_remains_at_both_ends():
    planned = schedule("", 60)
    assert (planned[0].at, round(planned[-1].at, 3)) == (6.0, 52.8)


@pytest.mark.nightly
def test_nothing_is_lost_while_everything_is_killed():
    code, result = rehearse("--candidates", "60", "--seconds", "60")
    assert (code, result["verdict"], result["reasons"]) == (0, "GO", [])
    assert result["acknowledged"] > 300
    assert result["stored"]["submitted"] == 60
    assert [one["fault"] for one in result["faults"]] == [fault.name for fault in faults.ALL]


@pytest.mark.nightly
@pytest.mark.parametrize("guard", GUARDS)
def test_a_missing_guard_is_caught(guard):
    code, result = rehearse("--candidates", "60", "--seconds", "40", "--guard", guard)
    assert (code, result["verdict"]) == (0, "NO-GO")
