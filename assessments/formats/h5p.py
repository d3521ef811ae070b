"""H5P packages: single questions, question sets and columns of them. Only JSON and pictures are read from the archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

from assessments.formats import keyed
from assessments.formats.base import (
    FileUnreadable,
    Format,
    Parsed,
    ParsedBank,
    ParsedQuestion,
    Rejection,
    require_few,
    short,
)
from assessments.formats.h5p_types import READERS, Texts
from assessments.formats.html_text import html_to_markdown
from assessments.formats.json_text import load_json
from assessments.formats.keyed import CannotTake
from assessments.formats.pictures import Gallery, Pictures
from assessments.formats.text import decode_unicode
from assessments.formats.zip_members import ZIP, names_in, open_zip, read_member

MANIFEST, CONTENT = "h5p.json", "content/content.json"
MAX_JSON = 16 * 1024 * 1024
MAX_DEPTH = 10
LICENCES = frozenset(("", "U"))
"""``U`` is for undisclosed."""


@dataclass(frozen=True)
class Item:
    where: str
    library: str
    params: dict[str, Any]
    title: str


class H5p(Format):
    name = "h5p"
    label = "H5P packages"
    suffixes = (".h5p",)
    begins_with = ZIP

    def recognises(self, data: bytes, name: str) -> int:
        return 96 if MANIFEST in names_in(data) else 0

    def read(self, data: bytes) -> Parsed:
        with open_zip(data) as archive:
            about, content = (_json(archive, name) for name in (MANIFEST, CONTENT))
            library = _text(about.get("mainLibrary"))
            parsed = Parsed(self.name, bank=_bank(about))
            for item in _items(library, content, "content", _text(about.get("title")), 0):
                require_few(parsed.total + 1)
                _read_item(item, archive, parsed)
        if not parsed.total:
            raise FileUnreadable(
                f"The package is a {short(library, 40) or 'thing without a name'} and holds no questions."
            )
        return parsed


def _json(archive: ZipFile, name: str) -> dict[str, Any]:
    try:
        raw = load_json(decode_unicode(read_member(archive, name, limit=MAX_JSON)))
    except FileUnreadable as error:
        reason = str(error)
        raise FileUnreadable(reason if reason.startswith(name) else f"{name}: {reason}") from error
    if not isinstance(raw, dict):
        raise FileUnreadable(f"{name} in the package holds no object.")
    return raw


def _bank(about: dict[str, Any]) -> ParsedBank:
    licence = _text(about.get("license"))
    return ParsedBank(name=_text(about.get("title"))[:200], licence="" if licence in LICENCES else licence[:200])


def _items(library: str, params: Any, where: str, title: str, depth: int) -> Iterator[Item]:
    """Every question, also in sets and columns; what is neither, by its name."""
    name = library.split(" ", maxsplit=1)[0]
    params = params if isinstance(params, dict) else {}
    if depth > MAX_DEPTH:
        raise FileUnreadable("The package nests its content too deeply.")
    if name == "H5P.QuestionSet":
        found = [(f"questions[{place}]", one) for place, one in enumerate(_list(params.get("questions")))]
    elif name == "H5P.Column":
        wrapped = enumerate(_list(params.get("content")))
        found = [(f"content[{place}]", one.get("content") if isinstance(one, dict) else one) for place, one in wrapped]
    elif name == "H5P.SingleChoiceSet":
        for place, choice in enumerate(_list(params.get("choices"))):
            one = choice if isinstance(choice, dict) else {}
            yield Item(f"{where}.choices[{place}]", "H5P.SingleChoiceSet", one, "")
        return
    else:
        if name in READERS or depth or name not in SILENT:
            yield Item(where, name, params, title)
        return
    for place_name, one in found:
        inner = one if isinstance(one, dict) else {}
        about = inner.get("metadata")
        inner_title = _text(about.get("title")) if isinstance(about, dict) else ""
        yield from _items(
            _text(inner.get("library")), inner.get("params"), f"{where}.{place_name}", inner_title, depth + 1
        )


SILENT = frozenset(
    ("H5P.GreetingCard", "H5P.Accordion", "H5P.Image", "H5P.Text", "H5P.AdvancedText", "H5P.Table", "H5P.Timeline")
)
"""What asks nothing, and is no question that would have to be rejected."""


def _read_item(item: Item, archive: ZipFile, parsed: Parsed) -> None:
    if item.library in SILENT:
        parsed.warnings.append(f"{item.where} is a {item.library}, which asks nothing, and was left out.")
        return
    if item.library not in READERS:
        reason = f'Questions of the type "{short(item.library, 40) or "(none)"}" have no counterpart here.'
        parsed.rejected.append(Rejection(item.where, short(item.title), reason))
        return
    try:
        question, notes = _question(item, Gallery(lambda name: _picture(archive, name)))
    except CannotTake as reason:
        parsed.rejected.append(keyed.rejection(item.where, item.title, reason))
        return
    parsed.questions.append(question)
    parsed.warnings += [f"{item.where}: {short(note, 400)}" for note in notes]


def _question(item: Item, pictures: Pictures) -> tuple[ParsedQuestion, list[str]]:
    """With what is to be noted. Raises :class:`CannotTake`."""
    stem, draft = READERS[item.library](item.params, Texts(lambda html: html_to_markdown(html, pictures)))
    if not stem:
        raise CannotTake("There is no question text.")
    question = keyed.finished(draft, where=item.where, stem=stem, title=" ".join(item.title.split())[:200])
    return question, draft.notes


def _picture(archive: ZipFile, name: str) -> bytes | None:
    """Looked up among the names of the archive, which are no paths here."""
    inside = f"content/{name.removeprefix('./')}"
    if inside not in archive.namelist():
        return None
    try:
        return read_member(archive, inside, limit=MAX_JSON)
    except FileUnreadable:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
