"""What AI may be asked, by whom and for how much: decided here, in the database, before any call.

Each call is a line: reserved at the most it can cost, begun, settled at what it did cost. One lock orders all of them,
so the limits are exact however many ask at once; it is held for a few milliseconds and never during a call. What cannot
be looked up is refused.

A line that was begun and never settled (its process died) is booked in full after five minutes, because nobody knows
whether Gemini was paid; one that was never begun costs nothing.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone

from assessments import gemini
from assessments.enums import AiPurpose, GenerationResult
from assessments.gemini import GeminiFailed, Prompt, Reply, Usage
from assessments.gemini.prompt import AnswerT
from assessments.models import AiControl, Assessment, GenerationRequest

CALLS, WINDOW = 5, timedelta(seconds=60)
ABANDONED_AFTER = timedelta(minutes=5)
LONGEST_CALL = timedelta(seconds=60)
BUSY_SECONDS = 5
IPV6_BITS = 56
MICROS = 1_000_000
log = structlog.get_logger(__name__)


class AiRefused(Exception):
    """The call may not be made. The text is a sentence for whoever asked."""

    retry_after: int = 0
    """Seconds; 0 where waiting is not what helps."""


class LimitReached(AiRefused):
    """Five calls in the last 60 seconds, or all lines to Gemini taken."""

    def __init__(self, retry_after: int, sentence: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(
            sentence or f"That were {CALLS} AI requests within a minute. Ask again in {_seconds_words(retry_after)}."
        )


class BudgetSpent(AiRefused):
    """A budget of tokens or money does not cover the call."""


class GenerationStopped(AiRefused):
    """Somebody has turned the switch."""


class LedgerUnavailable(AiRefused):
    """The ledger cannot be read, so nothing that costs money is done."""


@dataclass(frozen=True)
class Caller:
    """Whom the limit counts."""

    name: str

    @classmethod
    def user(cls, user: Any) -> Caller:
        return cls(f"user:{user.pk}")

    @classmethod
    def token(cls, token_id: UUID | int | str) -> Caller:
        return cls(f"token:{token_id}")

    @classmethod
    def attempt(cls, attempt_id: UUID) -> Caller:
        return cls(f"attempt:{attempt_id}")

    @classmethod
    def ip(cls, address: str) -> Caller:
        """A whole IPv6 network is one caller: whoever has one address of it has them all."""
        network = ipaddress.ip_network((address, IPV6_BITS if ":" in address else 32), strict=False)
        return cls(f"ip:{network.network_address}")

    @classmethod
    def assessment(cls, assessment: Assessment) -> Caller:
        return cls(f"assessment:{assessment.pk}")


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
    try:
        with _exclusively() as control:
            line.requested_at = now()
            _settle_abandoned(line.requested_at)
            _require_running(control)
            if is_counted:
                _require_window(caller, line.requested_at)
            _require_budgets(line)
            line.save(force_insert=True)
    except AiRefused as refusal:
        _note_refusal(line, refusal)
        raise
    except DatabaseError as error:
        raise _unavailable(error) from error
    return line


def begin(line: GenerationRequest) -> None:
    """From here on it may cost something. Raises :class:`AiRefused`, and the line is then free.

    Its own transaction, never part of another: what follows is a network call.
    """
    refusal: AiRefused | None = None
    try:
        with _exclusively() as control:
            moment = now()
            try:
                _require_running(control)
                if (
                    GenerationRequest.objects.in_flight(since=moment - LONGEST_CALL).count()
                    >= settings.AI_MAX_IN_FLIGHT
                ):
                    raise LimitReached(
                        BUSY_SECONDS, "Other AI requests are under way. Yours can be made in a few seconds."
                    )
            except AiRefused as refused:
                refusal = refused
                _end(line, GenerationResult.REFUSED, at=moment, reason=str(refused))
            else:
                fresh = GenerationRequest.objects.filter(
                    pk=line.pk, result=GenerationResult.RESERVED, started_at__isnull=True
                )
                if not fresh.update(started_at=moment):
                    refusal = AiRefused("This request waited too long or was interrupted, and was dropped. Ask again.")
    except DatabaseError as error:
        raise _unavailable(error) from error
    if refusal:
        raise refusal
    line.started_at = moment


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


@transaction.atomic(durable=True)
def settle(
    line: GenerationRequest,
    *,
    latency_ms: int,
    usage: Usage | None = None,
    failure: GeminiFailed | None = None,
) -> None:
    """Book what it did cost. Where nobody knows (no answer came back), the whole reservation."""
    usage = usage or (failure.usage if failure else None)
    if failure is None:
        _end(line, GenerationResult.SUCCEEDED, usage=usage, latency_ms=latency_ms)
    elif usage is not None or failure.is_free:
        _end(line, GenerationResult.FAILED, usage=usage, latency_ms=latency_ms, reason=failure.code)
    else:
        _book_in_full(line, latency_ms=latency_ms, reason=failure.code)


def release(line: GenerationRequest, *, reason: str) -> None:
    """It will not be made; it costs nothing, and still counts as one of the caller's five."""
    _end(line, GenerationResult.FAILED, reason=reason)


