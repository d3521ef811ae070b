"""A backup each day: which one is due, made by one of however many are asked to, and whether it lies there.

What was made is read off the folder alone, so a restart makes no second one, and an hour that was missed is made up for.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import IO

from django.utils import timezone

from interview_project import backups, signs
from interview_project.own_means import BackupFailed

LATE = timedelta(hours=3)
"""For which the newest may be missing before anybody needs to look: one takes its time, and is tried again."""
LOCK = ".daily.lock"
FAILURES = (BackupFailed, OSError)


class NotThinnedOut(OSError):
    """A backup was made, and older ones than were to be kept are there still."""


def make(folder: Path) -> backups.Backup:
    """Raises one of ``FAILURES``."""
    with signs.of(signs.BACKUP):
        return backups.make(folder)


def thin_out(folder: Path, *, keep: int, made: backups.Backup) -> int:
    """As :func:`backups.thin_out`. Raises :class:`NotThinnedOut`."""
    try:
        return backups.thin_out(folder, keep=keep, made=made)
    except OSError as error:
        raise NotThinnedOut(f"{made.path} was made, but older ones could not be removed: {error}.") from error


def make_if_due(folder: Path, *, at: time, keep: int) -> backups.Backup | None:
    """Raises one of ``FAILURES``."""
    if not is_missing(folder, at=at):
        return None
    with _alone(folder) as is_alone:
        if not is_alone or not is_missing(folder, at=at):
            return None
        made = make(folder)
        thin_out(folder, keep=keep, made=made)  # none before the new one is whole
        return made


def is_missing(folder: Path, *, at: time, late: timedelta = timedelta(0)) -> bool:
    """The last one that was due, so much later at the latest. One from the future is of a clock that was wrong."""
    now = timezone.now()
    due = last_due(now - late, at)
    return not any(due <= moment <= now for moment in backups.moments(folder))


def last_due(now: datetime, at: time) -> datetime:
    """By the clock of ``TIME_ZONE``; in UTC, because moments of one zone are compared by what its clocks show."""
    local = timezone.localtime(now)
    due = datetime.combine(local.date(), at, tzinfo=local.tzinfo).astimezone(UTC)
    if due <= now:
        return due
    return datetime.combine(local.date() - timedelta(days=1), at, tzinfo=local.tzinfo).astimezone(UTC)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else is at it in this folder."""
    with ExitStack() as stack:
        with signs.of_failing(signs.BACKUP):
            folder.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((folder / LOCK).open("a+b"))
            is_alone = _lock(file)
        yield is_alone


def _lock(file: IO[bytes]) -> bool:
    """False if another has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
