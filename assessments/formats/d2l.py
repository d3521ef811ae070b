"""Question tables of D2L Brightspace, one question over many rows: ``NewQuestion,MC``, ``Title,…``, ``Option,100,…``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats import keyed
from assessments.formats.base import Beside, Format, Parsed, ParsedQuestion, nothing_beside, require_few, short
from assessments.formats.csv_rows import Dialect, Row, rows_of
from assessments.formats.html_text import html_to_markdown, plain_to_markdown, tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft, Shared, share_of
from assessments.formats.pictures import Gallery
from assessments.formats.text import decode_table
from assessments.question_types.choices import letter

BEGIN = "newquestion"
FIRST_ROW = re.compile(rb'^(?:\xef\xbb\xbf)?[ \t]*"?NewQuestion"?[ \t]*,', re.IGNORECASE | re.MULTILINE)
ONCE = frozenset(
    (BEGIN, "id", "title", "questiontext", "points", "difficulty", "image", "scoring", "hint", "feedback", "answerkey",
     "initialtext", "inputbox")
)  # fmt: skip
ROWS_OF = {
    "WR": frozenset(),
    "SA": frozenset(("answer",)),
    "M": frozenset(("choice", "match")),
    "MC": frozenset(("option",)),
    "TF": frozenset(("true", "false")),
    "MS": frozenset(("option",)),
    "O": frozenset(("item",)),
}
MULTIPLE_SCORING = {
    "rightanswers": "per_option",
    "correctanswers": "per_option",
    "allornothing": "all_or_nothing",
    "rightminuswrong": "right_minus_wrong",
}


@dataclass
class Found:
    """The rows of one question."""

    line: int
    kind: str
    once: dict[str, list[str]] = field(default_factory=dict)
    rows: list[tuple[str, list[str]]] = field(default_factory=list)
    fault: str = ""

    def cell(self, label: str) -> str:
        return next(iter(self.once.get(label, [])), "")

    def text(self, label: str) -> str:
        return markdown(self.once.get(label, []), 0)


class D2l(Format):
    name = "d2l"
    label = "D2L Brightspace tables"
    suffixes = (".csv",)

    def recognises(self, data: bytes, name: str) -> int:
        return 97 if FIRST_ROW.search(data[:100_000]) else 0

    def read(self, data: bytes) -> Parsed:
        return self.read_beside(data, nothing_beside)

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        """Rows ``Image`` name pictures that lie beside the table."""
        pictures = Gallery(beside)
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        notes: Counter[str] = Counter()
        for found in _questions(rows_of(text, Dialect(",")), notes):
            require_few(parsed.total + 1)
            try:
                parsed.questions.append(_question(found, notes, pictures))
            except CannotTake as reason:
                title = found.cell("title") or found.cell("questiontext")
                parsed.rejected.append(keyed.rejection(f"line {found.line}", title, reason))
        parsed.warnings += [f"{note} ({count})." for note, count in notes.items()]
        if not parsed.total:
            parsed.warnings.append("The file holds no questions.")
        return parsed


def _questions(rows: Iterable[Row], notes: Counter[str]) -> Iterator[Found]:
    found: Found | None = None
    for row in rows:
        cells = [cell.strip() for cell in row.cells]
        label = cells[0].lower().removeprefix("\ufeff") if cells else ""
        if label == BEGIN:
            if found:
                yield found
            found = Found(row.line, cells[1].upper() if len(cells) > 1 else "")
        elif label.startswith("//") or not (label or row.fault):
            continue
        elif not found:
            notes["Rows before the first question were not used"] += 1
        elif row.fault:
            found.fault = found.fault or f"Line {row.line}: {row.fault}"
        else:
            _add(found, label, cells[1:], row.line, notes)
    if found:
        yield found


def _add(found: Found, label: str, cells: list[str], line: int, notes: Counter[str]) -> None:
    if label in ONCE:
        if label in found.once and label != "inputbox":
            found.fault = found.fault or f"Line {line}: there are two rows {short(label, 20)} in one question."
        found.once[label] = cells
    elif label in ROWS_OF.get(found.kind, {label}):
        found.rows.append((label, cells))
    else:
        notes[f"Rows named {short(label, 30)} were not used"] += 1


# ---- One question ----


def _question(found: Found, notes: Counter[str], pictures: Gallery) -> ParsedQuestion:
    if found.fault:
        raise CannotTake(found.fault)
    if found.kind not in READERS:
        known = ", ".join(READERS)
        raise CannotTake(f'Questions of the type "{short(found.kind, 20)}" are not known; known are {known}.')
    if not (stem := found.text("questiontext")):
        raise CannotTake("There is no question text.")
    draft = READERS[found.kind](found)
    if picture := found.cell("image"):
        stem = f"{tree_to_markdown([Node('img', {'src': picture})], pictures)}\n\n{stem}"
    if found.cell("initialtext"):
        notes["Texts to begin an answer with were not used"] += 1
    if hint := found.text("hint"):
        draft.remarks.insert(0, f"- Hint: {hint}")
    question = keyed.finished(
        draft,
        where=f"line {found.line}",
        stem=stem,
        explanation=found.text("feedback"),
        identity=found.cell("id"),
        title=" ".join(found.cell("title").split()),
        points=_points(found.cell("points")),
        difficulty=_difficulty(found.cell("difficulty")),
    )
    for note in draft.notes:
        notes[note.rstrip(".")] += 1
    return question


def markdown(cells: list[str], place: int, flag: int | None = None) -> str:
    """A cell's text; the cell after it, or the one named, says whether it is HTML."""
    if place >= len(cells):
        return ""
    flag = place + 1 if flag is None else flag
    is_html = flag < len(cells) and cells[flag].upper() == "HTML"
    return html_to_markdown(cells[place]) if is_html else plain_to_markdown(cells[place])


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _points(words: str) -> Decimal:
    points = Decimal(keyed.decimal(words)) if words else Decimal(1)
    if points < 0:
        raise CannotTake(f'The points "{short(words, 30)}" are below 0.')
    return points


