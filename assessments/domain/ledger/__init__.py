"""What AI may be asked, by whom and for how much: decided here, in the database, before any call.

Each call is a line: reserved at the most it can cost, begun, settled at what it did cost. One lock orders all of them,
so the limits are exact however many ask at once; it is held for a few milliseconds and never during a call. What cannot
be looked up is refused.

A line that was begun and never settled (its process died) is booked in full after five minutes, because nobody knows
whether Gemini was paid; one that was never begun costs nothing.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from assessments import gemini
from assessments.domain.ledger import endings, limits, lock
from assessments.domain.ledger.callers import Caller
from assessments.domain.ledger.limits import MICROS, WINDOW, cost_micros, start_of_day
from assessments.domain.ledger.refusals import (
    CALLS,
    AiRefused,
    BudgetSpent,
    GenerationStopped,
    LedgerUnavailable,
    LimitReached,
    refusing_while_away,
)
from assessments.enums import AiPurpose, GenerationResult
from assessments.gemini import GeminiFailed, Prompt, Reply, Usage
from assessments.gemini.prompt import AnswerT
from assessments.models import AiControl, Assessment, GenerationRequest

__all__ = [
    "CALLS",
    "MICROS",
    "WINDOW",
    "AiRefused",
    "BudgetSpent",
    "Caller",
    "GenerationStopped",
    "LedgerUnavailable",
    "LimitReached",
    "begin",
    "call",
    "reserve",
    "settle",
    "settle_abandoned",
    "start_of_day",
    "stopped",
    "switch",
    "withdraw",
]


def reserve(
    caller: Caller,
    prompt: Prompt[Any],
    *,
    purpose: AiPurpose,
    requested_by: Any = None,
    assessment: Assessment | None = None,
    is_counted: bool = True,
) -> GenerationRequest:
    """A line for the most this call can cost. Raises :class:`AiRefused`, ``NotConfigured``."""
    if gemini.missing_setting():
        raise gemini.NotConfigured
    line = GenerationRequest(
        caller=caller.name,
        purpose=purpose,
        is_counted=is_counted,
        requested_by=requested_by if getattr(requested_by, "pk", None) else None,
        assessment=assessment,
        model=settings.GEMINI_MODEL,
        prompt_version=prompt.version,
        prompt_hash=prompt.hash,
        reserved_tokens=prompt.most_tokens,
        reserved_micros=cost_micros(prompt.most_tokens_in, prompt.max_output_tokens),
    )
    with refusing_while_away():
        try:
            with lock.exclusively() as control:
                line.requested_at = lock.now()
                endings.settle_abandoned(line.requested_at)
                limits.require_running(control)
                if is_counted:
                    limits.require_window(caller, line.requested_at)
                limits.require_budgets(line)
                line.save(force_insert=True)
        except AiRefused as refusal:
            endings.note_refusal(line, refusal)
            raise
    return line


def withdraw(line: GenerationRequest) -> None:
    """A line that nothing will come of after all: it costs nothing and is none of the caller's five."""
    endings.end(line, GenerationResult.REFUSED, reason="asked twice; free")


def stopped() -> str:
    """That AI is stopped, and why, in a sentence; empty while it may be asked."""
    try:
        limits.require_running(AiControl.objects.first() or AiControl())
    except GenerationStopped as refusal:
        return str(refusal)
    return ""


def begin(line: GenerationRequest) -> None:
    """From here on it may cost something. Raises :class:`AiRefused`, and the line is then free.

    Its own transaction, never part of another: what follows is a network call.
    """
    with refusing_while_away(), lock.exclusively() as control:
        moment = lock.now()
        if refusal := _obstacle(control, moment):
            endings.end(line, GenerationResult.REFUSED, at=moment, reason=str(refusal))
        elif not GenerationRequest.objects.not_begun().filter(pk=line.pk).update(started_at=moment):
            refusal = AiRefused("This request waited too long or was interrupted, and was dropped. Ask again.")
    if refusal:
        raise refusal
    line.started_at = moment


def _obstacle(control: AiControl, at: datetime) -> AiRefused | None:
    """Returned, not raised: the refusal is written down in the same transaction, which must not be undone."""
    try:
        limits.require_running(control)
        limits.require_free_line(at)
    except AiRefused as refusal:
        return refusal
    return None


def call(line: GenerationRequest, prompt: Prompt[AnswerT]) -> Reply[AnswerT]:
    """Begin, ask Gemini, settle. Raises :class:`AiRefused`, ``GeminiFailed``."""
    begin(line)
    _give_connection_back()
    began = time.monotonic()
    try:
        reply = gemini.ask(prompt)
    except GeminiFailed as failure:
        settle(line, failure=failure, latency_ms=_ms_since(began))
        raise
    settle(line, usage=reply.usage, latency_ms=_ms_since(began))
    return reply


def settle(
    line: GenerationRequest,
    *,
    latency_ms: int,
    usage: Usage | None = None,
    failure: GeminiFailed | None = None,
) -> None:
    """Book what it did cost. Where nobody knows (no answer came back), the whole reservation.

    Raises :class:`LedgerUnavailable`; the line is then booked in full when it is found abandoned.
    """
    usage = usage or (failure.usage if failure else None)
    with refusing_while_away(), transaction.atomic(durable=True):
        if failure is None:
            endings.end(line, GenerationResult.SUCCEEDED, usage=usage, latency_ms=latency_ms)
        elif usage is not None or failure.is_free:
            endings.end(line, GenerationResult.FAILED, usage=usage, latency_ms=latency_ms, reason=failure.code)
        else:
            endings.book_in_full(line, latency_ms=latency_ms, reason=failure.code)


def settle_abandoned() -> int:
    """Lines whose process died. Also done before every reservation, so no sweeper is needed for the limits to hold."""
    with lock.exclusively():
        return endings.settle_abandoned(lock.now())


@transaction.atomic
def switch(*, is_stopped: bool, reason: str = "", by: Any = None) -> AiControl:
    """Stop or allow all AI calls, from the next one on."""
    control = lock.locked_control()
    control.is_stopped, control.reason, control.changed_by = is_stopped, reason, by
    control.save()
    return control


def _give_connection_back() -> None:
    """A call lasts seconds; the pool's connection is for saves meanwhile."""
    if not connection.in_atomic_block:
        connection.close()


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
