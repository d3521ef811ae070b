from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from candidates.domain import retention


class Command(BaseCommand):
    help = "Erase the attempts and invitations whose assessment said that their time would be over by now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Do everything, then undo it.")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        applied = retention.apply_due(is_dry=dry_run)
        self.stdout.write(f"{applied.words} {'would be erased' if dry_run else 'erased'}.")
