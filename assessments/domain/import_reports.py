"""What became of each file of an import, in numbers, words and rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.domain.import_plans import Step
from assessments.domain.near_duplicates.of_imports import NearMatch
from assessments.domain.question_names import listed
from assessments.enums import IMPORT_ADDS, IMPORT_CHANGES
from assessments.formats.base import Rejection


@dataclass
class ImportReport:
    """What became of one file."""

    path: str
    format: str = ""
    total: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None

    def count(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.outcome in IMPORT_ADDS:
                self.imported += 1
            elif step.outcome in IMPORT_CHANGES:
                self.updated += 1
            else:
                self.unchanged += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "format": self.format,
            "total": self.total,
            "imported": self.imported,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [{"where": item.where, "title": item.title, "reason": item.reason} for item in self.rejected],
            "warnings": self.warnings,
            "error": self.error,
        }


def kept_words(places: list[str]) -> list[str]:
    """Of questions that differ from the bank's, where the bank's were to be kept."""
    if not places:
        return []
    differ = "1 question differs" if len(places) == 1 else f"{len(places)} questions differ"
    return [f"{differ} from the bank's, and the bank's was kept: {listed(places)}."]


def left_out_words(count: int) -> list[str]:
    return [f"{count} question{' was' if count == 1 else 's were'} left out, as was asked."] if count else []


def totals(files: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Of reports as they are written down."""
    counted = {name: sum(one[name] for one in files) for name in ("total", "imported", "updated", "unchanged")}
    return {**counted, "rejected": sum(len(one["rejected"]) for one in files)}


def totals_words(files: Sequence[dict[str, Any]]) -> str:
    return "{imported} imported, {updated} updated, {unchanged} unchanged, {rejected} rejected".format(**totals(files))


def as_json(
    reports: Sequence[ImportReport], *, skipped: Sequence[str] = (), near: Sequence[NearMatch] = ()
) -> dict[str, Any]:
    files = [report.as_json() for report in reports]
    return {
        "files": files,
        "totals": totals(files),
        "skipped": list(skipped),
        "near_duplicates": [one.as_json() for one in near],
    }