def settle_abandoned() -> int:
    """Lines whose process died. Also done before every reservation, so no sweeper is needed for the limits to hold."""
    with _exclusively():
        return _settle_abandoned(now())


@transaction.atomic
def switch(*, is_stopped: bool, reason: str = "", by: Any = None) -> AiControl:
    """Stop or allow all AI calls, from the next one on."""
    control = _locked_control()
    control.is_stopped, control.reason, control.changed_by = is_stopped, reason, by
    control.save()
    return control


# ---- What must hold ----


def _require_running(control: AiControl) -> None:
    if control.is_stopped:
        raise GenerationStopped(f"AI is stopped for now. {control.reason}".strip())


def _require_window(caller: Caller, at: datetime) -> None:
    """At most :data:`CALLS` in any :data:`WINDOW`: this one and those of the window that ends now."""
    recent = GenerationRequest.objects.filter(caller=caller.name, is_counted=True, requested_at__gte=at - WINDOW)
    moments = recent.exclude(result=GenerationResult.REFUSED).order_by("-requested_at")
    last = list(moments.values_list("requested_at", flat=True)[:CALLS])
    if len(last) == CALLS:
        raise LimitReached(max(1, math.ceil((last[-1] + WINDOW - at).total_seconds())))


def _require_budgets(line: GenerationRequest) -> None:
    today = GenerationRequest.objects.filter(requested_at__gte=start_of_day(line.requested_at)).spent()
    _require_covered(line, today, tokens=settings.AI_DAILY_BUDGET, cost=settings.AI_DAILY_COST, whose="today's")
    if line.assessment is not None:
        spent = GenerationRequest.objects.filter(assessment=line.assessment).spent()
        tokens, cost = line.assessment.ai_token_budget, line.assessment.ai_cost_budget
        _require_covered(line, spent, tokens=tokens, cost=cost, whose="this assessment's")


def _require_covered(
    line: GenerationRequest, spent: dict[str, int], *, tokens: int | None, cost: Decimal | None, whose: str
) -> None:
    if tokens is not None and spent["tokens"] + line.reserved_tokens > tokens:
        raise BudgetSpent(f"What is left of {whose} AI budget of {tokens:,} tokens does not cover this.")
    if cost is not None and spent["micros"] + line.reserved_micros > cost * MICROS:
        raise BudgetSpent(f"What is left of {whose} AI budget of {cost} {settings.AI_CURRENCY} does not cover this.")


