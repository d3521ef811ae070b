"""Rows read and written by statements that are worked out once.

For the path that every save takes, where finding the same SQL anew each time was a quarter of the whole cost. Columns,
conversions and quoting are the models' own, on any database Django knows. What the ORM does besides is left out:
defaults, signals and ``save()`` methods; what must always hold is a constraint of the database anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Field

ModelT = TypeVar("ModelT", bound=models.Model)
Converter = Callable[[Any, Any, Any], Any]


def read(model: type[ModelT], *, locks: bool = False, also: str = "NULL", **where: Any) -> tuple[ModelT, Any]:
    """The one row with these values and, beside it, what the expression ``also`` is. Raises ``model.DoesNotExist``."""
    names = tuple(where)
    with connection.cursor() as cursor:
        cursor.execute(_select(model, names, locks, also), _stored(model, names, where))
        row = cursor.fetchone()
    if row is None:
        raise model.DoesNotExist  # type: ignore[attr-defined] # every model has its own
    *values, beside = row
    for place, column, converters in _converters(model):
        for convert in converters:
            values[place] = convert(values[place], column, connection)
    return model.from_db(connection.alias, _names(model), values), beside


def insert(model: type[models.Model], **values: Any) -> None:
    names = tuple(values)
    with connection.cursor() as cursor:
        cursor.execute(_insert(model, names), _stored(model, names, values))


def update(model: type[models.Model], *, where: dict[str, Any], **values: Any) -> int:
    """How many rows there were."""
    names, conditions = tuple(values), tuple(where)
    parameters = _stored(model, names, values) + _stored(model, conditions, where)
    with connection.cursor() as cursor:
        cursor.execute(_update(model, names, conditions), parameters)
        return int(cursor.rowcount)


# ---- The statements, and what the database makes of values ----


@cache
def _select(model: type[models.Model], where: tuple[str, ...], locks: bool, also: str) -> str:
    columns = ", ".join(_column(field) for field in model._meta.concrete_fields)
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
    return tuple(field.attname for field in model._meta.concrete_fields)


@cache
def _converters(model: type[models.Model]) -> tuple[tuple[int, Any, Sequence[Converter]], ...]:
    """Place, column and conversions, of those columns that need any."""
    found = []
    for place, field in enumerate(model._meta.concrete_fields):
        column = field.get_col(model._meta.db_table)
        converters = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
        if converters:
            found.append((place, column, converters))
    return tuple(found)


def _stored(model: type[models.Model], names: tuple[str, ...], values: dict[str, Any]) -> list[Any]:
    database = connections[DEFAULT_DB_ALIAS]  # itself: fields ask it often, and ``connection`` is looked up each time
    return [
        field.get_db_prep_save(value, database)
        for field, value in zip(_fields(model, names), values.values(), strict=True)
    ]


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: Field[Any, Any]) -> str:
    return connection.ops.quote_name(field.column)


def _equal(model: type[models.Model], names: tuple[str, ...], between: str) -> str:
    return between.join(f"{_column(field)} = %s" for field in _fields(model, names))
