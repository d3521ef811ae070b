"""Starting one server for the tests, waiting until it answers, and stopping it again."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")
START_SECONDS = 60
PORT_TRIES = 5
NOBODY = 65534  # servers refuse to run as root, and this user exists everywhere


class ServerFailed(Exception):
    """The server did not come up; the message ends with what it logged."""


class PortTaken(ServerFailed):
    """Somebody else took the port between choosing and using it."""


@dataclass(frozen=True)
class Server:
    """A running server, stopped by `stop()` or by this process ending in whatever way."""

    name: str  # "PostgreSQL 18.6"
    source: str  # "the development requirements"
    url: str
    pid: int
    guard: subprocess.Popen[str]

    def stop(self) -> None:
        assert self.guard.stdin is not None
        assert self.guard.stdout is not None
        self.guard.stdin.close()
        self.guard.wait()
        self.guard.stdout.close()


@dataclass(frozen=True)
class Plan:
    """How to start a server in a folder of its own, on one port."""

    commands: Sequence[Sequence[str]]  # the last one is the server
    url: str
    probe: Callable[[], str | None]  # the server's name and version; None until it answers, and as *this* server


def user_for_servers() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def write_private(path: Path, content: str) -> Path:
    """A file that only the server's user can read."""
    path.touch(mode=0o600)
    path.write_text(content)
    if (user := user_for_servers()) is not None:
        os.chown(path, user, user)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(source: str, plan_for: Callable[[Path, int], Plan]) -> Server:
    """Start what `plan_for(folder, port)` describes; where the port is lost to somebody else, try another."""
    for tries_left in reversed(range(PORT_TRIES)):
        try:
            return _start_once(source, plan_for, free_port())
        except PortTaken:
            if not tries_left:
                raise
    raise AssertionError


def _start_once(source: str, plan_for: Callable[[Path, int], Plan], port: int) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="parley-test-"))
    try:
        if (user := user_for_servers()) is not None:
            os.chown(folder, user, user)
        plan = plan_for(folder, port)
        with (folder / "log").open("w") as log:
            guard = launch(folder, plan.commands, user=user, log=log)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        return _wait_until_ready(source, plan, guard)
    except BaseException as error:
        logged = (folder / "log").read_text(errors="replace")
        Server("", source, plan.url, 0, guard).stop()
        if isinstance(error, ServerFailed):
            kind = PortTaken if "address already in use" in logged.lower() else ServerFailed
            raise kind(f"{error}\n{logged[-2000:]}") from None
        raise


def launch(
    folder: Path,
    commands: Sequence[Sequence[str]],
    *,
    user: int | None,
    log: IO[str],
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """The guard of a server that works in `folder` and ends with this process. Its first line is the server's pid."""
    return subprocess.Popen(
        [sys.executable, "-I", str(GUARD), str(folder), str(user or ""), json.dumps(commands)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True, env=env,
    )  # fmt: skip


def _wait_until_ready(source: str, plan: Plan, guard: subprocess.Popen[str]) -> Server:
    assert guard.stdout is not None
    first_line = guard.stdout.readline().strip()
    if not first_line.isdigit():
        raise ServerFailed(f"{plan.commands[-1][0]} could not be prepared.")
    deadline = time.monotonic() + START_SECONDS
    while is_running(int(first_line)) and time.monotonic() < deadline:
        if name := plan.probe():
            return Server(name, source, plan.url, int(first_line), guard)
        time.sleep(0.02)
    raise ServerFailed(f"{plan.commands[-1][0]} did not come up.")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