def start_of_day(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def cost_micros(tokens_in: int, tokens_out: int) -> int:
    """A price per million tokens is a price in millionths per token. Rounded up."""
    return int((tokens_in * settings.AI_PRICE_IN + tokens_out * settings.AI_PRICE_OUT).to_integral_value(ROUND_CEILING))


# ---- The lock, the clock ----


@contextmanager
def _exclusively() -> Iterator[AiControl]:
    """One at a time, over all processes. ``durable``: refuses to be part of a transaction that may be undone."""
    with transaction.atomic(durable=True):
        yield _locked_control()


def _locked_control() -> AiControl:
    rows = AiControl.objects.select_for_update(of=("self",))
    if (control := rows.filter(pk=AiControl.THE_ONE).first()) is None:
        AiControl.objects.get_or_create(pk=AiControl.THE_ONE)
        control = rows.get(pk=AiControl.THE_ONE)
    return control


def now() -> datetime:
    """The database's clock at this statement, so read after the lock: lines are in the order of their moments."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    return row[0]  # type: ignore[no-any-return]


# ---- Endings ----


def _end(
    line: GenerationRequest,
    result: GenerationResult,
    *,
    usage: Usage | None = None,
    at: datetime | None = None,
    reason: str = "",
    latency_ms: int | None = None,
) -> None:
    """Only a line under way can end, so that nothing is booked twice."""
    tokens_in, tokens_out = (usage.tokens_in, usage.tokens_out) if usage else (0, 0)
    GenerationRequest.objects.filter(pk=line.pk, result=GenerationResult.RESERVED).update(
        result=result,
        reason=reason[:200],
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_micros=cost_micros(tokens_in, tokens_out),
        latency_ms=latency_ms,
        settled_at=at or now(),
    )


def _book_in_full(line: GenerationRequest, *, latency_ms: int, reason: str) -> None:
    GenerationRequest.objects.filter(pk=line.pk, result=GenerationResult.RESERVED).update(
        result=GenerationResult.FAILED,
        reason=f"{reason}; booked in full"[:200],
        tokens_in=F("reserved_tokens"),
        cost_micros=F("reserved_micros"),
        latency_ms=latency_ms,
        settled_at=now(),
    )


def _settle_abandoned(at: datetime) -> int:
    old = GenerationRequest.objects.filter(result=GenerationResult.RESERVED, requested_at__lt=at - ABANDONED_AFTER)
    freed = old.filter(started_at__isnull=True).update(
        result=GenerationResult.FAILED, reason="never begun; free", settled_at=at
    )
    booked = old.filter(started_at__lt=at - ABANDONED_AFTER).update(
        result=GenerationResult.FAILED,
        reason="never came back; booked in full",
        tokens_in=F("reserved_tokens"),
        cost_micros=F("reserved_micros"),
        settled_at=at,
    )
    return freed + booked


def _note_refusal(line: GenerationRequest, refusal: AiRefused) -> None:
    """So that the ledger shows refusals; at most one a minute of each caller, or a flood would fill the table."""
    seen = GenerationRequest.objects.filter(
        caller=line.caller, result=GenerationResult.REFUSED, requested_at__gte=line.requested_at - WINDOW
    )
    if not seen.exists():
        line.result, line.reason, line.settled_at = GenerationResult.REFUSED, str(refusal)[:200], line.requested_at
        line.reserved_tokens = line.reserved_micros = 0
        line.save(force_insert=True)


def _unavailable(error: DatabaseError) -> LedgerUnavailable:
    log.error("ledger unavailable, refusing", error=type(error).__name__)
    refusal = LedgerUnavailable("The AI ledger cannot be reached, so nothing is asked. Try again in a moment.")
    refusal.retry_after = BUSY_SECONDS
    return refusal


def _give_connection_back() -> None:
    """A call lasts seconds; the pool's connection is for saves meanwhile."""
    if not connection.in_atomic_block:
        connection.close()


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _seconds_words(seconds: int) -> str:
    return "1 second" if seconds == 1 else f"{seconds} seconds"
