"""What somebody was asked, in one hash: written down at the start, so that another question in its place shows."""

from __future__ import annotations

from collections.abc import Iterable

from candidates.domain.receipts import value_hash
from candidates.models import AttemptQuestion
from interview_project.numbers import plain


def hash_of(questions: Iterable[AttemptQuestion]) -> str:
    """SHA-256 over number, version, points and order of options of each, by number. What a version asks has a hash of its own."""
    in_order = sorted(questions, key=lambda one: one.number)
    return value_hash([[one.number, str(one.version_id), plain(one.points), one.option_order] for one in in_order])
