"""When something last went well that no request shows: a worker lived, a backup was made, a drill found nothing wrong.

Kept in the database's own cache table, so that any web process can tell, whichever host it happened on. Losing one loses
nothing but the figure, and the alarms take a figure that is missing for the worst.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import partial

import structlog
from django.core.cache import caches
from django.db import close_old_connections

from interview_project.probes import AWAY, Metric

log = structlog.get_logger(__name__)
WORKER, BACKUP, DRILL = "worker", "backup", "drill"
WORDS = {
    WORKER: "Since the last sign of life of any worker.",
    BACKUP: "Since `backup` or `run_backups` last made one.",
    DRILL: "Since `restore_drill` last found nothing wrong.",
}
TRIES = {
    BACKUP: "1 if the last try to make a backup made one.",
    DRILL: "1 if the last `restore_drill` found nothing wrong.",
}


@dataclass(frozen=True)
class Sign:
    at: float | None
    """When it last went well, if ever."""
    is_good: bool
    """Whether it did the last time it was tried."""
    by: str = ""

    @property
    def age(self) -> float | None:
        return None if self.at is None else max(0.0, time.time() - self.at)


def give(name: str, *, is_good: bool = True, by: str = "", seconds: int | None = None) -> None:
    """``seconds``: for how long it is worth keeping. What it is given of has happened, so it raises nothing."""
    write = partial(_write, name, is_good=is_good, by=by, seconds=seconds)
    try:
        try:
            write()
        except AWAY:  # a connection that a restart cut off while it was idle shows that only when it is used
            close_old_connections()
            write()
    except AWAY as error:
        log.warning("sign not given", sign=name, error=type(error).__name__)


def _write(name: str, *, is_good: bool, by: str, seconds: int | None) -> None:
    at = time.time() if is_good else _last(name)
    caches["embedded"].set(_key(name), list(astuple(Sign(at, is_good, by))), timeout=seconds)


def read(name: str) -> Sign | None:
    found = caches["embedded"].get(_key(name))
    return None if found is None else Sign(*found)


def _last(name: str) -> float | None:
    sign = read(name)
    return sign.at if sign else None


@contextmanager
def of(name: str) -> Iterator[None]:
    """Of what is done within: a good one, unless it raises."""
    with of_failing(name):
        yield
    give(name)


@contextmanager
def of_failing(name: str) -> Iterator[None]:
    """Of what has to go well before it can: a bad one, if it raises."""
    try:
        yield
    except Exception:
        give(name, is_good=False)
        raise


def gauges() -> Iterable[Metric]:
    found = {name: sign for name in WORDS if (sign := read(name))}
    for name, sign in found.items():
        if sign.age is not None:
            yield Metric(f"parley_{name}_age_seconds", WORDS[name], sign.age)
        if name in TRIES:
            yield Metric(f"parley_{name}_succeeded", TRIES[name], sign.is_good)


def _key(name: str) -> str:
    return f"sign:{name}"
