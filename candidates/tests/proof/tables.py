"""What the whole database holds, to be compared: before and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Model, Q
from django.test.utils import CaptureQueriesContext

from candidates.models import Attempt, Candidate

WRITES = re.compile(r"(?<!FOR )(?<!KEY )\b(INSERT|UPDATE|DELETE|TRUNCATE|MERGE|COPY)\b")
OF_THE_SIGN_IN = {"sessions.Session"}
"""A test client that is signed in has one."""


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of every model, by its label."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in OF_THE_SIGN_IN]
    return {model._meta.label: sorted(model._base_manager.values_list(), key=repr) for model in models}


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[str]:
    """Labels of the models whose rows are not what they were."""
    return {label for label, rows in after.items() if rows != before[label]}


def written(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[tuple[str, str, str]]:
    """``("candidates.Attempt", "status", "submitted")``: each column that got another value in a row that was there; of
    a new row, each column; of one that is gone, ``("candidates.Attempt", "", "")``."""
    found: set[tuple[str, str, str]] = set()
    for label in changed(before, after):
        model = apps.get_model(label)
        names = [field.attname for field in model._meta.concrete_fields]
        key = names.index(model._meta.pk.attname)
        old, new = ({row[key]: row for row in rows} for rows in (before[label], after[label]))
        found |= {(label, "", "") for gone in old.keys() - new.keys()}
        for place, row in new.items():
            was = old.get(place, (None,) * len(row))
            found |= {
                (label, name if place in old else f"+{name}", str(now))
                for name, then, now in zip(names, was, row, strict=True)
                if now != then
            }
    return found


@contextmanager
def writing() -> Iterator[Callable[[], bool]]:
    """Whether anything was sent that could write: where nothing was, no table need be compared."""
    with CaptureQueriesContext(connection) as asked:
        yield lambda: any(WRITES.search(one["sql"]) for one in asked.captured_queries)


def rows_of(attempt: Attempt) -> list[Model]:
    """The candidate, and every row that leads to them."""
    found: dict[type[Model], list[Model]] = {Candidate: [Candidate.objects.get(pk=attempt.candidate_id)]}
    for model, names in _leading():
        leads = Q(pk__in=[])
        for name, other in names:
            leads |= Q(**{f"{name}__in": [row.pk for row in found[other]]})
        found[model] = list(model._base_manager.filter(leads).order_by("pk"))
    return [row for rows in found.values() for row in rows]


@cache
def _leading() -> list[tuple[type[Model], list[tuple[str, type[Model]]]]]:
    """Models whose rows lead to a candidate, each after those it leads by, with the columns by which it does."""
    known: dict[type[Model], list[tuple[str, type[Model]]]] = {Candidate: []}
    while more := {
        model: names
        for model in apps.get_app_config("candidates").get_models()
        if model not in known and (names := _leading_columns(model, known))
    }:
        known |= more
    placed: list[type[Model]] = []
    while len(placed) < len(known):
        placed += [
            model
            for model in known
            if model not in placed and {other for _, other in _leading_columns(model, known)} - {model} <= set(placed)
        ]
    return [(model, _leading_columns(model, known)) for model in placed if model is not Candidate]


def _leading_columns(model: type[Model], to: Iterable[type[Model]]) -> list[tuple[str, type[Model]]]:
    columns = ((field.name, field.related_model) for field in model._meta.concrete_fields)
    return [
        (name, other) for name, other in columns if isinstance(other, type) and other in set(to) and other is not model
    ]


def words_of(attempt: Attempt, *, but: Attempt) -> set[str]:
    """What is written and numbered in those rows, and not in those of ``but``: to be looked for where it must not be."""
    mine, theirs = ({word for row in rows_of(one) for word in _words(row)} for one in (attempt, but))
    return {word for word in mine - theirs if len(word) >= 6}


def _words(row: Model) -> Iterator[str]:
    for field in row._meta.concrete_fields:
        yield from _leaves(getattr(row, field.attname))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str | UUID):
        yield str(value)
