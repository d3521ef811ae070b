"""The rehearsal of migrations: what it says is so, and the newest ones let candidates save."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from bench.migrations import Carried, newest, reasons_against, tries_that_failed
from bench.stack import ROOT

TRY = "Running migrations:\n  Applying candidates.0002_more..."
CAUSE = "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout\n"
END = "Traceback (most recent call last):\ndjango.db.utils.OperationalError: canceling statement due to lock timeout\n"


@pytest.mark.parametrize(
    ("out", "err", "found"),
    [
        (f"{TRY} OK\n", "", (0, {})),
        (f"{TRY}{TRY}{TRY} OK\n", (CAUSE + END) * 2, (2, {})),
        (f"{TRY}{TRY} OK\n", "django.db.utils.OperationalError: deadlock detected\n", (0, {"deadlock detected": 1})),
        (f"{TRY}{TRY} OK\n", "Killed\n", (0, {"unexplained": 1})),
    ],
)
def test_each_try_that_failed_is_counted_with_its_reason(out, err, found):
    assert tries_that_failed(out, err) == found


@pytest.mark.parametrize(
    ("facts", "reasons"),
    [
        ({"saves": 9, "longest_save": 0.5, "gave_way": 3}, []),
        ({"saves": 9, "longest_save": 0.51}, ["a.0002: a save waited 510 ms, more than 500"]),
        ({"saves": 9, "refused": {"column is gone": 2}}, ["a.0002: 2 saves refused: column is gone"]),
        ({"saves": 9, "failed": {"unexplained": 1}}, ["a.0002: 1 tries failed: unexplained"]),
        ({}, ["a.0002: nobody saved meanwhile"]),
    ],
)
def test_what_hurts_candidates_is_no_go(facts, reasons):
    assert reasons_against(Carried("a.0002", **facts), max_save_ms=500) == reasons


def test_only_the_newest_can_be_asked_for():
    order = [("assessments", "0002"), ("candidates", "0002"), ("assessments", "0003"), ("candidates", "0003")]
    assert newest(order, of_each=1) == order[2:]
    assert newest(order, of_each=None) == order


@pytest.mark.nightly
def test_candidates_save_while_the_newest_migrations_are_carried_out():
    """Every one of them on a million responses is ``make rehearse-migrations``, which judges how long a save waits, too."""
    command = [sys.executable, "-m", "bench.migrations", "--stored", "4000", "--last", "2", "--max-save", "5000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=590)
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert (done.returncode, done.stdout.splitlines()[-1:], len(found)) == (0, ["GO"], 4), done.stdout + done.stderr
    assert [(one["refused"], one["failed"]) for one in found] == [({}, {})] * 4
