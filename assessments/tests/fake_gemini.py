"""A server of our own that speaks Gemini's protocol over real HTTP: scripted answers, and every way to misbehave."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import override_settings

from assessments import gemini

KEY = "AIza-only-a-canary-" + "k" * 20
Handler = BaseHTTPRequestHandler
Behaviour = Callable[[Handler, "Asked"], None]


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return "".join(part["text"] for content in self.body["contents"] for part in content["parts"])

    @property
    def wants(self) -> set[str]:
        """The names of the fields that the answer must have."""
        return set(self.body["generationConfig"]["responseSchema"]["properties"])


@dataclass
class FakeGemini:
    """``script`` is used up first; ``model`` answers whatever comes after."""

    url: str
    script: list[Behaviour] = field(default_factory=list)
    model: Callable[[Asked], Any] = lambda asked: {}
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(self, handler: Handler, asked: Asked) -> None:
        with self.lock:
            self.asked.append(asked)
            behaviour = self.script.pop(0) if self.script else None
        (behaviour or answer(self.model(asked)))(handler, asked)


@contextmanager
def serving() -> Iterator[FakeGemini]:
    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            with suppress(OSError):  # the other side may have hung up, as it should
                fake.behave(self, Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    server.block_on_close = False
    fake = FakeGemini(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def configured(url: str, **settings: Any) -> Iterator[None]:
    """This installation has a key, and Gemini is at this address."""
    gemini.breaker.reset()
    with override_settings(**{"GEMINI_API_KEY": KEY, "GEMINI_API_ENDPOINT": url, **settings}):
        yield
    gemini.breaker.reset()


@contextmanager
def answering(model: Callable[[Asked], Any] | None = None, **settings: Any) -> Iterator[FakeGemini]:
    """Served, and asked by this installation; as this model answers."""
    with serving() as server, configured(server.url, **settings):
        server.model = model or server.model
        yield server


# ---- What it may do with a request ----


def send(handler: Handler, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def envelope(text: str, *, finish: str = "STOP", tokens: tuple[int, int] = (100, 50)) -> bytes:
    return json.dumps(
        {
            "candidates": [
                {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish, "index": 0}
            ],
            "usageMetadata": {
                "promptTokenCount": tokens[0],
                "candidatesTokenCount": tokens[1],
                "totalTokenCount": sum(tokens),
            },
        }
    ).encode()


def answer(data: Any, **facts: Any) -> Behaviour:
    text = data if isinstance(data, str) else json.dumps(data)
    return lambda handler, asked: send(handler, envelope(text, **facts))


def status(code: int, *, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None) -> Behaviour:
    error = body or {"error": {"code": code, "message": "no", "status": "NO"}}
    return lambda handler, asked: send(handler, json.dumps(error).encode(), status=code, headers=headers)


def raw(body: bytes, **options: Any) -> Behaviour:
    return lambda handler, asked: send(handler, body, **options)


def silence(seconds: float) -> Behaviour:
    return lambda handler, asked: time.sleep(seconds)


def drip(seconds: float, *, pause: float = 0.05) -> Behaviour:
    """A byte now and then: no pause is ever long enough for a timeout that counts from byte to byte."""

    def behaviour(handler: Handler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(pause)

    return behaviour


def drip_headers(seconds: float, *, pause: float = 0.05) -> Behaviour:
    def behaviour(handler: Handler, asked: Asked) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(pause)

    return behaviour


def reset(handler: Handler, asked: Asked) -> None:
    """The connection breaks with an RST, not with a polite end."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut(handler: Handler, asked: Asked) -> None:
    """Half of what the length promised."""
    body = envelope('{"answer": "yes"}')
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def blocked(handler: Handler, asked: Asked) -> None:
    usage = {"promptTokenCount": 9, "totalTokenCount": 9}
    send(handler, json.dumps({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}).encode())


def withheld(handler: Handler, asked: Asked) -> None:
    send(handler, json.dumps({"candidates": [{"finishReason": "SAFETY", "index": 0}]}).encode())


def nothing(handler: Handler, asked: Asked) -> None:
    send(handler, json.dumps({"candidates": []}).encode())
