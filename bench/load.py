"""A load generator that costs little: one thread, raw sockets, and no more of HTTP than our own server speaks.

It runs on the machine it loads, so what it uses, the server lacks. It is the same for whatever is compared.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\nContent-Length: "
PATIENCE_SECONDS = 60.0


class Client(Protocol):
    """Somebody at the other end of one connection."""

    what: str
    """What the request under way is to be counted as."""

    def request(self) -> bytes | None:
        """The next request; ``None`` when there is nothing more to do."""

    def answered(self, status: int, body: bytes) -> bool:
        """Whether that was the answer wanted."""


@dataclass
class Load:
    """What came of driving some clients for a while."""

    seconds: float = 0.0
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds of each request that was answered as wanted, by what it was."""
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0
    """Bytes of bodies."""

    @property
    def operations(self) -> int:
        return sum(len(some) for some in self.latencies.values())

    @property
    def per_second(self) -> float:
        return self.operations / self.seconds if self.seconds else 0.0

    def all_latencies(self) -> list[float]:
        return [one for some in self.latencies.values() for one in some]


class _Connection:
    def __init__(self, address: tuple[str, int], client: Client, begins_at: float) -> None:
        self.address, self.client, self.begins_at = address, client, begins_at
        self.sent_at = 0.0
        self.buffer = b""
        self.is_waiting = False
        self.socket: socket.socket | None = None

    def send(self, selector: selectors.BaseSelector, message: bytes) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=PATIENCE_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(self.socket, selectors.EVENT_READ, self)
        self.buffer, self.is_waiting, self.sent_at = b"", True, time.perf_counter()
        self.socket.sendall(message)

    def receive(self) -> tuple[int, bytes] | None:
        """Status and body once they are here. Raises ConnectionError when the server has hung up."""
        assert self.socket is not None  # noqa: S101 - for the type checker
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError
        self.buffer += data
        head, end, body = self.buffer.partition(END_OF_HEAD)
        if not end or len(body) < _length_of(head):
            return None
        return int(self.buffer[9:12]), body

    def close(self, selector: selectors.BaseSelector) -> None:
        if self.socket is not None:
            selector.unregister(self.socket)
            self.socket.close()
        self.socket, self.is_waiting = None, False


def _length_of(head: bytes) -> int:
    _, name, rest = head.partition(LENGTH)
    return int(rest.partition(b"\r")[0]) if name else 0


def drive(port: int, clients: Sequence[Client], *, seconds: float, over: float = 0.0) -> Load:
    """Let each client send its next request as soon as it has its answer, for so long; then wait for what is under way.

    ``over`` spreads the first requests evenly over so many seconds, whatever becomes of those before.
    """
    load, selector = Load(), selectors.DefaultSelector()
    began = time.perf_counter()
    step = over / len(clients)
    idle = [_Connection(("127.0.0.1", port), one, began + place * step) for place, one in enumerate(clients)]
    everyone, waiting = list(idle), 0
    try:
        while idle or waiting:
            now = time.perf_counter()
            is_over = now >= began + seconds
            due = [one for one in idle if one.begins_at <= now]
            idle = [one for one in idle if one.begins_at > now]
            waiting += sum(_next(one, selector, load, is_over=is_over) for one in due)
            wait = max(0.0, idle[0].begins_at - time.perf_counter()) if idle else 1.0
            for key, _ in selector.select(wait):
                waiting += _read(key.data, selector, load, is_over=time.perf_counter() >= began + seconds)
            if time.perf_counter() > began + seconds + PATIENCE_SECONDS:
                load.errors["never answered"] += waiting
                break
        load.seconds = time.perf_counter() - began
    finally:
        for one in everyone:
            one.close(selector)
        selector.close()
    return load


def _next(one: _Connection, selector: selectors.BaseSelector, load: Load, *, is_over: bool) -> int:
    """Send the next request, if there is one: 1 if there is now one more to wait for."""
    message = None if is_over else one.client.request()
    if message is None:
        return 0
    try:
        one.send(selector, message)
    except OSError as error:
        load.errors[type(error).__name__] += 1
        one.close(selector)
        return 0
    return 1


def _read(one: _Connection, selector: selectors.BaseSelector, load: Load, *, is_over: bool) -> int:
    """What arrived: by how much the number of requests under way has changed."""
    was_waiting = one.is_waiting
    try:
        answer = one.receive()
    except OSError as error:
        one.close(selector)
        if not was_waiting:  # an idle connection the server no longer keeps
            return 0
        load.errors[type(error).__name__] += 1
        return _next(one, selector, load, is_over=is_over) - 1
    if answer is None:
        return 0
    seconds, (status, body) = time.perf_counter() - one.sent_at, answer
    one.is_waiting = False
    what = one.client.what
    load.received += len(body)
    if one.client.answered(status, body):
        load.latencies[what].append(seconds)
    else:
        load.errors[str(status)] += 1
    return _next(one, selector, load, is_over=is_over) - 1
