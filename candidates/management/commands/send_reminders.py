from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.models import Assessment
from candidates.domain import clock, reminders


class Command(BaseCommand):
    help = "Remind candidates who have not started, once each: those who are due by the rule of their assessment, or all of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--assessment", help="The slug of a published one: everybody who could start it now.")
        parser.add_argument("--dry-run", action="store_true", help="Say how many; send nothing.")

    def handle(self, *args: Any, assessment: str | None, dry_run: bool, **options: Any) -> None:
        now = clock.now()
        if assessment is None:
            rows = reminders.due(at=now)
        else:
            found = Assessment.objects.published().filter(slug=assessment).first()
            if found is None:
                raise CommandError(f"No published assessment has the slug “{assessment}”.")
            rows = reminders.not_started(found, at=now)
        count = sum(1 for _ in rows) if dry_run else reminders.remind(rows, at=now)
        self.stdout.write(f"{count} {'would be reminded' if dry_run else 'reminded'}.")
