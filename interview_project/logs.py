"""Structured logs without tokens, keys, answers or people."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog

MASK = "•••"
SHORTEST_SECRET = 12  # anything shorter would also blank out words that merely contain it
PLAIN_LENGTH = 38  # letters and digits alone are matched by no pattern until they are as long as a key of Google's

HIDDEN_NAMES = re.compile(
    r"passw|secret|token(?!s)|api_?key|authorization|cookie|csrf|session|"  # what opens doors; tokens_in is a count
    r"value|answer|response_text|e?mail|(candidate|full|first|last)_?name|^ip$|_ip$|remote_addr|forwarded_for",
    re.IGNORECASE,
)
_NAMES_IN_TEXT = r"(?:[\w-]{0,32}(?:passw(?:or)?d|secret|token|api[_-]?key|session|sessionid|csrf\w*))"
# Each keeps its first group and hides the rest. Repetitions are bounded or anchored: a line of any length costs linear time.
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(/i/)[^/\s\"'?&<>]+",  # an invitation
        r"()AIza[0-9A-Za-z_\-]{35}",  # a Google API key
        r"()parley_[0-9A-Za-z_\-]{43}",  # one of our own API
        r"([?&]key=)[^&\s\"']+",  # the same, as some clients send it
        r"(\b(?:bearer|basic)\s+)[^\s\"',;]+",
        r"(://)[^/@\s]{0,256}:[^/@\s]{1,256}(?=@)",  # user:password in a URL
        r"(\b(?:set-)?cookie[\"']?\s*[:=]\s*)[^\r\n]+",
        # the row a database refused, or the line of a dump, candidates' words included, up to where a traceback goes on
        r"(\b(?:DETAIL|CONTEXT):\s)[\s\S]+?(?=\n\n(?:The above exception|During handling)|\Z)",
        rf"(\b{_NAMES_IN_TEXT}[\"']?\s*[=:]\s*[\"']?)[^\s\"'&;,]+",
        r"()(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+",  # a mail address
    )
)

_kept_out: set[str] = set()


def keep_out(*secrets: str) -> None:
    """Values that no line may hold wherever they turn up, such as this installation's own keys."""
    _kept_out.update(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)


def redact(text: str) -> str:
    """The text without invitation tokens, keys, passwords, cookies and mail addresses."""
    for secret in _kept_out:
        text = text.replace(secret, MASK)
    if len(text) <= PLAIN_LENGTH and text.isalnum():  # most of what is logged: methods, statuses, ids
        return text
    for pattern in PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


@lru_cache(maxsize=1000)
def _is_hidden(name: str) -> bool:
    return HIDDEN_NAMES.search(name) is not None


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): MASK if _is_hidden(str(name)) else _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    return redact(str(value))


def _redact_event(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for name, value in event.items():
        if not name.startswith("_"):  # structlog's own, taken out again before the line is written
            event[name] = MASK if _is_hidden(name) else _clean(value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.format_exc_info,
    _redact_event,
    # What these add is this program's own, and has nothing to hide.
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def structured_formatter(log_format: str) -> logging.Formatter:
    """For structlog's loggers and everybody else's; the text of exceptions is redacted like the rest."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )


def logging_config(log_format: str, level: str) -> dict[str, Any]:
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": {"()": structured_formatter, "log_format": log_format}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django brings handlers of its own, which know nothing of redaction: its lines go through ours, too.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # The request's own line says what these would say again.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Google's SDKs set up handlers of their own when they are first imported, unless somebody else has.
            "google": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
