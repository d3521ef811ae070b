"""Sheets of XLSX workbooks: Kahoot's template, and any whose columns have the names that tables have (``meaning.py``)."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zipfile import ZipFile

from assessments.formats import own_csv
from assessments.formats.base import MAX_QUESTIONS, FileUnreadable, Format, Parsed, require_few, short
from assessments.formats.csv_rows import Row
from assessments.formats.csv_table import LOOKED_FOR, draft_of, one_each, unused_columns
from assessments.formats.headers import MAX_COLUMNS, Header, read_header
from assessments.formats.meaning import ID, PERSON_ANSWER
from assessments.formats.records import questions_from
from assessments.formats.zip_members import BROKEN, ZIP, names_in, open_zip

WORKBOOK = "xl/workbook.xml"
MAX_XML = 64 * 1024 * 1024
"""Of sheets and texts together; shared texts are held in memory at once."""
MAX_SHEETS = 100
ROWS_ABOVE = 20
"""Among so many first rows of a sheet is the header; Kahoot's template has seven above it."""
ASIDE = re.compile(r"\s+[-\u2013\u2014]\s.*", re.DOTALL)
UNREADABLE = (*BROKEN, TypeError, AttributeError, SyntaxError, AssertionError, ArithmeticError, LookupError)
"""What openpyxl raises for workbooks that are not as the standard says, beside its own; it promises nothing about it."""


class Xlsx(Format):
    name = "xlsx"
    label = "Excel workbooks (XLSX)"
    suffixes = (".xlsx", ".xlsm")
    begins_with = ZIP

    def recognises(self, data: bytes, name: str) -> int:
        return 96 if WORKBOOK in names_in(data) else 0

    def read(self, data: bytes) -> Parsed:
        parsed = Parsed(self.name)
        with open_zip(data) as archive:
            _require_modest(archive)
        sheets = list(_sheets(data, parsed.warnings))
        read = [_read_sheet(title if len(sheets) > 1 else "", rows, parsed) for title, rows in sheets]
        if not any(read):
            first = next((rows[0].cells for _, rows in sheets if rows), ["(empty)"])
            found = short(", ".join(cell.strip() or "(empty)" for cell in first), 200)
            raise FileUnreadable(LOOKED_FOR.format(found=found))
        return parsed


def _require_modest(archive: ZipFile) -> None:
    if WORKBOOK not in archive.namelist():
        raise FileUnreadable("This is no XLSX workbook: there is no xl/workbook.xml in it.")
    if sum(one.file_size for one in archive.infolist() if one.filename.endswith((".xml", ".rels"))) > MAX_XML:
        raise FileUnreadable(f"The workbook's sheets are larger than {MAX_XML // 1024 // 1024} MB, unpacked.")


# ---- Cells ----


def _sheets(data: bytes, notes: list[str]) -> Iterator[tuple[str, list[Row]]]:
    """Each sheet's title and its rows that are not blank. What Excel hides may be old or a draft, so it is named."""
    import openpyxl  # a quarter of what it takes to start a reader, and few files are workbooks
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on extensions of Excel that openpyxl leaves out, such as drop-down lists
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            if len(workbook.worksheets) > MAX_SHEETS:
                raise FileUnreadable(f"The workbook has more than {MAX_SHEETS} sheets.")
            for sheet in workbook.worksheets:
                if sheet.sheet_state != "visible":
                    notes.append(
                        f'The sheet "{short(str(sheet.title), 40)}" is hidden in the workbook, and was read as well.'
                    )
                yield str(sheet.title), list(_rows(sheet))
    except (*UNREADABLE, InvalidFileException) as error:
        raise FileUnreadable("The workbook is damaged: it cannot be read as XLSX.") from error


def _rows(sheet: Any) -> Iterator[Row]:
    count = 0
    last = MAX_QUESTIONS + ROWS_ABOVE + 1
    for line, values in enumerate(sheet.iter_rows(max_row=2 * last, max_col=MAX_COLUMNS, values_only=True), start=1):
        cells = [_text(value) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            count += 1
            require_few(count - ROWS_ABOVE)
            yield Row(line, cells)


def _text(value: Any) -> str:
    from openpyxl.utils.escape import unescape

    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case str():
            return str(unescape(value)).replace("\r\n", "\n")
    return str(value)


# ---- Meaning ----


def _read_sheet(title: str, rows: Sequence[Row], parsed: Parsed) -> bool:
    """Whether the sheet has a column of questions."""
    if not rows:
        return False
    if own_csv.is_own([rows[0].cells]):
        _read_own(title, rows, parsed)
        return True
    found = next(
        ((place, header) for place, row in enumerate(rows[:ROWS_ABOVE]) if (header := _header(row.cells))), None
    )
    if not found:
        if title:
            parsed.warnings.append(f'The sheet "{short(title, 40)}" has no column of questions.')
        return False
    place, header = found
    _read_table(title, rows[place + 1 :], header, parsed)
    return True


def _header(cells: Sequence[str]) -> Header | None:
    """Also where names are explained: "Answer 1 - max 75 characters". A title alone in its row names no columns."""
    if sum(bool(cell.strip()) for cell in cells) < 2:
        return None
    return read_header(cells) or read_header([ASIDE.sub("", cell) for cell in cells])


def _read_table(title: str, rows: Sequence[Row], header: Header, parsed: Parsed) -> None:
    width = len(header.names)
    whole = [Row(row.line, [*row.cells[:width], *[""] * (width - len(row.cells))]) for row in rows]
    if beside := [row.line for row in rows if len(row.cells) > width]:
        parsed.warnings.append(f"Cells beside the table were not used; the first are in {_place(title, beside[0])}.")
    filled = [row for row in whole if any(cell.strip() for place, cell in enumerate(row.cells) if place != _id(header))]
    if empty := len(whole) - len(filled):
        parsed.warnings.append(f"Rows that hold only a number, and were passed over: {empty}.")
    if PERSON_ANSWER in header.columns:
        filled = one_each(filled, header, parsed)
    parsed.warnings += unused_columns(header)
    drafts = [replace(draft_of(row, header), where=_place(title, row.line)) for row in filled]
    require_few(parsed.total + len(drafts))
    questions_from(drafts, parsed, header.numbered_from)


def _read_own(title: str, rows: Sequence[Row], parsed: Parsed) -> None:
    names = rows[0].cells
    for row in rows[1:]:
        cells = [*row.cells[: len(names)], *[""] * (len(names) - len(row.cells))]
        own_csv.read_row(dict(zip(names, cells, strict=True)), _place(title, row.line), parsed)


def _id(header: Header) -> int | None:
    return header.columns.get(ID)


def _place(title: str, line: int) -> str:
    return f'"{short(title, 40)}", row {line}' if title else f"row {line}"
