"""The README's first command in a fresh clone, by somebody who has Python and make and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from interview_project.testing.servers import free_port

pytestmark = pytest.mark.nightly
ROOT = Path(settings.BASE_DIR)
MINUTES = 10
WAYS_OUT = ("PIP_", "SSL_CERT", "REQUESTS_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How this machine reaches the registry of packages is its own business; all else of the environment is gone."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("there is no repository to clone")
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "parley"], check=True)
    return tmp_path / "parley"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(WAYS_OUT)}
    return {**kept, "HOME": str(tmp_path / "home"), "PATH": os.defpath, "PORT": str(free_port())}


@pytest.fixture
def running(clone: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """As a terminal runs it: Ctrl-C reaches everything."""
    command = re.search(r"^make run\b", (clone / "README.md").read_text(), re.MULTILINE)
    assert command, "the README begins otherwise now; so must this"
    process = subprocess.Popen(
        command[0].split(), cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def printed_until(last: str, process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    watchdog = threading.Timer(MINUTES * 60, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            lines.append(line)
            if last in line:
                return lines
    finally:
        watchdog.cancel()
    raise AssertionError("".join(lines))


def test_make_run_is_enough_and_the_doctor_finds_nothing(running, clone, environment):
    home = f"http://localhost:{environment['PORT']}/"
    lines = printed_until("Ctrl-C stops everything.", running)
    told = [re.search(r"http://\S+", line) for line in lines]
    assert home in [found[0] for found in told if found]
    for found in filter(None, told):
        with urllib.request.urlopen(found[0], timeout=30) as page:
            assert page.status == 200

    examined = subprocess.run(
        [".venv/bin/python", "manage.py", "doctor"], cwd=clone, env={**environment, "DEBUG": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (examined.returncode, "FAIL" in examined.stdout) == (0, False), examined.stdout + examined.stderr

    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=60)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(home, timeout=5)
