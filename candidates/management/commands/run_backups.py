from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from interview_project import backup_days

log = structlog.get_logger(__name__)
LOOK_SECONDS = 60
AGAIN_SECONDS = 1800
"""After a failure: a disk that is full does not empty itself within a minute, and a database may come back."""


class Command(BaseCommand):
    help = "Make a backup each day, for as long as it runs; at once if the last one that was due is not there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_FOLDER, metavar="FOLDER")
        parser.add_argument("--check", action="store_true", help="Make none: is the last one there? Exit 1 if not.")

    def handle(self, *args: Any, to: Path, check: bool, **options: Any) -> None:
        if check:
            self._check(to)
            return
        signal.signal(signal.SIGTERM, _end)  # one that is under way leaves nothing behind
        while True:
            time.sleep(look(to))

    def _check(self, folder: Path) -> None:
        about = f"backup that was due at {settings.BACKUP_AT:%H:%M} is"
        if backup_days.is_missing(folder, at=settings.BACKUP_AT, late=backup_days.LATE):
            raise CommandError(f"The {about} not in {folder}.")
        self.stdout.write(f"The {about} in {folder}.")


def look(folder: Path) -> int:
    """Returns in how many seconds to look again."""
    try:
        backup = backup_days.make_if_due(folder, at=settings.BACKUP_AT, keep=settings.BACKUP_KEEP)
    except backup_days.NotThinnedOut as error:
        log.error("older backups not removed", reason=str(error))  # noqa: TRY400 - it says why in a sentence
        return LOOK_SECONDS
    except backup_days.FAILURES as error:
        log.error("backup failed", reason=str(error), again_in=AGAIN_SECONDS)  # noqa: TRY400 - it says why in a sentence
        return AGAIN_SECONDS
    finally:
        connections.close_all()  # none is needed for a day, in which PostgreSQL may restart and cut it off
    if backup is not None:
        log.info("backup made", file=str(backup.path), bytes=backup.description.bytes)
    return LOOK_SECONDS


def _end(*_: Any) -> None:
    sys.exit(0)
