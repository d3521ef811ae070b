from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview_project import backups, signs


class Command(BaseCommand):
    help = "Restore the newest backup beside the real database, compute everything in it again, and say what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="folder", type=Path, default=settings.BACKUP_FOLDER, metavar="FOLDER")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            said = self._tried(folder)
        except CommandError:
            signs.give(signs.DRILL, is_good=False)
            raise
        signs.give(signs.DRILL)
        self.stdout.write(said)

    def _tried(self, folder: Path) -> str:
        began = time.monotonic()
        try:
            backup = backups.newest(folder)
            with backups.restored(backup) as scratch:
                differences = [*_rows_that_differ(backup.description.rows, scratch.rows), *_verified(scratch.url)]
        except backups.BackupFailed as error:
            raise CommandError(f"{error} The real database was not touched.") from error
        for difference in differences:
            self.stdout.write(difference)
        about = f"{backup.path.name} of {backup.description.made_at}: {sum(scratch.rows.values())} rows restored"
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
    """By a process of its own, which knows of no other database."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"}
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "verify_attempts"],
        env={**environment, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode == 0 else [*done.stdout.splitlines(), *done.stderr.strip().splitlines()[-1:]]
