from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview_project import backups, scratch, signs
from interview_project.logs import redact
from interview_project.own_means import BackupFailed

ERROR = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w*[a-z]\w*: ")
"""How the last line of a traceback begins. PostgreSQL's own lines below it, ``LINE 1:`` and ``HINT:``, do not count."""


class Command(BaseCommand):
    help = "Restore the newest backup beside the real database, compute everything in it again, and say what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="folder", type=Path, default=settings.BACKUP_FOLDER, metavar="FOLDER")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        with signs.of(signs.DRILL):
            said = self._tried(folder)
        self.stdout.write(said)

    def _tried(self, folder: Path) -> str:
        began = time.monotonic()
        try:
            backup = backups.newest(folder)
            with scratch.restored(backup) as copy:
                differences = [*_rows_that_differ(backup.description.rows, copy.rows), *_verified(copy.url)]
        except BackupFailed as error:
            raise CommandError(f"{error} The real database was not touched.") from error
        for difference in differences:
            self.stdout.write(difference)
        about = f"{backup.path.name} of {backup.description.made_at}: {sum(copy.rows.values())} rows restored"
        if differences:
            raise CommandError(f"{about}, and something differs.")
        return f"{about} and computed again in {time.monotonic() - began:.0f} s; nothing differs."


def _rows_that_differ(written: dict[str, int], found: dict[str, int]) -> list[str]:
    return [
        f"{table}: {written.get(table, 0)} rows were backed up, {found.get(table, 0)} are there"
        for table in sorted(written.keys() | found.keys())
        if written.get(table) != found.get(table)
    ]


def _verified(url: str) -> list[str]:
    """As a restore would do it: brought to this version's tables first, which the backup may be older than."""
    return _problems_of("migrate", "--no-input", "--verbosity=0", url=url) or _problems_of("verify_attempts", url=url)


def _problems_of(command: str, *arguments: str, url: str) -> list[str]:
    """By a process of its own, which knows of no other database and is in nobody's way there."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"}
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), command, *arguments],
        env={**environment, "DATABASE_URL": url, "STATEMENT_TIMEOUT_MS": "0", "LOCK_TIMEOUT_MS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return []
    return [*done.stdout.splitlines(), f"{command}: {_reason(done.stderr) or f'it ended with {done.returncode}'}"]


def _reason(said: str) -> str:
    """The error that a traceback ends in, without the lines that some databases draw beneath it."""
    lines = redact(said).strip().splitlines()
    return next((line for line in reversed(lines) if ERROR.match(line)), lines[-1] if lines else "")
