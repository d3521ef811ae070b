from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from assessments.models import Assessment
from candidates.domain import invitations
from candidates.domain.links import invitation_link

MAIL_HEADERS = {"email", "e-mail", "mail", "email address", "e-mail address"}
NAME_HEADERS = {"name", "full name", "candidate", "candidate name"}


class Command(BaseCommand):
    help = "Invite the candidates of a CSV file (columns email, name) to an assessment. Running it again invites nobody twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--assessment", required=True, help="The slug of a published assessment.")
        parser.add_argument("--dry-run", action="store_true", help="Check the file; invite nobody.")
        parser.add_argument("--no-mail", action="store_true", help="Print one link per line instead of sending mail.")

    def handle(self, *args: Any, file: Path, assessment: str, dry_run: bool, no_mail: bool, **options: Any) -> None:
        found = Assessment.objects.published().filter(slug=assessment).first()
        if found is None:
            raise CommandError(f"No published assessment has the slug “{assessment}”.")
        people = read_people(file)
        try:
            invitations.require_invitable(found)
            invited = [] if dry_run else invitations.invite_many(found, people, send_mail=not no_mail)
        except invitations.InvitationRefused as refused:
            raise CommandError(str(refused)) from refused
        if no_mail:
            for one in invited:
                self.stdout.write(invitation_link(one.token))
        new = sum(one.is_new for one in invited)
        summary = (
            f"{len(people)} would be invited." if dry_run else f"{new} invited, {len(invited) - new} invited before."
        )
        (self.stderr if no_mail and not dry_run else self.stdout).write(summary)


def read_people(file: Path) -> list[tuple[str, str]]:
    """(mail, name) of every row. Raises CommandError that names every bad line; one bad line and nobody is invited."""
    try:
        rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    headers = [cell.strip().lower() for cell in rows[0]] if rows else []
    mail_column = next((i for i, header in enumerate(headers) if header in MAIL_HEADERS), None)
    name_column = next((i for i, header in enumerate(headers) if header in NAME_HEADERS), None)
    if mail_column is None:
        raise CommandError(f"{file} has no column “email” in its first line.")
    people, problems = {}, []
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        mail = row[mail_column].strip() if mail_column < len(row) else ""
        try:
            validate_email(mail)
        except ValidationError:
            problems.append(f"line {line}: “{mail}” is not a mail address")
        name = row[name_column].strip() if name_column is not None and name_column < len(row) else ""
        people[mail.lower()] = (mail, name)
    if problems:
        raise CommandError(f"{file}: nobody was invited. " + "; ".join(problems))
    return list(people.values())
