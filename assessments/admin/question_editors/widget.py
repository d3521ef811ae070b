"""The boxes and rows of an editor on a page, and what comes back from them. Plain HTML: nothing here needs a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.template.loader import render_to_string

from assessments.admin.question_editors.base import Cell, Column, Editor, Row, State, Table

TEMPLATE = "admin/assessments/question/_editor.html"
MOST_POSTED = 400
FEWEST_LINES, MOST_LINES = 1, 16


class EditorWidget(forms.Widget):
    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self.editor = editor
        self.problems: dict[Cell, str] = {}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> State:
        state: State = {
            column.name: posted_value(column, data, f"{name}-{column.name}") for column in self.editor.settings
        }
        for table in self.editor.tables:
            start = f"{name}-{table.name}"
            state[table.name] = [
                posted_row(table, data, start, index) for index in range(rows_in(data, f"{start}-rows"))
            ]
        return state

    def id_for_label(self, id_: str) -> str:
        """It is many boxes, each with a label of its own."""
        return ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        state = value or {}
        return render_to_string(
            TEMPLATE,
            {
                "name": name,
                "tables": [self._table(table, name, state) for table in self.editor.tables],
                "settings": [self._setting(column, name, state) for column in self.editor.settings],
                "has_tables": bool(self.editor.tables),
                "again": f"{name.removesuffix('editor')}again",
                "mode": f"{name.removesuffix('editor')}mode",
            },
        )

    def _table(self, table: Table, name: str, state: State) -> dict[str, Any]:
        rows = state.get(table.name, [])
        start = f"{name}-{table.name}"
        return {
            "table": table,
            "name": start,
            "count": len(rows),
            "headings": [column for column in table.columns if column.kind != "hidden"],
            "rows": [
                [self._cell(table, column, start, index, row) for column in table.columns]
                for index, row in enumerate(rows)
            ],
        }

    def _cell(self, table: Table, column: Column, start: str, index: int, row: Row) -> dict[str, Any]:
        is_shared = column.kind == "radio"
        return box(
            column,
            name=f"{start}-{column.name}" if is_shared else f"{start}-{index}-{column.name}",
            id_=f"id_{start}-{index}-{column.name}",
            value=row.get(column.name, ""),
            problem=self.problems.get((table.name, index, column.name), ""),
            row=f"{table.one} {index + 1}",
            index=index,
        )

    def _setting(self, column: Column, name: str, state: State) -> dict[str, Any]:
        own = f"{name}-{column.name}"
        problem = self.problems.get((column.name, 0, ""), "")
        return box(column, name=own, id_=f"id_{own}", value=state.get(column.name, ""), problem=problem)


def box(
    column: Column, *, name: str, id_: str, value: Any, problem: str, row: str = "", index: int = 0
) -> dict[str, Any]:
    lines = str(value).count("\n") + 1 + len(str(value)) // 90
    return {
        "column": column,
        "name": name,
        "id": id_,
        "value": value,
        "problem": problem,
        "row": row,
        "index": index,
        "lines": min(max(lines, FEWEST_LINES), MOST_LINES),
    }


def posted_row(table: Table, data: Any, start: str, index: int) -> Row:
    row: Row = {}
    for column in table.columns:
        if column.kind == "radio":
            row[column.name] = data.get(f"{start}-{column.name}") == str(index)
        else:
            row[column.name] = posted_value(column, data, f"{start}-{index}-{column.name}")
    return row


def posted_value(column: Column, data: Mapping[str, Any], name: str) -> str | bool:
    if column.kind == "check":
        return name in data
    return str(data.get(name, "")).replace("\r\n", "\n").replace("\r", "\n")


def rows_in(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    return min(int(text), MOST_POSTED) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def as_a_browser_sends(editor: Editor, state: State) -> State:
    """What would come back of these boxes: a field of one line has no line breaks, and others have one spelling of them."""

    def sent(column: Column, value: Any) -> Any:
        if not isinstance(value, str) or column.kind in ("hidden", "choice", "radios"):
            return value
        lines = value.replace("\r\n", "\n").replace("\r", "\n")
        return lines if column.kind == "area" else lines.replace("\n", "")

    boxes = {column.name: sent(column, state[column.name]) for column in editor.settings}
    tables = {
        table.name: [
            {column.name: sent(column, row[column.name]) for column in table.columns} for row in state[table.name]
        ]
        for table in editor.tables
    }
    return {**boxes, **tables}


def with_spare_rows(editor: Editor, state: State, *, more: int = 0) -> State:
    spare = {
        table.name: [*state[table.name], *(table.blank_row() for _ in range(more or table.spare))]
        for table in editor.tables
    }
    return {**state, **spare}
