"""Backups of the whole database by its own means, and the drill that shows whether they can be restored.

PostgreSQL is dumped by ``pg_dump``, SQLite by ``VACUUM INTO``: both are of one moment, while everybody goes on working.
Beside each backup lies a description with its SHA-256 and the rows that each table had at that very moment.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from interview_project.logs import redact

SUFFIXES = {"postgresql": ".dump", "sqlite": ".sqlite3"}
DESCRIPTION = ".json"
PARTIAL = ".partial"
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
NO_RIGHT = "42501"
"""PostgreSQL's SQLSTATE for a right that is wanting."""
END_WITH_PARENT = """
import ctypes, os, signal, sys
parent, program = int(sys.argv[1]), sys.argv[2:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, which outlives exec
if os.getppid() == parent:
    os.execv(program[0], program)
"""
"""Becomes the program, which then ends when whoever waits for it is gone, even killed. Only Linux has such a thing."""


class BackupFailed(Exception):
    """No backup was made or restored; the message says why. What there was before is as it was."""


@dataclass(frozen=True)
class Description:
    made_at: str
    """In UTC, ISO 8601."""
    database: str
    sha256: str
    bytes: int
    rows: dict[str, int]
    """Of each table."""


@dataclass(frozen=True)
class Backup:
    path: Path
    description: Description


# ---- Making ----


