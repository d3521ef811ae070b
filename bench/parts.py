"""One server that can be started, stopped, killed, paused and started again, on the data it had."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import processes
from interview_project.testing.servers import launch

START_SECONDS = 90


class PartFailed(Exception):
    """A part did not come up; the message ends with what it logged."""


class Part:
    """One server of the stack: started, stopped, killed, paused."""

    def __init__(
        self,
        name: str,
        folder: Path,
        command: Sequence[str],
        *,
        is_up: Callable[[], bool],
        user: int | None = None,
        env: dict[str, str] | None = None,
        preparation: Sequence[str] | None = None,
    ) -> None:
        self.name, self.folder, self.command, self.is_up = name, folder, list(command), is_up
        self.user, self.env, self.preparation = user, env, preparation
        self.log = folder / f"{name.lower()}.log"
        self.pid = 0
        self._guard: subprocess.Popen[str] | None = None

    @property
    def is_alive(self) -> bool:
        return bool(self.pid) and processes.read(self.pid) is not None

    def launch(self) -> None:
        """Start it without waiting until it answers. Its working folder is thrown away with it; its data are elsewhere."""
        scratch = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        if self.user is not None:
            os.chown(scratch, self.user, self.user)
        commands = [self.preparation, self.command] if self.preparation else [self.command]
        with self.log.open("a") as log:
            self._guard = launch(scratch, commands, user=self.user, log=log, env=self.env)
        assert self._guard.stdout is not None  # noqa: S101 - for the type checker
        first_line = self._guard.stdout.readline().strip()
        if not first_line.isdigit():
            raise PartFailed(f"{self.name} could not be prepared.\n{self.last_words()}")
        self.pid, self.preparation = int(first_line), None

    def start(self) -> None:
        self.launch()
        self.wait_until_up()

    def wait_until_up(self) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while not self.is_up():
            if not self.is_alive or time.monotonic() > give_up_at:
                raise PartFailed(f"{self.name} did not come up.\n{self.last_words()}")
            time.sleep(0.02)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def kill(self) -> None:
        """``kill -9``, of it and of every process it started."""
        if self.is_alive:
            processes.kill_tree(self.pid)
        self._let_go()

    def stop(self) -> None:
        """As an administrator would: a fast shutdown, nothing is waited for but what has begun."""
        everyone = [process.pid for process in processes.tree(self.pid)] if self.pid else []
        self._let_go()
        processes.wait_until_gone(everyone)

    def restart(self) -> None:
        self.stop()
        self.start()

    def revive(self) -> None:
        """After it ended by itself."""
        self._let_go()
        self.launch()

    def pause(self) -> None:
        """It neither answers nor ends, as a machine whose disk hangs."""
        processes.send(signal.SIGSTOP, *(process.pid for process in processes.tree(self.pid)))

    def resume(self) -> None:
        processes.send(signal.SIGCONT, *(process.pid for process in processes.tree(self.pid)))

    def reload(self) -> None:
        """The web server's way of taking new code without refusing anybody."""
        processes.send(signal.SIGHUP, self.pid)

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid) if self.pid else 0.0

    def _let_go(self) -> None:
        """The guard stops what still runs."""
        if self._guard is not None:
            self.resume()
            for pipe in (self._guard.stdin, self._guard.stdout):
                if pipe is not None:
                    pipe.close()
            self._guard.wait()
        self._guard, self.pid = None, 0
