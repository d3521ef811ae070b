"""Runs a server for a parent process and never outlives it.

    python guard.py FOLDER USER COMMANDS

`COMMANDS` is a JSON list of argument lists; the last one is the server, those before prepare for it. The parent holds the
other end of standard input: when that closes, because the parent stopped, was killed or crashed, the server is stopped and
FOLDER is removed. Started as a script, so that it needs nothing but the standard library.
"""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Any

STOP_SECONDS = 10


def main(folder: str, user: str, commands: str) -> int:
    signal.signal(signal.SIGTERM, _leave)
    identity: dict[str, Any] = {"user": int(user), "group": int(user), "extra_groups": []} if user else {}
    try:
        *preparations, server = json.loads(commands)
        for command in preparations:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, cwd=folder, **identity)
        _serve(server, folder, identity)
    except (OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        _tell("failed")
        sys.stdin.read()  # the parent still reads the log
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _serve(command: list[str], folder: str, identity: dict[str, Any]) -> None:
    # A session of its own: Ctrl-C in a terminal reaches the whole foreground group, and stopping is this process's job.
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, cwd=folder, start_new_session=True, **identity
    )
    threading.Thread(target=server.wait, daemon=True).start()  # leaves no zombie behind when the server dies early
    try:
        _tell(str(server.pid))
        sys.stdin.read()
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGCONT)  # a test may have frozen it
    server.send_signal(signal.SIGINT)  # PostgreSQL: "fast" shutdown; Redis and Valkey: exit
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _tell(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
