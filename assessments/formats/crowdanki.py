"""Decks of Anki as CrowdAnki writes them: JSON with decks in decks, notes, and models that name the fields of notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from assessments.formats import keyed
from assessments.formats.base import (
    Beside,
    FileUnreadable,
    Format,
    Parsed,
    ParsedBank,
    Rejection,
    nothing_beside,
    require_few,
)
from assessments.formats.cards import Card, question_of
from assessments.formats.html_text import html_to_markdown
from assessments.formats.json_text import load_json
from assessments.formats.keyed import CannotTake
from assessments.formats.meaning import difficulty_of, normal_name
from assessments.formats.pictures import Gallery
from assessments.formats.text import decode_unicode

DECK = re.compile(rb'"__type__"\s*:\s*"Deck"|"crowdanki_uuid"\s*:')
FRONTS = ("front", "question", "text", "prompt")
BACKS = ("back", "answer", "backextra", "extra")
USELESS = frozenset(("tags",))
"""The note has its tags beside its fields."""
MAX_TAG = 80


class CrowdAnki(Format):
    name = "crowdanki"
    label = "CrowdAnki decks"
    suffixes = (".json",)

    def recognises(self, data: bytes, name: str) -> int:
        is_object = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
        return 94 if is_object and DECK.search(data[:20_000]) else 0

    def read(self, data: bytes) -> Parsed:
        return self.read_beside(data, nothing_beside)

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        """The deck's pictures and sounds are in the folder ``media`` beside it."""
        pictures = Gallery(lambda name: beside(f"media/{name}"))
        raw = load_json(decode_unicode(data))
        if not isinstance(raw, dict) or raw.get("__type__") != "Deck":
            raise FileUnreadable('This is no CrowdAnki deck: at its top is no "__type__": "Deck".')
        parsed = Parsed(self.name, bank=ParsedBank(name=_text(raw.get("name")), description=_about(raw)))
        models = _models(raw)
        for deck, place, note in _notes(raw, ""):
            require_few(parsed.total + 1)
            _read_note(note, place, deck, models, parsed, pictures)
        if not parsed.total:
            parsed.warnings.append("The deck holds no notes.")
        return parsed


def _read_note(
    note: Any, place: str, deck: dict[str, Any], models: dict[str, list[str]], parsed: Parsed, pictures: Gallery
) -> None:
    fields = note.get("fields") if isinstance(note, dict) else None
    if not isinstance(fields, list) or not all(isinstance(one, str) for one in fields):
        parsed.rejected.append(Rejection(place, "", "A note must be an object with its fields, which are texts."))
        return
    try:
        question, notes = question_of(replace(_card(note, fields, place, deck, models), pictures=pictures))
    except CannotTake as reason:
        parsed.rejected.append(keyed.rejection(place, fields[0] if fields else "", reason))
        return
    parsed.questions.append(question)
    parsed.warnings += [f"{place}: {one}" for one in notes]


def _card(
    note: dict[str, Any], fields: list[str], place: str, deck: dict[str, Any], models: dict[str, list[str]]
) -> Card:
    names = models.get(_text(note.get("note_model_uuid")), [])
    named = dict(zip([*names, *map(str, range(len(names), len(fields)))], fields, strict=False))
    front = next((name for name in FRONTS if name in named), next(iter(named), ""))
    back = next((name for name in BACKS if name in named and name != front), "")
    back = back or next((name for name in named if name != front), "")
    difficulty = difficulty_of(named.get("difficulty", "")) or ""
    used = {front, back, *USELESS, *(("difficulty",) if difficulty else ())}
    tags = note.get("tags")
    return Card(
        where=place,
        front=named.get(front, ""),
        back=named.get(back, ""),
        is_html=True,
        identity=_identity(note, deck),
        difficulty=difficulty,
        tags=_tags([*(tags if isinstance(tags, list) else []), _text(deck.get("name")).split("::")[-1]]),
        more=[text for name, text in named.items() if name not in used],
    )


def _identity(note: dict[str, Any], deck: dict[str, Any]) -> str:
    """With the deck's, since what writes decks by itself counts its notes from 1 in each."""
    names = [_text(deck.get("crowdanki_uuid")), _text(note.get("guid")) or _text(note.get("crowdanki_uuid"))]
    return "/".join(names) if all(names) and sum(map(len, names)) < 200 else ""


def _tags(words: list[Any]) -> tuple[str, ...]:
    cleaned = (" ".join(word.split()) for word in words if isinstance(word, str))
    return tuple(dict.fromkeys(word for word in cleaned if word and len(word) <= MAX_TAG))


def _models(deck: dict[str, Any]) -> dict[str, list[str]]:
    """The names of fields by the model's identifier. The deck at the top has the models of all."""
    found: dict[str, list[str]] = {}
    models = deck.get("note_models")
    for model in models if isinstance(models, list) else []:
        fields = model.get("flds") if isinstance(model, dict) else None
        if isinstance(fields, list) and all(isinstance(one, dict) for one in fields):
            names = [normal_name(_text(one.get("name"))) for one in fields]
            found[_text(model.get("crowdanki_uuid"))] = [
                name if name and name not in names[:place] else f"{place}" for place, name in enumerate(names)
            ]
    return found


def _notes(deck: dict[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str, Any]]:
    notes, children = deck.get("notes"), deck.get("children")
    for place, note in enumerate(notes if isinstance(notes, list) else []):
        yield deck, f"{path}notes[{place}]", note
    for place, child in enumerate(children if isinstance(children, list) else []):
        if isinstance(child, dict):
            yield from _notes(child, f"{path}children[{place}].")


def _about(deck: dict[str, Any]) -> str:
    return html_to_markdown(_text(deck.get("desc")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
