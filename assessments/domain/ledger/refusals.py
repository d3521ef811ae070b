"""Why a call may not be made: each a sentence for whoever asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, InterfaceError

CALLS = 5
"""So many requests a caller may make within a minute."""
BUSY_SECONDS = 5
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
            sentence
            or f"You have made {CALLS} AI requests within a minute. Ask again in {_seconds_words(retry_after)}."
        )


class BudgetSpent(AiRefused):
    """A budget of tokens or money does not cover the call."""


class GenerationStopped(AiRefused):
    """Somebody has turned the switch."""


class LedgerUnavailable(AiRefused):
    """The ledger cannot be read, so nothing that costs money is done."""

    retry_after = BUSY_SECONDS

    def __init__(self) -> None:
        super().__init__("The AI ledger cannot be reached, so nothing is asked. Try again in a moment.")


@contextmanager
def refusing_while_away() -> Iterator[None]:
    """Turns a database that does not answer into :class:`LedgerUnavailable`."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        log.warning("ledger unavailable, refusing", error=type(error).__name__)
        raise LedgerUnavailable from error


def _seconds_words(seconds: int) -> str:
    return "1 second" if seconds == 1 else f"{seconds} seconds"
