from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from interview_project import backup_days


class Command(BaseCommand):
    help = "Write the whole database, as of one moment, to a file; everybody goes on working meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_FOLDER, metavar="FOLDER")
        parser.add_argument("--keep", type=int, metavar="N", help="Afterwards remove all but the newest N.")

    def handle(self, *args: Any, to: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep must be 1 or more.")
        try:
            backup = backup_days.make(to)
        except backup_days.FAILURES as error:
            raise CommandError(f"{error} Nothing was written.") from error
        try:
            removed = backup_days.thin_out(to, keep=keep, made=backup) if keep is not None else 0
        except backup_days.NotThinnedOut as error:
            raise CommandError(str(error)) from error
        rows = sum(backup.description.rows.values())
        removal = f"; {removed} older removed" if removed else ""
        self.stdout.write(f"{backup.path}: {rows} rows, {backup.description.bytes} bytes{removal}.")
