"""``import_questions FILE_OR_FOLDER… --bank NAME``: question files into a bank, with a word on every question not taken."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments import formats
from assessments.domain import question_banks
from assessments.domain.question_banks import ImportReport
from assessments.domain.question_names import Claims
from assessments.enums import QuestionStatus
from assessments.formats.base import FileUnreadable
from assessments.formats.detect import detect
from assessments.formats.text import MAX_FILE_BYTES
from assessments.management.progress import Progress, visible
from assessments.models import Question, QuestionBank

SHOWN = 20
"""Rejections, and names of skipped files, printed for one file; the report has all of them."""


@dataclass
class Found:
    """What the given paths came to."""

    files: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    """In folders, of kinds that no format reads."""
    missing: list[ImportReport] = field(default_factory=list)


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
        parser.add_argument("--dry-run", action="store_true", help="Do everything, then undo it.")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="Where to write the full report.")

    def handle(self, *args: Any, **options: Any) -> None:
        options["bank"] = options["bank"].strip()
        require_fitting(bank=options["bank"], source=options["source"], report=options["report"])
        found = find_files(options["paths"])
        if found.skipped:
            self.stdout.write(f"Not opened, being of other kinds: {listed(found.skipped)}.")
        reports = [*found.missing, *self.import_files(found.files, options)]
        for report in found.missing:
            self.stderr.write(f"{visible(report.path)}: {report.error}")
        if options["report"]:
            write_report(options["report"], reports, found)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was stored.")
        self.stdout.write(summary(reports))
        if any(report.error for report in reports):
            raise SystemExit(1)  # and not CommandError, which would print after the last line

    def import_files(self, files: list[Path], options: dict[str, Any]) -> list[ImportReport]:
        """Files of a dry run see each other's questions, as they would in earnest."""
        reports: list[ImportReport] = []
        claims: Claims = {}
        with (
            question_banks.rehearsal() if options["dry_run"] else nullcontext(),
            Progress(self.stderr, total=sum(size(path) for path in files)) as progress,
        ):
            for path in files:
                report = import_file(path, options, claims, progress)
                progress.clear()
                self.print_file(report)
                reports.append(report)
        return reports

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
            files = [item for item in inside if item.suffix.lower() in formats.suffixes()]
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


def import_file(path: Path, options: dict[str, Any], claims: Claims, progress: Progress) -> ImportReport:
    """Read and store one file; what cannot be read is the report's error."""
    try:
        data = read_bytes(path)
        chosen = detect(data, path.name) if options["format"] == "auto" else formats.get(options["format"])
        parsed = chosen.read(data)
    except FileUnreadable as error:
        progress.advance(size(path))
        return ImportReport(str(path), error=str(error))
    progress.begin(size(path), steps=len(parsed.questions))
    report = question_banks.import_questions(
        parsed,
        bank=options["bank"],
        source=options["source"],
        status=QuestionStatus(options["status"]),
        file=path.name,
        claims=claims,
        progress=progress.step,
    )
    report.path = str(path)
    progress.finish()
    return report


def read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FileUnreadable(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"The file cannot be opened: {error.strerror}.") from error


def size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# ---- What is said at the end ----


def counts(report: ImportReport) -> str:
    return f"{report.imported} imported, {report.updated} updated, {report.unchanged} unchanged, {len(report.rejected)} rejected"


def totals(reports: list[ImportReport]) -> dict[str, int]:
    return {
        "total": sum(report.total for report in reports),
        "imported": sum(report.imported for report in reports),
        "updated": sum(report.updated for report in reports),
        "unchanged": sum(report.unchanged for report in reports),
        "rejected": sum(len(report.rejected) for report in reports),
    }


def summary(reports: list[ImportReport]) -> str:
    return "{imported} imported, {updated} updated, {unchanged} unchanged, {rejected} rejected of {total}.".format(
        **totals(reports)
    )


def write_report(path: Path, reports: list[ImportReport], found: Found) -> None:
    content = {
        "files": [report.as_json() for report in reports],
        "totals": totals(reports),
        "skipped": [str(item) for item in found.skipped],
    }
    try:
        path.write_text(f"{json.dumps(content, indent=2)}\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report cannot be written to {path}: {error.strerror}.") from error


def listed(paths: list[Path]) -> str:
    names = ", ".join(visible(str(path)) for path in paths[:SHOWN])
    return names if len(paths) <= SHOWN else f"{names} and {len(paths) - SHOWN} more"
