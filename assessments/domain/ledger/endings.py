"""How a line of the ledger ends: settled, refused, given up. Only a line under way can, so nothing is booked twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from assessments.domain.ledger import lock
from assessments.domain.ledger.limits import WINDOW, cost_micros
from assessments.domain.ledger.refusals import AiRefused
from assessments.enums import GenerationResult
from assessments.gemini import Usage
from assessments.models import GenerationRequest

ABANDONED_AFTER = timedelta(minutes=5)


def end(
    line: GenerationRequest,
    result: GenerationResult,
    *,
    usage: Usage | None = None,
    at: datetime | None = None,
    reason: str = "",
    latency_ms: int | None = None,
) -> None:
    tokens_in, tokens_out = (usage.tokens_in, usage.tokens_out) if usage else (0, 0)
    GenerationRequest.objects.filter(pk=line.pk, result=GenerationResult.RESERVED).update(
        result=result,
        reason=reason[:200],
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_micros=cost_micros(tokens_in, tokens_out),
        latency_ms=latency_ms,
        settled_at=at or lock.now(),
    )


def book_in_full(line: GenerationRequest, *, latency_ms: int, reason: str) -> None:
    GenerationRequest.objects.filter(pk=line.pk, result=GenerationResult.RESERVED).update(
        result=GenerationResult.FAILED,
        reason=f"{reason}; booked in full"[:200],
        tokens_in=F("reserved_tokens"),
        cost_micros=F("reserved_micros"),
        latency_ms=latency_ms,
        settled_at=lock.now(),
    )


def settle_abandoned(at: datetime) -> int:
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


def note_refusal(line: GenerationRequest, refusal: AiRefused) -> None:
    """So that the ledger shows refusals; at most one a minute of each caller, or a flood would fill the table."""
    seen = GenerationRequest.objects.filter(
        caller=line.caller, result=GenerationResult.REFUSED, requested_at__gte=line.requested_at - WINDOW
    )
    if not seen.exists():
        line.result, line.reason, line.settled_at = GenerationResult.REFUSED, str(refusal)[:200], line.requested_at
        line.reserved_tokens = line.reserved_micros = 0
        line.save(force_insert=True)
