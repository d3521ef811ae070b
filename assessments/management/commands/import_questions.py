"""``import_questions FILE_OR_FOLDER… --bank NAME``: question files into a bank, with a word on every question not taken."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from assessments import formats
from assessments.domain import import_reports, question_banks
from assessments.domain.import_plans import Choices, Step
from assessments.domain.import_reports import ImportReport, totals, totals_words
from assessments.domain.near_duplicates.of_imports import Asked, NearMatch
from assessments.domain.question_names import Claims
from assessments.domain.reading import FileUnrecognised, Reader
from assessments.enums import ImportOutcome, OnConflict, QuestionStatus
from assessments.formats.base import FileUnreadable
from assessments.formats.media import MediaRefused
from assessments.management.progress import Progress, visible
from assessments.models import Question, QuestionBank

SHOWN = 20
"""Rejections, and names of skipped files, printed for one file; the report has all of them."""

NEAR_SHOWN = 5
"""Questions nearly the same as others, printed at the end of a run."""


@dataclass
class Found:
    """What the given paths came to."""

    files: list[Path] = field(default_factory=list)
    unnamed: set[Path] = field(default_factory=set)
    """Of ``files`` those of folders whose names say nothing of what they hold. They are tried."""
    skipped: list[Path] = field(default_factory=list)
    """In folders, of kinds that no format reads."""
    missing: list[ImportReport] = field(default_factory=list)


@dataclass
class Run:
    """What files of one run have in common."""

    options: dict[str, Any]
    claims: Claims = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    """Questions that are new, by their place."""
    stored: set[UUID] = field(default_factory=set)


class Command(BaseCommand):
    help = "Import question files into a question bank. Safe to run twice: what did not change stays as it is."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
        parser.add_argument("--bank", required=True, help="Name of the question bank; made if there is none.")
        parser.add_argument("--format", default="auto", choices=["auto", *formats.all_formats()])
        parser.add_argument(
            "--source", default="", help="What new questions are filed under: standard (default), kaggle…"
        )
        parser.add_argument("--status", default="draft", choices=["draft", "approved"], help="Of new questions.")
        parser.add_argument(
            "--on-conflict",
            default=OnConflict.VERSION.value,
            choices=OnConflict.values,
            help="For a question that the bank has with another content: version (a new version of the bank's; default),"
            " skip (the bank's stays), copy (it comes in as another question).",
        )
        parser.add_argument("--dry-run", action="store_true", help="Do everything, then undo it.")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="Where to write the full report.")

    def handle(self, *args: Any, **options: Any) -> None:
        options["bank"] = options["bank"].strip()
        require_fitting(bank=options["bank"], source=options["source"], report=options["report"])
        found = find_files(options["paths"])
        imported, near = self.import_files(found, options)
        reports = [*found.missing, *imported]
        self.print_near(near)
        if found.skipped:
            self.stdout.write(f"Not opened, being of other kinds: {listed(found.skipped)}.")
        for report in found.missing:
            self.stderr.write(f"{visible(report.path)}: {report.error}")
        if options["report"]:
            write_report(options["report"], reports, found, near)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was stored.")
        self.stdout.write(summary(reports))
        if any(report.error for report in reports):
            raise SystemExit(1)  # and not CommandError, which would print after the last line

    def import_files(self, found: Found, options: dict[str, Any]) -> tuple[list[ImportReport], list[NearMatch]]:
        """Files of a dry run see each other's questions, as they would in earnest."""
        reports: list[ImportReport] = []
        run = Run(options)
        with (
            question_banks.rehearsal() if options["dry_run"] else nullcontext(),
            Progress(self.stderr, total=sum(size(path) for path in found.files)) as progress,
            Reader() as reader,
        ):
            for path in found.files:
                report = import_file(path, run, reader, progress, is_unnamed=path in found.unnamed)
                progress.clear()
                if report is None:
                    found.skipped.append(path)
                    continue
                self.print_file(report)
                reports.append(report)
            near = list(run.asked.matches(but=frozenset(run.stored)))
        return reports, near

    def print_near(self, near: list[NearMatch]) -> None:
        for one in near[:NEAR_SHOWN]:
            place = f"{visible(one.path)}, {visible(one.where)} [{visible(one.title)}]"
            self.stdout.write(f"  nearly the same, {place}: in “{visible(one.bank)}” there is “{visible(one.stem)}”")
        if len(near) > NEAR_SHOWN:
            more = len(near) - NEAR_SHOWN
            self.stdout.write(f"  and {more} more that are nearly the same; --report FILE.json lists all of them.")

    def print_file(self, report: ImportReport) -> None:
        if report.error:
            self.stderr.write(f"{visible(report.path)}: {visible(report.error)} Nothing of it was stored.")
            return
        self.stdout.write(f"{visible(report.path)} ({report.format}): {counts(report)} of {report.total}.")
        for warning in report.warnings[:SHOWN]:
            self.stdout.write(f"  note: {visible(warning)}")
        for item in report.rejected[:SHOWN]:
            self.stdout.write(f"  rejected, {visible(item.where)}: {visible(item.reason)} [{visible(item.title)}]")
        more = len(report.rejected) - SHOWN
        if more > 0:
            self.stdout.write(f"  and {more} more rejected; --report FILE.json lists all of them.")


