"""The backup instructions, carried out as they stand in the documentation."""

import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from candidates.tests.backing_up import client_programs

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "how-to" / "backup.md"

# Stands in for the engine: runs on this machine what the page runs in a container.
DOCKER = """#!/bin/sh
set -eu
[ "$1 $2 $3" = "compose exec -T" ]
service=$4; shift 4
case "$service $*" in
"web cat /run/parley/secret_key") printf %s "$SECRET_KEY" ;;
"web "*) cd "$ROOT"; exec "$@" ;;
"redis redis-cli FLUSHALL") exec "$PYTHON" -c "import os, redis; redis.Redis.from_url(os.environ['REDIS_URL']).flushall()" ;;
"db "*) exec "$@" ;;
*) echo "unknown: $service $*" >&2; exit 64 ;;
esac
"""
MAKE = """
import django; django.setup()
from candidates.domain import attempts
from candidates.tests import making
done, open_ = making.make_attempt(), making.make_attempt()
making.save(done, "b"); making.save(done, "c", base_revision=1); making.save(open_, "a")
attempts.submit(making.holder_of(done))
"""
HASH = """SELECT count(*), md5(string_agg(chain_hash || value::text, ',' ORDER BY id)) FROM candidates_responseevent"""


def block(name: str) -> str:
    found = re.search(rf"<!-- tried by [\w/.]+: {name} -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, name
    return found[1]


def make_database(server, programs):
    """As the stack's own database does when it is first started."""
    url = urlsplit(server.url)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": str(url.hostname), "PGPORT": str(url.port),
        "PGPASSWORD": str(url.password), "POSTGRES_USER": str(url.username), "POSTGRES_PASSWORD": str(url.password),
    }  # fmt: skip
    subprocess.run([ROOT / "docker" / "make_database.sh"], env=environment, check=True)


@pytest.fixture
def shell(private_postgresql, private_redis, tmp_path):
    """Runs a block of the page against servers of its own."""
    programs = client_programs()
    if programs is None:
        pytest.skip("the development requirements' PostgreSQL is not installed")
    url = urlsplit(private_postgresql.url)
    make_database(private_postgresql, programs)
    (fake := tmp_path / "bin").mkdir()
    (fake / "docker").write_text(DOCKER)
    (fake / "docker").chmod(0o755)
    environment = {
        "PATH": f"{fake}:{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ROOT": str(ROOT), "PYTHON": sys.executable, "DJANGO_SETTINGS_MODULE": "interview_project.settings",
        "PGHOST": str(url.hostname), "PGPORT": str(url.port), "PGPASSWORD": str(url.password),
        "DATABASE_URL": url._replace(netloc=f"parley:{url.password}@{url.hostname}:{url.port}").geturl(),
        "REDIS_URL": private_redis.url, "SECRET_KEY": secrets.token_urlsafe(64),
        "STATIC_ROOT": str(settings.STATIC_ROOT), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR",
    }  # fmt: skip

    def run(script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-euc", script],
            cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    run.url = environment["DATABASE_URL"]  # type: ignore[attr-defined]
    run.folder = str(tmp_path / "backups")  # type: ignore[attr-defined]
    return run


@pytest.mark.needs_postgresql
def test_the_stacks_own_role_is_no_superuser_and_has_all_it_needs(shell):
    roles = query(shell.url, "SELECT bool_or(rolsuper), bool_or(rolcreatedb) FROM pg_roles WHERE rolname = 'parley'")
    assert roles == (False, True)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(shell.url, "SELECT pg_read_file('/etc/passwd')")
    migrated = shell(f"cd '{ROOT}' && python manage.py migrate -v0 && python -c '{MAKE}'")
    assert migrated.returncode == 0, migrated.stderr
    done = shell(
        f"cd '{ROOT}' && python manage.py backup && python manage.py restore_drill", BACKUP_FOLDER=shell.folder
    )
    assert "nothing differs" in done.stdout, done.stderr


@pytest.mark.needs_postgresql
def test_what_was_backed_up_is_restored(shell, tmp_path):
    assert shell(f"cd '{ROOT}' && python manage.py migrate -v0 && python -c '{MAKE}'").returncode == 0
    before = query(shell.url, HASH)
    assert before[0] == 3

    for name in ("backup", "look"):
        done = shell(block(name))
        assert done.returncode == 0, done.stderr
    key = (tmp_path / "parley.secret-key").read_text()
    assert "candidates_responseevent" in (tmp_path / "parley.contents").read_text()
    assert (tmp_path / "parley.dump").stat().st_mode & 0o077 == 0

    with psycopg.connect(shell.url, autocommit=True) as connection:
        connection.execute("UPDATE candidates_responseevent SET value = '\"z\"'")
        connection.execute("DROP TABLE candidates_score CASCADE")
    done = shell(block("restore"))
    assert done.returncode == 0, done.stderr
    assert query(shell.url, HASH) == before

    first, _ = block("verify").splitlines()
    verified = shell(first, SECRET_KEY=key)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout == "2 attempts checked, 0 with problems; audit log whole.\n"
    assert shell(first, SECRET_KEY="another" * 10).returncode != 0


@pytest.mark.nightly
@pytest.mark.needs_postgresql
def test_the_drill_would_notice_a_changed_answer(shell):
    assert shell(f"cd '{ROOT}' && python manage.py migrate -v0 && python -c '{MAKE}'").returncode == 0
    with psycopg.connect(shell.url, autocommit=True) as connection:
        connection.execute("UPDATE candidates_responseevent SET value = '\"z\"' WHERE value = '\"a\"'")
    verified = shell(block("verify").splitlines()[0])
    assert verified.returncode != 0
    assert "1 with problems" in verified.stderr


def test_the_embedded_database_is_copied_while_it_is_written_to(tmp_path):
    (tmp_path / "var").mkdir()
    with sqlite3.connect(tmp_path / "var" / "parley.sqlite3") as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1000)])
        writer.commit()
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / ".venv" / "bin" / "python").symlink_to(shutil.which(sys.executable) or sys.executable)
        writer.execute("INSERT INTO t VALUES (-1)")  # not committed yet
        done = subprocess.run(
            ["sh", "-euc", block("embedded")], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    writer.close()
    copy = sqlite3.connect(tmp_path / "parley-backup.sqlite3")
    assert copy.execute("SELECT count(*), min(x) FROM t").fetchone() == (1000, 0)
    copy.close()


def query(url: str, sql: str) -> tuple[Any, Any]:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0], row[1]
