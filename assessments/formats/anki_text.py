"""Notes of Anki exported as text: front, tab, back, and lines such as ``#html:true`` before them that say what is what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assessments.formats import keyed
from assessments.formats.base import Format, Parsed, Rejection, require_few, short
from assessments.formats.cards import Card, question_of
from assessments.formats.csv_rows import Dialect, Row, rows_of
from assessments.formats.headers import read_header
from assessments.formats.keyed import CannotTake
from assessments.formats.text import decode_table

SETTING = re.compile(r"#([a-z ]{1,30}):(.*)", re.IGNORECASE)
FIRST_SETTING = re.compile(
    rb"^(?:\xef\xbb\xbf)?#(?:separator|html|tags column|notetype|deck|columns|guid column):", re.IGNORECASE
)
SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":"}
MARKUP = re.compile(
    r"</?(?:br|div|p|b|i|u|span|img|ul|ol|li|table|code|pre|sub|sup|strong|em)\b[^<>]*>|&(?:nbsp|lt|gt|amp);",
    re.IGNORECASE,
)
SPECIAL = ("guid", "notetype", "deck", "tags")


@dataclass
class Settings:
    separator: str = "\t"
    is_html: bool | None = None
    columns: dict[str, int] = field(default_factory=dict)
    """Which column is no field of the note; from 0."""


class AnkiText(Format):
    name = "anki"
    label = "Anki notes as text"
    suffixes = (".txt", ".tsv")

    def recognises(self, data: bytes, name: str) -> int:
        if FIRST_SETTING.match(data):
            return 95
        lines = [line for line in data[:20_000].split(b"\n")[:-1] or [data[:20_000]] if line.strip()]
        tabs = {line.count(b"\t") for line in lines}
        if b"\0" in data[:20_000] or len(lines) < 2 or len(tabs) != 1 or not 1 <= tabs.pop() <= 2:
            return 0
        is_headed = read_header(lines[0].decode("utf-8", "replace").split("\t"))
        return 0 if is_headed else 50

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        settings, body, above = _settings(text)
        if settings.is_html is None:
            settings.is_html = bool(MARKUP.search(body))
        for row in rows_of(body, Dialect(settings.separator)):
            require_few(parsed.total + 1)
            _read_row(row, above, settings, parsed)
        if not parsed.total:
            parsed.warnings.append("The file holds no notes.")
        return parsed


def _settings(text: str) -> tuple[Settings, str, int]:
    """Also the rest, and how many lines were before it."""
    settings, above = Settings(), 0
    while match := SETTING.match(text):
        line = match[0].rstrip("\r")
        name, value = match[1].strip().lower(), match[2].strip()
        if name == "separator":
            settings.separator = SEPARATORS.get(value.lower(), value[:1] if len(value) == 1 else "\t")
        elif name == "html":
            settings.is_html = value.lower() == "true"
        elif name.endswith(" column") and value.isascii() and value.isdigit():
            settings.columns[name.removesuffix(" column")] = int(value[:4]) - 1
        text, above = text[len(line) :].lstrip("\r").removeprefix("\n"), above + 1
    return settings, text, above


def _read_row(row: Row, above: int, settings: Settings, parsed: Parsed) -> None:
    where = f"line {row.line + above}"
    if row.fault:
        parsed.rejected.append(Rejection(where, "", row.fault))
        return
    special = {name: place for name, place in settings.columns.items() if name in SPECIAL and place < len(row.cells)}
    fields = [cell for place, cell in enumerate(row.cells) if place not in special.values()]
    if len(fields) < 2:
        parsed.rejected.append(
            Rejection(where, short("".join(fields)), "A note needs a front and a back, with a tab between.")
        )
        return
    tags = row.cells[special["tags"]].split() if "tags" in special else []
    deck = row.cells[special["deck"]].split("::")[-1] if "deck" in special else ""
    card = Card(
        where=where,
        front=fields[0],
        back=fields[1],
        is_html=bool(settings.is_html),
        identity=row.cells[special["guid"]].strip() if "guid" in special else "",
        tags=tuple(dict.fromkeys(tag for tag in (*tags, " ".join(deck.split())) if tag)),
        more=fields[2:],
    )
    try:
        question, notes = question_of(card)
    except CannotTake as reason:
        parsed.rejected.append(keyed.rejection(where, fields[0], reason))
        return
    parsed.questions.append(question)
    parsed.warnings += [f"{where}: {note}" for note in notes]
