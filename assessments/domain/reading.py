"""Reading question files in another process, under limits. The one way in for the command and for admin.

What comes out is spooled to a file without a name, so that neither side holds ten thousand questions at once. A reader that
needs too much memory or time, or dies, is an :class:`FileUnreadable` that says so.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self

from assessments.formats.base import (
    FileUnreadable,
    ParsedBank,
    ParsedQuestion,
    Rejection,
)
from assessments.formats.reader import OUT_OF_MEMORY
from assessments.formats.spool import Spool, last_line
from assessments.formats.text import MAX_FILE_BYTES

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024
STARTING = 60
"""Seconds for the process to come up, which takes a fraction of one; a machine that swaps may need more."""
LAST_WORDS = 4000
"""Bytes of what a process wrote before it ended, for the log."""
logger = logging.getLogger(__name__)


class FileUnrecognised(FileUnreadable):
    """No format takes it for its own."""


@dataclass(frozen=True)
class Limits:
    """Of one file."""

    memory: int = 1024 * MEGABYTE
    """Address space, of which the interpreter and its libraries take some 70 MB. 0 is no limit, for tests."""
    seconds: int = 120
    output: int = 512 * MEGABYTE


@dataclass
class Reading:
    """What a file held. ``questions`` can be gone through again and again; each time they are read from the spool."""

    format: str
    bank: ParsedBank
    rejected: list[Rejection]
    warnings: list[str]
    questions: Iterable[ParsedQuestion]
    total: int


class Reader:
    """Reads one file after the other. A context manager: at its end, and after a file that was too much, the process ends."""

    def __init__(self, limits: Limits = Limits(), *, module: str = "assessments.formats.reader") -> None:
        self.limits, self.module = limits, module
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._is_up = False
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @contextmanager
    def read_path(self, path: Path, *, format: str = "auto") -> Iterator[Reading]:  # noqa: A002 - as it is called everywhere
        """With the pictures that lie beside it. Raises :class:`FileUnreadable`."""
        try:
            with path.open("rb") as file, opened(path.parent) as folder:
                if os.fstat(file.fileno()).st_size > MAX_FILE_BYTES:
                    raise FileUnreadable(f"The file is larger than {MAX_FILE_BYTES // MEGABYTE} MB.")
                spool = self._spooled([file.fileno(), folder], name=path.name, format=format)
        except OSError as error:
            raise FileUnreadable(f"The file cannot be opened: {error.strerror}.") from error
        with spool:
            yield reading_of(spool)

    @contextmanager
    def read_bytes(self, data: bytes, *, name: str, format: str = "auto") -> Iterator[Reading]:  # noqa: A002
        """Raises :class:`FileUnreadable`."""
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            spool = self._spooled([file.fileno()], name=name, format=format)
        with spool:
            yield reading_of(spool)

    def end(self) -> None:
        """Everything that was started here is gone afterwards, also what hangs."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for one in (self._control, self._errors):
            if one:
                one.close()
        self._process = self._control = self._errors = None
        self._is_up = False

    # ---- Asking the process ----

    def _spooled(self, handles: list[int], *, name: str, format: str) -> IO[bytes]:  # noqa: A002
        if self._process is None:
            self._start()
        assert self._control is not None  # noqa: S101 - it was just started
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - handed on open
        limits = {"memory": self.limits.memory, "seconds": self.limits.seconds, "output": self.limits.output}
        request = json.dumps({"name": name[-200:], "format": format, **limits}).encode()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it died: waiting says how
                file, *folder = handles
                socket.send_fds(self._control, [request], [file, spool.fileno(), *folder])
            self._wait()
        except BaseException:
            spool.close()
            raise
        return spool

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self.module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                cwd="/",
                env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},  # none of ours: it holds secrets
                start_new_session=True,
            )
        self._control = ours

    def _wait(self) -> None:
        """Until the file is read. Raises :class:`FileUnreadable`."""
        assert self._control is not None  # noqa: S101 - as above
        until = time.monotonic() + self.limits.seconds + (0 if self._is_up else STARTING)
        answer = b""
        try:
            while not answer.endswith(b"\n"):
                self._control.settimeout(max(until - time.monotonic(), 0.001))
                answer += self._received()
        except TimeoutError:
            self._give_up(f"Reading it took more than {self.limits.seconds} seconds.")
        self._is_up = True
        ended = json.loads(answer)["ended"]
        if ended == OUT_OF_MEMORY:
            raise FileUnreadable(f"Reading it takes more than {self.limits.memory // MEGABYTE} MB of memory.")
        if ended == -signal.SIGXCPU or ended == -signal.SIGALRM:
            raise FileUnreadable(f"Reading it took more than {self.limits.seconds} seconds.")
        if ended:
            self._explain(ended)

    def _received(self) -> bytes:
        assert self._control is not None  # noqa: S101 - as above
        with suppress(ConnectionResetError):
            if part := self._control.recv(1000):
                return part
        assert self._process is not None  # noqa: S101 - as above
        how = words_of(self._process.wait(timeout=STARTING))
        logger.error("The process that reads files ended with %s.", how, extra={"said": self._said()})
        self.end()
        raise FileUnreadable(
            f"The process that reads files came to an end ({how}). Nothing of the file was read; try again."
        )

    def _explain(self, ended: int) -> NoReturn:
        """An error of ours, or memory that ran out where Python could not say so; the log has what was written about it."""
        said = self._said()
        logger.error("A reader ended with %s.", words_of(ended), extra={"said": said})
        if "MemoryError" in said or ended == -signal.SIGSEGV:
            raise FileUnreadable(f"Reading it takes more than {self.limits.memory // MEGABYTE} MB of memory.")
        raise FileUnreadable(
            f"The reader came to an end of its own ({words_of(ended)}) and could say nothing of the file."
        )

    def _said(self) -> str:
        assert self._errors is not None  # noqa: S101 - as above
        self._errors.seek(max(self._errors.seek(0, os.SEEK_END) - LAST_WORDS, 0))
        return self._errors.read().decode(errors="replace")

    def _give_up(self, sentence: str) -> NoReturn:
        self.end()
        raise FileUnreadable(sentence)


@contextmanager
def opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def words_of(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def reading_of(spool: IO[bytes]) -> Reading:
    """Raises :class:`FileUnreadable`."""
    about = json.loads(last_line(spool))
    if "unreadable" in about:
        raise FileUnreadable(about["unreadable"]) if about["format"] else FileUnrecognised(about["unreadable"])
    rejected = [Rejection(**one) for one in about["rejected"]]
    return Reading(
        format=about["format"],
        bank=ParsedBank(**about["bank"]),
        rejected=rejected,
        warnings=about["warnings"],
        questions=Spool(spool, about["count"]),
        total=about["count"] + len(rejected),
    )
