"""The rows of a CSV file: how it is cut, on which line each row begins, and which row is the header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from assessments.formats.base import FileUnreadable, short
from assessments.formats.headers import Header, read_header

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Row:
    line: int
    cells: list[str]
    fault: str = ""
    """Why the cells cannot be trusted."""


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    is_backslashed: bool = False


def rows_of(text: str, dialect: Dialect) -> Iterator[Row]:
    """Every row that is not blank, with the line it begins on. Raises :class:`FileUnreadable`."""
    source = io.StringIO(text, newline="")
    reader = csv.reader(
        source,
        delimiter=dialect.delimiter,
        doublequote=not dialect.is_backslashed,
        escapechar="\\" if dialect.is_backslashed else None,
        strict=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "field limit" in str(error):
                raise FileUnreadable(
                    f"Line {line}: a quotation mark opens a cell and is never closed, so the rest cannot be told apart."
                ) from error
            last = f" (up to line {reader.line_num})" if reader.line_num > line else ""
            yield Row(line, [], f"The quotation marks are not balanced{last}: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            yield Row(line, cells)


def best_dialect(text: str) -> Dialect:
    """The delimiter under which the first row names the most columns, and the quoting under which most rows fit it."""
    delimiter = (
        text[4:5]
        if text[:4].lower() == "sep=" and text[4:5].strip("\r\n")
        else max(DELIMITERS, key=partial(_merit, text))
    )
    doubled, backslashed = Dialect(delimiter), Dialect(delimiter, is_backslashed=True)
    if '\\"' in text and _misfits(text, backslashed) < _misfits(text, doubled):
        return backslashed
    return doubled


def _merit(text: str, delimiter: str) -> tuple[int, int]:
    rows = list(islice(rows_until_fault(text, Dialect(delimiter)), 5))
    recognised = max((header.recognised for row in rows if (header := read_header(row.cells))), default=0)
    return recognised, max((len(row.cells) for row in rows), default=0)


def _misfits(text: str, dialect: Dialect) -> int:
    widths = [0 if row.fault else len(row.cells) for row in rows_until_fault(text, dialect)]
    return sum(width != widths[0] for width in widths)


def rows_until_fault(text: str, dialect: Dialect) -> Iterator[Row]:
    try:
        yield from rows_of(text, dialect)
    except FileUnreadable:
        yield Row(0, [], "cut off")


def find_header(text: str, dialect: Dialect) -> tuple[int, Header] | None:
    """The header and how many rows come before and with it. Titles above it, alone in their row, are passed over."""
    for index, row in enumerate(islice(rows_until_fault(text, dialect), 6)):
        if header := read_header(row.cells):
            return index + 1, header
        if sum(bool(cell.strip()) for cell in row.cells) > 1:
            return None
    return None


def first_row(text: str, dialect: Dialect) -> str:
    row = next(rows_until_fault(text, dialect), Row(1, []))
    return short(", ".join(cell.strip() or "(empty)" for cell in row.cells), 200)
