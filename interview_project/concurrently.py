"""Indexes made while everybody goes on writing, for tables that are large already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex


class AddIndexBesideWriters(AddIndexConcurrently):
    """``CREATE INDEX CONCURRENTLY`` where there is PostgreSQL; in a migration with ``atomic = False``, alone.

    It waits for those who write, and nobody waits for it, so it need not give way as other migrations do: it would begin
    anew each time. What an earlier try left half made is taken away first.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        with _patience(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
            return
        with _patience(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


@contextmanager
def _patience(schema_editor: Any) -> Iterator[None]:
    limits = ("lock_timeout", "statement_timeout")
    for limit in limits:
        schema_editor.execute(f"SET {limit} = 0")
    yield
    for limit in limits:
        schema_editor.execute(f"RESET {limit}")
