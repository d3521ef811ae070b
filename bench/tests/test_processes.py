from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bench import processes

CHILD = "import time; time.sleep(60)"
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {CHILD!r}], start_new_session=True)
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def parent():
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    processes.kill_tree(process.pid)
    process.wait()
    process.stdout.close()


def test_a_tree_holds_children_in_sessions_of_their_own(parent):
    everyone = processes.tree(parent.pid)
    assert [one.parent for one in everyone[1:]] == [parent.pid]


def test_killing_a_tree_leaves_nobody(parent):
    pids = [one.pid for one in processes.tree(parent.pid)]
    processes.kill_tree(parent.pid)
    assert len(pids) == 2
    assert [processes.read(pid) for pid in pids] == [None, None]


def test_processor_time_is_counted():
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    give_up_at = time.monotonic() + 30
    while processes.cpu_seconds(busy.pid) < 0.1 and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert processes.cpu_seconds(busy.pid) >= 0.1
    assert processes.peak_memory_bytes(busy.pid) > 1_000_000
    busy.kill()
    busy.wait()


def test_of_a_process_that_is_gone_nothing_is_said():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert processes.read(gone.pid) is None
    assert processes.tree(gone.pid) == []
