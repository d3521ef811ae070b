"""The database by its own means: a connection outside of any pool, and PostgreSQL's client programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from interview_project.logs import redact
from interview_project.probes import LEAST_FREE_BYTES

PROGRAM_VARIABLES = {
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
LIMITS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"]
"""What PostgreSQL ends a request's statement, wait or transaction by; the last is known from version 17 on."""
END_WITH_PARENT = """
import ctypes, os, signal, sys
parent, program = int(sys.argv[1]), sys.argv[2:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, which outlives exec
if os.getppid() == parent:
    os.execv(program[0], program)
"""
"""Becomes the program, which then ends when whoever waits for it is gone, even killed. Only Linux has such a thing."""
LOOK_SECONDS = 0.2


class BackupFailed(Exception):
    """No backup was made or restored; the message says why. What there was before is as it was."""


# ---- Connections ----


@contextmanager
def another(**changes: Any) -> Iterator[BaseDatabaseWrapper]:
    """The configured database with something changed, outside of any pool, and without the limits that requests have."""
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    facts = {**connection.settings_dict, "OPTIONS": options, **changes}
    engine = import_module(f"{facts['ENGINE']}.base")
    database: BaseDatabaseWrapper = engine.DatabaseWrapper(facts, alias="beside")
    try:
        if database.vendor == "postgresql":
            with database.cursor() as cursor:
                cursor.execute("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = ANY(%s)", [LIMITS])
        yield database
    finally:
        database.close()


def another_sqlite(path: Path) -> AbstractContextManager[BaseDatabaseWrapper]:
    """Without the pragmas of the real one, which would change the file."""
    return another(ENGINE="django.db.backends.sqlite3", NAME=str(path), OPTIONS={})


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """What the database said, without the rows it may have said it of. Raises :class:`BackupFailed`."""
    try:
        yield
    except Error as error:
        words = " ".join(redact(str(error)).split()) or type(error).__name__
        raise BackupFailed(f"The database failed: {words.rstrip('.')}.") from error


def rows_of(database: BaseDatabaseWrapper) -> dict[str, int]:
    """Of each table, how many."""
    with database.cursor() as cursor:
        tables = sorted(database.introspection.table_names(cursor))
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {database.ops.quote_name(table)}")  # noqa: S608 - a name the database gave
            counts[table] = cursor.fetchone()[0]
    return counts


def url_of(name: str) -> str:
    """Of a database beside the configured one."""
    facts = connection.settings_dict
    user = quote(facts["USER"], safe="") + (f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else "")
    place = quote(facts["HOST"], safe="[]:") + (f":{facts['PORT']}" if facts["PORT"] else "")
    return f"postgres://{user}{'@' if user else ''}{place}/{name}"


# ---- PostgreSQL's own programs ----


def run(program: str, *arguments: str, database: str, into: Path | None = None) -> None:
    """Raises :class:`BackupFailed`; also when the disk of the folder ``into`` fills up, which others may live on.

    Passwords go by the environment: everybody on the machine may read a command line.
    """
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(
            f"{program} was not found. It comes with PostgreSQL's client programs (on Debian: postgresql-client)."
        )
    facts = {**connection.settings_dict, **connection.settings_dict["OPTIONS"]}
    variables = {variable: str(facts[name]) for name, variable in PROGRAM_VARIABLES.items() if facts.get(name)}
    with subprocess.Popen(
        [sys.executable, "-c", END_WITH_PARENT, str(os.getpid()), path, *arguments],
        env={**os.environ, **variables, "PGDATABASE": database},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = _said_at_the_end(process, into)
    if process.returncode:
        raise BackupFailed(f"{program} failed: {_own_words(program, said)[-1000:] or process.returncode}")


def _said_at_the_end(process: subprocess.Popen[str], into: Path | None) -> str:
    try:
        while True:
            try:
                return process.communicate(timeout=None if into is None else LOOK_SECONDS)[1]
            except subprocess.TimeoutExpired:
                if into is not None:
                    require_room(into)
    except BaseException:
        process.kill()
        raise


def require_room(folder: Path, *, needed: int = 0) -> None:
    """The database may be on the same disk, and when that is full nobody can save. Raises :class:`BackupFailed`.

    ``needed``: bytes that are about to be written, where that is known.
    """
    if (free := shutil.disk_usage(folder).free) - needed < LEAST_FREE_BYTES:
        taken = f"it may take {needed / 1e6:.0f} MB, " if needed else ""
        raise BackupFailed(
            f"The disk of {folder} is nearly full: {free / 1e6:.0f} MB are free, "
            f"{taken}and {LEAST_FREE_BYTES / 1e6:.0f} MB must stay so."
        )


def _own_words(program: str, text: str) -> str:
    """The first line, and what begins with its name. The lines between are the server's, which quotes rows, in its language."""
    first, *others = text.splitlines() or [""]
    return redact("\n".join([first, *(line for line in others if line.startswith(f"{program}: "))])).strip()
