"""When something last happened that no request shows: a worker lived, a backup was made, a drill went well.

Kept in the database's own cache table, so that any web process can tell, whichever host it happened on. Losing one loses
nothing but the figure, and the alarms take a figure that is missing for the worst.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.core.cache import caches

from interview_project.probes import Metric

WORKER, BACKUP, DRILL = "worker", "backup", "drill"
WORDS = {
    WORKER: "Since the last sign of life of any worker.",
    BACKUP: "Since `backup` last made one.",
    DRILL: "Since `restore_drill` was last tried.",
}


def give(name: str, *, is_good: bool = True) -> None:
    caches["embedded"].set(_key(name), [time.time(), is_good], timeout=None)


def gauges() -> Iterable[Metric]:
    found = {name: caches["embedded"].get(_key(name)) for name in WORDS}
    for name, words in WORDS.items():
        if found[name] is not None:
            yield Metric(f"parley_{name}_age_seconds", words, max(0.0, time.time() - found[name][0]))
    if found[DRILL] is not None:
        yield Metric("parley_drill_succeeded", "1 if the last `restore_drill` found nothing wrong.", found[DRILL][1])


def _key(name: str) -> str:
    return f"sign:{name}"
