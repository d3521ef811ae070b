"""Structured logs without tokens, keys or answers."""

from __future__ import annotations

import re
from typing import Any

import structlog

INVITATION_PATH = re.compile(r"(/i/)[^/\s\"?]+")
SECRETS = re.compile(
    r"AIza[0-9A-Za-z_\-]{35}"  # a Google API key
    r"|(?<=Bearer )[^\s\"']+"
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"  # user:password in a URL
)
HIDDEN_NAMES = re.compile(r"pass|secret|token|api_?key|authorization|cookie|value|answer|response_text", re.IGNORECASE)
MASK = "•••"


def redact(text: str) -> str:
    """The text without invitation tokens, API keys, bearer tokens and passwords in URLs."""
    return SECRETS.sub(MASK, INVITATION_PATH.sub(rf"\g<1>{MASK}", text))


def _redact_event(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for name, value in event.items():
        if HIDDEN_NAMES.search(name):
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = redact(value)
    return event


def logging_config(log_format: str, level: str) -> dict[str, Any]:
    """One formatter for structlog's loggers and everybody else's; ``exception`` texts are redacted like the rest."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer()
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # The request's own line says what these would say again.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
        },
    }
