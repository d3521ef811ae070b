"""Background tasks. The one importer of django-tasks: in Django 6 this becomes ``from django.tasks import task``."""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import TaskResultStatus, task

__all__ = ["in_seconds", "reclaim_abandoned", "task"]


def in_seconds(seconds: float) -> datetime:
    """For ``task.using(run_after=…)``."""
    return timezone.now() + timedelta(seconds=seconds)


def reclaim_abandoned(*, after: timedelta = timedelta(minutes=10)) -> int:
    """Give tasks back that a worker took and never ended; every task of ours may run twice. Returns how many."""
    from django_tasks_db.models import DBTaskResult  # a model: not before the apps are loaded

    abandoned = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - after)
    return abandoned.update(status=TaskResultStatus.READY, started_at=None)
