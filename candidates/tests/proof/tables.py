"""What the whole database holds, to be compared: before and after."""

from __future__ import annotations

from typing import Any

from django.apps import apps

OF_THE_SIGN_IN = {"sessions.Session"}
"""A test client that is signed in has one."""


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of every model, by its label."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in OF_THE_SIGN_IN]
    return {model._meta.label: sorted(model._base_manager.values_list(), key=repr) for model in models}


def changed(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> set[str]:
    """Labels of the models whose rows are not what they were."""
    return {label for label, rows in after.items() if rows != before[label]}
