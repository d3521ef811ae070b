"""The one way bytes go to Gemini and back, under either SDK.

Both SDKs are given this instead of their own HTTP client, because neither bounds a whole exchange: their timeouts count
from byte to byte, so an answer that drips lasts for ever; they read answers of any size; and they follow redirects, key
and all.
"""

from __future__ import annotations

import functools
import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import urlsplit

import certifi

from assessments.gemini import errors

MAX_BYTES = 256 * 1024
"""Of a whole answer, envelope and all."""

_deadline: ContextVar[float] = ContextVar("gemini_deadline")
_endpoint: ContextVar[str] = ContextVar("gemini_endpoint")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def bounded(endpoint: str, *, until: float) -> Iterator[None]:
    """Whatever is exchanged inside goes to this endpoint and ends by this moment (of ``time.monotonic``)."""
    tokens = _deadline.set(until), _endpoint.set(endpoint)
    try:
        yield
    finally:
        _deadline.reset(tokens[0])
        _endpoint.reset(tokens[1])


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send and receive once. Raises :class:`errors.GeminiFailed` for everything but a readable 200."""
    parts, expected = urlsplit(url), urlsplit(_endpoint.get())
    if (parts.scheme, parts.netloc) != (expected.scheme, expected.netloc) or "key=" in parts.query:
        raise errors.RequestRefused  # an SDK's idea of where to go; the key goes to the endpoint alone, in a header alone
    connection = _connect(parts.scheme, parts.netloc)
    bell = threading.Timer(max(0.0, _deadline.get() - time.monotonic()), _hang_up, [connection.sock])
    bell.daemon = True
    bell.start()
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, body=body, headers=dict(headers))
        answer = _received(connection)
    except (OSError, http.client.HTTPException) as error:
        raise (errors.TimedOut if _is_late(error) else errors.Unreachable) from None
    finally:
        bell.cancel()
        connection.close()
    return _required(answer)


def _connect(scheme: str, netloc: str) -> http.client.HTTPConnection:
    seconds = _deadline.get() - time.monotonic()
    if seconds <= 0:
        raise errors.TimedOut
    connection = (
        http.client.HTTPSConnection(netloc, timeout=seconds, context=_tls())
        if scheme == "https"
        else http.client.HTTPConnection(netloc, timeout=seconds)
    )
    try:
        connection.connect()
    except OSError:
        connection.close()
        raise errors.NeverReached from None
    return connection


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()  # the system's authorities, or SSL_CERT_FILE's
    context.load_verify_locations(certifi.where())
    return context


def _received(connection: http.client.HTTPConnection) -> Answer:
    with connection.getresponse() as response:
        headers = {name.lower(): value for name, value in response.getheaders()}
        body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise errors.TooLarge
    if (length := headers.get("content-length", "")).isdigit() and len(body) < int(length):
        raise http.client.IncompleteRead(body)  # a bounded read() leaves a cut connection unsaid
    return Answer(response.status, headers, body)


def _hang_up(sock: socket.socket) -> None:
    """Ends a blocked read in the other thread at once."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _is_late(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or time.monotonic() >= _deadline.get()


def _required(answer: Answer) -> Answer:
    if time.monotonic() >= _deadline.get():
        raise errors.TimedOut  # hung up on by the bell: what came is not all of it
    if answer.status == http.HTTPStatus.OK:
        _require_object(answer.body)
        return answer
    if 300 <= answer.status < 400:
        raise errors.Redirected
    kind = {
        401: errors.KeyRefused,
        403: errors.KeyRefused,
        408: errors.Unavailable,
        429: errors.TooManyRequests,
    }.get(answer.status)
    if kind is None and answer.status >= 500:
        kind = errors.Unavailable
    if kind is None and b"API_KEY_INVALID" in answer.body:
        kind = errors.KeyRefused  # Google says 400 to a key it does not know
    raise (kind or errors.RequestRefused)(retry_after=_retry_after(answer))


def _require_object(body: bytes) -> None:
    """The SDKs make an empty answer of some things that are none."""
    if not body.strip():
        raise errors.EmptyAnswer
    try:
        is_object = isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise errors.NotJson


def _retry_after(answer: Answer) -> float | None:
    """Seconds: from the header, or from Google's own detail (``"retryDelay": "33s"``)."""
    header = answer.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", header):
        return float(header)
    detail = re.search(rb'"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"', answer.body)
    return float(detail[1]) if detail else None
