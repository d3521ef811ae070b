from __future__ import annotations

import math
import threading
import time

from assessments.gemini.errors import BreakerOpen


class Breaker:
    """After ``failures`` in a row nobody is let through for ``seconds``; then one caller tries.

    One per process. What it saves is waiting: each of a page's callers would pay the whole timeout to learn the same.
    """

    def __init__(self, *, failures: int = 5, seconds: float = 30.0) -> None:
        self._limit, self._seconds = failures, seconds
        self._failed, self._open_until = 0, 0.0
        self._lock = threading.Lock()

    def require_closed(self) -> None:
        """Raises :class:`BreakerOpen`."""
        with self._lock:
            left = self._open_until - time.monotonic()
            if left > 0:
                raise BreakerOpen(retry_after=math.ceil(left))
            if self._failed >= self._limit:
                self._open_until = time.monotonic() + self._seconds  # the others wait for the one that tries now

    def note(self, *, failed: bool) -> None:
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            self._open_until = time.monotonic() + self._seconds if self._failed >= self._limit else 0.0

    def reset(self) -> None:
        self.note(failed=False)
