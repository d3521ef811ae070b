from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from candidates.domain import retention
from candidates.models import Candidate


class Command(BaseCommand):
    help = "Erase a candidate: invitations, attempts, responses, scores. That it was done stays in the audit log, without a name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        candidate = Candidate.objects.filter(email__iexact=email.strip()).first()
        if candidate is None:
            raise CommandError(f"No candidate has the address “{email}”. Perhaps they were erased already.")
        attempts = candidate.attempts.count()
        retention.erase(candidate)
        self.stdout.write(f"Candidate {candidate.pk} erased, with {attempts} attempts.")
