"""Whether this host's worker lives and takes tasks, as its container's health check asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.management.commands.run_worker import _repeat_until
from candidates.tests.admin_rows import MAKERS
from interview_project import workers

pytestmark = pytest.mark.django_db


def check() -> str:
    try:
        call_command("run_worker", "--check")
    except CommandError as error:
        return str(error)
    return "well"


@pytest.fixture
def waiting() -> DBTaskResult:
    """A task that has waited for longer than any should."""
    task: DBTaskResult = MAKERS[DBTaskResult]()
    DBTaskResult.objects.filter(pk=task.pk).update(run_after=timezone.now() - timedelta(minutes=3))
    return task


def test_a_worker_that_speaks_is_well_until_it_falls_silent():
    assert check() == "worker: no worker of this host has given a sign of life"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        workers.say_we_are_here("one")
        clock.shift(workers.SILENT_SECONDS)
        assert check() == "well"
        clock.shift(1)
        assert check() == "worker: its last sign of life was 61 s ago"


def test_another_hosts_worker_is_not_this_ones(monkeypatch):
    workers.say_we_are_here("one")
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert check() == "worker: no worker of this host has given a sign of life"


def test_a_worker_that_takes_nothing_is_not_well(waiting):
    workers.say_we_are_here("one")
    assert check().startswith("worker: lives and takes nothing; 1 waiting, the oldest for 180 s")


def test_a_worker_that_is_at_a_long_task_is_well_whatever_waits(waiting):
    MAKERS[DBTaskResult]().claim("one")
    workers.say_we_are_here("one")
    assert check() == "well"
    workers.say_we_are_here("two")  # started in its place, and not the one that is at it
    assert check().startswith("worker: lives and takes nothing")


def test_without_a_database_it_is_not_known_and_not_well(monkeypatch):
    monkeypatch.setattr("interview_project.workers.look", lambda: (_ for _ in ()).throw(OSError()))
    assert check() == "worker: the database does not answer (OSError)"


@pytest.mark.parametrize("error", [OSError, LookupError])
def test_work_that_fails_in_whatever_way_is_done_again(error):
    """In a thread of its own, as a worker does it: one that ended would be missed by nobody."""
    stop = threading.Event()
    tries: list[int] = []

    def work() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise error
        stop.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(_repeat_until, stop, 0, work).result(10)
    assert tries == [0, 1]
