"""What was noticed about an attempt, as staff read it: beside how often it happens to the others, and what the candidate says."""

from __future__ import annotations

from dataclasses import dataclass

from candidates.domain import signals
from candidates.domain.records import signal_words
from candidates.domain.signals import Rate
from candidates.models import Attempt, Signal


@dataclass(frozen=True)
class SignalPart:
    rates: list[Rate]
    lines: list[tuple[Signal, str]]


def signals_of(attempt: Attempt) -> SignalPart | None:
    """``None`` where nothing was switched on."""
    if not attempt.consent_signals:
        return None
    return SignalPart(signals.rates(attempt), [(one, signal_words(one)) for one in signals.of_attempt(attempt)])
