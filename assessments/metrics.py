"""What of AI shows in ``/metrics``: how calls ended, and how much of the day's budgets is left."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from django.conf import settings
from django.db.models import Count, F, Sum
from django.utils import timezone

from assessments.domain.ledger import MICROS, start_of_day
from assessments.enums import AiPurpose, GenerationResult
from assessments.models import AiControl, GenerationRequest
from interview_project.probes import Metric

ENDS = [result for result in GenerationResult.values if result != GenerationResult.RESERVED]


def ai_gauges() -> Iterable[Metric]:
    yield from _ended()
    yield from _today()
    is_stopped = AiControl.objects.filter(is_stopped=True).exists()
    yield Metric("parley_ai_stopped", "1 while somebody has stopped all AI calls.", is_stopped)


def _ended() -> Iterable[Metric]:
    """One small group each for what is asked and how it ended: the ledger has a line a call, not a line a save."""
    ended = GenerationRequest.objects.exclude(result=GenerationResult.RESERVED).values("purpose", "result").order_by()
    totals = {"calls": Count("id"), "tokens": Sum(F("tokens_in") + F("tokens_out")), "micros": Sum("cost_micros")}
    found = {(row["purpose"], row["result"]): row for row in ended.annotate(**totals)}
    none = {
        "calls": 0,
        "tokens": 0,
        "micros": 0,
    }  # a counter that first appears at one has not increased, says Prometheus
    for purpose, result in product(AiPurpose.values, ENDS):
        labels, row = {"purpose": purpose, "result": result}, found.get((purpose, result), none)
        yield Metric("parley_ai_calls_total", "AI calls that ended, and those that were refused.", row["calls"], labels)
        yield Metric("parley_ai_tokens_total", "Tokens booked for them.", row["tokens"], labels)
        cost = row["micros"] / MICROS
        yield Metric("parley_ai_cost_total", "What they cost, in AI_CURRENCY by AI_PRICE_IN and _OUT.", cost, labels)


def _today() -> Iterable[Metric]:
    spent = GenerationRequest.objects.filter(requested_at__gte=start_of_day(timezone.now())).spent()
    words = "Spent of today's budget, what is under way at its most included."
    yield Metric("parley_ai_tokens_today", words, spent["tokens"])
    yield Metric("parley_ai_tokens_daily_limit", "AI_DAILY_BUDGET.", settings.AI_DAILY_BUDGET)
    yield Metric("parley_ai_cost_today", words, spent["micros"] / MICROS)
    yield Metric("parley_ai_cost_daily_limit", "AI_DAILY_COST.", float(settings.AI_DAILY_COST))
