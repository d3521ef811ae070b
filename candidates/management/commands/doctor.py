from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from interview_project.diagnosis import Level, examine


class Command(BaseCommand):
    help = "Look for what would hurt: settings, database, cache, worker, files, mail. Exit 1 if something would."
    requires_system_checks: list[str] = []  # they are among what is looked at

    def handle(self, *args: Any, **options: Any) -> None:
        styles = {Level.OK: self.style.SUCCESS, Level.WARN: self.style.WARNING, Level.FAIL: self.style.ERROR}
        levels = []
        for line in examine():
            levels.append(line.level)
            self.stdout.write(f"{styles[line.level](f'{line.level:<4}')}  {line.subject:<14} {line.words}")
        failed, warned = levels.count(Level.FAIL), levels.count(Level.WARN)
        self.stdout.write(f"{len(levels)} looked at, {warned} to heed, {failed} that would hurt.")
        if failed:
            raise SystemExit(1)
