"""One lock and one clock for all calls, so that limits are exact however many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from assessments.models import AiControl


@contextmanager
def exclusively() -> Iterator[AiControl]:
    """One at a time, over all processes. ``durable``: refuses to be part of a transaction that may be undone."""
    with transaction.atomic(durable=True):
        yield locked_control()


def locked_control() -> AiControl:
    rows = AiControl.objects.select_for_update(of=("self",))
    if (control := rows.filter(pk=AiControl.THE_ONE).first()) is None:
        AiControl.objects.get_or_create(pk=AiControl.THE_ONE)
        control = rows.get(pk=AiControl.THE_ONE)
    return control


def now() -> datetime:
    """The database's clock at this statement, so read after the lock: lines are in the order of their moments."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    return row[0]  # type: ignore[no-any-return]
