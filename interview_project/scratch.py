"""What a backup holds, restored beside the real database for as long as somebody looks at it.

Whoever restores holds a lock on the scratch database's name, or on its folder. One that nobody holds was left behind by a
drill that was killed, and the next drill removes it: it holds what candidates wrote.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import Error, OperationalError, connection
from django.db.backends.utils import CursorWrapper

from interview_project import own_means
from interview_project.backups import SUFFIXES, Backup
from interview_project.own_means import BackupFailed

NAME = "parley_drill_"
FOLDER = "parley-drill-"
JUST_MADE = 60
"""Seconds in which a folder may be there and not be locked yet."""
NO_RIGHT = "42501"
"""PostgreSQL's SQLSTATE for a right that is wanting."""


@dataclass(frozen=True)
class Scratch:
    """A database that holds what the backup holds, for as long as it is looked at."""

    url: str
    rows: dict[str, int]


@contextmanager
def restored(backup: Backup) -> Iterator[Scratch]:
    """Raises :class:`BackupFailed`. The real database is not touched; the scratch one is dropped at the end."""
    restore = _restored_sqlite if backup.path.suffix == SUFFIXES["sqlite"] else _restored_postgresql
    with own_means.in_a_sentence(), restore(backup.path) as scratch:
        yield scratch


# ---- PostgreSQL: a database of its own ----


def name() -> str:
    """Of a database that nobody has, and that is dropped again."""
    return f"{NAME}{secrets.token_hex(4)}"


@contextmanager
def _restored_postgresql(path: Path) -> Iterator[Scratch]:
    if connection.vendor != "postgresql":
        raise BackupFailed(f"{path.name} is of PostgreSQL, and DATABASE_URL names none to restore it in.")
    own = name()
    with own_means.another(NAME="postgres") as server, server.cursor() as cursor:
        remove_left_databases(cursor)
        _hold(cursor, own)
        _create(cursor, own)
        try:
            arguments = [f"--dbname={own}", "--no-owner", "--no-privileges", "--exit-on-error", str(path)]
            own_means.run("pg_restore", *arguments, database=own)
            with own_means.another(NAME=own) as database:
                rows = own_means.rows_of(database)
            yield Scratch(own_means.url_of(own), rows)
        finally:
            _drop(own)


def _create(cursor: CursorWrapper, own: str) -> None:
    try:
        cursor.execute(f"CREATE DATABASE {own}")
    except Error as error:
        if getattr(error.__cause__, "sqlstate", "") != NO_RIGHT:
            raise
        cursor.execute("SELECT quote_ident(current_user)")
        raise BackupFailed(
            "The drill restores into a database of its own, and this role may not create one. "
            f"Let a superuser of PostgreSQL allow it: ALTER ROLE {cursor.fetchone()[0]} CREATEDB;"
        ) from error


def _drop(own: str) -> None:
    """By a connection of its own: the one with the lock may have been cut off meanwhile."""
    with own_means.another(NAME="postgres") as server, server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {own} WITH (FORCE)")


def remove_left_databases(cursor: CursorWrapper) -> None:
    """Those of our own role that no drill holds; PostgreSQL itself refuses to drop one that somebody is connected to."""
    cursor.execute(
        "SELECT datname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba"
        " WHERE rolname = current_user AND starts_with(datname, %s)",
        [NAME],
    )
    for left in [found for (found,) in cursor.fetchall() if re.fullmatch(f"{NAME}[0-9a-f]{{8}}", found)]:
        if _hold(cursor, left):
            with suppress(OperationalError):  # in use
                cursor.execute(f"DROP DATABASE IF EXISTS {left}")
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [left])


def _hold(cursor: CursorWrapper, own: str) -> bool:
    """From now on, until the connection ends; False if another holds it."""
    cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [own])
    return bool(cursor.fetchone()[0])


# ---- SQLite: a folder of its own ----


@contextmanager
def _restored_sqlite(path: Path) -> Iterator[Scratch]:
    remove_left_folders()
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder, _lock(Path(folder)):
        copy = Path(shutil.copy(path, folder))
        with own_means.another_sqlite(copy) as database:
            rows = own_means.rows_of(database)
        yield Scratch(f"sqlite:///{copy}", rows)


def remove_left_folders() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):  # somebody else's, held, or gone meanwhile
            found = left.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > JUST_MADE:
                with _lock(left):
                    shutil.rmtree(left)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Raises ``BlockingIOError`` where another has it. It ends with the process at the latest."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
