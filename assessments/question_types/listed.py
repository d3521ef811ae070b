"""What matching, ordering and cloze share: lists whose ids say nothing about the key, and fields such as ``a=2``.

Authors and files list the right order first to last, and partners side by side; and they name them so: item ``1``,
``2``, ``3``, prompt ``p1`` with choice ``c1``. A candidate's browser can read ids and their order. So these lists are
stored in the order of their texts, with ids by place, which tells a candidate no more than the texts do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy

from assessments.question_types.base import ValueRefused
from assessments.question_types.choices import Option, duplicates, letter, with_unique_ids
from assessments.question_types.texts import folded

MIXED_UP = gettext_lazy("This answer does not fit the question. Please reload the page and try again.")


def told_apart(options: list[Option]) -> list[Option]:
    """Raises ``ValueError`` unless each has an id and a text of its own."""
    if twice := duplicates(folded(option.text) for option in with_unique_ids(options)):
        raise ValueError(f"The text {twice[0][:60]!r} is there more than once: candidates cannot tell them apart.")
    return options


def by_text(options: Iterable[Option]) -> list[Option]:
    return sorted(options, key=lambda option: (folded(option.text).casefold(), option.text))


def lettered(options: Sequence[Option]) -> dict[str, str]:
    """Each id and the one that stands for its place: a, b, c, …"""
    return {option.id: letter(place).lower() for place, option in enumerate(options)}


def renamed(options: Sequence[Option], names: dict[str, str]) -> list[Option]:
    return [Option(id=names[option.id], text=option.text) for option in options]


def assignments(raw: Iterable[str]) -> dict[str, str]:
    """Fields such as ``a=2`` as a dictionary; empty ones are left out. Raises :class:`ValueRefused`."""
    found: dict[str, str] = {}
    for field in filter(None, raw):
        name, sign, value = field.partition("=")
        if not sign or name in found:
            raise ValueRefused(MIXED_UP)
        found[name] = value
    return found


def assignments_as_typed(raw: Iterable[str]) -> dict[str, str]:
    """The same for showing refused fields again: what cannot be read is left out."""
    return {name: value for name, sign, value in (field.partition("=") for field in raw) if sign}
