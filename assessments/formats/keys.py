"""Which options a key means. Sheets write it as letter, as number from 0 or from 1, or as the option's text.

One row alone can be read in several ways: the key 2 among the options 1, 2, 4, 8 is the second option, the third, or the
option "2". So all rows are asked first which way fits most of them, and a row that still reads in two ways is refused.
That JSON tells numbers from texts does not help: programs write options of numbers, and the right one of them, as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assessments.formats.base import short
from assessments.formats.meaning import normal_name


class Convention(StrEnum):
    LETTER = "letter"
    FROM_ONE = "number from 1"
    FROM_ZERO = "number from 0"
    TEXT = "text"


class KeyUnclear(Exception):
    """The key names no option, or more than one way of reading it does. The text is the reason."""


@dataclass(frozen=True)
class KeyedRow:
    options: tuple[str, ...]
    """Texts by position; empty where the sheet has no text."""
    key: str | tuple[str, ...]
    names: tuple[str, ...] = ()
    """What the options are called in the file; as a key, a name means its option and nothing else."""


MOST_SHOWN = 5
SEPARATORS = re.compile(r"\s*(?:[,;|/&+\n]|\band\b)\s*", re.IGNORECASE)
LETTER = re.compile(
    r"(?:(?:option|choice|answer|ans)\s*)?[(\[]?\s*([A-Ja-j])\s*(?:[)\].:]|[)\].:]\s.*)?", re.DOTALL | re.IGNORECASE
)
NUMBER = re.compile(r"(?:(?:option|choice|answer)\s*)?[(\[]?\s*([0-9]{1,2})(?:\.0)?\s*[)\].:]?")


def conventions(rows: Iterable[KeyedRow], numbered_from: int) -> list[Convention]:
    """The ways of reading that fit the most rows; several where they fit equally many.

    ``numbered_from`` decides where numbers fit from 0 as well as from 1.
    """
    tied = _best(list(rows))
    if Convention.FROM_ONE in tied and Convention.FROM_ZERO in tied:
        tied.remove(Convention.FROM_ONE if numbered_from == 0 else Convention.FROM_ZERO)
    return tied


def of_unsaid_count(rows: Sequence[KeyedRow]) -> list[KeyedRow]:
    """Rows whose number means one option counted from 0 and another one counted from 1, where no row shows which."""
    tied = _best(rows)
    if not {Convention.FROM_ONE, Convention.FROM_ZERO} <= set(tied):
        return []
    return [row for row in rows if _counts_unsaid(row, tied)]


def _counts_unsaid(row: KeyedRow, tied: Sequence[Convention]) -> bool:
    one, zero, text = (positions(row, way) for way in (Convention.FROM_ONE, Convention.FROM_ZERO, Convention.TEXT))
    is_told = text is not None and Convention.TEXT in tied  # then it is this text, or refused
    return one is not None and zero is not None and one != zero and not is_told


def _best(rows: Sequence[KeyedRow]) -> list[Convention]:
    fits = {way: sum(positions(row, way) is not None for row in rows) for way in Convention}
    return [way for way in Convention if fits[way] == max(fits.values())]


def chosen(row: KeyedRow, ways: Sequence[Convention]) -> tuple[int, ...]:
    """The positions of the correct options. Raises :class:`KeyUnclear`."""
    readings = {reading for way in ways if (reading := positions(row, way)) is not None}
    if not readings:  # a letter among texts, or a text among letters, cannot be mistaken; a number can
        others = (way for way in (Convention.TEXT, Convention.LETTER) if way not in ways)
        readings = {reading for way in others if (reading := positions(row, way)) is not None}
    if not readings:
        raise KeyUnclear(f"The key {_shown(row.key)} names none of the {sum(map(bool, row.options))} options.")
    if len(readings) > 1:
        raise KeyUnclear(f"The key {_shown(row.key)} can be read in more than one way: {' or '.join(ways)}.")
    return readings.pop()


def positions(row: KeyedRow, way: Convention) -> tuple[int, ...] | None:
    """The options a key names when read this way; ``None`` where it names none, or something else as well."""
    if isinstance(row.key, tuple):
        return _all(row, list(row.key), way)
    whole = _position(row, row.key, way)
    if whole is not None:
        return (whole,)
    if way is Convention.LETTER and re.fullmatch(r"[A-J]{2,10}", row.key) and len(set(row.key)) == len(row.key):
        return _all(row, list(row.key), way)
    parts = [part for part in SEPARATORS.split(row.key.strip()) if part]
    return _all(row, parts, way) if len(parts) > 1 else None


def _all(row: KeyedRow, parts: Sequence[str], way: Convention) -> tuple[int, ...] | None:
    found = {_position(row, part, way) for part in parts}
    return None if None in found or not found else tuple(sorted(position for position in found if position is not None))


def _position(row: KeyedRow, part: str, way: Convention) -> int | None:
    if (named := _by_name(row, part)) is not None:
        return named if row.options[named] else None
    match way:
        case Convention.TEXT:
            return _by_text(row, part)
        case Convention.LETTER:
            letter = LETTER.fullmatch(part.strip())
            position = ord(letter[1].lower()) - 97 if letter else None
        case _:
            digits = NUMBER.fullmatch(part.strip().lower())
            position = int(digits[1]) - (way is Convention.FROM_ONE) if digits else None
    is_there = position is not None and 0 <= position < len(row.options) and row.options[position]
    return position if is_there else None


def _by_text(row: KeyedRow, part: str) -> int | None:
    for same in (str.strip, normal_spaces):
        if part.strip() and same(part) in (texts := [same(option) for option in row.options]):
            return texts.index(same(part))
    return None


def _by_name(row: KeyedRow, part: str) -> int | None:
    name = normal_name(part)
    names = [normal_name(item) for item in row.names]
    return names.index(name) if name and name in names else None


def letter(position: int) -> str:
    """A, B, … Z, AA, AB, …"""
    before, this = divmod(position, 26)
    return (letter(before - 1) if before else "") + chr(65 + this)


def normal_spaces(text: str) -> str:
    return " ".join(text.split()).casefold()


def _shown(key: str | tuple[str, ...]) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    more = ", …" if len(parts) > MOST_SHOWN else ""
    return ", ".join(f'"{short(part, 60)}"' for part in parts[:MOST_SHOWN]) + more
