"""The one door to Gemini. Nothing else imports Google's SDKs, and they are imported only when something is asked.

Give it a :class:`Prompt` and get a :class:`Reply` whose data has been checked against the prompt's schema, or one of the
exceptions of :mod:`assessments.gemini.errors`. It knows no database: who may ask, and what it may cost, is decided by
:mod:`assessments.domain.ledger` before.
"""

from __future__ import annotations

import importlib
import random
import time
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from pydantic import ValidationError

from assessments.gemini import errors, wire
from assessments.gemini.breaker import Breaker
from assessments.gemini.errors import GeminiFailed, NotConfigured, Usage
from assessments.gemini.prompt import AnswerT, Prompt, RawReply, Reply
from interview_project.checks import is_loopback

__all__ = ["GeminiFailed", "NotConfigured", "Prompt", "Reply", "Usage", "ask", "breaker", "missing_setting"]

GOOGLE = "https://generativelanguage.googleapis.com"
ADAPTERS = {
    "google-generativeai": "assessments.gemini.legacy",
    "google-genai": "assessments.gemini.successor",
}
RETRIES = 2
MAX_TEXT = 64 * 1024
FINISHED = {"STOP", "FINISH_REASON_UNSPECIFIED", ""}
BLOCKED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "LANGUAGE"}
breaker = Breaker()
log = structlog.get_logger(__name__)


def missing_setting() -> str:
    """The name of the setting without which AI is off; ``""`` when it is on."""
    return "" if settings.GEMINI_API_KEY else "GEMINI_API_KEY"


def ask(prompt: Prompt[AnswerT]) -> Reply[AnswerT]:
    """Ask, at most ``1 + RETRIES`` times, within the prompt's seconds. Raises :class:`GeminiFailed`."""
    if missing_setting():
        raise NotConfigured
    endpoint = _endpoint()
    breaker.require_closed()
    adapter = importlib.import_module(
        ADAPTERS[settings.GEMINI_SDK]
    )  # two seconds and 80 MB, the first time: not Gemini's
    began = time.monotonic()
    try:
        reply = _checked(_persistent(adapter, prompt, endpoint, until=began + prompt.seconds), prompt)
    except GeminiFailed as failure:
        breaker.note(failed=failure.counts_against_health)
        log.warning("gemini failed", reason=failure.code, prompt=prompt.version, ms=_ms_since(began))
        raise
    breaker.note(failed=False)
    log.info("gemini answered", prompt=prompt.version, tokens_out=reply.usage.tokens_out, ms=_ms_since(began))
    return reply


def _endpoint() -> str:
    endpoint = str(settings.GEMINI_API_ENDPOINT or GOOGLE).rstrip("/")
    parts = urlsplit(endpoint)  # as the connection reads it: what stands before an @ is no host
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        raise errors.EndpointRefused
    return endpoint


def _persistent(adapter: Any, prompt: Prompt[Any], endpoint: str, *, until: float) -> RawReply:
    for tries_left in reversed(range(1 + RETRIES)):
        try:
            return _once(adapter, prompt, endpoint, until=until)
        except GeminiFailed as failure:
            pause = _pause(failure, tries_left)
            if not failure.may_pass or not tries_left or time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
    raise AssertionError  # the last try returns or raises


def _pause(failure: GeminiFailed, tries_left: int) -> float:
    """What Gemini asks for, or half a second, then a second; with jitter, so that callers do not come back together."""
    jitter = random.uniform(0, 0.25)  # noqa: S311 - nobody gains by guessing it
    return (failure.retry_after if failure.retry_after is not None else 0.5 * (1 + RETRIES - tries_left)) + jitter


def _once(adapter: Any, prompt: Prompt[Any], endpoint: str, *, until: float) -> RawReply:
    try:
        with wire.bounded(endpoint, until=until):
            return adapter.generate(  # type: ignore[no-any-return]
                prompt, model=settings.GEMINI_MODEL, key=settings.GEMINI_API_KEY, endpoint=endpoint
            )
    except adapter.UNREADABLE as error:
        log.warning("gemini sdk refused an answer", error=type(error).__name__)
        raise errors.NotJson from None  # its text may quote the request


def _checked(raw: RawReply, prompt: Prompt[AnswerT]) -> Reply[AnswerT]:
    usage = Usage(raw.tokens_in, raw.tokens_out)
    if raw.block_reason or raw.finish_reason in BLOCKED:
        raise errors.Blocked(usage=usage)
    if raw.finish_reason not in FINISHED:
        raise errors.Truncated(usage=usage)
    if not raw.text.strip():
        raise errors.EmptyAnswer(usage=usage)
    if len(raw.text.encode(errors="replace")) > MAX_TEXT:
        raise errors.TooLarge(usage=usage)
    try:
        return Reply(prompt.answer.model_validate_json(raw.text), usage)
    except ValidationError as error:
        is_cut = any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False))
        raise (errors.NotJson if is_cut else errors.WrongSchema)(usage=usage) from None


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
