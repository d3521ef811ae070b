"""Where somebody has waited for the database in vain, others do not wait as well, until it answers again."""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from psycopg_pool import PoolTimeout

from interview_project import giving_up
from interview_project.giving_up import Standstill, base, giving_up_after


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(giving_up, "time", clock)
    return clock


@pytest.fixture
def still(clock):
    """Answered once, then waited for in vain."""
    found = Standstill()
    found.note_answer()
    wait_in_vain(found, clock)
    return found


def wait_in_vain(found: Standstill, clock: Clock) -> None:
    clock.now += 5.5
    found.note_giving_up(after=5.5)


def test_they_are_turned_away_but_for_one_a_second(still, clock):
    turned_away = []
    for _ in range(10):
        turned_away.append(still.turns_away())
        clock.now += 0.25
    assert turned_away == [True] * 4 + [False] + [True] * 3 + [False] + [True]


def test_one_answer_lets_everybody_in(still, clock):
    clock.now += 0.1
    still.note_answer()
    assert not any(still.turns_away() for _ in range(5))


def test_where_others_were_answered_meanwhile_it_does_not_stand_still(clock):
    found = Standstill()
    clock.now += 3
    found.note_answer()
    clock.now += 2.5
    found.note_giving_up(after=5.5)
    assert not found.turns_away()


def test_who_was_never_answered_goes_on_asking():
    found = Standstill()
    found.note_giving_up(after=5.5)
    assert not found.turns_away()


@pytest.fixture
def asking(still, monkeypatch):
    """A connection of its own to the database of the tests; it asks nothing of the tables."""
    monkeypatch.setattr(giving_up, "standstill", still)
    facts = connection.settings_dict
    where = {name.lower(): facts[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    with giving_up_after(5).connect(dbname=facts["NAME"], autocommit=True, **where) as made:
        yield made


@pytest.mark.needs_postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("say", ["SELECT 1", "SELECT 1 / 0"])
def test_a_connection_an_answer_and_a_refusal_are_answers(asking, still, clock, say):
    assert not still.turns_away()
    wait_in_vain(still, clock)
    with contextlib.suppress(psycopg.Error):
        asking.execute(say)
    assert not still.turns_away()


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_where_the_server_was_not_asked_it_has_not_answered(asking, still, clock):
    wait_in_vain(still, clock)
    asking.commit()
    assert still.turns_away()


def test_a_server_that_is_not_there_does_not_stand_still(still, monkeypatch):
    monkeypatch.setattr(giving_up, "standstill", still)
    with pytest.raises(psycopg.OperationalError):
        giving_up_after(5).connect(host="127.0.0.1", port=1)
    assert not still.turns_away()


def test_who_waits_for_a_server_that_is_not_there_is_let_wait(clock):
    """It comes back within seconds, and each who waits is served then; refused, they would all have to come again."""
    found = Standstill()
    found.note_answer()
    found.note_refusal()
    wait_in_vain(found, clock)
    assert not found.turns_away()


def test_a_server_that_came_back_and_says_nothing_stands_still(clock):
    found = Standstill()
    found.note_answer()
    found.note_refusal()
    wait_in_vain(found, clock)
    found.note_silence()
    assert found.turns_away()


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_who_is_turned_away_waits_for_no_connection(still, monkeypatch):
    monkeypatch.setattr(base, "standstill", still)
    another = connection.copy()
    with pytest.raises(OperationalError, match="stands still"):
        another.ensure_connection()
    still.note_answer()
    another.ensure_connection()
    another.close()


@pytest.mark.needs_postgresql
@pytest.mark.django_db
def test_a_wait_for_a_connection_is_a_wait_in_vain_too(clock, monkeypatch):
    found = Standstill()
    found.note_answer()
    clock.now += 5
    monkeypatch.setattr(base, "standstill", found)
    another: Any = connection.copy()
    monkeypatch.setattr(another.pool, "getconn", none_is_free)
    with pytest.raises(OperationalError, match="none is free"):
        another.ensure_connection()
    assert found.turns_away()


def none_is_free() -> NoReturn:
    raise PoolTimeout("none is free")


# ---- Connections that lay in the pool when the server went ----


def end(*pids: int) -> None:
    """Of this database's own connections, as a server that restarts ends them all."""
    with connection.cursor() as cursor:
        for pid in pids:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.django_db
@pytest.mark.needs_postgresql
def test_a_server_that_hung_up_is_noticed_without_being_asked(asking):
    assert not asking.has_hung_up()
    end(asking.info.backend_pid)
    assert asking.has_hung_up()
    assert asking.has_hung_up()


@pytest.fixture
def pids_in_the_pool(transactional_db):
    others = [connections.create_connection("default") for _ in range(3)]
    pids = []
    for one in others:
        with one.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.append(cursor.fetchone()[0])
    for one in others:
        one.close()
    return pids


def ask_through_the_pool() -> int:
    asking = connections.create_connection("default")
    try:
        with asking.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])
    finally:
        asking.close()


@pytest.mark.needs_postgresql
def test_after_a_restart_nobody_gets_a_dead_connection(pids_in_the_pool):
    end(*pids_in_the_pool)
    assert [ask_through_the_pool() for _ in range(4)] == [1] * 4


@pytest.mark.needs_postgresql
def test_without_looking_somebody_would(pids_in_the_pool, monkeypatch):
    """Guard."""
    end(*pids_in_the_pool)
    with monkeypatch.context() as off:
        off.setattr(giving_up.PatientConnection, "has_hung_up", lambda self: False)
        with pytest.raises(OperationalError):
            [ask_through_the_pool() for _ in range(4)]
