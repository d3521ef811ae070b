"""The AI ledger by day and by person, for looking at and for taking away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Avg, Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from assessments.domain import ledger
from assessments.enums import GenerationResult
from assessments.models import GenerationRequest
from interview_project.tables import write_table

MOST_EXPORTED = 100_000
COLUMNS = ("requested_at", "caller", "requested_by", "purpose", "assessment", "model", "prompt_version", "result", "reason",
           "tokens_in", "tokens_out", "cost", "currency", "latency_ms")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What one day, or one person, came to."""

    name: str
    succeeded: int = 0
    failed: int = 0
    refused: int = 0
    tokens: int = 0
    micros: int = 0
    latency_ms: int | None = None

    @property
    def calls(self) -> int:
        return self.succeeded + self.failed

    @property
    def cost(self) -> str:
        return f"{self.micros / ledger.MICROS:,.4f}"

    @property
    def token_words(self) -> str:
        return f"{self.tokens:,}"

    @property
    def latency_words(self) -> str:
        return "" if self.latency_ms is None else f"{self.latency_ms:,}"


TOTALS: dict[str, Any] = {
    "succeeded": Count("pk", filter=Q(result=GenerationResult.SUCCEEDED)),
    "failed": Count("pk", filter=Q(result=GenerationResult.FAILED)),
    "refused": Count("pk", filter=Q(result=GenerationResult.REFUSED)),
    "tokens": Coalesce(Sum(F("tokens_in") + F("tokens_out")), 0),
    "micros": Coalesce(Sum("cost_micros"), 0),
    "latency": Avg("latency_ms", filter=Q(result=GenerationResult.SUCCEEDED)),
}


def by_day(*, days: int) -> list[Line]:
    """Every day of them, the empty ones too, oldest first."""
    rows = _since(days).annotate(day=TruncDate("requested_at")).values("day").annotate(**TOTALS).order_by("day")
    found = {row["day"]: _line(f"{row['day']:%Y-%m-%d}", row) for row in rows}
    return [found.get(day, Line(f"{day:%Y-%m-%d}")) for day in _days(days)]


def by_person(*, days: int) -> list[Line]:
    """Staff by name; everybody else together, by what was done for them: candidates are not listed."""
    staff = When(requested_by__isnull=False, then=Value(""))
    grouped = _since(days).annotate(what=Case(staff, default=F("purpose"))).values("requested_by__username", "what")
    rows = grouped.annotate(**TOTALS).order_by("-micros", "-tokens")
    return [_line(row["requested_by__username"] or f"(nobody signed in: {row['what']})", row) for row in rows]


def today() -> dict[str, Any]:
    """What is spent of the daily budgets, what is reserved included."""
    spent = GenerationRequest.objects.filter(requested_at__gte=ledger.start_of_day(timezone.now())).spent()
    return {
        "tokens": f"{spent['tokens']:,}",
        "token_budget": f"{settings.AI_DAILY_BUDGET:,}",
        "cost": f"{spent['micros'] / ledger.MICROS:.4f}",
        "cost_budget": settings.AI_DAILY_COST,
        "currency": settings.AI_CURRENCY,
    }


def _since(days: int) -> Any:
    return GenerationRequest.objects.filter(requested_at__gte=_first_moment(days))


def _days(days: int) -> Iterator[date]:
    first = _first_moment(days).date()
    return (first + timedelta(days=number) for number in range(days))


def _first_moment(days: int) -> datetime:
    return ledger.start_of_day(timezone.now() - timedelta(days=days - 1))


def _line(name: str, row: dict[str, Any]) -> Line:
    latency = row["latency"]
    return Line(
        name,
        row["succeeded"],
        row["failed"],
        row["refused"],
        row["tokens"],
        row["micros"],
        None if latency is None else round(latency),
    )


# ---- Taking it away ----


def as_csv(*, days: int) -> str:
    lines = _since(days).select_related("requested_by", "assessment").order_by("requested_at")
    return write_table(COLUMNS, map(_cells, lines[:MOST_EXPORTED].iterator(chunk_size=2_000)))


def _cells(one: GenerationRequest) -> list[Any]:
    return [
        one.requested_at.isoformat(timespec="milliseconds"),
        one.caller,
        one.requested_by.get_username() if one.requested_by else "",
        one.purpose,
        one.assessment.slug if one.assessment else "",
        one.model,
        one.prompt_version,
        one.result,
        one.reason,
        one.tokens_in,
        one.tokens_out,
        f"{one.cost_micros / ledger.MICROS:.6f}",
        settings.AI_CURRENCY,
        "" if one.latency_ms is None else one.latency_ms,
    ]
