from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from assessments.formats.base import FileUnreadable
from assessments.formats.text import decode_table
from assessments.models import Assessment
from candidates.domain import invitations
from candidates.domain.links import invitation_link
from candidates.domain.people_lists import read_people


class Command(BaseCommand):
    help = (
        "Invite the people of a CSV file (columns email, name) to an assessment. Running it again invites nobody twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--assessment", required=True, help="The slug of a published assessment.")
        parser.add_argument("--dry-run", action="store_true", help="Check the file; invite nobody.")
        parser.add_argument("--no-mail", action="store_true", help="Print one link per line instead of sending mail.")

    def handle(self, *args: Any, file: Path, assessment: str, dry_run: bool, no_mail: bool, **options: Any) -> None:
        found = Assessment.objects.published().filter(slug=assessment).first()
        if found is None:
            raise CommandError(f"No published assessment has the slug “{assessment}”.")
        people, warnings = people_in(file)
        for warning in warnings:
            self.stderr.write(f"{file}: {warning}")
        try:
            with transaction.atomic():
                invited = invitations.invite_many(found, people, send_mail=not (no_mail or dry_run))
                transaction.set_rollback(dry_run)
        except invitations.InvitationRefused as refused:
            raise CommandError(str(refused)) from refused
        if no_mail and not dry_run:
            for one in invited:
                self.stdout.write(invitation_link(one.token))
        new = sum(one.is_new for one in invited)
        would_be = "would be " if dry_run else ""
        out = self.stderr if no_mail and not dry_run else self.stdout
        out.write(f"{new} {would_be}invited, {len(invited) - new} invited before.")


def people_in(file: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """(mail, name) of everybody, once, and what was guessed about the file. Raises CommandError that names every bad line;
    one bad line and nobody is invited."""
    try:
        text, warnings = decode_table(file.read_bytes())
        lines = read_people(text)
    except (OSError, FileUnreadable, csv.Error) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    if problems := [f"line {line.number}: {line.problem}" for line in lines if line.problem]:
        raise CommandError(f"{file}: nobody was invited. {' '.join(problems)}")
    return list({line.email.lower(): (line.email, line.name) for line in lines}.values()), warnings
