"""What a rehearsal consists of, as data: which faults strike, when, for how long, and what they may cost.

``make rehearse PLAN=redis-away``. Without a name it is ``everything``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench import faults
from bench.faults import Fault

QUIET_BEFORE, QUIET_AFTER = 0.10, 0.12
"""Of the run, in which nothing strikes."""


@dataclass(frozen=True)
class Planned:
    at: float
    """Seconds after the beginning."""
    fault: Fault


@dataclass(frozen=True)
class Bounds:
    """What the faults of a plan may cost, beyond how long requests may fail; each is a no-go of its own."""

    p99_ms: Mapping[str, float] = field(default_factory=dict)
    """Of the requests that a fault touched, by what they were."""
    longest_ms: float = math.inf
    """Of any request that a fault touched, however it ended."""
    must_refuse: bool = False
    """Each fault must be felt: where nobody was refused, nothing was tried."""
    must_resume: bool = False
    """Before they submit, all look at every answer of theirs, with the pass they came in with."""


@dataclass(frozen=True)
class Plan:
    faults: tuple[Fault, ...] = ()
    """One after the other, in this order, spread over the run."""
    times: int = 1
    """At least."""
    round_seconds: float = math.inf
    """In a long run they come again, once in so many seconds."""
    bounds: Bounds = Bounds()

    def seconds(self, asked: float) -> float:
        """How long a run has to be for faults that last to leave its beginning and its end quiet."""
        lasting = sum(one.lasts for one in self._struck(asked) if math.isfinite(one.lasts))
        return max(asked, lasting / (1 - QUIET_BEFORE - QUIET_AFTER))

    def planned(self, seconds: float) -> list[Planned]:
        struck = self._struck(seconds)
        first, last = QUIET_BEFORE * seconds, (1 - QUIET_AFTER) * seconds
        step = (last - first) / max(1, len(struck) - 1)
        times = [first + place * step for place in range(len(struck))]
        return [
            Planned(at, replace(one, lasts=min(one.lasts, last - at)) if math.isinf(one.lasts) else one)
            for at, one in zip(times, struck, strict=True)
        ]

    def _struck(self, seconds: float) -> tuple[Fault, ...]:
        return self.faults * max(self.times, int(seconds // self.round_seconds))


EVERYTHING = (
    faults.FLUSH_REDIS,
    faults.KILL_WORKER,
    faults.KILL_REDIS,
    faults.KILL_WEB,
    faults.PAUSE_REDIS,
    faults.RELOAD_WEB,
    faults.KILL_POSTGRESQL,
    faults.PAUSE_POSTGRESQL,
    faults.RESTART_POSTGRESQL,
)
FLUSHED_EVERY_SECOND = replace(faults.FLUSH_REDIS, name="FLUSHALL every second", lasts=math.inf, again_after=1.0)

PLANS = {
    "everything": Plan(EVERYTHING, round_seconds=60),
    "web-kills": Plan((faults.KILL_WEB,), times=5, round_seconds=12),
    "postgresql-kills": Plan((faults.KILL_POSTGRESQL,), times=5, round_seconds=12),
    "postgresql-frozen": Plan(
        (replace(faults.PAUSE_POSTGRESQL, lasts=10.0),), bounds=Bounds(longest_ms=6_000, must_refuse=True)
    ),
    "redis-away": Plan((replace(faults.KILL_REDIS, lasts=60.0),), bounds=Bounds(p99_ms={"save": 500})),
    "redis-frozen": Plan(
        (replace(faults.PAUSE_REDIS, lasts=30.0),), bounds=Bounds(p99_ms={"save": 1_000, "page": 1_500})
    ),
    "flush-every-second": Plan((FLUSHED_EVERY_SECOND,), bounds=Bounds(must_resume=True)),
    "full-disk": Plan((faults.FULL_DISK,), times=2, round_seconds=20, bounds=Bounds(must_refuse=True)),
    "quiet": Plan(),
}
"""``full-disk`` takes a disk of its own: ``make rehearse-full-disk``."""
