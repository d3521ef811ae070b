"""Told to stop, the web server and the worker end what they have begun, take on nothing more, and leave in peace."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings

from candidates.domain import attempts
from candidates.tests import making

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]
RESULTS = apps.get_model("django_tasks_database", "DBTaskResult")
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@contextmanager
def held(url, table):
    """Nobody reads the table meanwhile. Yields what waits until somebody would."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as onlooker:
        holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

        def wait():
            while onlooker.execute(WAITS).fetchone() == (0,):
                pass

        yield wait


def is_served(server):
    try:
        urllib.request.urlopen(f"{server.address}/healthz", timeout=1).close()
    except OSError:
        return False
    return True


def test_the_web_server_answers_what_it_was_asked_and_takes_no_more(database_url, web):
    more = {"REDIS_URL": os.environ["REDIS_URL"], "LOCK_TIMEOUT_MS": "30000", "STATEMENT_TIMEOUT_MS": "30000"}
    server = web(DATABASE_URL=database_url, WEB_CONCURRENCY="1", **more)
    with ThreadPoolExecutor() as pool:
        with held(database_url, "assessments_assessment") as wait:
            page = pool.submit(lambda: urllib.request.urlopen(f"{server.address}/", timeout=60).status)
            wait()
            server.process.send_signal(signal.SIGTERM)
            while is_served(server):
                pass
            assert (page.done(), server.process.poll()) == (False, None)
        assert page.result(timeout=60) == 200
    assert server.ended() == 0
    assert not is_served(server)


def test_the_worker_finishes_its_task_and_leaves_the_next_to_others(bare_environment, database_url):
    for _ in range(2):
        attempts.submit(making.holder_of(making.make_attempt()))
    done, left = RESULTS.objects.order_by("enqueued_at").values_list("id", flat=True)
    with held(database_url, "candidates_attemptquestion") as wait:
        more = {
            "DATABASE_URL": database_url,
            "REDIS_URL": os.environ["REDIS_URL"],
            "SECRET_KEY": secrets.token_urlsafe(50),
        }
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            cwd=Path(settings.BASE_DIR), env=bare_environment | more, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.extend(worker.stderr or ()), daemon=True)
        reading.start()
        while not RESULTS.objects.filter(status="RUNNING").exists():
            assert worker.poll() is None, lines
        wait()
        worker.send_signal(signal.SIGTERM)
        while not any("shutting down gracefully" in line for line in lines):
            assert worker.poll() is None, lines
        assert RESULTS.objects.get(pk=done).status == "RUNNING"
    assert worker.wait(timeout=60) == 0
    reading.join()
    worker.stderr.close()  # type: ignore[union-attr] # it was asked for
    assert [RESULTS.objects.get(pk=task).status for task in (done, left)] == ["SUCCESSFUL", "READY"]
    assert [line for line in lines if '"level": "error"' in line] == []
