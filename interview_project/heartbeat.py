"""A thread in each web process that says, every few seconds, that this process is there.

What it says, and to whom, is the apps' business: they add to :data:`on_beat`. It starts with the web server's processes, by
their settings file, not with commands or the worker, and again after a fork.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse

from interview_project import counts
from interview_project.errors import unavailable
from interview_project.probes import AWAY

log = structlog.get_logger(__name__)
LONGEST_WAIT = 2
on_beat: list[Callable[[], None]] = []


class Heart:
    def __init__(self) -> None:
        self._pid = 0
        self._beaten_at = float("-inf")
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread()

    def start(self) -> None:
        self._stop.set()  # one thread a process: whoever was started before ends, or was left behind by a fork
        self._pid, self._beaten_at = os.getpid(), float("-inf")
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._beat_until, args=(self._stop,), name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The thread beats no more when this returns, unless the database holds up a beat that has begun."""
        self._pid = 0
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_WAIT)

    def _beat_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with self._lock:
                    self._beat()
            except AWAY as error:
                log.warning("no heartbeat, trying again", error=type(error).__name__)
            finally:
                connections.close_all()
            stop.wait(settings.HEARTBEAT_SECONDS)

    def _beat(self) -> None:
        for say in on_beat:
            say()
        self._beaten_at = time.monotonic()

    def require(self) -> None:
        """Before a request is served after a silence, what the silence cost must be known. Raises one of ``AWAY``.

        Costs a comparison of two numbers otherwise. A process that never started beating is none that serves.
        """
        if self._pid == 0:
            return
        if self._pid != os.getpid():
            self.start()
        if not self._is_silent():
            return
        if not self._lock.acquire(timeout=LONGEST_WAIT):  # whoever has it waits for the database: no use queueing up
            raise OperationalError("the database has not answered the heartbeat")
        try:
            if self._is_silent():
                self._beat()
        finally:
            self._lock.release()

    def _is_silent(self) -> bool:
        return time.monotonic() - self._beaten_at > 2 * settings.HEARTBEAT_SECONDS


heart = Heart()


class HeartbeatMiddleware:
    """Nobody is refused for a bell that rang while we were away: time is given back before anyone is served."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            heart.require()
        except AWAY as error:
            counts.note_away(error)
            log.warning("not serving, the database is away", error=type(error).__name__)
            return unavailable(request)
        return self.get_response(request)
