"""A client that gives up on a database that stands still.

The server bounds its statements itself, but only while it runs; and a kernel goes on answering for a process that was stopped,
so no time-out of TCP ends the wait either. Whoever then waits would hold a thread of the web server until all are held.
"""

from __future__ import annotations

import math
import select
import threading
import time
from functools import cache
from typing import Any, Self, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout, _WaitTimeout
from psycopg.pq import ConnStatus

from interview_project.one_trip import OneTripConnection

RV = TypeVar("RV")
LOOK_SECONDS = 1.0


class Standstill:
    """Whether this process would wait for the database in vain: somebody has, and nobody has been answered since.

    Who waits holds a thread of the web server, and who comes after them waits for a thread first: their waits would add up. So
    they are turned away at once where they ask for a connection, but for one a second, who goes and looks.
    """

    def __init__(self) -> None:
        self._answered_at = self._given_up_at = self._next_look_at = -math.inf
        self._is_away = False
        self._lock = threading.Lock()

    @property
    def is_known(self) -> bool:
        """That it is away or stands still; not, that all connections to it are taken."""
        return self._is_away or self._given_up_at > self._answered_at

    def note_answer(self) -> None:
        self._answered_at, self._is_away = time.monotonic(), False

    def note_refusal(self) -> None:
        """No server is there, and its machine says so at once: whoever waits for a connection has one as soon as it is back."""
        self._is_away = True

    def note_giving_up(self, *, after: float) -> None:
        """Somebody has waited for so many seconds. Where others were answered not long ago, it was their bad luck."""
        now = time.monotonic()
        if after / 2 <= now - self._answered_at < math.inf:  # who never heard of it does not know what it is like
            self._given_up_at, self._next_look_at = now, now + LOOK_SECONDS

    def note_silence(self) -> None:
        """A new connection was waited for in vain: a server is there, and says nothing."""
        self._is_away = False

    def turns_away(self) -> bool:
        if self._is_away or self._given_up_at <= self._answered_at:
            return False
        with self._lock:
            now = time.monotonic()
            if now < self._next_look_at:
                return True
            self._next_look_at = now + LOOK_SECONDS
            return False


standstill = Standstill()


def hearing(gen: PQGen[RV]) -> PQGen[RV]:
    """The same conversation with the server. Its end is an answer, unless it ended before anything was waited for."""
    try:
        wanted = next(gen)
    except StopIteration as at_once:
        return cast(RV, at_once.value)  # such as a commit of nothing
    try:
        while True:
            wanted = gen.send((yield wanted))
    except StopIteration as answered:
        standstill.note_answer()
        return cast(RV, answered.value)
    except psycopg.Error as error:
        if error.sqlstate:  # a refusal is an answer, too
            standstill.note_answer()
        raise


class PatientConnection(OneTripConnection):
    """Waits so many seconds for the answer to each statement, then hangs up."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        try:
            made = super().connect(*args, **kwargs)
        except ConnectionTimeout:
            standstill.note_silence()
            raise
        except psycopg.OperationalError:
            standstill.note_refusal()
            raise
        standstill.note_answer()
        return made

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        patience = self.seconds if timeout is None else timeout
        try:
            return super().wait(hearing(gen), interval, patience)
        except _WaitTimeout as error:
            standstill.note_giving_up(after=patience or 0.0)
            self.pgconn.finish()  # nobody knows what it is doing; the pool makes another one
            raise psycopg.OperationalError(f"no answer from the database within {patience} s") from error

    def has_hung_up(self) -> bool:
        """Whether the server ended this idle connection, as one does that restarts. Only the socket is asked: microseconds."""
        try:
            while self.pgconn.status == ConnStatus.OK and _has_something_to_say(self.pgconn.socket):
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.pgconn.status != ConnStatus.OK


def _has_something_to_say(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


@cache
def giving_up_after(seconds: float | None) -> type[PatientConnection]:
    return type("PatientConnection", (PatientConnection,), {"seconds": seconds})
