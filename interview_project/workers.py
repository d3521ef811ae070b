"""Whether the worker of this host lives and takes tasks: by the sign that it gives, and by the queue readiness looks at."""

from __future__ import annotations

import socket

from interview_project import probes, signs, tasks

ALIVE_SECONDS = 15.0
SILENT_SECONDS = 4 * ALIVE_SECONDS
KEPT_SECONDS = 24 * 3600
"""For which a host's sign is kept: containers come and go with names of their own."""


def say_we_are_here(worker_id: str) -> None:
    signs.give(signs.WORKER)
    signs.give(_of_this_host(), by=worker_id, seconds=KEPT_SECONDS)
    tasks.say_it_goes_on(worker_id)


def look() -> probes.Finding:
    """At the one of this host that spoke last. A long queue is no fault of one that has a task in hand."""
    sign = signs.read(_of_this_host())
    if sign is None or sign.age is None:
        return probes.Finding(is_ok=False, words="no worker of this host has given a sign of life")
    if sign.age > SILENT_SECONDS:
        return probes.Finding(is_ok=False, words=f"its last sign of life was {sign.age:.0f} s ago")
    queue = probes.queue()
    if not queue.is_ok and not tasks.in_hand(sign.by):
        return probes.Finding(is_ok=False, words=f"lives and takes nothing; {queue.words}")
    return probes.Finding(is_ok=True, words=f"alive; {queue.words}")


def _of_this_host() -> str:
    return f"{signs.WORKER}:{socket.gethostname()}"
