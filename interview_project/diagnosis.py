"""What ``doctor`` looks at: the settings, and whether what they name does what Parley's promises stand on."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone

from interview_project import probes, signs

OLDEST_BACKUP = timedelta(hours=36)
LARGEST_SKEW = timedelta(seconds=2)
SPARE_CONNECTIONS = 5  # for a person with psql, a backup and PostgreSQL's own reserve


class Level(StrEnum):
    OK = "ok"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Line:
    level: Level
    subject: str
    words: str


Examination = Callable[[], Iterable[Line]]


def examine() -> Iterable[Line]:
    """One after the other; what asks the database is left out when it does not answer."""
    yield from configuration()
    answers = list(_guarded("database", lambda: _asked("database", probes.database)))
    yield from answers
    if all(answer.level is Level.OK for answer in answers):
        for subject, examination in OF_THE_DATABASE.items():
            yield from _guarded(subject, examination)
    for subject, examination in OF_THE_REST.items():
        yield from _guarded(subject, examination)


def configuration() -> Iterable[Line]:
    found = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    spoken = [message for message in found if not message.is_silenced()]
    for message in spoken:
        level = Level.FAIL if message.is_serious() else Level.WARN
        yield Line(level, str(message.id), f"{message.msg} {message.hint or ''}".strip())
    if not spoken:
        yield Line(Level.OK, "settings", "nothing to say about them")


def durability() -> Iterable[Line]:
    """Without these, "saved" would not mean saved."""
    if connection.vendor == "postgresql":
        wanted = {"synchronous_commit": ("on", "remote_apply"), "fsync": ("on",), "full_page_writes": ("on",)}
        found = {name: _show(name) for name in wanted}
    else:
        wanted = {"journal_mode": ("wal",), "synchronous": ("2", "3")}
        found = {name: _pragma(name) for name in wanted}
    wrong = [f"{name} is {value}" for name, value in found.items() if value not in wanted[name]]
    if wrong:
        yield Line(Level.FAIL, "durability", f"{' and '.join(wrong)}: what was called saved could be lost")
    else:
        yield Line(Level.OK, "durability", ", ".join(f"{name} {value}" for name, value in found.items()))


def data_checksums() -> Iterable[Line]:
    if connection.vendor == "postgresql" and _show("data_checksums") != "on":
        yield Line(Level.WARN, "checksums", "data_checksums is off: a disk that rots would not be noticed")


def connection_limit() -> Iterable[Line]:
    if connection.vendor != "postgresql":
        return
    processes = int(os.environ.get("WEB_CONCURRENCY") or 2) + 1  # and a worker
    pool = connection.settings_dict["OPTIONS"]["pool"]["max_size"]
    needed, allowed = processes * pool + SPARE_CONNECTIONS, int(_show("max_connections"))
    words = f"one host's processes may take {needed} of {allowed}"
    yield Line(Level.OK if needed <= allowed else Level.FAIL, "connections", words)


def clock_skew() -> Iterable[Line]:
    """Deadlines go by the database's clock alone; logs and mails do not."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        before = timezone.now()
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        after = timezone.now()
    skew = abs(theirs - (before + (after - before) / 2))
    level = Level.OK if skew <= LARGEST_SKEW else Level.WARN
    yield Line(level, "clock", f"{skew.total_seconds():.2f} s from the database's")


def failed_tasks() -> Iterable[Line]:
    tasks = cast(Any, apps.get_model("django_tasks_database", "DBTaskResult")).objects
    count = tasks.failed().filter(finished_at__gte=timezone.now() - timedelta(days=1)).count()
    if count:
        yield Line(Level.WARN, "failed tasks", f"{count} in the last day: see Task Results in admin")


def backup() -> Iterable[Line]:
    """Whoever backs up by other means knows that they do."""
    sign = None if settings.DEBUG else signs.read(signs.BACKUP)
    if sign is not None and not sign.is_good:
        yield Line(Level.WARN, "backup", "the last try made none: its log says why")
    elif sign is not None and sign.age is not None and sign.age < OLDEST_BACKUP.total_seconds():
        yield Line(Level.OK, "backup", f"made {sign.age / 3600:.0f} h ago")
    elif not settings.DEBUG:
        yield Line(Level.WARN, "backup", "none was made by run_backups or backup within a day and a half")


def static_files() -> Iterable[Line]:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.DEBUG or manifest.is_file():
        yield Line(Level.OK, "static files", "served from their folders" if settings.DEBUG else "collected")
    else:
        yield Line(Level.FAIL, "static files", f"{manifest} is missing and no page will show: run collectstatic")


def writable_folders() -> Iterable[Line]:
    if connection.vendor != "sqlite":
        return
    folder = Path(connection.settings_dict["NAME"]).resolve().parent
    if os.access(folder, os.W_OK | os.X_OK):
        yield Line(Level.OK, "folder", f"{folder} can be written")
    else:
        yield Line(Level.FAIL, "folder", f"{folder} cannot be written, and the database is in it")


def mail() -> Iterable[Line]:
    if not settings.EMAIL_URL or settings.EMAIL_URL.startswith("console:"):
        return  # the checks have said it
    try:
        with get_connection():
            yield Line(Level.OK, "mail", f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} lets us in")
    except (OSError, smtplib.SMTPException) as error:
        where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        yield Line(Level.FAIL, "mail", f"{where} does not let us in ({type(error).__name__}): check EMAIL_URL")


def ai() -> Iterable[Line]:
    if settings.GEMINI_API_KEY:
        yield Line(Level.OK, "AI", f"on, by {settings.GEMINI_MODEL}; the key was not tried")
    else:
        yield Line(Level.OK, "AI", "off, GEMINI_API_KEY is not set; everything that does not generate works")


def _asked(subject: str, look: Callable[[], probes.Finding]) -> Iterable[Line]:
    finding = look()
    yield Line(Level.OK if finding.is_ok else Level.FAIL, subject, finding.words)


def _guarded(subject: str, examination: Examination) -> Iterable[Line]:
    """The operator's own terminal may see the text of an error, which pages may not."""
    try:
        yield from examination()
    except probes.AWAY as error:
        yield Line(Level.FAIL, subject, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")


def _show(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _pragma(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}")
        return str(cursor.fetchone()[0])


OF_THE_DATABASE: dict[str, Examination] = {
    "durability": durability,
    "checksums": data_checksums,
    "migrations": lambda: _asked("migrations", probes.migrations),
    "disk": lambda: _asked("disk", probes.disk),
    "connections": connection_limit,
    "clock": clock_skew,
    "queue": lambda: _asked("queue", probes.queue),
    "failed tasks": failed_tasks,
    "backup": backup,
}
OF_THE_REST: dict[str, Examination] = {
    "cache": lambda: _asked("cache", probes.cache_round_trip),
    "static files": static_files,
    "folder": writable_folders,
    "mail": mail,
    "AI": ai,
}
