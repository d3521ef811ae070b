"""What goes wrong in a rehearsal: how it begins, how long it lasts, and how it ends, with the part up again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from bench import processes
from bench.parts import Part, PartFailed
from bench.stack import Stack

RELOAD_SECONDS = 60.0
MEBIBYTE = bytes(2**20)
REFUSED = ("503",)
"""How a database that is away is told: come back. With its ``Retry-After``, without which it is not called so."""


def nothing(_stack: Stack) -> None:
    """What is over by itself."""


@dataclass(frozen=True)
class Fault:
    name: str
    begin: Callable[[Stack], None]
    end: Callable[[Stack], None] = nothing
    lasts: float = 0.0
    """Seconds between the two. Infinite: until the run's last, quiet part."""
    again_after: float = 0.0
    """Meanwhile it begins again, each time after so many seconds; 0: it does not."""
    allowed: float | None = 0.0
    """Seconds beyond those for which requests may fail, from the first that does; 0: none may at all. None: any."""
    fails_as: tuple[str, ...] = ()
    """How requests may fail; empty: in any way."""
    may_end: tuple[str, ...] = ()
    """Parts that may end by themselves meanwhile, to be started again as a supervisor would."""

    @property
    def bound(self) -> float | None:
        return self.lasts + self.allowed if self.allowed else self.allowed

    def strike(self, stack: Stack) -> None:
        """Returns when the part is up again."""
        self.begin(stack)
        try:
            over_at = time.monotonic() + self.lasts
            while self.again_after and time.monotonic() + self.again_after < over_at:
                time.sleep(self.again_after)
                self.begin(stack)
            time.sleep(max(0.0, over_at - time.monotonic()))
        finally:
            self.end(stack)


def _part(name: str, what: Callable[[Part], None]) -> Callable[[Stack], None]:
    def act(stack: Stack) -> None:
        what(getattr(stack, name))

    return act


def flush_redis(stack: Stack) -> None:
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()


def fill_disk(stack: Stack) -> None:
    """Not a byte is left for PostgreSQL; whether it refuses or ends is its own business."""
    if stack.disk is None:
        raise PartFailed("Only a disk that PostgreSQL has for itself may be filled.")
    with (stack.disk / "ballast").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(MEBIBYTE):
            pass


def empty_disk(stack: Stack) -> None:
    assert stack.disk is not None  # noqa: S101 - for the type checker: it has been filled
    (stack.disk / "ballast").unlink()
    if not stack.postgresql.is_alive:
        stack.postgresql.revive()
    stack.postgresql.wait_until_up()


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
KILL_WORKER = Fault("kill -9 worker", _part("worker", Part.kill), _part("worker", Part.start))
KILL_REDIS = Fault("kill -9 Redis", _part("redis", Part.kill), _part("redis", Part.start), lasts=1.5)
KILL_WEB = Fault("kill -9 web", _part("web", Part.kill), _part("web", Part.start), allowed=2.0)  # started again at once
PAUSE_REDIS = Fault("SIGSTOP Redis", _part("redis", Part.pause), _part("redis", Part.resume), lasts=3.0)
RELOAD_WEB = Fault("HUP web", reload_web)
KILL_POSTGRESQL = Fault(
    "kill -9 PostgreSQL",
    _part("postgresql", Part.kill),
    _part("postgresql", Part.start),
    allowed=15.0,
    fails_as=REFUSED,
    may_end=("Worker",),
)
PAUSE_POSTGRESQL = Fault(
    "SIGSTOP PostgreSQL",
    _part("postgresql", Part.pause),
    _part("postgresql", Part.resume),
    lasts=3.0,
    allowed=5.0,
    fails_as=REFUSED,
    may_end=("Worker",),
)
RESTART_POSTGRESQL = Fault(
    "restart PostgreSQL", _part("postgresql", Part.restart), allowed=3.0, fails_as=REFUSED, may_end=("Worker",)
)
FULL_DISK = Fault(
    "disk full",
    fill_disk,
    empty_disk,
    lasts=6.0,
    allowed=None,
    fails_as=REFUSED,
    may_end=("PostgreSQL", "Worker"),
)
