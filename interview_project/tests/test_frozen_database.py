"""A database that stands still, its connections open: nobody waits for it for long, and nobody is stuck when it goes on."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from interview_project.giving_up import giving_up_after
from interview_project.tests.test_deployment import freeze
from interview_project.tests.web_server import ROOT

pytestmark = [
    pytest.mark.needs_postgresql,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds a server's processes in /proc"),
]
BOUND = 1.5  # a statement's second, and half a one
REQUESTS = 12  # more than there are threads


def maintenance(service):
    return service.url.removesuffix("/parley") + "/postgres"


def thaw(pids):
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def test_a_connection_gives_up_by_itself_and_hangs_up(private_postgresql):
    with giving_up_after(0.3).connect(maintenance(private_postgresql)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        pids = freeze(private_postgresql.server.pid)
        with pytest.raises(psycopg.OperationalError, match=r"no answer from the database within 0\.3 s"):
            connection.execute("SELECT 1")
        thaw(pids)
        assert connection.closed


def test_without_the_bound_it_would_wait(private_postgresql):
    """Guard: neither the server's own time-out nor TCP's ends the wait while it stands still."""
    patience: dict[str, Any] = {"options": "-c statement_timeout=100", "tcp_user_timeout": 200, "keepalives_idle": 1}
    with giving_up_after(None).connect(maintenance(private_postgresql), **patience) as connection:
        pids = freeze(private_postgresql.server.pid)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(connection.execute, "SELECT 1")
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
            thaw(pids)
            assert waiting.result(timeout=5).fetchone() == (1,)


class Site:
    """A web server on a database of its own, and who asks it for the home page."""

    def __init__(self, web, service, **settings):
        with psycopg.connect(maintenance(service), autocommit=True) as admin:
            admin.execute("CREATE DATABASE parley")
        server = web(
            DATABASE_URL=service.url, REDIS_URL="", STATEMENT_TIMEOUT_MS="1000", WEB_CONCURRENCY="1", **settings
        )
        for command in ("migrate", "createcachetable"):
            subprocess.run([sys.executable, "manage.py", command, "-v0"], cwd=ROOT, env=server.environment, check=True)
        self.address = server.address

    def ask(self, _=0):
        """(status, Retry-After, seconds it took)"""
        began = time.monotonic()
        try:
            with urllib.request.urlopen(self.address, timeout=30) as answer:
                found: tuple[int, str | None] = (answer.status, None)
        except urllib.error.HTTPError as refusal:
            with refusal:
                found = refusal.code, refusal.headers["Retry-After"]
        return (*found, time.monotonic() - began)

    def all_at_once(self):
        with ThreadPoolExecutor(REQUESTS) as pool:
            return list(pool.map(self.ask, range(REQUESTS)))

    def serves(self):
        give_up_at = time.monotonic() + 5
        while self.ask()[0] != 200:
            assert time.monotonic() < give_up_at
            time.sleep(0.1)


def test_no_request_waits_for_long_and_none_is_stuck_afterwards(web, private_postgresql):
    site = Site(web, private_postgresql)
    site.serves()
    site.all_at_once()  # every connection is open by now
    pids = freeze(private_postgresql.server.pid)
    answers = site.all_at_once()
    thaw(pids)
    assert {(status, retry) for status, retry, _ in answers} == {(503, "2")}
    # A wait for a connection: whoever waited for a thread first does not wait for that, too.
    assert max(seconds for _, _, seconds in answers) < 6
    site.serves()


@pytest.mark.nightly
def test_with_two_connections_for_twelve_requests_none_is_stuck(web, private_postgresql):
    """First they share them in good order; then whoever has one waits for a table, and the others for a connection."""
    site = Site(web, private_postgresql, DATABASE_POOL_SIZE="2", LOCK_TIMEOUT_MS="0", WEB_THREADS=str(REQUESTS))
    site.serves()
    assert {status for status, _, _ in site.all_at_once()} == {200}
    with psycopg.connect(private_postgresql.url) as somebody:
        somebody.execute("LOCK TABLE assessments_assessment IN ACCESS EXCLUSIVE MODE")
        answers = site.all_at_once()
    assert {(status, retry) for status, retry, _ in answers} == {(503, "2")}
    assert max(seconds for _, _, seconds in answers) < 8  # five for a connection, then a statement's one
    site.serves()
