"""Small notes in a file beside the embedded database, which all processes of its one host share.

SQLite has one writer at a time: while a long transaction is open, nothing else gets into the database itself, and nobody
sees what the transaction writes.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

SUFFIX = "-asides"
WAIT = 1.0
"""Seconds for the file to be free: a note takes a moment."""
TABLE = "CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL, until REAL NOT NULL)"


def put(database: str, name: str, value: int, *, seconds: int) -> None:
    """Raises ``OSError``."""
    now = time.time()
    with _opened(database) as notes, notes:
        notes.execute("DELETE FROM note WHERE until < ?", [now])
        notes.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", [name, value, now + seconds])


def get(database: str, name: str) -> int | None:
    """``None`` where there is none any more. Raises ``OSError``."""
    if not Path(database + SUFFIX).exists():
        return None
    with _opened(database) as notes:
        row = notes.execute("SELECT value FROM note WHERE name = ? AND until > ?", [name, time.time()]).fetchone()
    return row[0] if row else None


@contextmanager
def _opened(database: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(database + SUFFIX, timeout=WAIT)) as notes:
            notes.execute("PRAGMA synchronous=OFF")  # losing a note loses nothing
            notes.execute(TABLE)
            yield notes
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
