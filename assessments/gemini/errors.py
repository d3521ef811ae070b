"""What can go wrong with Gemini, each with a sentence for people. None of them ever holds a key, an address or a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Usage:
    tokens_in: int
    tokens_out: int


class GeminiFailed(Exception):
    """No usable answer came. ``usage`` is what Gemini said it cost; ``None`` where it said nothing."""

    sentence: ClassVar[str] = "Gemini gave no usable answer."
    advice: ClassVar[str] = "Nothing was changed. Try again in a minute."
    is_free: ClassVar[bool] = False
    """Whether it is certain that nothing was billed: the request was refused, or never left."""
    may_pass: ClassVar[bool] = False
    """Whether the same request may succeed in a moment."""
    counts_against_health: ClassVar[bool] = False
    """Whether it says something about Gemini's state, so that the breaker counts it."""

    def __init__(self, *, usage: Usage | None = None, retry_after: float | None = None) -> None:
        super().__init__(f"{self.sentence} {self.advice}")
        self.usage, self.retry_after = usage, retry_after

    @property
    def code(self) -> str:
        """For the ledger and the logs: ``TimedOut`` as ``timed out``."""
        return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__).strip()


class NotConfigured(GeminiFailed):
    sentence = "AI is off: GEMINI_API_KEY is not set."
    advice = "Everything else works without it. Whoever runs this server can turn it on."
    is_free = True


class EndpointRefused(GeminiFailed):
    sentence = "AI is off: GEMINI_API_ENDPOINT is plain http to another machine, and the key would travel in the clear."
    advice = "Whoever runs this server must use https:// there."
    is_free = True


class BreakerOpen(GeminiFailed):
    sentence = "Gemini has failed several times in a row, so it is left alone for a moment."
    is_free = True


class TimedOut(GeminiFailed):
    sentence = "Gemini did not answer in time."
    counts_against_health = True


class Unreachable(GeminiFailed):
    sentence = "Gemini could not be reached, or the connection broke."
    counts_against_health = True


class NeverReached(Unreachable):
    """No connection was made at all."""

    sentence = "Gemini could not be reached."
    is_free = True


class TooManyRequests(GeminiFailed):
    sentence = "Google's own limit for this key is reached."
    is_free = may_pass = counts_against_health = True


class Unavailable(GeminiFailed):
    sentence = "Gemini is overloaded or out of order."
    is_free = may_pass = counts_against_health = True


class KeyRefused(GeminiFailed):
    sentence = "Google refused the key in GEMINI_API_KEY."
    advice = "Whoever runs this server should check it."
    is_free = True


class RequestRefused(GeminiFailed):
    sentence = "Gemini refused the request as it was put."
    advice = "Check GEMINI_MODEL, or word the request differently."
    is_free = True


class Redirected(GeminiFailed):
    sentence = "The address of Gemini answered with a redirect, which is not followed: the key goes nowhere else."
    advice = "Whoever runs this server should check GEMINI_API_ENDPOINT."
    is_free = True


class TooLarge(GeminiFailed):
    sentence = "Gemini's answer was far too long and was cut off unread."


class NotJson(GeminiFailed):
    sentence = "Gemini's answer could not be read."


class Truncated(GeminiFailed):
    sentence = "Gemini's answer ended in the middle."
    advice = "Ask for less at once."


class Blocked(GeminiFailed):
    sentence = "Gemini's safety filter kept the answer back."
    advice = "Word the request differently."


class EmptyAnswer(GeminiFailed):
    sentence = "Gemini's answer was empty."


class WrongSchema(GeminiFailed):
    sentence = "Gemini's answer did not have the form that was asked for."
