"""Background tasks. The one importer of django-tasks: in Django 6 this becomes ``from django.tasks import task``."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django_tasks import TaskResultStatus, task

__all__ = ["in_hand", "in_seconds", "is_ahead", "reclaim_abandoned", "say_it_goes_on", "task"]


def in_seconds(seconds: float) -> datetime:
    """For ``task.using(run_after=…)``."""
    return timezone.now() + timedelta(seconds=seconds)


def is_ahead(wanted: Any, *arguments: Any) -> bool:
    """Whether a task is still to be done with these arguments: it waits, is being done, or failed the last time."""
    from django_tasks_db.models import DBTaskResult  # a model: not before the apps are loaded

    such = DBTaskResult.objects.filter(task_path=wanted.module_path, args_kwargs__args=list(arguments))
    newest = such.order_by("-enqueued_at").values_list("status", flat=True).first()
    return newest is not None and newest != TaskResultStatus.SUCCESSFUL


SILENT = timedelta(minutes=2)
"""After which a worker that says nothing about a task it took is dead."""


def say_it_goes_on(worker_id: str) -> None:
    """Of the tasks that this worker has in hand: it is at them still, however long they take."""
    from django_tasks_db.models import DBTaskResult  # a model: not before the apps are loaded

    if mine := in_hand(worker_id):
        running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, pk__in=mine)
        running.update(started_at=timezone.now())


def in_hand(worker_id: str) -> list[Any]:
    """The tasks that this worker took, and nobody else since."""
    from django_tasks_db.models import DBTaskResult

    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    return [pk for pk, workers in running.values_list("pk", "worker_ids") if workers[-1:] == [worker_id]]


def reclaim_abandoned(*, after: timedelta = SILENT) -> int:
    """Give tasks back that a worker took and says nothing about any more; every task of ours may run twice. Returns how many."""
    from django_tasks_db.models import DBTaskResult

    abandoned = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - after)
    return abandoned.update(status=TaskResultStatus.READY, started_at=None)
