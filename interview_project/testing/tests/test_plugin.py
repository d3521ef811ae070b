"""What the plugin promises to every other test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from interview_project.testing import environment

ROOT = Path(__file__).parents[3]


def run_pytest(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A run of its own, as a developer would start it."""
    of_this_run = {"CHROMIUM", "DATABASE_URL", "PARLEY_TEST_EMBEDDED", "REDIS_URL", "REQUIRE_BROWSER"}
    inherited = {
        name: value for name, value in os.environ.items() if name not in of_this_run and not name.startswith("PYTEST_")
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=inherited | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_the_database_is_postgresql():
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.mark.skipif(not environment.is_embedded(), reason="says something about the embedded database")
@pytest.mark.django_db(transaction=True)
def test_the_embedded_database_is_a_file_as_in_use():
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.needs_redis
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_cache_is_redis_and_empty_for_every_test(time: str):
    assert settings.REDIS_URL.startswith("redis://")
    assert cache.get("left-behind") is None
    cache.set("left-behind", time)
    assert cache.get("left-behind") == time


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_cache_is_empty_after_a_test_that_commits(time: str):
    assert cache.get("left-behind") is None
    cache.set("left-behind", time)
    assert cache.get("left-behind") == time


def test_the_settings_are_productions():
    assert settings.DEBUG is False
    assert settings.STORAGES["staticfiles"]["BACKEND"] == "whitenoise.storage.CompressedManifestStaticFilesStorage"


def test_the_developers_shell_decides_nothing():
    names = environment.names_the_settings_read()
    assert {"DATABASE_URL", "GEMINI_API_KEY", "PUBLIC_URL", "SECRET_KEY"} <= names
    assert names & set(os.environ) <= {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "STATIC_ROOT"}


def test_workers_share_no_redis_database(monkeypatch):
    def database_of(worker: str) -> str:
        monkeypatch.setenv("REDIS_URL", "redis://:secret@127.0.0.1:6379/2")
        environment.use_own_redis_databases(worker)
        return os.environ["REDIS_URL"]

    monkeypatch.delenv("PARLEY_TEST_EMBEDDED", raising=False)
    assert database_of("gw0") == "redis://:secret@127.0.0.1:6379/2"
    assert database_of("gw1") == "redis://:secret@127.0.0.1:6379/6"


def test_a_demanded_browser_that_is_missing_stops_the_run_before_it_starts():
    run = run_pytest("--collect-only", REQUIRE_BROWSER="1", PATH="/nowhere", CHROMIUM="")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "REQUIRE_BROWSER=1, but there is no Chromium" in run.stderr
    assert "apt-get install chromium-headless-shell" in run.stderr


def test_skipped_browser_tests_are_announced_at_the_end():
    run = run_pytest("interview_project/testing/tests/test_browser.py", PATH="/nowhere", CHROMIUM="")
    assert run.returncode == pytest.ExitCode.OK
    end = run.stdout[run.stdout.index("BROWSER TESTS DID NOT RUN") :]
    assert "3 browser tests were skipped" in end
    assert "apt-get install chromium-headless-shell" in end


def test_without_servers_nothing_is_started_and_browser_tests_are_left_out():
    run = run_pytest("interview_project/testing/tests/test_browser.py", PARLEY_TEST_EMBEDDED="1")
    assert "servers: none, SQLite and the embedded cache" in run.stdout
    assert "3 deselected" in run.stdout
