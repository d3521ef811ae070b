"""JSON from strangers: every way it can be wrong becomes :class:`FileUnreadable`."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from assessments.formats.base import FileUnreadable


def load_json(text: str) -> Any:
    """Raises :class:`FileUnreadable` with line and column."""
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FileUnreadable(f"Line {error.lineno}, column {error.colno} is not JSON: {error.msg}.") from error
    except RecursionError as error:
        raise FileUnreadable("Lists and objects are nested too deeply.") from error
    except ValueError as error:  # a number of thousands of digits
        raise FileUnreadable(f"A number cannot be read: {error}.") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Python would keep the last of two fields of one name, and the first would be lost in silence."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FileUnreadable(f"The field {twice!r} stands twice in one object.")
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise FileUnreadable(f"{name} is not a number in JSON.")
