"""The backup command, and the drill that restores the newest backup beside the real database."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from io import StringIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from candidates.domain import attempts
from candidates.domain.scoring import score_attempt
from candidates.models import Attempt, Score
from candidates.tests.backing_up import manage, pg_dump_that, put_client_programs_first, wait_until
from candidates.tests.making import holder_of, make_attempt, save
from interview_project import backups, own_means, scratch, signs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _programs(monkeypatch):
    """PostgreSQL's client programs, of the version that the suite's server has."""
    put_client_programs_first(monkeypatch)


@pytest.fixture
def attempt() -> Attempt:
    attempt = make_attempt()
    save(attempt, "b")
    submitted = attempts.submit(holder_of(attempt))
    score_attempt(submitted.pk)
    return submitted


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def drill(folder: Path) -> tuple[str, str]:
    """What it printed, and why it failed."""
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("restore_drill", "--from", str(folder), stdout=out)
    return out.getvalue(), str(failed.value)


def databases() -> set[str]:
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


def test_what_was_backed_up_is_restored_beside_the_real_database(attempt, tmp_path, monkeypatch):
    ours = scratch.name()  # others drill at the same time
    asked = Mock(return_value=ours)
    monkeypatch.setattr(scratch, "name", asked)
    run("backup", "--to", str(tmp_path))
    assert backups.newest(tmp_path).description.rows["candidates_attempt"] == 1
    assert "; nothing differs." in run("restore_drill", "--from", str(tmp_path)).replace(" s; ", "; ")
    assert asked.call_count == (connection.vendor == "postgresql")
    assert ours not in databases()


def test_a_backup_can_be_read_by_its_owner_alone(attempt, tmp_path):
    run("backup", "--to", str(tmp_path))
    assert backups.newest(tmp_path).path.stat().st_mode & 0o077 == 0


def change_a_score(attempt: Attempt) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE candidates_score SET points = max_points - points")


def change_a_save(attempt: Attempt) -> None:
    attempt.response_events.update(value="a")


@pytest.mark.parametrize(
    ("tamper", "named"),
    [(change_a_score, "question 1: scored"), (change_a_save, "question 1, revision 1: this save")],
)
def test_what_was_changed_before_the_backup_is_named(attempt, tmp_path, tamper: Callable[[Attempt], None], named: str):
    assert Score.objects.get().points in {Decimal(0), Decimal(1)}
    tamper(attempt)
    run("backup", "--to", str(tmp_path))
    printed, why = drill(tmp_path)
    assert f"attempt {attempt.pk}: {named}" in printed
    assert why.endswith("and something differs.")


def test_a_row_that_is_missing_in_the_backup_is_named(attempt, tmp_path):
    run("backup", "--to", str(tmp_path))
    backup = backups.newest(tmp_path)
    description = backup.path.with_suffix(f"{backup.path.suffix}.json")
    description.write_text(description.read_text().replace('"candidates_attempt": 1', '"candidates_attempt": 2'))
    assert "candidates_attempt: 2 rows were backed up, 1 are there" in drill(tmp_path)[0]


def test_figures_tell_of_the_backup_and_of_the_drill(attempt, tmp_path):
    def figures() -> dict[str, float]:
        return {one.name: one.value for one in signs.gauges()}

    run("backup", "--to", str(tmp_path))
    assert list(figures()) == ["parley_backup_age_seconds", "parley_backup_succeeded"]
    run("restore_drill", "--from", str(tmp_path))
    assert figures()["parley_drill_succeeded"] == 1
    drill(tmp_path / "where there is none")
    assert figures()["parley_drill_succeeded"] == 0


def test_a_damaged_backup_is_refused(attempt, tmp_path):
    run("backup", "--to", str(tmp_path))
    path = backups.newest(tmp_path).path
    path.write_bytes(path.read_bytes()[:-1])
    assert "its SHA-256 differs" in drill(tmp_path)[1]


def test_no_backup_is_said(tmp_path):
    assert drill(tmp_path)[1].startswith(f"There is no backup in {tmp_path}.")


def test_the_newest_are_kept(attempt, tmp_path):
    for name in ("parley-20260101T000000Z", "parley-20260102T000000Z"):
        suffix = backups.SUFFIXES[connection.vendor]
        (tmp_path / f"{name}{suffix}").write_text("old")
        (tmp_path / f"{name}{suffix}.json").write_text("{}")
    assert run("backup", "--to", str(tmp_path), "--keep", "2").endswith("; 1 older removed.\n")
    assert len(list(tmp_path.iterdir())) == 4
    assert backups.newest(tmp_path).description.rows["candidates_attempt"] == 1


@pytest.mark.needs_postgresql
def test_without_the_programs_it_says_what_to_install_and_leaves_nothing(attempt, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(CommandError, match="postgresql-client"):
        run("backup", "--to", str(tmp_path / "to"))
    assert list((tmp_path / "to").iterdir()) == []


def test_a_program_that_fails_tells_no_answer_in_any_language(tmp_path, monkeypatch):
    said = [
        "pg_restore: fel: COPY misslyckades", "SAMMANHANG:  COPY responses, rad 7: An index slows writes",
        "pg_restore: detail: Query was: COPY responses FROM stdin",
    ]  # fmt: skip
    program = tmp_path / "pg_restore"
    program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in said) + "exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(own_means.BackupFailed) as failed:
        own_means.run("pg_restore", database="parley")
    assert str(failed.value) == f"pg_restore failed: {said[0]}\n{said[2]}"


def test_a_program_that_fails_tells_no_password_and_no_answer(tmp_path, monkeypatch):
    """pg_restore shows the line it stumbled over, and that is what a candidate wrote."""
    program = tmp_path / "pg_restore"
    answer = 'CONTEXT:  COPY candidates_responseevent, line 7, column value: "An index slows writes"'
    program.write_text(
        f"#!/bin/sh\necho 'no connection to postgres://parley:hunter2hunter2@db/parley' >&2\necho '{answer}' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(own_means.BackupFailed) as failed:
        own_means.run("pg_restore", database="parley")
    assert "no connection to postgres://" in str(failed.value)
    assert ("hunter2" in str(failed.value), "index" in str(failed.value)) == (False, False)


@pytest.mark.needs_postgresql
def test_a_dump_may_take_longer_than_a_request_may(attempt, tmp_path, monkeypatch):
    """Its transaction is idle meanwhile, and so many rows take longer to count than a statement has."""
    pg_dump_that('real "$@"; sleep 2', tmp_path / "slow", monkeypatch)
    limits = "-c idle_in_transaction_session_timeout=1000 -c statement_timeout=1000 -c lock_timeout=1000"
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", limits)
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = 1000")
        try:
            run("backup", "--to", str(tmp_path / "to"))
        finally:
            cursor.execute("RESET idle_in_transaction_session_timeout")
    assert backups.newest(tmp_path / "to").description.rows["candidates_attempt"] == 1


@pytest.mark.needs_postgresql
def test_a_database_that_fails_is_one_sentence_and_nothing_is_written(attempt, tmp_path, monkeypatch):
    end_the_other = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE '%pg_export_snapshot()'"  # the server has other tests' as well
    )
    pg_dump_that(f'psql --quiet --command "{end_the_other}" >&2; sleep 1', tmp_path / "rude", monkeypatch)
    with pytest.raises(CommandError, match=r"^The database failed: .*terminat.*\. Nothing was written\.$"):
        run("backup", "--to", str(tmp_path / "to"))
    assert list((tmp_path / "to").iterdir()) == []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.needs_postgresql
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells a process that its parent died")
def test_a_killed_backup_takes_its_program_with_it_and_the_next_one_removes_what_it_left(
    attempt, tmp_path, monkeypatch
):
    noted, to = tmp_path / "pid", tmp_path / "to"
    with ExitStack() as processes:
        with monkeypatch.context() as slow:
            pg_dump_that(f"echo $$ > {noted}.new; mv {noted}.new {noted}; exec sleep 600", tmp_path / "slow", slow)
            killed = processes.enter_context(manage("backup", "--to", str(to)))
        wait_until(noted.exists, "it has begun")
        time.sleep(1)  # names are by the second
        run("backup", "--to", str(to))
        left = [path for path in to.iterdir() if path.name.endswith(".partial")]
        assert len(left) == 1  # another's, who is still at it
        (to / left[0].name.removeprefix(".").replace(".partial", ".json")).write_text("{}")  # its last step but one
        killed.kill()
        wait_until(lambda: not is_running(int(noted.read_text())), "its program ends")
    time.sleep(1)
    run("backup", "--to", str(to))
    assert sorted(path.suffix for path in to.iterdir()) == [".dump", ".dump", ".json", ".json"]


def test_a_backup_of_an_earlier_version_is_brought_to_this_one_first(attempt, tmp_path):
    """As a restore would; else every upgrade would make the newest backup look broken."""
    call_command("migrate", "candidates", "0013", verbosity=0)
    try:
        run("backup", "--to", str(tmp_path))
    finally:
        call_command("migrate", "candidates", verbosity=0)
    assert "; nothing differs." in run("restore_drill", "--from", str(tmp_path)).replace(" s; ", "; ")


@pytest.fixture
def server():
    """Where databases are made, on connections that each hold locks of their own."""
    with ExitStack() as connections:

        def cursor(name: str = "postgres"):
            other = connections.enter_context(own_means.another(NAME=name))
            return connections.enter_context(other.cursor())

        yield cursor


@pytest.mark.needs_postgresql
def test_what_a_killed_drill_left_is_removed_and_nothing_else(server, db):
    left, held, used = (scratch.name() for _ in range(3))
    other = f"{left}_of_somebody"
    maker = server()
    for name in (left, held, used, other):
        maker.execute(f"CREATE DATABASE {name}")
    try:
        assert scratch._hold(maker, held)  # by a drill that goes on
        user = server(used)
        scratch.remove_left_databases(server())
        assert databases() & {left, held, used, other} == {held, used, other}
        user.connection.close()
    finally:
        for name in (left, held, used, other):
            maker.execute(f"DROP DATABASE IF EXISTS {name}")


def test_a_folder_that_a_killed_drill_left_is_removed_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left, held, new, other = (
        tmp_path / f"{name}x" for name in ("parley-drill-1", "parley-drill-2", "parley-drill-3", "o")
    )
    for folder in (left, held, new, other):
        folder.mkdir()
        (folder / "parley.sqlite3").write_text("")
        if folder != new:
            os.utime(folder, (0, 0))
    with scratch._lock(held):
        scratch.remove_left_folders()
    assert sorted(tmp_path.iterdir()) == sorted([held, new, other])


@pytest.mark.needs_postgresql
def test_what_keeps_the_drill_from_checking_is_said_in_words(attempt, tmp_path):
    """PostgreSQL draws a lone ``^`` beneath its error."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE candidates_auditentry RENAME TO candidates_elsewhere")
        try:
            run("backup", "--to", str(tmp_path))
        finally:
            cursor.execute("ALTER TABLE candidates_elsewhere RENAME TO candidates_auditentry")
    printed, _ = drill(tmp_path)
    assert (
        'verify_attempts: django.db.utils.ProgrammingError: relation "candidates_auditentry" does not exist' in printed
    )
    assert "^" not in printed


@pytest.mark.needs_postgresql
def test_a_role_that_may_not_make_a_database_is_told_what_to_grant(attempt, tmp_path, monkeypatch):
    run("backup", "--to", str(tmp_path))
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE \"plain drill\" LOGIN PASSWORD 'plainplainplain'")
    try:
        monkeypatch.setitem(connection.settings_dict, "USER", "plain drill")
        monkeypatch.setitem(connection.settings_dict, "PASSWORD", "plainplainplain")
        assert 'ALTER ROLE "plain drill" CREATEDB;' in drill(tmp_path)[1]
    finally:
        with connection.cursor() as cursor:
            cursor.execute('DROP ROLE "plain drill"')
