"""What this host's web processes have counted since their server started: requests, how long they took, what was away.

Each process adds to a part of its own of one piece of memory, which gunicorn's configuration makes and all of them inherit:
adding costs about a microsecond, and whichever process is asked for ``/metrics`` answers for all. Whoever takes over the part
of a process that ended goes on counting where it stopped, so that counters never fall. Under another server, or none, the
memory is this process's own.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import threading
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, product

import structlog
from psycopg_pool import PoolTimeout

from interview_project import giving_up
from interview_project.probes import Metric

log = structlog.get_logger(__name__)
SHARED = "PARLEY_COUNTS"  # "<process id of the server>:<file descriptor>", set by docker/gunicorn.conf.py

ROUTES = ("save", "page", "api", "staff", "other")
OUTCOMES = ("ok", "refused", "conflict", "closed", "limited", "unavailable", "failed")
SIGN_INS = ("succeeded", "failed", "limited")
PROBLEMS = ("database", "pool", "cache", "fuse")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# Where what is counted: per route one cell a bucket, the one beyond the last bound, and the sum in microseconds.
BUCKETS = len(BOUNDS) + 1
FIRST_BUCKET = {route: place * (BUCKETS + 1) for place, route in enumerate(ROUTES)}
_RESPONSES = len(ROUTES) * (BUCKETS + 1)
RESPONSE = {pair: _RESPONSES + place for place, pair in enumerate(product(ROUTES, OUTCOMES))}
PROBLEM = {kind: _RESPONSES + len(RESPONSE) + place for place, kind in enumerate(PROBLEMS)}
_SIGN_INS = _RESPONSES + len(RESPONSE) + len(PROBLEM)
SIGN_IN = {result: _SIGN_INS + place for place, result in enumerate(SIGN_INS)}
CELLS = _SIGN_INS + len(SIGN_IN)

PARTS, PART_BYTES = 256, 2048
OUTCOME_OF = {409: "conflict", 410: "closed", 429: "limited", 503: "unavailable"}


class Board:
    """The cells of all processes, and the ones this process may add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[memoryview] = []
        self._own: memoryview | None = None

    def add(self, *amounts: tuple[int, int]) -> None:
        """Each is a cell and how much is added to it."""
        with self._lock:
            own = self._own if self._own is not None else self._claim()
            for cell, amount in amounts:
                own[cell] += amount

    def totals(self) -> list[int]:
        with self._lock:
            if self._own is None:
                self._claim()
        return [sum(cells) for cells in zip(*(part.tolist() for part in self._all), strict=True)]

    def _claim(self) -> memoryview:
        file = _inherited()
        if file is None:
            own = _parts(mmap.mmap(-1, PART_BYTES))[0]
            self._all, self._own = [own], own
            return own
        os.ftruncate(file, PARTS * PART_BYTES)
        self._all = _parts(mmap.mmap(file, PARTS * PART_BYTES))
        self._own = own = self._all[_free_part(file)]
        return own


def _parts(memory: mmap.mmap) -> list[memoryview]:
    whole, words = memoryview(memory).cast("Q"), PART_BYTES // 8
    return [whole[start : start + CELLS] for start in range(0, len(whole), words)]


def _inherited() -> int | None:
    server, _, file = os.environ.get(SHARED, "").partition(":")
    return int(file) if server == str(os.getppid()) else None


def _free_part(file: int) -> int:
    """Taken for as long as this process lives: such a lock ends with its process, whatever ends it."""
    for part in range(PARTS):
        with contextlib.suppress(BlockingIOError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, part)
            return part
    raise RuntimeError(f"{PARTS} web processes on one host are more than /metrics was made for.")


board = Board()


def _start_anew() -> None:
    """A fork has neither its parent's part nor its locks."""
    board.__init__()  # type: ignore[misc] # whoever imported it goes on using the same object


os.register_at_fork(after_in_child=_start_anew)


# ---- What is noted ----


def note_request(route: str, status: int, seconds: float) -> None:
    first = FIRST_BUCKET[route]
    board.add(
        (first + bisect_left(BOUNDS, seconds), 1),
        (first + BUCKETS, int(seconds * 1e6)),
        (RESPONSE[route, outcome_of(status)], 1),
    )


def note_problem(kind: str) -> None:
    board.add((PROBLEM[kind], 1))


def note_away(error: BaseException) -> None:
    """The database: either it answers and no connection was free in time, or it does not answer."""
    cause = error.__cause__ or error  # Django raises its own exception from the pool's
    is_taken = isinstance(cause, PoolTimeout) and not giving_up.standstill.is_known
    note_problem("pool" if is_taken else "database")


def note_sign_in(result: str) -> None:
    board.add((SIGN_IN[result], 1))


def outcome_of(status: int) -> str:
    if status < 400:
        return "ok"
    return OUTCOME_OF.get(status) or ("failed" if status >= 500 else "refused")


# ---- What is shown ----


def gauges() -> Iterator[Metric]:
    cells = board.totals()
    for route, first in FIRST_BUCKET.items():
        yield from _histogram(route, cells[first : first + BUCKETS], cells[first + BUCKETS] / 1e6)
    for (route, outcome), place in RESPONSE.items():
        labels = {"route": route, "outcome": outcome}
        yield Metric("parley_responses_total", "Requests by how they were answered.", cells[place], labels)
    for kind, place in PROBLEM.items():
        words = "Times that something requests stand on did not answer."
        yield Metric("parley_problems_total", words, cells[place], {"kind": kind})
    for result, place in SIGN_IN.items():
        words = "Staff who signed in, wrong names or passwords, and tries that were told to wait."
        yield Metric("parley_sign_ins_total", words, cells[place], {"result": result})


def _histogram(route: str, buckets: list[int], seconds: float) -> Iterator[Metric]:
    family, words = "parley_request_seconds", "How long requests took in this server, without waiting for their turn."
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], accumulate(buckets), strict=True):
        yield Metric(f"{family}_bucket", words, count, {"route": route, "le": bound}, family)
    yield Metric(f"{family}_sum", words, seconds, {"route": route}, family)
    yield Metric(f"{family}_count", words, sum(buckets), {"route": route}, family)