def require_fitting(*, bank: str, source: str, report: Path | None) -> None:
    """Raise :class:`CommandError` for what would only be found out after the work."""
    name_field, source_field = QuestionBank._meta.get_field("name"), Question._meta.get_field("source")
    for name, text, limit in (("--bank", bank, name_field.max_length), ("--source", source, source_field.max_length)):
        if len(text) > (limit or 0):
            raise CommandError(f"{name} is {len(text)} characters long, and {limit} fit.")
    if not bank:
        raise CommandError("--bank needs a name.")
    if report and not report.parent.is_dir():
        raise CommandError(f"There is no folder {report.parent} to write the report to.")


def find_files(paths: list[Path]) -> Found:
    found = Found()
    for path in paths:
        if path.is_dir():
            inside = [item for item in sorted(path.rglob("*")) if item.is_file() and not is_hidden(item, path)]
            found.unnamed |= {item for item in inside if not item.suffix}
            files = [item for item in inside if item.suffix.lower() in {"", *formats.suffixes()}]
            found.skipped += [item for item in inside if item not in set(files)]
            found.files += files
            if not files:
                known = ", ".join(sorted(formats.suffixes()))
                found.missing.append(ImportReport(str(path), error=f"The folder holds no question files ({known})."))
        elif path.exists():
            found.files.append(path)
        else:
            found.missing.append(ImportReport(str(path), error="There is no such file or folder."))
    return found


def is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def import_file(path: Path, run: Run, reader: Reader, progress: Progress, *, is_unnamed: bool) -> ImportReport | None:
    """Read and store one file; what cannot be read is the report's error. None for what is no file of questions."""
    options = run.options

    def stored(steps: list[Step]) -> None:
        for step in steps:
            if step.outcome == ImportOutcome.NEW and step.question:
                run.stored.add(step.question.pk)
                run.asked.add(str(path), step.item.parsed)

    try:
        with reader.read_path(path, format=options["format"]) as reading:
            progress.begin(size(path), steps=reading.total - len(reading.rejected))
            report = question_banks.import_questions(
                reading,
                bank=options["bank"],
                source=options["source"],
                status=QuestionStatus(options["status"]),
                file=path.name,
                claims=run.claims,
                choices=Choices(OnConflict(options["on_conflict"])),
                progress=progress.step,
                stored=stored,
            )
    except MediaRefused as refusal:
        progress.advance(size(path))
        return ImportReport(str(path), error=f"A picture of it is refused: {refusal}.")
    except FileUnreadable as error:
        progress.advance(size(path))
        is_other = is_unnamed and isinstance(error, FileUnrecognised)
        return None if is_other else ImportReport(str(path), error=str(error))
    report.path = str(path)
    progress.finish()
    return report


def size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# ---- What is said at the end ----


def counts(report: ImportReport) -> str:
    return totals_words([report.as_json()])


def summary(reports: list[ImportReport]) -> str:
    files = [report.as_json() for report in reports]
    return f"{totals_words(files)} of {totals(files)['total']}."


def write_report(path: Path, reports: list[ImportReport], found: Found, near: list[NearMatch]) -> None:
    content = import_reports.as_json(reports, skipped=[str(item) for item in found.skipped], near=near)
    try:
        path.write_text(f"{json.dumps(content, indent=2)}\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report cannot be written to {path}: {error.strerror}.") from error


def listed(paths: list[Path]) -> str:
    names = ", ".join(visible(str(path)) for path in paths[:SHOWN])
    return names if len(paths) <= SHOWN else f"{names} and {len(paths) - SHOWN} more"
