from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from candidates.domain import attempts


class Command(BaseCommand):
    help = (
        "Close the attempts whose time, and the grace after it, is over. Safe to run at any time, by several at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        closed = 0
        while batch := attempts.close_overdue():
            closed += batch
        self.stdout.write(f"{closed} overdue {'attempt' if closed == 1 else 'attempts'} closed.")
