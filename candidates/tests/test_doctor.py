import io
import os
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from interview_project import diagnosis, probes, signs

CLOSED_PORT = 1
Task = apps.get_model("django_tasks_database", "DBTaskResult")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def durable(settings, monkeypatch):
    """As on a machine where nothing would hurt: the suite's own database forgoes durability to be fast."""
    settings.PUBLIC_URL = "http://localhost:8000"
    values = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on", "data_checksums": "on"}
    shown = diagnosis._show
    monkeypatch.setattr(diagnosis, "_show", lambda name: values.get(name) or shown(name))
    return values


def doctor():
    """What it says, and how it ends."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


def lines(said, level):
    return [line for line in said.splitlines() if line.startswith(f"{level:<4}  ")]


def test_where_nothing_would_hurt_it_says_so():
    said, code = doctor()
    assert (code, lines(said, "FAIL")) == (0, [])
    assert said.splitlines()[-1].endswith(" 0 that would hurt.")
    subjects = {line[6:].split("  ")[0].strip() for line in lines(said, "ok")}
    assert {"database", "durability", "migrations", "queue", "cache", "static files", "AI"} <= subjects


def test_it_says_what_is_off_without_a_key(settings):
    settings.GEMINI_API_KEY = ""
    assert "off, GEMINI_API_KEY is not set" in doctor()[0]
    settings.GEMINI_API_KEY = "a-secret-key"
    said, _ = doctor()
    assert "on, by " in said
    assert "a-secret-key" not in said


@pytest.mark.needs_postgresql
@pytest.mark.parametrize("name", ["synchronous_commit", "fsync", "full_page_writes"])
def test_a_database_that_may_forget_what_it_acknowledged_hurts(durable, name):
    durable[name] = "off"
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL") == [f"FAIL  durability     {name} is off: what was called saved could be lost"]


@pytest.mark.needs_postgresql
def test_it_asks_the_database_itself(monkeypatch):
    """The suite's own server runs without fsync; else the tests above would say nothing."""
    monkeypatch.undo()
    if diagnosis._show("fsync") == "on":
        pytest.skip("the server given in DATABASE_URL is a durable one")
    said, code = doctor()
    assert code == 1
    assert "fsync is off" in said


def test_a_missing_migration_hurts(monkeypatch):
    monkeypatch.setattr(probes, "migrations", lambda: probes.Finding(is_ok=False, words="3 not applied"))
    said, code = doctor()
    assert (code, lines(said, "FAIL")) == (1, ["FAIL  migrations     3 not applied"])


def test_without_a_database_it_says_so_and_looks_at_the_rest(monkeypatch):
    def away():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(probes, "database", away)
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL") == ["FAIL  database       OperationalError: connection refused"]
    assert "migrations" not in said
    assert "static files" in said


def test_a_cache_that_is_away_hurts(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{CLOSED_PORT}/0"
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "interview_project.caches.RedisCache", "LOCATION": settings.REDIS_URL},
    }
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL")[0].startswith("FAIL  cache          ConnectionError: Error 111")


def test_a_task_that_nobody_takes_hurts():
    task = Task.objects.create(
        args_kwargs={"args": [], "kwargs": {}}, task_path="x.y", run_after=timezone.now() - timedelta(hours=1)
    )
    said, code = doctor()
    assert code == 1
    assert "1 waiting, the oldest for 36" in lines(said, "FAIL")[0]
    Task.objects.filter(pk=task.pk).update(status="FAILED", finished_at=timezone.now())
    said, code = doctor()
    assert code == 0
    assert "WARN  failed tasks   1 in the last day: see Task Results in admin" in lines(said, "WARN")


@pytest.mark.parametrize(
    ("hours_ago", "is_good", "line"),
    [
        (None, True, "WARN  backup         none was made by run_backups or backup within a day and a half"),
        (35, True, "ok    backup         made 35 h ago"),
        (37, True, "WARN  backup         none was made by run_backups or backup within a day and a half"),
        (1, False, "WARN  backup         the last try made none: its log says why"),
    ],
)
def test_backups_are_looked_for(hours_ago, is_good, line):
    if hours_ago is not None:
        with time_machine.travel(timezone.now() - timedelta(hours=hours_ago)):
            signs.give(signs.BACKUP)
    if not is_good:
        signs.give(signs.BACKUP, is_good=False)
    assert [f"{one.level:<4}  {one.subject:<14} {one.words}" for one in diagnosis.backup()] == [line]


def test_static_files_that_were_not_collected_hurt(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    said, code = doctor()
    assert code == 1
    assert "run collectstatic" in lines(said, "FAIL")[0]
    settings.DEBUG = True
    assert doctor()[1] == 0


def test_mail_that_cannot_be_sent_hurts(settings):
    settings.EMAIL_URL = f"smtp://mail.example.org:{CLOSED_PORT}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", CLOSED_PORT
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL") == [
        f"FAIL  mail           127.0.0.1:{CLOSED_PORT} does not let us in (ConnectionRefusedError): check EMAIL_URL"
    ]


def test_a_dangerous_setting_is_told_with_its_number(settings):
    settings.SECRET_KEY = "short"
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL")[0].startswith("FAIL  interview.E002 SECRET_KEY has 5 characters")


@pytest.mark.needs_postgresql
def test_more_connections_than_the_database_takes_hurt(monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "900")
    said, code = doctor()
    assert code == 1
    assert lines(said, "FAIL")[0].startswith("FAIL  connections    one host's processes may take 9015 of ")


@pytest.mark.needs_postgresql
@pytest.mark.parametrize(("shift", "level"), [("1 second", "ok"), ("1 hour", "WARN")])
def test_a_clock_that_is_off_is_told(shift, level):
    def elsewhere(execute, sql, *rest):
        return execute(sql.replace("SELECT clock_timestamp()", f"SELECT clock_timestamp() + interval '{shift}'"), *rest)

    with connection.execute_wrapper(elsewhere):
        said, code = doctor()
    assert code == 0
    assert [line for line in lines(said, level) if line[6:].startswith("clock ")]


@pytest.mark.skipif(os.environ.get("PARLEY_TEST_EMBEDDED") != "1", reason="looks at the embedded database")
def test_the_embedded_database_is_looked_at():
    said, code = doctor()
    assert code == 0
    assert "ok    durability     journal_mode wal, synchronous 2" in said
    assert "can be written" in said
