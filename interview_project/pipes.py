"""Standard output whose reader has gone, as ``head`` does once it has seen enough."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Unheard:
    """What is written after the reader has gone is lost, and the work goes on: it is not for what is said of it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        try:
            return self._out.write(text)
        except BrokenPipeError:
            give_up(self._out)
            return len(text)

    def flush(self) -> None:
        try:
            self._out.flush()
        except BrokenPipeError:
            give_up(self._out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


def give_up(out: TextIO) -> None:
    """Nothing written to it from now on fails, nor what it still holds when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, out.fileno())
    os.close(nowhere)


@contextmanager
def unheard_output() -> Iterator[None]:
    """For a whole command. What ends by itself is flushed, so that a reader who has gone is met here."""
    heard = Unheard(sys.stdout)
    sys.stdout = heard
    try:
        yield
    finally:
        heard.flush()