def _difficulty(words: str) -> str:
    """Brightspace counts from 1 to 10."""
    if not re.fullmatch(r"[0-9]{1,2}", words) or not 1 <= int(words) <= 10:
        return ""
    return "easy" if int(words) <= 3 else "medium" if int(words) <= 7 else "hard"


def _single(found: Found) -> Draft:
    return keyed.choice(
        [Shared(markdown(row, 1), share_of(_cell(row, 0)), markdown(row, 3)) for _, row in found.rows], is_single=True
    )


def _multiple(found: Found) -> Draft:
    named = found.cell("scoring").lower()
    options = [(markdown(row, 1), share_of(_cell(row, 0)) > 0, markdown(row, 3)) for _, row in found.rows]
    right = sum(is_right for _, is_right, _ in options)
    draft = keyed.choice(
        [Shared(text, Fraction(is_right, right or 1), feedback) for text, is_right, feedback in options],
        is_single=False,
    )
    keyed.scored_by(draft, MULTIPLE_SCORING.get(named, "all_or_nothing"))
    if named == "rightminuswrong":
        draft.notes.append("Right minus wrong counts options as it does here, not as Brightspace does")
    return draft


def _true_false(found: Found) -> Draft:
    rows = dict(found.rows)
    shares = {label: share_of(_cell(row, 0)) for label, row in rows.items()}
    if sorted(share > 0 for share in shares.values()) != [False, True]:
        raise CannotTake("One of TRUE and FALSE must have points, and not both.")
    feedback = {label: text for label, row in rows.items() if (text := markdown(row, 1))}
    return Draft("true_false", {}, {"value": shares["true"] > 0, **({"feedback": feedback} if feedback else {})})


def _short(found: Found) -> Draft:
    answers = [(_cell(row, 1), share_of(_cell(row, 0)), _cell(row, 2).lower()) for _, row in found.rows]
    plain = [(text, share, "") for text, share, _ in answers]
    draft = keyed.short_text(plain, wildcards=False)
    kept = [how for text, share, how in answers if share > 0 and text.strip()]
    for accepted, how in zip(draft.key["accepted"], kept, strict=True):
        if how == "regexp":
            accepted["match"] = "regex"
        elif how == "sensitive":
            accepted["case_sensitive"] = True
    return draft


def _long(found: Found) -> Draft:
    answer = found.text("answerkey")
    return Draft("long_text", {}, {"model_answer": answer} if answer else {})


def _matching(found: Found) -> Draft:
    choices = {_cell(row, 0): markdown(row, 1) for label, row in found.rows if label == "choice"}
    matches = [(_cell(row, 0), markdown(row, 1)) for label, row in found.rows if label == "match"]
    for number, text in matches:
        if number not in choices:
            raise CannotTake(f'"{short(text, 40)}" matches choice {short(number, 10)}, which there is not.')
    draft = keyed.matching(
        [*(("", text) for text in choices.values()), *((text, choices[number]) for number, text in matches)]
    )
    if found.cell("scoring").lower() == "allornothing":
        draft.key["scoring"] = "all_or_nothing"
    elif found.cell("scoring").lower() == "rightminuswrong":
        draft.notes.append("Points taken away for wrong pairs are 0 here")
    return draft


def _ordering(found: Found) -> Draft:
    items = [{"id": letter(place).lower(), "text": markdown(row, 0)} for place, (_, row) in enumerate(found.rows)]
    if len(items) < 2:
        raise CannotTake("Ordering needs at least two items.")
    is_whole = found.cell("scoring").lower() == "allornothing"
    draft = Draft(
        "ordering",
        {"items": items},
        {"order": [item["id"] for item in items], "scoring": "all_or_nothing" if is_whole else "per_position"},
    )
    draft.remarks = [f"- {markdown(row, 0)}: {text}" for _, row in found.rows if (text := markdown(row, 2))]
    if found.cell("scoring").lower() == "rightminuswrong":
        draft.notes.append("Points taken away for wrong positions are 0 here")
    return draft


READERS: dict[str, Callable[[Found], Any]] = {
    "WR": _long,
    "SA": _short,
    "M": _matching,
    "MC": _single,
    "TF": _true_false,
    "MS": _multiple,
    "O": _ordering,
}
