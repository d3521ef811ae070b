from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from candidates.domain import audit
from candidates.domain.verification import problems_of
from candidates.domain.verified_course import course_that_differs
from candidates.models import Attempt


class Command(BaseCommand):
    help = "Compute every chain of saves and staff actions again, and name what was changed or removed behind Parley's back."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = broken = 0
        trail = audit.read_trail()
        for attempt in Attempt.objects.exclude(started_at=None).order_by("created_at").iterator():
            checked += 1
            problems = list(_problems_of(attempt, trail))
            broken += bool(problems)
            for problem in problems:
                self.stdout.write(f"attempt {attempt.pk}: {problem}")
        entry = trail.broken
        if entry is not None:
            self.stdout.write(f"audit entry {entry.pk}: it, or one before it, was changed or removed")
        summary = f"{checked} attempts checked, {broken} with problems; audit log {'broken' if entry else 'whole'}."
        if broken or entry:
            raise CommandError(summary)
        self.stdout.write(summary)


def _problems_of(attempt: Attempt, trail: audit.Trail) -> Iterator[str]:
    try:
        yield from problems_of(attempt)
        yield from course_that_differs(attempt, trail)
    except Error:  # of the database, and not of this attempt
        raise
    except Exception as error:  # noqa: BLE001 - what was damaged may be anything, and the others are still to be checked
        yield f"the rest cannot be computed again ({type(error).__name__})"
