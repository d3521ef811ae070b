"""Statements that travel together are as good as those that travel alone: in errors, rollbacks and what may be sent."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import DataError, IntegrityError, connection, transaction

from interview_project import direct_rows, giving_up
from interview_project.giving_up import Standstill, giving_up_after
from interview_project.one_trip import OneTripConnection, Parcel

pytestmark = [pytest.mark.django_db, pytest.mark.needs_postgresql]


@pytest.fixture
def trip() -> OneTripConnection:
    connection.ensure_connection()
    assert isinstance(connection.connection, OneTripConnection)
    return connection.connection


def added(*names: str) -> list[direct_rows.Statement]:
    return [direct_rows.inserting(Group, name=name) for name in names]


def test_answers_come_in_the_order_of_the_statements(trip):
    for _ in range(2):  # the second time the server knows them
        first, second, third = trip.one_trip(
            (b"SELECT $1::int", [7]), (b"SELECT 1 WHERE $1", [False]), (b"SELECT 8", [])
        )
        assert (first, second, third) == ((1, (7,)), (0, None), (1, (8,)))


def test_the_first_that_is_refused_raises_and_none_after_it_counts(trip):
    with pytest.raises(IntegrityError), transaction.atomic():
        direct_rows.write(*added("one", "one", "two"))
    assert direct_rows.write(*added("one", "two")) == [1, 1]
    assert set(Group.objects.values_list("name", flat=True)) == {"one", "two"}


def test_what_cannot_be_sent_is_refused_before_anything_is(trip):
    with pytest.raises(DataError, match="NUL"), transaction.atomic():
        direct_rows.write(*added("one", "two\x00three"))
    assert not Group.objects.exists()


def read_after_a_rollback() -> Any:
    """psycopg has statements of its own then, and has the server forget all of them."""
    direct_rows.write(*added("one"))
    for _ in range(6):
        assert Group.objects.filter(name="one").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        direct_rows.write(*added("one"))
    assert Group.objects.filter(name="one").count() == 1
    return direct_rows.write(*added("two"))


def test_a_rollback_after_which_the_server_knows_no_statement_is_survived(trip):
    assert read_after_a_rollback() == [1]


def test_without_being_told_of_that_it_would_not_be(trip, monkeypatch):
    monkeypatch.setattr(OneTripConnection, "_deallocate", psycopg.Connection._deallocate)
    with pytest.raises(Exception, match=r"prepared statement .* does not exist"):
        read_after_a_rollback()
    trip._known.clear()  # it goes back to the pool


@pytest.fixture
def apart(monkeypatch):
    """A connection of its own to the database of the tests; the tables it makes are its own, too."""
    monkeypatch.setattr(giving_up, "standstill", Standstill())  # what it waits for in vain is no one else's to know
    facts = connection.settings_dict
    where = {name.lower(): facts[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    with giving_up_after(0.5).connect(dbname=facts["NAME"], autocommit=True, **where) as made:
        made.execute("CREATE TEMPORARY TABLE changing (number int)")
        yield made


@pytest.mark.parametrize(
    ("done", "error"),
    [
        (b"ALTER TABLE changing ALTER number TYPE text", psycopg.errors.FeatureNotSupported),
        (b"DEALLOCATE ALL", psycopg.errors.InvalidSqlStatementName),
    ],
)
def test_a_statement_that_the_server_knows_otherwise_or_no_more_is_prepared_anew(apart, done, error):
    reading: Parcel = (b"SELECT number FROM changing", [])
    apart.one_trip(reading)
    apart.pgconn.exec_(done)  # as by somebody else: psycopg is not told
    with pytest.raises(error):
        apart.one_trip(reading)
    assert apart.one_trip(reading) == [(0, None)]


def test_each_statement_of_a_trip_has_the_time_that_one_has(apart):
    asleep: Parcel = (b"SELECT pg_sleep(0.25)", [])
    assert [answer.rows for answer in apart.one_trip(asleep, asleep, asleep)] == [1, 1, 1]
    assert not apart.closed
    with pytest.raises(psycopg.OperationalError, match="no answer from the database"):
        apart.one_trip((b"SELECT pg_sleep(2)", []))
