"""Parley's own table, for editing questions in a spreadsheet without losing any of them.

What most questions have is in columns; what few have (feedback, partial credit, units, a rubric) is JSON in the last
one, to be left alone. Told from other tables by its first row; text is then taken as it is, as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from assessments.formats.base import FileUnreadable, FileUnwritable, Parsed, ParsedQuestion, Rejection, short
from assessments.formats.document import in_order, number, parse_question, rubric_of
from assessments.formats.json_text import load_json
from assessments.formats.keys import letter
from assessments.formats.own_json import dump_json
from interview_project.tables import unguarded, write_table

BEFORE = ("id", "type", "title", "question")
AFTER = (
    "answer",
    "tolerance",
    "points",
    "difficulty",
    "tags",
    "source",
    "competence",
    "explanation",
    "licence",
    "settings",
)
OPTION = re.compile(r"option_([a-z]{1,2})")
HALVES = ("content", "key")
MAX_OPTIONS = 26
"""More go into the settings: a table of hundreds of columns helps nobody."""
PLAIN_FIELDS = ("title", "difficulty", "source", "competence", "explanation", "licence")


def is_own(first_rows: Iterable[Sequence[str]]) -> bool:
    for names in first_rows:
        middle = names[len(BEFORE) : -len(AFTER)]
        return (
            tuple(names[: len(BEFORE)]) == BEFORE
            and tuple(names[-len(AFTER) :]) == AFTER
            and all(OPTION.fullmatch(name) for name in middle)
        )
    return False


# ---- Reading ----


def read_row(cells: dict[str, str], where: str, parsed: Parsed) -> None:
    question = _question({name: unguarded(cell) for name, cell in cells.items()}, where)
    if isinstance(question, Rejection):
        parsed.rejected.append(question)
    else:
        parsed.questions.append(question)


def _question(cells: dict[str, str], where: str) -> ParsedQuestion | Rejection:
    try:
        settings = load_json(cells["settings"] or "{}")
    except FileUnreadable as error:
        return Rejection(where, short(cells["question"]), f"The settings cannot be read: {error}")
    if not isinstance(settings, dict) or not all(isinstance(settings.get(half, {}), dict) for half in HALVES):
        return Rejection(where, short(cells["question"]), "The settings are not as they were written.")
    content, key = _content_and_key(cells)
    fields = {name: cells[name] for name in PLAIN_FIELDS} | {
        "id": cells["id"],
        "type": cells["type"],
        "stem": cells["question"],
        "content": content | settings.get("content", {}),
        "key": key | settings.get("key", {}),
        "points": cells["points"] or "1",
        "tags": _split(cells["tags"]),
        "rubric": settings.get("rubric"),
    }
    return parse_question(fields, where=where)


def _content_and_key(cells: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """As the columns say; what does not fit the type is found out when the question is checked."""
    answer = cells["answer"]
    options = {match[1]: text for name, text in cells.items() if (match := OPTION.fullmatch(name)) and text}
    content = {"options": [{"id": name, "text": text} for name, text in options.items()]} if options else {}
    if not answer:
        return content, {}
    match cells["type"]:
        case "single_choice":
            return content, {"option": answer.strip()}
        case "multiple_choice":
            return content, {"options": [part.strip() for part in _split(answer)]}
        case "true_false":
            return content, {"value": {"true": True, "false": False}.get(answer.strip().lower(), answer)}
        case "numeric":
            tolerance = {"tolerance": cells["tolerance"]} if cells["tolerance"] else {}
            return content, {"accepted": [{"value": answer, **tolerance}]}
        case "short_text":
            return content, {"accepted": [{"text": text} for text in _split(answer)]}
        case _:
            return content, {"model_answer": answer}


# ---- Writing ----


def write(questions: Sequence[ParsedQuestion]) -> bytes:
    rows = [_row(question) for question in questions]
    count = max((sum(OPTION.fullmatch(name) is not None for name in row) for row in rows), default=0)
    names = [*BEFORE, *(f"option_{letter(place).lower()}" for place in range(count)), *AFTER]
    table = write_table(names, ([row.get(name, "") for name in names] for row in rows), texts_hold_numbers=True)
    try:
        return table.encode("utf-8-sig")  # the mark is what makes Excel read UTF-8
    except UnicodeEncodeError as error:
        raise FileUnwritable(f"A text cannot be written: {error}.") from error


def _row(question: ParsedQuestion) -> dict[str, str]:
    """A cell for each column; what the columns cannot say is in ``settings``, and in no column then."""
    cells = {
        "id": question.identity,
        "type": question.type,
        "question": question.stem,
        "points": str(number(question.points)),
        "tags": "\n".join(sorted(set(question.tags))),
        **{name: getattr(question, name) for name in PLAIN_FIELDS},
    }
    columns = _option_cells(question) | _answer_cells(question)
    content, key = _content_and_key(dict.fromkeys(("answer", "tolerance"), "") | cells | columns)
    if content.get("options") != question.content.get("options"):
        columns = {name: cell for name, cell in columns.items() if not OPTION.fullmatch(name)}
        content = {}
    if any(question.key.get(name) != value for name, value in key.items()):
        columns |= {"answer": "", "tolerance": ""}
        key = {}
    settings = {
        "content": {name: value for name, value in question.content.items() if name not in content},
        "key": {name: value for name, value in question.key.items() if name not in key},
        "rubric": rubric_of(question.rubric) if question.rubric else None,
    }
    said = {name: in_order(value) for name, value in settings.items() if value}
    return cells | columns | {"settings": dump_json(said) if said else ""}


def _option_cells(question: ParsedQuestion) -> dict[str, str]:
    options = question.content.get("options", ())
    is_plain = all(isinstance(option, dict) and isinstance(option.get("text"), str) for option in options)
    if not is_plain or len(options) > MAX_OPTIONS:
        return {}
    return {f"option_{letter(place).lower()}": option["text"] for place, option in enumerate(options)}


def _answer_cells(question: ParsedQuestion) -> dict[str, str]:
    key = question.key
    accepted = key.get("accepted")
    first = accepted[0] if isinstance(accepted, list) and accepted and isinstance(accepted[0], dict) else {}
    match question.type:
        case "single_choice":
            return {"answer": _cell(key.get("option"))}
        case "multiple_choice":
            return {"answer": "\n".join(map(_cell, key.get("options", ())))}
        case "true_false":
            return {"answer": _cell(key.get("value")).lower()}
        case "numeric":
            return {"answer": _cell(first.get("value")), "tolerance": _cell(first.get("tolerance"))}
        case "short_text":
            return {"answer": "\n".join(_cell(one.get("text")) for one in accepted or () if isinstance(one, dict))}
        case _:
            return {"answer": _cell(key.get("model_answer"))}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _split(cell: str) -> list[str]:
    return [part for part in cell.replace("\r\n", "\n").split("\n") if part.strip()]
