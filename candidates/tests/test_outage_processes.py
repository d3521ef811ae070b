"""Real web processes, killed and started again: their heartbeats, and not a stored one, tell how long nobody could serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assessments.tests.making import make_assessment
from candidates.domain import attempts
from candidates.enums import AttemptStatus
from candidates.models import Attempt, Outage, OutageCredit, Pulse
from candidates.tests.making import holder_of, make_attempt
from interview_project.testing.servers import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
pytestmark = [pytest.mark.needs_postgresql, pytest.mark.django_db(transaction=True)]
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(port: int, database_url: str) -> Iterator[Start]:
    """A web server with two processes that beat every second, on the test's own database."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "HEARTBEAT_SECONDS": "1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.conf.py", "interview_project.wsgi"]
    started = []

    def start_one() -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True))
        return started[-1]

    yield start_one
    for server in started:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_until(holds: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://localhost:{port}/", timeout=10).close()
    except OSError:
        return False
    return True


def test_what_a_killed_server_cost_is_given_back_before_the_next_one_serves(start: Start, port: int):
    shared = make_assessment(duration_seconds=3600, grace_seconds=0)
    running, ending, done = (make_attempt(shared) for _ in range(3))
    attempts.submit(holder_of(done))
    server = start()
    wait_until(lambda: answers(port))
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    last = Pulse.objects.get().beat_at
    rings_at = max(last, Attempt.objects.get(pk=ending.pk).started_at or last)
    Attempt.objects.filter(pk=ending.pk).update(deadline_at=rings_at, grace_until=rings_at)
    time.sleep(4)
    assert (attempts.close_overdue(), Outage.objects.count()) == (0, 0)
    start()
    wait_until(lambda: answers(port))
    outage = Outage.objects.get()
    assert (outage.began_at, outage.settled_at is not None) == (last, True)
    assert set(OutageCredit.objects.values_list("attempt", "credit")) == {
        (one.pk, outage.length) for one in (running, ending)
    }
    assert outage.length.total_seconds() >= 4
    assert Attempt.objects.get(pk=ending.pk).deadline_at == rings_at + outage.length
    assert Attempt.objects.get(pk=ending.pk).status == AttemptStatus.IN_PROGRESS
