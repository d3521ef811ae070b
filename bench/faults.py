"""What goes wrong in a rehearsal, and when. Each function returns when the part is up again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from bench import processes
from bench.parts import Part, PartFailed
from bench.stack import Stack

ABSENT_SECONDS = 1.5
FULL_SECONDS = 6.0
PAUSED_SECONDS = 3.0
RELOAD_SECONDS = 60.0
MEBIBYTE = bytes(2**20)


@dataclass(frozen=True)
class Fault:
    name: str
    strike: Callable[[Stack], None]
    allowed: float | None = 0.0
    """Seconds for which requests may fail, from the first that does; 0: none may. None: as long as it lasts."""
    may_end: tuple[str, ...] = ()
    """Parts that may end by themselves meanwhile, to be started again as a supervisor would."""


@dataclass(frozen=True)
class Planned:
    at: float
    """Seconds after the beginning."""
    fault: Fault


def kill_web(stack: Stack) -> None:
    """A supervisor starts it again at once."""
    _kill_and_start(stack.web)


def kill_worker(stack: Stack) -> None:
    _kill_and_start(stack.worker)


def kill_postgresql(stack: Stack) -> None:
    _kill_and_start(stack.postgresql)


def kill_redis(stack: Stack) -> None:
    stack.redis.kill()
    time.sleep(ABSENT_SECONDS)
    stack.redis.start()


def _kill_and_start(part: Part) -> None:
    part.kill()
    part.start()


def flush_redis(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()


def pause_redis(stack: Stack) -> None:
    _pause(stack.redis)


def pause_postgresql(stack: Stack) -> None:
    _pause(stack.postgresql)


def _pause(part: Part) -> None:
    part.pause()
    try:
        time.sleep(PAUSED_SECONDS)
    finally:
        part.resume()


def fill_disk(stack: Stack) -> None:
    """Not a byte is left for PostgreSQL; whether it refuses or ends is its own business. Then there is room again."""
    if stack.disk is None:
        raise PartFailed("Only a disk that PostgreSQL has for itself may be filled.")
    ballast = stack.disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(MEBIBYTE):
                pass
        time.sleep(FULL_SECONDS)
    finally:
        ballast.unlink()
    if not stack.postgresql.is_alive:
        stack.postgresql.revive()
    stack.postgresql.wait_until_up()


def restart_postgresql(stack: Stack) -> None:
    stack.postgresql.restart()


def reload_web(stack: Stack) -> None:
    """Every process of the web server is replaced, while it serves."""
    before = {process.pid for process in processes.tree(stack.web.pid)} - {stack.web.pid}
    stack.web.reload()
    give_up_at = time.monotonic() + RELOAD_SECONDS
    while before & {process.pid for process in processes.tree(stack.web.pid)}:
        if time.monotonic() > give_up_at:
            raise PartFailed("The web server did not replace its processes.")
        time.sleep(0.1)


FLUSH_REDIS = Fault("FLUSHALL", flush_redis)
KILL_WORKER = Fault("kill -9 worker", kill_worker)
KILL_REDIS = Fault("kill -9 Redis", kill_redis)
KILL_WEB = Fault("kill -9 web", kill_web, allowed=2.0)
PAUSE_REDIS = Fault("SIGSTOP Redis", pause_redis)
RELOAD_WEB = Fault("HUP web", reload_web)
KILL_POSTGRESQL = Fault("kill -9 PostgreSQL", kill_postgresql, allowed=15.0, may_end=("Worker",))
PAUSE_POSTGRESQL = Fault("SIGSTOP PostgreSQL", pause_postgresql, allowed=PAUSED_SECONDS + 5.0, may_end=("Worker",))
RESTART_POSTGRESQL = Fault("restart PostgreSQL", restart_postgresql, allowed=3.0, may_end=("Worker",))
FULL_DISK = Fault("disk full", fill_disk, allowed=None, may_end=("PostgreSQL", "Worker"))

ALL = (
    FLUSH_REDIS,
    KILL_WORKER,
    KILL_REDIS,
    KILL_WEB,
    PAUSE_REDIS,
    RELOAD_WEB,
    KILL_POSTGRESQL,
    PAUSE_POSTGRESQL,
    RESTART_POSTGRESQL,
)


def plan(faults: Sequence[Fault], *, seconds: float) -> list[Planned]:
    """Spread over the run, with quiet at its beginning and its end."""
    first, last = 0.10 * seconds, 0.88 * seconds
    step = (last - first) / max(1, len(faults) - 1)
    return [Planned(first + place * step, fault) for place, fault in enumerate(faults)]
