"""Who was asked what, written down at the start, so that somebody or something else in its place shows."""

from __future__ import annotations

from collections.abc import Sequence

from candidates.domain.receipts import value_hash
from candidates.models import Attempt, AttemptQuestion
from interview_project.numbers import plain


def facts_of(attempt: Attempt, questions: Sequence[AttemptQuestion]) -> dict[str, str]:
    return {
        "candidate": str(attempt.candidate_id),
        "purpose": str(attempt.purpose),
        "asked": _hash_of(questions),
    }


def _hash_of(questions: Sequence[AttemptQuestion]) -> str:
    """SHA-256 over number, section, version, points and order of options of each, by number.

    What a version asks has a hash of its own.
    """
    return value_hash(
        [
            [one.number, one.section.position, str(one.version_id), plain(one.points), one.option_order]
            for one in sorted(questions, key=lambda one: one.number)
        ]
    )
