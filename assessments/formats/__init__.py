"""The formats there are. A new one is a new file beside this one: every class below :class:`Format` found here is offered."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from inspect import isabstract
from typing import Any

from assessments.formats.base import Format


class UnknownFormat(Exception):
    """There is no format of this name."""


@cache
def all_formats() -> dict[str, Format]:
    """Every format by the name ``--format`` takes, in the order of their names."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    found = [kind() for kind in _below(Format) if not isabstract(kind)]
    return {item.name: item for item in sorted(found, key=lambda item: item.name)}


def get(name: str) -> Format:
    try:
        return all_formats()[name]
    except KeyError:
        raise UnknownFormat(f"There is no format {name!r}; there are {', '.join(all_formats())}.") from None


@cache
def suffixes() -> frozenset[str]:
    """Of files worth opening in a folder."""
    return frozenset(suffix for item in all_formats().values() for suffix in item.suffixes)


def _below(kind: type[Any]) -> list[type[Format]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]
