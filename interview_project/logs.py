"""Structured logs without tokens, keys, answers or people."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import psycopg
import structlog

MASK = "•••"
SHORTEST_SECRET = 12  # anything shorter would also blank out words that merely contain it
QUOTING = ("22", "42601")  # kinds of refusal whose first line quotes what was given: data, and syntax
PLAIN_LENGTH = 38  # letters and digits alone are matched by no pattern until they are as long as a key of Google's
# Nearly every path: to hide anything, each pattern needs something else, or one of these words. A test holds them together.
PLAIN_PATH = re.compile(r"(?!.*(?:/i/|aiza|sk-))[a-z0-9/_-]+")

HIDDEN_NAMES = re.compile(
    r"passw|secret|token(?!s)|api_?key|authorization|cookie|csrf|session|"  # what opens doors; tokens_in is a count
    r"value|answer|response_text|e?mail|(candidate|full|first|last)_?name|^ip$|_ip$|remote_addr|forwarded_for",
    re.IGNORECASE,
)
_NAMES_IN_TEXT = r"(?:[\w-]{0,32}(?:passw(?:or)?d|secret|token|api[_-]?key|session|sessionid|csrf\w*))"
_QUOTED = r"""(?:"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)"""  # to its end, blanks and all
# What PostgreSQL calls the lines that quote rows, in the languages that it speaks.
_ROW_FOLLOWS = (
    r"DETAIL|CONTEXT|D[ÉE]TAIL|CONTEXTE|DETALLE|CONTEXTO|DETALHE|KONTEXT|DETTAGLI|CONTESTO|DETALJ|SZCZEGÓŁY|KONTEKST|AYRINTI|"
    r"BAĞLAM|ПОДРОБНОСТИ|КОНТЕКСТ|ДЕТАЛІ|ДЕТАЛИ|დეტალები|DETALIZĂRI|詳細|文脈|描述|详细信息|詳細資訊|上下文|상세정보|내용"  # noqa: RUF001 - as it writes them
)
# Each keeps its first group and hides the rest. Repetitions are bounded or anchored: a line of any length costs linear time.
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(/i(?:/|%2f))[^/\s\"'?&<>]+",  # an invitation
        # A pass of ours, or anything else Django signed: wherever it stands, its shape is enough.
        r"()(?<![\w.-])[\w.-]{1,200}:[0-9a-z]{5,8}:[\w-]{27,86}",
        # A token of ours is 43 of these letters, and so are signatures and most keys; words and hashes have one case.
        r"()(?-i:(?<![A-Za-z0-9_-])(?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])[A-Za-z0-9_-]{43,})",
        r"(\bparley_\w{1,40}\s*=\s*)[^\s\"';,]+",  # a cookie of ours, whatever stands before it
        r"()AIza[0-9A-Za-z_\-]{35}",  # keys of Google's, old and new, and of others who call theirs so
        r"()\bAQ\.[\w-]{20,}",
        r"()\bsk-[\w-]{16,}",
        r"([?&]key=)[^&\s\"']+",  # the same, as some clients send it
        r"(\b(?:bearer|basic)\s+)[^\s\"',;]+",
        # user:password in a URL. A password may hold what ends other parts of one, so it reaches to the last @ of the word.
        r"(://)[^\s\"'<>@:/]{0,256}:[^\s\"'<>]{1,256}(?=@)",
        r"(\b(?:set-)?cookie[\"']?\s*[:=]\s*)[^\r\n]+",
        # The row a database refused, or the line of a dump, candidates' words included, up to where a traceback goes on. What
        # an exception of the driver's quotes is left out by its structure, whatever the language: this is for bare text.
        rf"(\b(?-i:{_ROW_FOLLOWS})\s?:\s)[\s\S]+?(?=\n\n(?:The above exception|During handling)|\Z)",
        r"(\bLINE \d{1,9}: )[^\n]+",
        r"(\binvalid (?:input syntax|value) for [^\n:]{1,80}: )[^\n]+",
        r"(\b(?:could not convert string to \w{1,20}|invalid literal for [^\n:]{1,60}): )[^\n]+",
        rf"([\"'](?:values?|answers?|response(?:_text)?|comment)[\"']\s*:\s*)(?:{_QUOTED}|\[[^\]\n]*\]?|[^,}}\n]+)",
        rf"(\b{_NAMES_IN_TEXT}[\"']?\s*[=:]\s*)(?:{_QUOTED}|[^\s\"'&;,]+)",
        r"(\bip=)[0-9a-f.:]+(?<!:)",  # as gunicorn says who sent what it cannot read
        r"()(?<![\w.+\-])[\w.+\-]{1,64}(?:@|%40)[\w\-]{1,63}(?:\.[\w\-]{1,63})*",  # a mail address
    )
)

