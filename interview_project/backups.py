"""Backups of the whole database by its own means: made, kept, found again and checked.

PostgreSQL is dumped by ``pg_dump``, SQLite by ``VACUUM INTO``: both are of one moment, while everybody goes on working.
Beside each backup lies a description with its SHA-256 and the rows that each table had at that very moment.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from interview_project import own_means
from interview_project.own_means import BackupFailed

SUFFIXES = {"postgresql": ".dump", "sqlite": ".sqlite3"}
DESCRIPTION = ".json"
PARTIAL = ".partial"
CANNOT = (errno.EINVAL, errno.ENOTSUP)
"""What some file systems of other machines say when a folder is to be put on disk."""
MOMENT = "%Y%m%dT%H%M%SZ"


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
    """Raises :class:`BackupFailed`. A backup that is there is whole: it gets its name last, after it and its description
    are on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder)
    own_means.require_room(folder)
    now = datetime.now(UTC)
    path = folder / f"parley-{now:{MOMENT}}{SUFFIXES[connection.vendor]}"
    if path.exists():
        raise BackupFailed(f"{path} was made within this second.")
    with _partial(path) as partial, own_means.in_a_sentence():
        rows = _dump(partial)
        description = Description(
            made_at=now.isoformat(timespec="seconds"),
            database=f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}",
            sha256=_sha256(partial),
            bytes=partial.stat().st_size,
            rows=rows,
        )
        _described(path).write_text(json.dumps(asdict(description), indent=1) + "\n")
        _put_on_disk(_described(path))
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
            _put_on_disk(path.parent)  # the names, too
        except BaseException:
            partial.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            _described(path).unlink(missing_ok=True)
            raise


def _put_on_disk(path: Path) -> None:
    """A file, or a folder with the names in it, where the file system can do that."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in CANNOT:
            raise
    finally:
        os.close(opened)


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
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            own_means.require_room(path.parent, needed=cursor.fetchone()[0])  # nobody can look at the disk meanwhile
            cursor.execute("VACUUM INTO %s", [str(path)])  # which takes an empty file that is there
        with own_means.another_sqlite(path) as copy:
            return own_means.rows_of(copy)
    with own_means.another() as database, database.cursor() as cursor:
        # The dump and the counts see the very same moment, however long this transaction has to wait for the dump.
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        moment = cursor.fetchone()[0]
        arguments = ["--format=custom", "--no-owner", f"--snapshot={moment}", f"--file={path}"]
        own_means.run("pg_dump", *arguments, database=str(connection.settings_dict["NAME"]), into=path.parent)
        return own_means.rows_of(database)


def thin_out(folder: Path, *, keep: int, made: Backup) -> int:
    """Remove all but so many: the one just made, whatever the clock says, and the newest others. Returns how many."""
    others = [path for path in _all(folder) if path != made.path]
    old = others[: max(0, len(others) + 1 - keep)]
    for path in old:
        path.unlink(missing_ok=True)  # another may thin out the same folder
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


def moments(folder: Path) -> Iterator[datetime]:
    return (moment for moment, _ in _dated(folder))


def _dated(folder: Path) -> Iterator[tuple[datetime, Path]]:
    """Of which they are, by their names."""
    for path in folder.glob("parley-*"):
        if path.suffix in SUFFIXES.values():
            with suppress(ValueError):  # of a copy that somebody has named otherwise
                yield datetime.strptime(path.stem, f"parley-{MOMENT}").replace(tzinfo=UTC), path


def _all(folder: Path) -> list[Path]:
    """The newest last, and first what is dated from the future: a clock was wrong, and nobody knows how old it is."""
    now = datetime.now(UTC)
    return [path for *_, path in sorted((moment <= now, moment, path) for moment, path in _dated(folder))]


def _described(path: Path) -> Path:
    return path.with_suffix(path.suffix + DESCRIPTION)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
