"""Asking for questions that are written in the background."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from assessments import tasks
from assessments.domain import generation, ledger
from assessments.domain.asks import Ask
from assessments.domain.ledger import Caller
from assessments.models import Generation, QuestionBank


def request_questions(ask: Ask, *, bank: QuestionBank, by: Any, key: UUID | None = None) -> Generation:
    """Reserve the call now, so that a limit is told to whoever asks, and have a worker carry it out.

    The same key again, by the same person, is the same request: it is paid once. Raises as ``generation.generate_now``.
    Should this process die between the two steps, the line is freed unused.
    """
    key = key or uuid4()
    if earlier := _earlier(key, by):
        return earlier
    line = generation.reserve(ask, caller=Caller.user(by), requested_by=by)
    try:
        with transaction.atomic():
            row = Generation.objects.create(pk=key, bank=bank, ask=ask.as_json(), requested_by=by, request=line)
            tasks.generate_questions.enqueue(str(row.pk))
    except IntegrityError as error:  # both were sent at once, or the key is made up
        ledger.withdraw(line)
        if earlier := _earlier(key, by):
            return earlier
        raise ledger.AiRefused("This form cannot be sent again. Load the page anew.") from error
    return row


def _earlier(key: UUID, by: Any) -> Generation | None:
    return Generation.objects.filter(pk=key, requested_by=by).first()
