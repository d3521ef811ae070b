"""Tables of questions: CSV and TSV from spreadsheets, data sets and other programs.

Encoding, delimiter and quoting are found out; columns are matched by meaning (``meaning.py``). Places are lines of the
file as an editor counts them, also where a quoted cell spans several.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from assessments.formats import own_csv
from assessments.formats.base import (
    MAX_QUESTIONS,
    NOT_SAID,
    FileUnreadable,
    Format,
    Parsed,
    ParsedBank,
    ParsedQuestion,
    Rejection,
    Unsaid,
    require_few,
    short,
)
from assessments.formats.csv_rows import Dialect, Row, best_dialect, find_header, first_row, rows_of
from assessments.formats.headers import Header
from assessments.formats.meaning import (
    ANSWER,
    DIFFICULTY,
    ID,
    KEY,
    LIST_NAMES,
    OPTIONS,
    PERSON_ANSWER,
    STEM,
    difficulty_of,
    normal_name,
)
from assessments.formats.omitting import staying
from assessments.formats.plain_text import list_items
from assessments.formats.records import Draft, questions_from
from assessments.formats.text import decode_table

LOOKED_FOR = (
    "No column holds questions. Looked for a first row with a column named Question (or Stem, Prompt, Description, "
    "Problem), and for Answer, Option A… and Correct, Category, Difficulty, ID beside it; the first row is: {found}."
)
TEXT_FIELDS = ("stem", "answer", "type", "id", "title", "points", "tolerance", "difficulty", "explanation", "source",
               "competence", "licence")  # fmt: skip


class CsvTable(Format):
    name = "csv"
    label = "CSV or TSV"
    suffixes = (".csv", ".tsv")
    can_write = True

    def recognises(self, data: bytes, name: str) -> int:
        is_named_so = name.lower().endswith(self.suffixes)
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"<") and not is_named_so:
            return 0
        try:
            text, _ = decode_table(data[:20_000] if len(data) <= 20_000 else data[: data.rfind(b"\n", 0, 20_000) + 1])
        except FileUnreadable:
            return 5 if is_named_so else 0
        header = find_header(text, best_dialect(text))
        if header and (header[1].recognised > 1 or is_named_so):
            return 80
        return 5 * is_named_so

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        dialect = best_dialect(text)
        if own_csv.is_own(row.cells for row in islice(rows_of(text, dialect), 1)):
            _read_own(text, dialect, parsed)
            return parsed
        if not (found := find_header(text, dialect)):
            raise FileUnreadable(LOOKED_FOR.format(found=first_row(text, dialect)))
        start, header = found
        _read_table(text, dialect, start, header, parsed)
        return parsed

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return own_csv.write(questions)

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return staying(questions)


# ---- A table of somebody else's ----


def _read_table(text: str, dialect: Dialect, start: int, header: Header, parsed: Parsed) -> None:
    rows = list(islice(rows_of(text, dialect), start, start + MAX_QUESTIONS + 1))
    require_few(len(rows))
    if PERSON_ANSWER in header.columns:
        rows = one_each(rows, header, parsed)
    width, drafts = len(header.names), []
    is_tight = not any(
        cell[:1] == " " for row in rows if len(row.cells) == width and not row.fault for cell in row.cells[1:]
    )
    for row in rows:
        fitted = fit(row, header, is_tight=is_tight, delimiter=dialect.delimiter)
        if fitted.fault:
            parsed.rejected.append(
                Rejection(f"line {row.line}", short(dialect.delimiter.join(row.cells)), fitted.fault)
            )
            continue
        if len(row.cells) > width and any(cell.strip() for cell in row.cells[width:]):
            parsed.warnings.append(
                f"Line {row.line} has {len(row.cells)} cells for {width} columns; read by joining those that begin with a space."
            )
        drafts.append(draft_of(fitted, header))
    parsed.warnings += unused_columns(header)
    questions_from(drafts, parsed, header.numbered_from)
    parsed.rejected.sort(key=lambda rejection: int(rejection.where.removeprefix("line ")))


def unused_columns(header: Header) -> list[str]:
    named = ", ".join(short(name, 40) for name in header.unused[:20])
    more = len(header.unused) - 20
    return [f"Columns not used: {named}{f' and {more} more' if more > 0 else ''}."] if named else []


def fit(row: Row, header: Header, *, is_tight: bool, delimiter: str) -> Row:
    """The row with as many cells as there are columns, or with the fault that prevents it."""
    width, count = len(header.names), len(row.cells)
    if row.fault or count == width:
        return row
    if count > width and not any(cell.strip() for cell in row.cells[width:]):
        return Row(row.line, row.cells[:width])
    if count > width:
        joined = _joined(row.cells, delimiter)
        if is_tight and len(joined) == width:
            return Row(row.line, joined)
        hint = f'a cell with "{delimiter}" in it needs quotation marks around it'
        return Row(row.line, row.cells, f"{count} cells were found where the header names {width}; {hint}.")
    padded = [*row.cells, *[""] * (width - count)]
    if _is_shifted(row.cells, header):
        return Row(
            row.line,
            row.cells,
            f"{count} cells were found where the header names {width}, and it is unclear which are missing.",
        )
    return Row(row.line, padded)


def _joined(cells: Sequence[str], delimiter: str) -> list[str]:
    """Cells that begin with a space belong to the one before: people type a space after a comma, programs do not."""
    joined = list(cells[:1])
    for cell in cells[1:]:
        if cell[:1] == " ":
            joined[-1] += delimiter + cell
        else:
            joined.append(cell)
    return joined


def _is_shifted(cells: Sequence[str], header: Header) -> bool:
    """A short row is clear only where what is missing at its end may be empty, and what is there looks in its place."""
    needed = {header.columns.get(meaning) for meaning in (STEM, KEY, ANSWER, OPTIONS)} | {
        item.column for item in header.options
    }
    if any(column is not None and column >= len(cells) for column in needed):
        return True
    place = header.columns.get(DIFFICULTY)
    return place is not None and any(difficulty_of(cell) for column, cell in enumerate(cells) if column != place)


def draft_of(row: Row, header: Header) -> Draft:
    cell = {meaning: row.cells[column] for meaning, column in header.columns.items()}
    options = _option_cells(row, header) if header.options else list_items(cell.get(OPTIONS, ""))
    has_options = bool(header.options or OPTIONS in header.columns)
    key = cell.get(KEY, "") or (cell.get(ANSWER, "") if has_options else "")
    fields: dict[str, Any] = {name: cell[name] for name in TEXT_FIELDS if name in cell}
    if not has_options and not fields.get("answer", "").strip():
        fields["answer"] = cell.get(KEY, "")
    return Draft(
        where=f"line {row.line}",
        options=options,
        option_names=_option_names(header),
        distractors=tuple(row.cells[column] for column in header.distractors),
        key=key.strip(),
        tags=tuple(tag for column in header.tags for tag in _tag_cell(header.names[column], row.cells[column])),
        **fields,
    )


def _option_cells(row: Row, header: Header) -> tuple[str, ...]:
    texts = [""] * (max(option.position for option in header.options) + 1)
    for option in header.options:
        texts[option.position] = row.cells[option.column]
    return tuple(texts)


def _option_names(header: Header) -> tuple[str, ...]:
    if not header.options:
        return ()
    names = [""] * (max(option.position for option in header.options) + 1)
    for option in header.options:
        names[option.position] = header.names[option.column]
    return tuple(names)


def _tag_cell(name: str, cell: str) -> Iterable[str]:
    if normal_name(name) not in LIST_NAMES:
        return (cell,)
    return (part for chunk in cell.split(";") for piece in chunk.split("|") for part in piece.split(","))


def one_each(rows: Sequence[Row], header: Header, parsed: Parsed) -> list[Row]:
    """Of a table of people's answers, one row for each question: it is there once for everyone who answered it."""
    name, stem = header.columns.get(ID, header.columns[STEM]), header.columns[STEM]
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        has_both = len(row.cells) > max(name, stem)
        first.setdefault((row.cells[name], row.cells[stem]) if has_both else (f"line {row.line}", ""), row)
    parsed.warnings.append(
        f"This table holds people's answers: its {len(rows)} rows ask {len(first)} questions. The questions were taken, "
        "the answers were not."
    )
    return list(first.values())


# ---- Our own ----


def _read_own(text: str, dialect: Dialect, parsed: Parsed) -> None:
    rows = rows_of(text, dialect)
    names = next(rows).cells
    for row in rows:
        if row.fault or len(row.cells) != len(names):
            reason = row.fault or f"{len(row.cells)} cells were found where the header names {len(names)}."
            parsed.rejected.append(Rejection(f"line {row.line}", short(", ".join(row.cells)), reason))
            continue
        own_csv.read_row(dict(zip(names, row.cells, strict=True)), f"line {row.line}", parsed)
