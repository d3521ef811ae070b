"""The process in which files are read: ``python -m assessments.formats.reader``, started by ``assessments.domain.reading``.

Files are other people's. Each is read in a child of its own, which has no database, no secrets and no network, may write
to nothing but the file it is handed, and has limits on memory, processor time and output. Whatever becomes of it, whoever
asked for it lives on.

Standard input is a socket. A request is a line of JSON and two files: the one to read, and an empty one for the questions;
as a third, the folder in which the file lies, if its pictures may be taken from there. The answer is a line of JSON that
says how the child ended.
"""

from __future__ import annotations

import array
import json
import os
import resource
import signal
import socket
import stat
import sys
from functools import partial
from typing import Any
from urllib.parse import unquote

from django.conf import settings

from assessments import formats
from assessments.formats.base import Beside, FileUnreadable, Parsed, nothing_beside
from assessments.formats.detect import detect
from assessments.formats.legible import legible, with_legible_report
from assessments.formats.neutral import neutral
from assessments.formats.spool import write

MOST_REQUEST = 64 * 1024
MOST_BESIDE = 8 * 1024 * 1024
OUT_OF_MEMORY = 3
SURPLUS = 10
"""Seconds after which a child ends itself, if whoever should have ended it is gone."""
NOT_FOR_READERS = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.system", "os.fork", "ctypes.", "pty.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    control = socket.socket(fileno=os.dup(0))
    sys.dont_write_bytecode = True
    settings.configure(USE_I18N=False)  # nothing of the real settings, which hold secrets
    formats.all_formats()
    while received := receive(control):
        request, handles = received
        if os.fork() == 0:
            control.close()
            sys.exit(read_one(request, *handles))  # an error of ours ends this child alone, its traceback on stderr
        for handle in handles:
            os.close(handle)
        _, status = os.wait()
        control.sendall(f"{json.dumps({'ended': os.waitstatus_to_exitcode(status)})}\n".encode())


def receive(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Nothing once the other side is gone."""
    handles = array.array("i")
    text, ancillary, _, _ = control.recvmsg(MOST_REQUEST, socket.CMSG_LEN(3 * handles.itemsize))
    for _, _, data in ancillary:
        handles.frombytes(data)
    return (json.loads(text), list(handles)) if text else None


def read_one(request: dict[str, Any], file: int, out: int, folder: int | None = None) -> int:
    beside = nothing_beside if folder is None else partial(read_beside, folder)
    with os.fdopen(file, "rb") as source, os.fdopen(out, "wb") as target:
        confine(request)
        try:
            write(outcome(source.read(), name=request["name"], format=request["format"], beside=beside), target)
        except MemoryError:
            return OUT_OF_MEMORY
    return 0


def read_beside(folder: int, address: str) -> bytes | None:
    """A file of the folder or of folders in it. No link is followed, and no address leads out."""
    parts = unquote(address.partition("?")[0].partition("#")[0]).split("/")
    if not all(part.strip(".") and "\x00" not in part for part in parts):
        return None
    place, opened = folder, []
    try:
        for part in parts:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (0 if part is parts[-1] else os.O_DIRECTORY)
            place = os.open(part, flags, dir_fd=place)
            opened.append(place)
        if not stat.S_ISREG(os.fstat(place).st_mode):
            return None
        with os.fdopen(opened.pop(), "rb") as file:
            return file.read(MOST_BESIDE + 1)  # whoever asked refuses what is too large
    except OSError:
        return None
    finally:
        for one in opened:
            os.close(one)


# ---- Limits ----


def confine(request: dict[str, Any]) -> None:
    """From here on there is no way back."""
    seconds = request["seconds"]
    signal.alarm(seconds + SURPLUS)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, seconds)
    limit(resource.RLIMIT_FSIZE, request["output"])
    if request["memory"]:
        limit(resource.RLIMIT_AS, request["memory"])
        limit(resource.RLIMIT_DATA, request["memory"])
    sys.addaudithook(refuse)


def limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # For processor time a hard limit is SIGKILL, which says nothing; the soft one is a signal of its own.
    resource.setrlimit(what, (most, hard if what == resource.RLIMIT_CPU else most))


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Not a wall against code that runs in here, but against a format or library that is led into it."""
    if event.startswith(NOT_FOR_READERS) or (event == "open" and arguments[2] and arguments[2] & WRITING):
        raise PermissionError(f"A reader may not do this: {event}.")


# ---- What comes out ----


def outcome(data: bytes, *, name: str, format: str, beside: Beside) -> Parsed | dict[str, Any]:  # noqa: A002 - as it is called everywhere
    """The file's questions, or why it cannot be read."""
    chosen = None
    try:
        chosen = detect(data, name) if format == "auto" else formats.get(format)
        return with_legible_report(neutral(chosen.read_beside(data, beside)))
    except FileUnreadable as reason:
        return {"unreadable": legible(str(reason)), "format": chosen.name if chosen else ""}


if __name__ == "__main__":
    main()
