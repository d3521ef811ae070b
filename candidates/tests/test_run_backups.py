"""A backup each day, however often it is restarted, by how many, and whatever fails in between."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from candidates.management.commands import run_backups
from candidates.tests.backing_up import manage, pg_dump_that, put_client_programs_first, wait_until
from interview_project import backup_days, backups, own_means, signs

NIGHT = datetime.strptime("02:30", "%H:%M").time()  # noqa: DTZ007 - of any day


class Usage(NamedTuple):
    free: int


@pytest.fixture(autouse=True)
def _programs(monkeypatch):
    put_client_programs_first(monkeypatch)


def lay(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"parley-{name}{backups.SUFFIXES[connection.vendor]}").write_text("")


def names(folder: Path) -> list[str]:
    """Of what was made; a lock stays."""
    return sorted(path.name for path in folder.iterdir() if path.name != backup_days.LOCK)


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        ("2026-05-04T02:30:00", "UTC", "2026-05-04T02:30:00"),
        ("2026-05-04T02:29:59", "UTC", "2026-05-03T02:30:00"),
        ("2026-05-04T00:29:59", "Europe/Berlin", "2026-05-03T00:30:00"),
        ("2026-05-04T00:30:00", "Europe/Berlin", "2026-05-04T00:30:00"),
        ("2026-03-29T01:30:00", "Europe/Berlin", "2026-03-29T01:30:00"),  # the hour that the clocks leave out
        ("2026-10-25T01:15:00", "Europe/Berlin", "2026-10-25T00:30:00"),  # and the one they show twice
    ],
)
def test_what_is_due_goes_by_the_clocks_of_the_place(settings, now, zone, due):
    settings.TIME_ZONE = zone
    assert backup_days.last_due(datetime.fromisoformat(now).replace(tzinfo=UTC), NIGHT) == datetime.fromisoformat(
        due
    ).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "is_missing"),
    [
        ([], True),
        (["20260503T023000Z"], True),  # yesterday's: the hour was missed
        (["20260504T023000Z"], False),  # the start after it makes no second one
        (["20260504T090000Z", "20260501T023000Z"], False),  # made by hand since
        (["20270101T023000Z"], True),  # by a clock that was wrong
        (["by-hand"], True),
    ],
)
@time_machine.travel("2026-05-04T12:00:00+00:00", tick=False)
def test_what_is_missing_is_read_off_the_folder(tmp_path, there, is_missing):
    for name in there:
        lay(tmp_path, name)
    assert backup_days.is_missing(tmp_path, at=NIGHT) == is_missing


@pytest.mark.parametrize("made", ["20260504T023000Z", "20260502T120000Z", "20270102T023000Z"])
@time_machine.travel("2026-05-04T12:00:00+00:00", tick=False)
def test_what_was_just_made_stays_whatever_the_clock_says_and_so_does_a_copy(tmp_path, made):
    for name in (made, "20260503T023000Z", "20270101T023000Z", "before-upgrade"):
        lay(tmp_path, name)
    assert backups.thin_out(tmp_path, keep=2, made=described(tmp_path, made)) == 1
    assert stems(tmp_path) == {made, "20260503T023000Z", "before-upgrade"}
    assert backups.thin_out(tmp_path, keep=1, made=described(tmp_path, made)) == 1
    assert stems(tmp_path) == {made, "before-upgrade"}
    assert backups.thin_out(tmp_path, keep=14, made=described(tmp_path, made)) == 0


@time_machine.travel("2026-05-04T12:00:00+00:00", tick=False)
def test_the_newest_is_no_copy_and_from_the_future_only_where_there_is_no_other(tmp_path):
    lay(tmp_path, "20270101T023000Z")
    lay(tmp_path, "before-upgrade")
    with pytest.raises(own_means.BackupFailed, match="parley-20270101T023000Z"):  # which nobody described
        backups.newest(tmp_path)
    lay(tmp_path, "20260503T023000Z")
    with pytest.raises(own_means.BackupFailed, match="parley-20260503T023000Z"):
        backups.newest(tmp_path)


def described(folder: Path, name: str) -> backups.Backup:
    path = folder / f"parley-{name}{backups.SUFFIXES[connection.vendor]}"
    return backups.Backup(path, backups.Description("", "", "", 0, {}))


def stems(folder: Path) -> set[str]:
    return {path.stem.removeprefix("parley-") for path in folder.iterdir()}


@pytest.mark.django_db(transaction=True)
def test_one_has_its_name_once_it_is_on_disk_and_then_the_name_is_too(tmp_path, monkeypatch):
    synced = []
    sync = os.fsync

    def noted(file: int) -> None:
        sync(file)
        synced.append((stat.S_ISDIR(os.fstat(file).st_mode), {path.suffix for path in tmp_path.iterdir()}))

    monkeypatch.setattr(os, "fsync", noted)
    suffix = backups.make(tmp_path).path.suffix
    half, whole = {".json", ".partial"}, {".json", suffix}
    assert synced == [(False, half), (False, half), (True, whole)]


@pytest.mark.django_db(transaction=True)
def test_an_older_one_that_cannot_be_removed_is_said_and_the_new_one_is_there(tmp_path):
    (tmp_path / f"parley-20260503T023000Z{backups.SUFFIXES[connection.vendor]}").mkdir()
    with pytest.raises(CommandError, match=r" was made, but older ones could not be removed: .*'\.$"):
        call_command("backup", "--to", str(tmp_path), "--keep", "1")
    assert is_good() == 1
    assert backups.newest(tmp_path).description.bytes > 0


@pytest.mark.django_db
def test_sqlite_is_copied_where_there_is_room_for_all_of_it(tmp_path, monkeypatch):
    free = iter([200_000_000, 200_000_000])
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(free=next(free)))
    with own_means.another_sqlite(tmp_path / "parley.sqlite3") as database:
        monkeypatch.setattr(backups, "connection", database)
        database.cursor().execute("CREATE TABLE t (x)")
        with pytest.raises(own_means.BackupFailed, match=r"it may take 0 MB, and 200 MB must stay so\.$"):
            backups.make(tmp_path / "to")
        assert names(tmp_path / "to") == []
        monkeypatch.undo()
        monkeypatch.setattr(backups, "connection", database)
        assert backups.make(tmp_path / "to").description.rows == {"t": 0}


@pytest.mark.django_db(transaction=True)
def test_one_is_made_and_the_next_look_makes_none(tmp_path, settings):
    settings.BACKUP_KEEP = 1
    lay(tmp_path, "20260503T023000Z")
    assert run_backups.look(tmp_path) == run_backups.LOOK_SECONDS
    made = names(tmp_path)
    assert len(made) == 2  # with its description; the old one went
    assert backups.newest(tmp_path).path.name == made[0]
    assert run_backups.look(tmp_path) == run_backups.LOOK_SECONDS
    assert names(tmp_path) == made
    call_command("run_backups", "--check", "--to", str(tmp_path))


def test_of_two_that_look_at_once_one_makes_it(tmp_path):
    with (tmp_path / backup_days.LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert run_backups.look(tmp_path) == run_backups.LOOK_SECONDS
    assert names(tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_a_disk_that_is_nearly_full_gets_nothing_and_loses_nothing(tmp_path, monkeypatch):
    signs.give(signs.BACKUP)
    lay(tmp_path, "20260503T023000Z")
    before = names(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(free=199_000_000))
    assert run_backups.look(tmp_path) == run_backups.AGAIN_SECONDS
    assert names(tmp_path) == before
    figures = {one.name: one.value for one in signs.gauges()}
    assert figures["parley_backup_succeeded"] == 0
    assert figures["parley_backup_age_seconds"] < 60  # of the last that was made
    with pytest.raises(CommandError, match=r"^The disk of .* is nearly full: 199 MB are free, and 200 MB must stay so"):
        call_command("backup", "--to", str(tmp_path))


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_a_disk_that_fills_up_meanwhile_stops_it_before_the_database_has_none(tmp_path, monkeypatch):
    pg_dump_that("exec sleep 600", tmp_path / "slow", monkeypatch)
    room = iter([1_000_000_000, 250_000_000])
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(free=next(room, 150_000_000)))
    assert run_backups.look(tmp_path / "to") == run_backups.AGAIN_SECONDS
    assert names(tmp_path / "to") == []


@pytest.mark.parametrize("folder", ["file/within", "file"])
@pytest.mark.django_db(transaction=True)
def test_a_folder_that_is_none_is_said_and_tried_again(tmp_path, folder):
    (tmp_path / "file").write_text("")
    signs.give(signs.BACKUP)
    assert run_backups.look(tmp_path / folder) == run_backups.AGAIN_SECONDS
    assert is_good() == 0


@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_how_it_went_is_told_after_a_restart_of_the_database_too(tmp_path):
    (tmp_path / "file").write_text("")
    run_backups.look(tmp_path / "file")
    assert is_good() == 0
    held = connection.connection.info.backend_pid
    with own_means.another() as other, other.cursor() as cursor:
        cursor.execute("DELETE FROM parley_cache")
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [held])
    run_backups.look(tmp_path / "file")
    assert is_good() == 0


def is_good() -> float | None:
    return {one.name: one.value for one in signs.gauges()}.get("parley_backup_succeeded")


@time_machine.travel("2026-05-04T05:29:00+00:00", tick=False)
def test_the_health_check_gives_it_three_hours(tmp_path):
    lay(tmp_path, "20260503T023000Z")
    call_command("run_backups", "--check", "--to", str(tmp_path))
    with (
        time_machine.travel("2026-05-04T05:30:00+00:00", tick=False),
        pytest.raises(CommandError, match=r"^The backup that was due at 02:30 is not in "),
    ):
        call_command("run_backups", "--check", "--to", str(tmp_path))


@pytest.mark.nightly
@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_one_that_is_told_to_stop_leaves_nothing_half_done(tmp_path, monkeypatch):
    noted = tmp_path / "pid"
    pg_dump_that(f"echo $$ > {noted}.new; mv {noted}.new {noted}; exec sleep 600", tmp_path / "slow", monkeypatch)
    with manage("run_backups", "--to", str(tmp_path / "to")) as process:
        wait_until(noted.exists, "it has begun")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert time.monotonic() - began < 30
    assert names(tmp_path / "to") == []
