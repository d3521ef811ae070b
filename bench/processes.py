"""What Linux says of a process and everything it started: who they are, what they used; and signals to all of them."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    state: str
    cpu_seconds: float
    """Its own, and that of children which have ended."""


def read(pid: int) -> Process | None:
    """``None`` for a process that is gone, or dead and only waiting for its parent to notice."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # its name, in brackets, may hold anything
    if fields[0] == "Z":
        return None
    return Process(pid, int(fields[1]), fields[0], sum(int(field) for field in fields[11:15]) / TICKS)


def tree(root: int) -> list[Process]:
    """The process and all its descendants, parents first."""
    children: dict[int, list[Process]] = defaultdict(list)
    found = {
        int(entry.name): process
        for entry in PROC.iterdir()
        if entry.name.isdigit() and (process := read(int(entry.name)))
    }
    for process in found.values():
        children[process.parent].append(process)
    everyone = [found[root]] if root in found else []
    for process in everyone:
        everyone.extend(children[process.pid])  # grows while it is walked: that is the walk
    return everyone


def cpu_seconds(*roots: int) -> float:
    return sum(process.cpu_seconds for root in roots for process in tree(root))


def send(number: signal.Signals, *pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill_tree(root: int) -> None:
    """End it and everything below it without a chance to tidy up, as when the machine's memory ran out."""
    send(signal.SIGSTOP, root)  # so that it starts nobody while we look
    pids = [process.pid for process in tree(root)]
    send(signal.SIGKILL, *pids)
    wait_until_gone(pids)


def wait_until_gone(pids: list[int], *, seconds: float = 10) -> None:
    give_up_at = time.monotonic() + seconds
    while any(read(pid) for pid in pids):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"Some of the processes {pids} did not end within {seconds:g} seconds.")
        time.sleep(0.005)


def memory_bytes(root: int) -> int:
    """Held by it and everything below it. What processes share, each counts in part."""
    return sum(_proportional(process.pid) for process in tree(root))


def _proportional(pid: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def peak_memory_bytes(pid: int) -> int:
    """The most it ever held, itself."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
