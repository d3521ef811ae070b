"""The process that reads files, with formats that do what no format should. Run as ``-m assessments.tests.hostile_reader``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assessments.formats import reader
from assessments.formats.base import Beside, Format, Parsed, ParsedQuestion

MEGABYTE = 1024 * 1024


class Misbehaving(Format):
    """Reads the name of a deed, does it, and gives what came of it as a warning."""

    name = "misbehaving"
    label = "deeds"
    suffixes = (".deed",)

    def recognises(self, data: bytes, name: str) -> int:
        return 100

    def read(self, data: bytes) -> Parsed:
        deed, _, about = data.decode().partition(" ")
        try:
            said = DEEDS[deed](about)
        except PermissionError as refusal:
            said = str(refusal)
        return Parsed(self.name, warnings=[said])


def hog(_: str) -> str:
    kept = bytearray()
    while len(kept) < 600 * MEGABYTE:
        kept += b"x" * MEGABYTE
    return f"had {len(kept) // MEGABYTE} MB"


def hang(_: str) -> str:
    time.sleep(60)
    return "woke up"


def spin(_: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        pass
    return "span"


def die(_: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "lives"


def kill_all(_: str) -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
    return "lives"


def err(_: str) -> str:
    raise LookupError("an error of ours")


def call(address: str) -> str:
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=2):
        return "connected"


def spill(path: str) -> str:
    Path(path).write_text("x")
    return "wrote"


def start(_: str) -> str:
    return subprocess.run([sys.executable, "-c", "print('ran')"], capture_output=True, text=True, check=True).stdout


def environment(_: str) -> str:
    return " ".join(sorted(os.environ))


DEEDS: dict[str, Callable[[str], str]] = {
    one.__name__: one for one in (hog, hang, spin, die, kill_all, err, call, spill, start, environment)
}


class Odd(Format):
    """Gives questions with values that JSON has no word for."""

    name = "odd"
    label = "odd values"
    suffixes = ()

    def recognises(self, data: bytes, name: str) -> int:
        return 0

    def read(self, data: bytes) -> Parsed:
        plain = ParsedQuestion("line 1", "true_false", "Is it?", {}, {"value": True})
        nested: list[object] = []
        for _ in range(100_000):
            nested = [nested]
        odd = [
            ParsedQuestion("line 2", "true_false", "Deep", {"a": nested}, {}),
            ParsedQuestion("line 3", "true_false", "Keyed", {("a", "b"): 1}, {}),  # type: ignore[dict-item]
        ]
        return Parsed(self.name, [plain, *odd])


class Pictured(Odd):
    name = "pictured"

    def read(self, data: bytes) -> Parsed:
        one = ParsedQuestion("line 1", "true_false", "Is it?", {}, {"value": True}, media={"a": b"1"})
        return Parsed(self.name, [one, replace(one, media={"a": b"1", "b": b"2"}), replace(one, media={})])


class Besides(Odd):
    """Reads addresses, one a line."""

    name = "beside"

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        found = [beside(address) for address in data.decode().splitlines()]
        return Parsed(self.name, warnings=["nothing" if one is None else one.decode() for one in found])


if __name__ == "__main__":
    reader.main()
