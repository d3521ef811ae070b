"""What an editor is: the boxes and rows a question type is written in, and how they become content and key and back.

A new type's editor is one file beside this one, and its line in ``__init__.py``. A type without one is written as JSON.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from assessments.question_types import ContentInvalid

Kind = Literal["area", "text", "short", "check", "radio", "radios", "choice", "hidden"]
"""``radio`` is one button a row, of which one is chosen in the whole table; ``radios`` are several in one box."""
Row = dict[str, Any]
State = dict[str, Any]
"""What all boxes hold: texts and booleans by name, and for each table its rows."""
Cell = tuple[str, int, str]
"""Table, row and column; a box that stands alone is ``(its name, 0, "")``."""
WRITTEN = ("area", "text", "short", "check", "radio")


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    kind: Kind = "text"
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Table:
    name: str
    label: str
    one: str
    """What a row is called."""
    columns: tuple[Column, ...]
    help: str = ""
    spare: int = 2

    def is_blank(self, row: Row) -> bool:
        values = (row.get(column.name) for column in self.columns if column.kind in WRITTEN)
        return not any(value.strip() if isinstance(value, str) else value for value in values)

    def blank_row(self) -> Row:
        return {column.name: False if column.kind in ("check", "radio") else "" for column in self.columns}


@dataclass
class Written:
    """Content and key as the boxes say, and which box each of their places came from."""

    content: dict[str, Any] = field(default_factory=dict)
    key: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Cell] = field(default_factory=dict)

    def give(self, half: dict[str, Any], name: str, value: Any) -> None:
        """What is left empty is left out, so that the schema's own default holds."""
        if value not in ("", None, False, {}, []):
            half[name] = value


class Editor(ABC):
    settings: ClassVar[tuple[Column, ...]] = ()
    tables: ClassVar[tuple[Table, ...]] = ()
    wanting: ClassVar[dict[str, str]] = {}
    """What to say where something required is not there, by place; the schema's words speak of lists."""

    @abstractmethod
    def state(self, content: dict[str, Any], key: dict[str, Any]) -> State:
        """The boxes of a question whose content and key fit its type."""

    @abstractmethod
    def written(self, state: State) -> Written:
        """What was typed, unchecked: what is no number stays a text, and the schema says so."""

    def kept(self, state: State, name: str) -> list[tuple[int, Row]]:
        """The rows of a table that say something, with their place on the page."""
        table = next(one for one in self.tables if one.name == name)
        return [(index, row) for index, row in enumerate(state.get(name, [])) if not table.is_blank(row)]

    def cell(self, where: str, written: Written) -> Cell | None:
        """The box that a schema's place came from: the nearest that is known, and within its row the column it names."""
        parts = where.split(".")
        for length in range(len(parts), 0, -1):
            if found := written.places.get(".".join(parts[:length])):
                table = next((one for one in self.tables if one.name == found[0]), None)
                named = [column.name for column in table.columns] if table else []
                rest = parts[length : length + 1]
                return (found[0], found[1], rest[0]) if rest and rest[0] in named else found
        alone = {column.name for column in self.settings}
        return (parts[1], 0, "") if len(parts) > 1 and parts[1] in alone else None

    def reason(self, invalid: ContentInvalid) -> str:
        is_missing = invalid.reason.startswith(("This field is required", "List should have at least"))
        return self.wanting.get(invalid.where, invalid.reason) if is_missing else invalid.reason

    def with_place(self, reason: str, cell: Cell | None) -> str:
        """The reason as it stands above all boxes: with the row it is about."""
        table = next((one for one in self.tables if cell and one.name == cell[0]), None)
        return f"{table.one} {cell[1] + 1}: {reason}" if table and cell else reason


def number_of(text: str) -> int | float | str:
    """The number a text says, else the text."""
    plain = text.strip().replace(",", ".")
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return text


def text_of(value: Any) -> str:
    return "" if value is None else str(value)
