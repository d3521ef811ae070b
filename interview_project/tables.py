"""Tables to take away, as CSV: the one place that writes them, so that none of their cells is ever run.

A spreadsheet takes a text that begins with ``=`` for a formula; after an apostrophe it does not. What :func:`guarded` wrote is
given back by :func:`unguarded`, to the letter, whatever apostrophes it began with itself. A table whose texts hold no numbers
guards those that read as one, too (``-5``), and is not for reading back.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

# Also as wide as an East Asian letter, and after what a spreadsheet drops: a tab, the end of a line.
FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
PLAIN_NUMBER = re.compile(r"'*[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def write_table(columns: Sequence[str], rows: Iterable[Iterable[Any]], *, texts_hold_numbers: bool = False) -> str:
    """Numbers stay as they are. ``texts_hold_numbers``: what is written as text and reads as a number stays one, too."""
    keep = guarded if texts_hold_numbers else _wholly_guarded
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell if isinstance(cell, int | float) else keep(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def guarded(cell: str) -> str:
    return f"'{cell}" if _is_run(cell) else cell


def _wholly_guarded(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _is_run(cell) else cell


def _is_run(cell: str) -> bool:
    return bool(FORMULA.match(cell)) and not PLAIN_NUMBER.fullmatch(cell)
