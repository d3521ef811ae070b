"""The one clock: the database's.

A request is judged by the moment its transaction began, before it waited for any lock. On PostgreSQL that is
``transaction_timestamp()``, the same for every web server however wrong their own clocks are. SQLite has no such
thing, but there it is one host, whose time is noted just before the transaction opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import Value
from django.utils import timezone

from interview_project import direct_rows

QuerySetT = TypeVar("QuerySetT", bound=models.QuerySet)
ModelT = TypeVar("ModelT", bound=models.Model)
_arrived_at: ContextVar[datetime | None] = ContextVar("arrived_at", default=None)


class TransactionTimestamp(models.Func):
    """When the transaction began; outside one, now."""

    template = "transaction_timestamp()"
    arity = 0
    output_field = models.DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        value = Value(_arrived_at.get() or timezone.now(), output_field=models.DateTimeField())
        return compiler.compile(value.resolve_expression(compiler.query))


def stamped(rows: QuerySetT) -> QuerySetT:
    """Each row bears ``arrived_at``: when the transaction that reads it began."""
    facts = {
        "arrived_at": TransactionTimestamp()
    }  # by a dict: the type checker would take a keyword for a second field
    return rows.annotate(**facts)


def read_stamped(model: type[ModelT], *, locks: bool = False, **where: Any) -> ModelT:
    """One row that bears ``arrived_at``, by a statement worked out once. Raises ``model.DoesNotExist``."""
    has_clock = connection.vendor == "postgresql"
    also = TransactionTimestamp.template if has_clock else "NULL"
    row, began_at = direct_rows.read(model, locks=locks, also=also, **where)
    row.arrived_at = began_at if has_clock else _arrived_at.get() or timezone.now()  # type: ignore[attr-defined]
    return row


@contextmanager
def judged_transaction() -> Iterator[None]:
    """A transaction in which :class:`TransactionTimestamp` is the moment it was asked for."""
    token = _arrived_at.set(timezone.now())
    try:
        with transaction.atomic():
            yield
    finally:
        _arrived_at.reset(token)


def now() -> datetime:
    """The database's time, by a statement of its own; queries that are made anyway annotate it instead."""
    if connection.vendor != "postgresql":
        return _arrived_at.get() or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp()")
        row = cursor.fetchone()
    return row[0]  # type: ignore[no-any-return]


def milliseconds_between(earlier: datetime, later: datetime) -> int:
    return max(0, (later - earlier) // timedelta(milliseconds=1))
