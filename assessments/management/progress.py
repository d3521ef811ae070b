"""A progress bar on standard error, where somebody is looking."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

WIDTH = 30


class Progress:
    """Counts bytes of files; while a file is stored, its share grows with the questions done."""

    def __init__(self, out: OutputWrapper, *, total: int) -> None:
        self.out, self.total = out, max(total, 1)
        self.done, self.share, self.steps, self.stepped = 0, 0, 1, 0
        self.is_shown = out.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def begin(self, share: int, *, steps: int) -> None:
        self.share, self.steps, self.stepped = share, max(steps, 1), 0

    def step(self, count: int) -> None:
        self.stepped += count
        self._draw(self.done + self.share * self.stepped / self.steps)

    def finish(self) -> None:
        self.advance(self.share)

    def advance(self, share: int) -> None:
        self.done += share
        self.share = self.stepped = 0
        self._draw(self.done)

    def clear(self) -> None:
        if self.is_shown:
            self.out.write("\r\x1b[2K", ending="")
            self.out.flush()

    def _draw(self, done: float) -> None:
        if self.is_shown:
            part = min(done / self.total, 1)
            self.out.write(f"\r[{'#' * round(WIDTH * part):<{WIDTH}}] {part:4.0%}", ending="")
            self.out.flush()


def visible(text: str) -> str:
    """Without what a terminal would obey: the text came with somebody's file."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
