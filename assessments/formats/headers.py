"""What each column of somebody else's table is for, by the names in its first row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assessments.formats import translated
from assessments.formats.meaning import ID, MEANINGS, NAMES, STEM, TAG_NAMES, normal_name, normal_names

MAX_COLUMNS = 500
"""A wider table is data of another kind."""
RIGHT = "option choice answer alternative possibleanswer answeroption answerchoice ans opt op"
WRONG = "distractor wronganswer incorrectanswer wrongoption incorrectoption"
OPTION_NAME = re.compile(
    "(?:({})|(?:{}))?(?:([a-j])|([0-9]{{1,2}}))".format(
        "|".join(normal_names(f"{RIGHT} {translated.OPTION_FAMILIES}")),
        "|".join(normal_names(f"{WRONG} {translated.WRONG_FAMILIES}")),
    )
)


@dataclass(frozen=True)
class OptionColumn:
    column: int
    position: int
    """Among the options, from 0."""


@dataclass(frozen=True)
class Header:
    """What each column of a table is for. The numbers are columns, from 0."""

    names: tuple[str, ...]
    columns: dict[str, int]
    options: tuple[OptionColumn, ...]
    numbered_from: int | None
    """0 for choice0, choice1…; 1 for Answer 1, Answer 2…; ``None`` where options are lettered."""
    distractors: tuple[int, ...]
    tags: tuple[int, ...]
    unused: tuple[str, ...]

    @property
    def recognised(self) -> int:
        return len(self.columns) + len(self.options) + len(self.distractors) + len(self.tags)


def read_header(cells: Sequence[str]) -> Header | None:
    """``None`` where no column holds questions."""
    if len(cells) > MAX_COLUMNS:
        return None
    names = [normal_name(cell) for cell in cells]
    options, numbered_from, distractors = _option_columns(names)
    taken = {option.column for option in options} | set(distractors)
    columns: dict[str, int] = {}
    for meaning, synonyms in NAMES.items():
        ranked = [(synonyms.index(name), column) for column, name in enumerate(names) if MEANINGS.get(name) == meaning]
        free = [pair for pair in ranked if pair[1] not in taken]
        if free:
            columns[meaning] = min(free)[1]
    if STEM not in columns:
        return None
    if columns.get(ID) is not None and not names[columns[ID]] and columns[ID] != 0:
        del columns[ID]  # only a first column without a name is a count of rows
    tags = tuple(column for column, name in enumerate(names) if name in TAG_NAMES and column not in taken)
    used = taken | set(columns.values()) | set(tags)
    unused = tuple(cell.strip() for column, cell in enumerate(cells) if column not in used and cell.strip())
    return Header(tuple(cell.strip() for cell in cells), columns, options, numbered_from, distractors, tags, unused)


def _option_columns(names: Sequence[str]) -> tuple[tuple[OptionColumn, ...], int | None, tuple[int, ...]]:
    """The largest family of columns named alike (Option A, Option B…), and wrong answers named as such."""
    families: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for column, name in enumerate(names):
        if not (match := OPTION_NAME.fullmatch(name)):
            continue
        family, letter, digits = match.groups()
        if family is None and len(name) > 2:
            family = "distractor"
        elif family is None and digits:
            continue  # a column named "1" may be anything
        families.setdefault((family or "", bool(letter)), []).append(
            (ord(letter) - 97 if letter else int(digits), column)
        )
    wrong = tuple(column for (family, _), found in families.items() if family == "distractor" for _, column in found)
    right = [(len(found), lettered, found) for (family, lettered), found in families.items() if family != "distractor"]
    count, lettered, found = max(right, key=lambda item: item[0], default=(0, False, []))
    if count < 2 or min(found)[0] > 1:
        return (), None, wrong
    base = 0 if lettered else min(found)[0]
    return (
        tuple(OptionColumn(column, number - base) for number, column in sorted(found)),
        None if lettered else base,
        wrong,
    )
