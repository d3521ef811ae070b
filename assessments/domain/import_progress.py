"""How far the storing of a file is, seen from outside the transaction that stores it. A bookmark: losing it loses nothing."""

from __future__ import annotations

from assessments.models import QuestionImport
from interview_project.caches import Fuse, notes

SECONDS = 3600
fuse = Fuse()


def note(row: QuestionImport, done: int) -> None:
    fuse.run(lambda: notes().set_note(_key(row), done, seconds=SECONDS), otherwise=None)


def done_of(row: QuestionImport) -> int:
    """Questions, of the stage it is in."""
    return max(row.done, fuse.run(lambda: notes().read_note(_key(row)), otherwise=None) or 0)


def _key(row: QuestionImport) -> str:
    return f"import-progress:{row.pk}:{row.stage}"
