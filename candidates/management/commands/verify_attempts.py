from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from candidates.domain import audit
from candidates.domain.verification import problems_of
from candidates.models import Attempt


class Command(BaseCommand):
    help = "Compute every chain of saves and staff actions again, and name what was changed or removed behind Parley's back."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = broken = 0
        for attempt in Attempt.objects.exclude(started_at=None).order_by("created_at").iterator():
            checked += 1
            problems = list(problems_of(attempt))
            broken += bool(problems)
            for problem in problems:
                self.stdout.write(f"attempt {attempt.pk}: {problem}")
        entry = audit.first_broken_entry()
        if entry is not None:
            self.stdout.write(f"audit entry {entry.pk}: it, or one before it, was changed or removed")
        summary = f"{checked} attempts checked, {broken} with problems; audit log {'broken' if entry else 'whole'}."
        if broken or entry:
            raise CommandError(summary)
        self.stdout.write(summary)