# What a terminal obeys, what turns the text behind it around, and what somebody reads as the end of a line.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OF_MANY_LINES = ("exception", "stack")

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
    if PLAIN_PATH.fullmatch(text):
        return text
    for pattern in PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def visible(text: str, *, has_lines: bool = False) -> str:
    """An address, or a name, is whatever somebody makes of it: no line of the log moves a cursor or begins a second one."""
    if text.isprintable():
        return text
    clean = OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return clean if has_lines else clean.replace("\n", "\\n")


@lru_cache(maxsize=1000)
def _is_hidden(name: str) -> bool:
    return HIDDEN_NAMES.search(name) is not None


def told(error: BaseException) -> str:
    """An exception in words that quote nothing which was given to the database.

    The driver keeps apart what the server said: the kind of refusal and the names it is about are safe in every language,
    ``DETAIL``, the statement and, where something could not be read, even the first line hold what candidates wrote.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error) or cause.sqlstate is None or str(cause) != str(error):
        return str(error)
    named = {"constraint": cause.diag.constraint_name, "table": cause.diag.table_name, "column": cause.diag.column_name}
    words = [
        f"SQLSTATE {cause.sqlstate} {type(cause).__name__}",
        *(f"{what} {name}" for what, name in named.items() if name),
    ]
    if not cause.sqlstate.startswith(QUOTING) and cause.diag.message_primary:
        words.append(cause.diag.message_primary)
    return ", ".join(words)


def _traceback(exc_info: Any) -> str:
    """As Python prints it, with the database's own words told anew."""
    text, error, seen = "".join(traceback.format_exception(*exc_info)).strip("\n"), exc_info[1], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if (words := str(error)) and (instead := told(error)) != words:
            text = text.replace(words, instead)
        error = error.__cause__ or error.__context__
    return text


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {visible(str(name)): MASK if _is_hidden(str(name)) else _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(part) for part in value]
    return visible(redact(told(value) if isinstance(value, BaseException) else str(value)))


def _redact_event(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    for name, value in event.items():
        if name in OF_MANY_LINES:
            event[name] = visible(redact(str(value)), has_lines=True)
        elif not name.startswith("_"):  # structlog's own, taken out again before the line is written
            event[name] = MASK if _is_hidden(name) else _clean(value)
    return event


_request_id: ContextVar[str] = ContextVar("request_id", default="")


@contextmanager
def naming_request(request_id: str) -> Iterator[None]:
    """Every line within bears the request's id. structlog's own way looks through what every library keeps, for each line."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def _add_request_id(_logger: Any, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    if request_id := _request_id.get():
        event.setdefault("request_id", request_id)
    return event


SHARED: list[Any] = [
    _add_request_id,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.ExceptionRenderer(_traceback),
    _redact_event,
    # What these add is this program's own, and has nothing to hide.
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StructuredFormatter(structlog.stdlib.ProcessorFormatter):
    """What structlog's loggers hand over has been through ``SHARED`` and only needs writing: nearly every line."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict) and hasattr(record, "_logger"):
            return str(self.processors[-1](None, record.levelname, record.msg.copy()))
        return super().format(record)


def structured_formatter(log_format: str) -> logging.Formatter:
    """For structlog's loggers and everybody else's; the text of exceptions is redacted like the rest."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    return StructuredFormatter(
        foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )


class QuietAboutHosts(logging.Filter):
    """Who asks for a host that is not ours is no error of ours, and what they called it may be anything: one line says that."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
        record.msg, record.args = "asked for a host that is not in ALLOWED_HOSTS", None
        return True


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
        "filters": {"quiet about hosts": {"()": QuietAboutHosts}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django brings handlers of its own, which know nothing of redaction: its lines go through ours, too.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # The request's own line says what these would say again.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"filters": ["quiet about hosts"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Google's SDKs set up handlers of their own when they are first imported, unless somebody else has.
            "google": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
