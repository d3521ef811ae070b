"""The rehearsal itself: nothing is lost, and with a guard taken away it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench import faults
from bench.parts import PartFailed
from bench.rehearse import GUARDS, schedule
from bench.stack import ROOT, Stack


def rehearse(*arguments: str, module: str = "bench.rehearse") -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", module, *arguments]
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


def test_only_a_disk_of_its_own_is_filled():
    shares_one = cast(Stack, SimpleNamespace(disk=None))
    with pytest.raises(PartFailed, match="has for itself"):
        faults.fill_disk(shares_one)


@pytest.mark.nightly
def test_nothing_is_lost_while_the_disk_is_full():
    """And each time somebody was refused, else it is no go: a disk with room in it proves nothing."""
    code, result = rehearse("--seconds", "40", module="bench.full_disk")
    assert (code, result["verdict"], result["reasons"]) == (0, "GO", [])
    assert [(one["fault"], set(one["errors"])) for one in result["faults"]] == [("disk full", {"503"})] * 2


@pytest.mark.nightly
@pytest.mark.parametrize("guard", GUARDS)
def test_a_missing_guard_is_caught(guard):
    code, result = rehearse("--candidates", "60", "--seconds", "40", "--guard", guard)
    assert (code, result["verdict"]) == (0, "NO-GO")
