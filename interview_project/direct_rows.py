"""Rows read and written by statements that are worked out once.

For the path that every save takes, where finding the same SQL anew each time was a quarter of the whole cost. Columns,
conversions and quoting are the models' own, on any database Django knows. What the ORM does besides is left out:
defaults, signals and ``save()`` methods; what must always hold is a constraint of the database anyway.

On PostgreSQL statements that are given together travel together (:mod:`interview_project.one_trip`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field

from interview_project.one_trip import Answer

ModelT = TypeVar("ModelT", bound=models.Model)
Converter = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: list[Any]


def read(model: type[ModelT], *, locks: bool = False, also: str = "NULL", **where: Any) -> tuple[ModelT, Any]:
    """The one row with these values and, beside it, what the expression ``also`` is. Raises ``model.DoesNotExist``.

    Without what the model's ``SELDOM_READ`` names, which is read when it is looked at.
    """
    names = tuple(where)
    (answer,) = _run(Statement(_select(model, names, locks, also), _stored(model, names, where)))
    if answer.first is None:
        raise model.DoesNotExist  # type: ignore[attr-defined] # every model has its own
    *values, beside = answer.first
    for place, column, converters in _converters(model):
        for convert in converters:
            values[place] = convert(values[place], column, connection)
    return model.from_db(connection.alias, _names(model), values), beside


def inserting(model: type[models.Model], **values: Any) -> Statement:
    names = tuple(values)
    return Statement(_insert(model, names), _stored(model, names, values))


def updating(model: type[models.Model], *, where: dict[str, Any], **values: Any) -> Statement:
    names, conditions = tuple(values), tuple(where)
    parameters = _stored(model, names, values) + _stored(model, conditions, where)
    return Statement(_update(model, names, conditions), parameters)


def write(*statements: Statement) -> list[int]:
    """How many rows each of them met. The first that the database refuses raises, and none after it is executed."""
    return [answer.rows for answer in _run(*statements)]


# ---- How they get to the database ----


def _run(*statements: Statement) -> list[Answer]:
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        return _run_in_one_trip(database, statements)
    return [_run_alone(database, one) for one in statements]


def _run_in_one_trip(database: BaseDatabaseWrapper, statements: Sequence[Statement]) -> list[Answer]:
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        answers: list[Answer] = database.connection.one_trip(
            *[(_numbered(one.sql), one.parameters) for one in statements]
        )
    if database.queries_logged:
        database.queries_log.extend({"sql": one.sql, "time": "0.000"} for one in statements)
    return answers


def _run_alone(database: BaseDatabaseWrapper, statement: Statement) -> Answer:
    with database.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return Answer(cursor.rowcount, cursor.fetchone() if cursor.description else None)


@cache
def _numbered(sql: str) -> bytes:
    """With parameters as PostgreSQL itself writes them."""
    first, *rest = sql.split("%s")
    return "".join([first, *(f"${number}{part}" for number, part in enumerate(rest, start=1))]).encode()


# ---- The statements, and what the database makes of values ----


@cache
def _select(model: type[models.Model], where: tuple[str, ...], locks: bool, also: str) -> str:
    columns = ", ".join(_column(field) for field in _often_read(model))
    lock = " FOR UPDATE" if locks and connection.features.has_select_for_update else ""
    return f"SELECT {columns}, {also} FROM {_table(model)} WHERE {_equal(model, where, ' AND ')}{lock}"  # noqa: S608 - names of the model


@cache
def _insert(model: type[models.Model], names: tuple[str, ...]) -> str:
    columns = ", ".join(_column(field) for field in _fields(model, names))
    return f"INSERT INTO {_table(model)} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"  # noqa: S608


@cache
def _update(model: type[models.Model], names: tuple[str, ...], where: tuple[str, ...]) -> str:
    return f"UPDATE {_table(model)} SET {_equal(model, names, ', ')} WHERE {_equal(model, where, ' AND ')}"  # noqa: S608


@cache
def _fields(model: type[models.Model], names: tuple[str, ...]) -> tuple[Field[Any, Any], ...]:
    """By the names their values have on an instance: ``attempt_id``, not ``attempt``."""
    known = {field.attname: field for field in model._meta.concrete_fields}
    return tuple(known[name] for name in names)


@cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in _often_read(model))


@cache
def _often_read(model: type[models.Model]) -> tuple[Field[Any, Any], ...]:
    seldom = getattr(model, "SELDOM_READ", ())
    return tuple(field for field in model._meta.concrete_fields if field.attname not in seldom)


@cache
def _converters(model: type[models.Model]) -> tuple[tuple[int, Any, Sequence[Converter]], ...]:
    """Place, column and conversions, of those columns that need any."""
    found = []
    for place, field in enumerate(_often_read(model)):
        column = field.get_col(model._meta.db_table)
        converters = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
        if converters:
            found.append((place, column, converters))
    return tuple(found)


def _stored(model: type[models.Model], names: tuple[str, ...], values: dict[str, Any]) -> list[Any]:
    database = connections[DEFAULT_DB_ALIAS]  # itself: fields ask it often, and ``connection`` is looked up each time
    stored = list(values.values())
    for place, field in _to_convert(model, names, database.vendor):
        stored[place] = field.get_db_prep_save(stored[place], database)
    return stored


@cache
def _to_convert(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[tuple[int, Field[Any, Any]], ...]:
    """Those whose values a driver does not take as they are: psycopg takes all but JSON."""
    fields = enumerate(_fields(model, names))
    return tuple(
        (place, field) for place, field in fields if vendor != "postgresql" or isinstance(field, models.JSONField)
    )


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: Field[Any, Any]) -> str:
    return connection.ops.quote_name(field.column)


def _equal(model: type[models.Model], names: tuple[str, ...], between: str) -> str:
    return between.join(f"{_column(field)} = %s" for field in _fields(model, names))
