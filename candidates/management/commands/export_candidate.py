from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string

from candidates.domain import exports
from candidates.models import Candidate


class Command(BaseCommand):
    help = "Write down everything kept about a candidate, for them: as JSON, or as a page one can read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--format", choices=("json", "html"), default="json")
        parser.add_argument("--output", type=Path, help="A file; without it, it is printed.")

    def handle(self, *args: Any, email: str, format: str, output: Path | None, **options: Any) -> None:  # noqa: A002
        candidate = Candidate.objects.filter(email__iexact=email.strip()).first()
        if candidate is None:
            raise CommandError(f"No candidate has the address “{email}”.")
        export = exports.export_of(candidate)
        text = as_html(export) if format == "html" else export.text()
        if output is None:
            self.stdout.write(text)
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error}") from error
        rows = sum(len(table) for table in export.tables.values())
        self.stdout.write(f"{rows} rows of {len(export.tables)} tables written to {output}.")


def as_html(export: exports.Export) -> str:
    return render_to_string("candidates/export.html", {"export": export})
