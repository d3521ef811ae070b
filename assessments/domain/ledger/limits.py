"""What must hold for a call to be made. All of it is looked up while the lock is held."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from django.conf import settings
from django.utils import timezone

from assessments.domain.ledger.callers import Caller
from assessments.domain.ledger.refusals import BUSY_SECONDS, CALLS, BudgetSpent, GenerationStopped, LimitReached
from assessments.enums import GenerationResult
from assessments.models import AiControl, GenerationRequest

WINDOW = timedelta(seconds=60)
LONGEST_CALL = timedelta(seconds=60)
MICROS = 1_000_000


def require_running(control: AiControl) -> None:
    if control.is_stopped:
        raise GenerationStopped(f"AI is stopped for now. {control.reason}".strip())


def require_window(caller: Caller, at: datetime) -> None:
    """At most :data:`CALLS` in any :data:`WINDOW`: this one and those of the window that ends now."""
    recent = GenerationRequest.objects.filter(caller=caller.name, is_counted=True, requested_at__gte=at - WINDOW)
    moments = recent.exclude(result=GenerationResult.REFUSED).order_by("-requested_at")
    last = list(moments.values_list("requested_at", flat=True)[:CALLS])
    if len(last) == CALLS:
        raise LimitReached(max(1, math.ceil((last[-1] + WINDOW - at).total_seconds())))


def require_free_line(at: datetime) -> None:
    """At most so many under way: slow calls must not take the place of saves."""
    if GenerationRequest.objects.in_flight(since=at - LONGEST_CALL).count() >= settings.AI_MAX_IN_FLIGHT:
        raise LimitReached(BUSY_SECONDS, "Other AI requests are under way. Yours can be made in a few seconds.")


def require_budgets(line: GenerationRequest) -> None:
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
