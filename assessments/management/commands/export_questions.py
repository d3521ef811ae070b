"""``export_questions --bank NAME --format FMT --output FILE``: a bank as a file that can be imported again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments import formats
from assessments.domain import question_banks
from assessments.enums import QuestionStatus
from assessments.formats.base import FileUnwritable, ParsedBank, Unsaid
from assessments.management.progress import visible
from assessments.models import QuestionBank

SHOWN = 20
"""Names of banks, where the one asked for is not there."""


class Command(BaseCommand):
    help = "Write the questions of a bank to a file. Retired questions are left out."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        writable = [name for name, item in formats.all_formats().items() if item.can_write]
        parser.add_argument("--bank", required=True)
        parser.add_argument("--format", required=True, choices=writable)
        parser.add_argument("--output", required=True, type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        bank = find_bank(options["bank"])
        chosen = formats.get(options["format"])
        questions = question_banks.export_bank(bank)
        try:
            data = chosen.write(questions, ParsedBank(bank.name, bank.description, bank.licence))
        except FileUnwritable as error:
            raise CommandError(str(error)) from error
        write_whole(options["output"], data)
        unsaid = chosen.unsaid(questions)
        for sentence in unsaid.sentences:
            self.stdout.write(f"note: {visible(sentence)}")
        if retired := bank.questions.filter(status=QuestionStatus.RETIRED).count():
            self.stdout.write(f"{retired} retired left out.")
        count = written_of(len(questions), unsaid)
        self.stdout.write(f"{count} written to {options['output']}.")


def written_of(count: int, unsaid: Unsaid) -> str:
    """``69``, or ``61 of 69`` where some are not in the file."""
    return f"{count - unsaid.questions} of {count}" if unsaid.questions else str(count)


def find_bank(name: str) -> QuestionBank:
    try:
        return QuestionBank.objects.get(name=name)
    except QuestionBank.DoesNotExist:
        names = ", ".join(QuestionBank.objects.values_list("name", flat=True)[:SHOWN]) or "none yet"
        raise CommandError(f'There is no question bank "{name}". There are: {names}.') from None


def write_whole(path: Path, data: bytes) -> None:
    """All of it or nothing: a full disk must not leave half a file where a whole one was."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
