"""Tasks that a worker took, and what becomes of them if it dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.tests.admin_rows import MAKERS
from interview_project.tasks import reclaim_abandoned, say_it_goes_on

pytestmark = pytest.mark.django_db


def taken(*workers: str, minutes_ago: float) -> DBTaskResult:
    task: DBTaskResult = MAKERS[DBTaskResult]()
    for worker in workers:
        task.claim(worker)
    DBTaskResult.objects.filter(pk=task.pk).update(started_at=timezone.now() - timedelta(minutes=minutes_ago))
    return task


def status(task: DBTaskResult) -> str:
    task.refresh_from_db()
    return str(task.status)


def test_a_task_of_a_worker_that_was_killed_is_given_back_within_minutes():
    killed, fresh = taken("one", minutes_ago=2.1), taken("two", minutes_ago=1.9)
    assert reclaim_abandoned() == 1
    assert (status(killed), status(fresh)) == ("READY", "RUNNING")


def test_a_task_stays_with_the_worker_that_is_at_it_however_long_it_takes():
    long_one = taken("one", minutes_ago=45)
    say_it_goes_on("one")
    assert (reclaim_abandoned(), status(long_one)) == (0, "RUNNING")


@pytest.mark.parametrize("word_from", ["one", "three"])
def test_only_the_word_of_the_worker_that_took_it_last_counts(word_from: str):
    task = taken("one", "two", minutes_ago=45)
    say_it_goes_on(word_from)
    assert (reclaim_abandoned(), status(task)) == (1, "READY")
