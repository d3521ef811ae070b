"""The application with a leak, to show that ``make soak`` would notice. Never to be used for anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interview_project.wsgi import application as sound

LOST_BYTES = 100_000
lost: list[bytes] = []


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    lost.append(b"x" * LOST_BYTES)
    return sound(environ, start_response)


__all__ = ["application"]
