"""Lists of people to invite, as they are typed, pasted from a spreadsheet or written to a CSV file."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

SEPARATORS = re.compile(r"[,;\t]")
MAIL_HEADING = re.compile(r"(e-?mail|mail)([ _-]?address)?", re.IGNORECASE)
NAME_HEADING = re.compile(r"((full|first|last|given|family|candidate)[ _-]?)?name|surname|candidate", re.IGNORECASE)
IN_BRACKETS = re.compile(r"(?P<name>.*?)<(?P<email>[^<>]*)>\s*")


# Not those that join letters, which names are written with.
UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def as_seen(text: str) -> str:
    """Without what nobody sees: it comes along from spreadsheets and address books, makes a second person of one, and turns
    the words behind it around."""
    return UNSEEN.sub("", text)


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    email: str
    name: str
    problem: str = ""
    note: str = ""

    @property
    def is_new(self) -> bool:
        return not self.problem and not self.note


def read_people(text: str) -> list[Line]:
    """Every line that says something, numbered as in the list, with what is wrong with it."""
    numbered = enumerate(as_seen(text).splitlines(), 1)
    return read_lines([(number, line.strip()) for number, line in numbered if line.strip()])


def read_lines(texts: list[tuple[int, str]]) -> list[Line]:
    """Where the first line names the columns, as spreadsheets have it, only names and addresses are taken from the others."""
    headings = Headings.of(texts[0][1]) if texts else None
    if headings is None:
        return [read_line(number, text) for number, text in texts]
    return [headings.read(number, text) for number, text in texts[1:]]


@dataclass(frozen=True)
class Headings:
    separator: str
    email: int
    names: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Headings | None:
        separator = SEPARATORS.search(text)
        cells = _cells(text, separator[0] if separator else ",")
        emails = [place for place, cell in enumerate(cells) if MAIL_HEADING.fullmatch(cell)]
        if len(emails) != 1:
            return None
        names = tuple(place for place, cell in enumerate(cells) if NAME_HEADING.fullmatch(cell))
        return cls(separator[0] if separator else ",", emails[0], names)

    def read(self, number: int, text: str) -> Line:
        cells = _cells(text, self.separator)
        email = cells[self.email] if self.email < len(cells) else ""
        name = " ".join(cells[place] for place in self.names if place < len(cells) and cells[place])
        return Line(number, text, email, name, problem=_problem([email] if email else [], name))


def _cells(text: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([text], delimiter=separator), [])
    except csv.Error:  # a cell of more than 131,072 characters; what is too long is said of the line
        cells = text.split(separator)
    return [cell.strip() for cell in cells]


def read_line(number: int, text: str) -> Line:
    bracketed = IN_BRACKETS.fullmatch(text)
    cells = [bracketed["name"], bracketed["email"]] if bracketed else SEPARATORS.split(text)
    parts = [part.strip().strip("\"'").strip() for part in cells]
    addresses = [part for part in parts if "@" in part]
    name = " ".join(part for part in parts if part and part not in addresses)
    email = addresses[0] if addresses else ""
    return Line(number, text, email, name, problem=_problem(addresses, name))


def _problem(addresses: list[str], name: str) -> str:
    if len(addresses) != 1:
        return "There is no mail address." if not addresses else "There is more than one mail address."
    try:
        validate_email(addresses[0])
    except ValidationError:
        return f"“{addresses[0]}” is not a mail address."
    if len(name) > 200:
        return "The name is longer than 200 characters."
    return ""
