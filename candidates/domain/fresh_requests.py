"""Asking for fresh practice questions, which are written in the background."""

from __future__ import annotations

from django.db import transaction

from assessments.domain.asks import Ask
from candidates import tasks
from candidates.domain import fresh
from candidates.models import Attempt, FreshSet


def request_fresh(attempt: Attempt, ask: Ask) -> FreshSet:
    """Raises ``NotForPractice``, and as ``generation.generate_now``."""
    row = fresh.reserve(attempt, ask)
    with transaction.atomic():
        row.save(force_insert=True)
        tasks.write_fresh_questions.enqueue(str(row.pk))
    return row
