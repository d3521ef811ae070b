"""Asking for questions that are written in the background."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from assessments import tasks
from assessments.domain import generation
from assessments.domain.generation import Ask, Caller
from assessments.models import Generation, QuestionBank


def request_questions(ask: Ask, *, bank: QuestionBank, by: Any) -> Generation:
    """Reserve the call now, so that a limit is told to whoever asks, and have a worker carry it out.

    Raises as ``generation.generate_now``. Should this process die between the two steps, the line is freed unused.
    """
    line = generation.reserve(ask, caller=Caller.user(by), requested_by=by)
    with transaction.atomic():
        row = Generation.objects.create(bank=bank, ask=ask.as_json(), requested_by=by, request=line)
        tasks.generate_questions.enqueue(str(row.pk))
    return row