def make(folder: Path) -> Backup:
    """Raises :class:`BackupFailed`. A backup that is there is whole: it gets its name last, after it is on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder)
    now = datetime.now(UTC)
    path = folder / f"parley-{now:%Y%m%dT%H%M%SZ}{SUFFIXES[connection.vendor]}"
    if path.exists():
        raise BackupFailed(f"{path} was made within this second.")
    with _partial(path) as partial, _in_a_sentence():
        rows = _dump(partial)
        description = Description(
            made_at=now.isoformat(timespec="seconds"),
            database=f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}",
            sha256=_sha256(partial),
            bytes=partial.stat().st_size,
            rows=rows,
        )
        _described(path).write_text(json.dumps(asdict(description), indent=1) + "\n")
    return Backup(path, description)


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """Readable by its owner alone, and gone if it does not become whole. Locked for as long as somebody is at it."""
    partial = path.with_name(f".{path.name}{PARTIAL}")
    with _locked(partial) as file:
        try:
            yield partial
            os.fsync(file.fileno())
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            _described(path).unlink(missing_ok=True)
            raise


def _locked(partial: Path) -> BinaryIO:
    """Made and locked. In between another backup may take it for abandoned; then it is made again."""
    while True:
        partial.touch(mode=0o600)
        with suppress(FileNotFoundError):
            file = partial.open("r+b")  # NFS gives no lock to whoever only reads
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(partial.stat(), os.fstat(file.fileno())):
                    return file
            except BlockingIOError as error:
                file.close()
                raise BackupFailed("Another backup was begun within this second.") from error
            file.close()


def _remove_abandoned(folder: Path) -> None:
    """What backups that were killed have left. Whoever is still at theirs holds its lock."""
    for partial in folder.glob(f".parley-*{PARTIAL}"):
        path = partial.with_name(partial.name.removeprefix(".").removesuffix(PARTIAL))
        with suppress(FileNotFoundError, BlockingIOError), partial.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if partial.exists():  # not whole meanwhile
                _described(path).unlink(missing_ok=True)
                partial.unlink()


def _dump(path: Path) -> dict[str, int]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])  # which takes an empty file that is there
        with _other_sqlite(path) as copy:
            return rows_of(copy)
    with _other() as database, database.cursor() as cursor:
        # The dump and the counts see the very same moment, however long this transaction has to wait for the dump.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        _run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={moment}", f"--file={path}", database=_name())
        return rows_of(database)


def rows_of(database: BaseDatabaseWrapper) -> dict[str, int]:
    with database.cursor() as cursor:
        tables = sorted(database.introspection.table_names(cursor))
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {database.ops.quote_name(table)}")  # noqa: S608 - a name the database gave
            counts[table] = cursor.fetchone()[0]
    return counts


def thin_out(folder: Path, *, keep: int) -> int:
    """Remove all but the newest; returns how many."""
    old = _all(folder)[:-keep]
    for path in old:
        path.unlink()
        _described(path).unlink(missing_ok=True)
    return len(old)


# ---- Finding and checking ----


def newest(folder: Path) -> Backup:
    """Raises :class:`BackupFailed` where there is none, or it is not what was written then."""
    found = _all(folder)
    if not found:
        raise BackupFailed(f"There is no backup in {folder}.")
    return opened(found[-1])


def opened(path: Path) -> Backup:
    try:
        description = Description(**json.loads(_described(path).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise BackupFailed(f"{_described(path)}, which describes the backup, cannot be read: {error}") from error
    if not path.is_file() or _sha256(path) != description.sha256:
        raise BackupFailed(f"{path} is not what was written on {description.made_at}: its SHA-256 differs.")
    return Backup(path, description)


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("parley-*") if path.suffix in SUFFIXES.values())


def _described(path: Path) -> Path:
    return path.with_suffix(path.suffix + DESCRIPTION)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- Restoring beside the real one ----


@dataclass(frozen=True)
class Scratch:
    """A database that holds what the backup holds, for as long as it is looked at."""

    url: str
    rows: dict[str, int]


@contextmanager
def restored(backup: Backup) -> Iterator[Scratch]:
    """Raises :class:`BackupFailed`. The real database is not touched; the scratch one is dropped at the end."""
    restore = _restored_sqlite if backup.path.suffix == SUFFIXES["sqlite"] else _restored_postgresql
    with _in_a_sentence(), restore(backup.path) as scratch:
        yield scratch


@contextmanager
def _restored_sqlite(path: Path) -> Iterator[Scratch]:
    with tempfile.TemporaryDirectory(prefix="parley-drill-") as folder:
        copy = Path(shutil.copy(path, folder))
        with _other_sqlite(copy) as database:
            rows = rows_of(database)
        yield Scratch(f"sqlite:///{copy}", rows)


def scratch_name() -> str:
    """Of a database that nobody has, and that is dropped again."""
    return f"parley_drill_{secrets.token_hex(4)}"


@contextmanager
def _restored_postgresql(path: Path) -> Iterator[Scratch]:
    if connection.vendor != "postgresql":
        raise BackupFailed(f"{path.name} is of PostgreSQL, and DATABASE_URL names none to restore it in.")
    name = scratch_name()
    with _other(NAME="postgres") as server, server.cursor() as cursor:
        try:
            cursor.execute(f"CREATE DATABASE {name}")
        except Error as error:
            if getattr(error.__cause__, "sqlstate", "") != NO_RIGHT:
                raise
            cursor.execute("SELECT quote_ident(current_user)")
            raise BackupFailed(
                "The drill restores into a database of its own, and this role may not create one. "
                f"Let a superuser of PostgreSQL allow it: ALTER ROLE {cursor.fetchone()[0]} CREATEDB;"
            ) from error
    try:
        _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", str(path), database=name, names=True)
        with _other(NAME=name) as database:
            rows = rows_of(database)
        yield Scratch(_url(name), rows)
    finally:
        with _other(NAME="postgres") as server, server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _other(**changes: Any) -> Iterator[BaseDatabaseWrapper]:
    """The configured database with something changed, outside of any pool, and without the limits that requests have."""
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    engine = import_module(f"{connection.settings_dict['ENGINE']}.base")
    facts = {**connection.settings_dict, "OPTIONS": options, **changes}
    database: BaseDatabaseWrapper = engine.DatabaseWrapper(facts, alias="drill")
    try:
        if database.vendor == "postgresql":
            with database.cursor() as cursor:
                cursor.execute("SELECT set_config(name, '0', false) FROM pg_settings WHERE name = ANY(%s)", [LIMITS])
        yield database
    finally:
        database.close()


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """What the database said, without the rows it may have said it of. Raises :class:`BackupFailed`."""
    try:
        yield
    except Error as error:
        words = " ".join(redact(str(error)).split()) or type(error).__name__
        raise BackupFailed(f"The database failed: {words.rstrip('.')}.") from error


def _other_sqlite(path: Path) -> AbstractContextManager[BaseDatabaseWrapper]:
    """Without the pragmas of the real one, which would change the file."""
    return _other(NAME=str(path), OPTIONS={})


# ---- PostgreSQL's own programs ----


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _url(name: str) -> str:
    facts = connection.settings_dict
    user = quote(facts["USER"], safe="") + (f":{quote(facts['PASSWORD'], safe='')}" if facts["PASSWORD"] else "")
    place = quote(facts["HOST"], safe="[]:") + (f":{facts['PORT']}" if facts["PORT"] else "")
    return f"postgres://{user}{'@' if user else ''}{place}/{name}"


def _run(program: str, *arguments: str, database: str, names: bool = False) -> None:
    """Passwords go by the environment: everybody on the machine may read a command line."""
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(
            f"{program} was not found. It comes with PostgreSQL's client programs (on Debian: postgresql-client)."
        )
    facts = {**connection.settings_dict, **connection.settings_dict["OPTIONS"]}
    variables = {variable: str(facts[name]) for name, variable in PROGRAM_VARIABLES.items() if facts.get(name)}
    target = [f"--dbname={database}"] if names else []
    done = subprocess.run(
        [sys.executable, "-c", END_WITH_PARENT, str(os.getpid()), path, *target, *arguments],
        env={**os.environ, **variables, "PGDATABASE": database},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupFailed(f"{program} failed: {_own_words(program, done.stderr)[-1000:] or done.returncode}")


def _own_words(program: str, text: str) -> str:
    """The first line, and what begins with its name. The lines between are the server's, which quotes rows, in its language."""
    first, *others = text.splitlines() or [""]
    return redact("\n".join([first, *(line for line in others if line.startswith(f"{program}: "))])).strip()
