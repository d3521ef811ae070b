"""Whom this process calls, and what it looks up, while a test looks on: every connection of Python's own sockets.

PostgreSQL's driver connects by itself, and is not seen; Redis is, and is where the suite was told.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest


class Listener:
    """Answers on this machine, by IPv4 and IPv6 on one port; counts who comes, and keeps what they say first."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.tls: ssl.SSLContext | None = None
        first = socket.create_server(("127.0.0.1", 0))
        self.port = int(first.getsockname()[1])
        self.sockets = [first]
        with suppress(OSError):  # a machine without IPv6 cannot be reached by it, either
            self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self.sockets:
            threading.Thread(target=self._answer, args=[one], daemon=True).start()

    def _answer(self, one: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _ = one.accept()
                with caller:
                    caller.settimeout(2)
                    with suppress(OSError):
                        self.heard.append(self._first_words(caller))

    def _first_words(self, caller: socket.socket) -> bytes:
        if self.tls is None:
            return caller.recv(4096)
        with self.tls.wrap_socket(caller, server_side=True) as inside:
            return inside.recv(4096)

    def close(self) -> None:
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@dataclass
class Calls:
    """``resolved`` is what the resolver says of names: one address after the other, as whoever rebinds a name would."""

    listener: Listener
    made: list[Any] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    resolved: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.made) + len(self.looked_up) + len(self.listener.heard)


@contextmanager
def watched(*ports: int) -> Iterator[Calls]:
    """Names are resolved by a stub; the listener and these ports of this machine are reached, whatever is tried."""
    calls = Calls(Listener())
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    cache = urlsplit(os.environ.get("REDIS_URL", ""))

    def is_ours(sock: socket.socket, address: Any) -> bool:
        return sock.family == socket.AF_UNIX or tuple(address[:2]) == (cache.hostname, cache.port)

    def note(sock: socket.socket, address: Any) -> None:
        if not is_ours(sock, address):
            calls.made.append(address)
            if address[1] not in (calls.listener.port, *ports):
                raise ConnectionRefusedError("No test calls anybody outside.")

    def connecting(sock: socket.socket, address: Any) -> None:
        note(sock, address)
        connect(sock, address)

    def connecting_ex(sock: socket.socket, address: Any) -> int:
        note(sock, address)
        return connect_ex(sock, address)

    def looking_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if (host, port) == (cache.hostname, cache.port):
            return look_up(host, port, *args, **options)
        name = host.decode() if isinstance(host, bytes) else str(host)
        calls.looked_up.append(name)
        answers = calls.resolved.get(name, [])
        instead = answers.pop(0) if len(answers) > 1 else answers[0] if answers else "127.0.0.1"
        return look_up(instead, port, *args, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", connecting)
        patched.setattr(socket.socket, "connect_ex", connecting_ex)
        patched.setattr(socket, "getaddrinfo", looking_up)
        try:
            yield calls
        finally:
            calls.listener.close()
