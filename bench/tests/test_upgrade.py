"""An upgrade while candidates write, from the code before the newest migration to that of now."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.stack import ROOT
from bench.upgrade import Upgrade


def test_the_code_that_runs_is_exchanged_in_one_step(tmp_path):
    upgrade = Upgrade(tmp_path / "current")
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        upgrade.point_to(tmp_path / name)
        assert upgrade.current.resolve() == tmp_path / name
    assert sorted(one.name for one in tmp_path.iterdir()) == ["current", "new", "old"]


@pytest.mark.nightly
def test_nothing_is_lost_while_tables_and_code_become_new():
    command = [sys.executable, "-m", "bench.upgrade", "--candidates", "20", "--seconds", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=590)
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert (result["verdict"], result["acknowledged"] > 100) == ("GO", True)
    assert [one["fault"] for one in result["faults"]] == ["new tables", "new code"]
