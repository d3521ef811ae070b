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
from bench.plans import EVERYTHING, PLANS
from bench.rehearse import GUARDS, parse
from bench.stack import ROOT, Stack

BY_NAME = sorted(set(PLANS) - {"everything", "full-disk", "quiet"})


def rehearse(*arguments: str, module: str = "bench.rehearse") -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=590)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert results, done.stdout + done.stderr
    return done.returncode, results[0]


@pytest.mark.nightly
def test_nothing_is_lost_while_everything_is_killed():
    code, result = rehearse("--candidates", "60", "--seconds", "60")
    assert (code, result["verdict"], result["reasons"]) == (0, "GO", [])
    assert result["acknowledged"] > 300
    assert result["stored"]["submitted"] == 60
    assert [one["fault"] for one in result["faults"]] == [fault.name for fault in EVERYTHING]


@pytest.mark.nightly
@pytest.mark.parametrize("plan", BY_NAME)
def test_nothing_is_lost_by_any_plan(plan):
    code, result = rehearse("--candidates", "20", "--seconds", "45", "--plan", plan)
    assert (code, result["verdict"], result["reasons"]) == (0, "GO", [])
    assert result["acknowledged"] > 100
    assert {one["fault"] for one in result["faults"]} == {one.name for one in PLANS[plan].faults}
    assert (len(result["faults"]), result["resumed"]) == (
        PLANS[plan].times,
        20 if PLANS[plan].bounds.must_resume else None,
    )


def test_every_plan_is_shown_to_be_able_to_fail():
    """Beside the default, which is all of them, and the full disk, which is no go where nobody was refused."""
    assert {one.plan for one in GUARDS.values()} == {*BY_NAME, "quiet"}


def test_a_guard_is_taken_away_under_its_own_plan_and_no_other(monkeypatch, capsys):
    """What it would be caught by is not measured elsewhere."""
    monkeypatch.setattr("sys.argv", ["rehearse", "--guard", "passes-in-cache", "--plan", "quiet"])
    with pytest.raises(SystemExit):
        parse()
    assert "passes-in-cache is off shows in the plan flush-every-second" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["rehearse", "--guard", "passes-in-cache", "--plan", "flush-every-second"])
    assert parse().plan == "flush-every-second"


@pytest.mark.parametrize(("failed_saves", "is_caught"), [(0, False), (3, True)])
def test_that_redis_is_needed_shows_by_saves_that_fail(failed_saves, is_caught):
    result = {"faults": [{"errors": {"503": 3}, "failed_saves": failed_saves}]}
    assert GUARDS["redis-first"].evidence(result) == is_caught


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
