"""Pictures and sounds of questions: checked, and known by what they hold.

A text shows them as ``/media/<name>``, where a name is the SHA-256 of the bytes and an ending: the same picture in twenty
questions is one file, and a name that leads to anything else cannot be made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from assessments.formats.base import Beside, Parsed, ParsedQuestion
from assessments.formats.rasters import MAX_SIDE, size_of

MAX_PICTURE = 2 * 1024 * 1024
MAX_SOUND = 8 * 1024 * 1024
MAX_TOGETHER = 12 * 1024 * 1024
"""Bytes, of one question."""
PREFIX = "/media/"
FOLDER = "media"
"""Where they lie beside a file that shows them."""
NAME = re.compile(r"[0-9a-f]{64}\.(?:png|jpg|gif|webp|avif|mp3|ogg|wav|m4a)")
SHOWN = re.compile(rf"{PREFIX}({NAME.pattern})(?![0-9A-Za-z.])")
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
}
SOUNDS = frozenset(("mp3", "ogg", "wav", "m4a"))
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
)
BRANDS = {b"avif": "avif", b"avis": "avif", b"M4A ": "m4a", b"mp42": "m4a", b"isom": "m4a", b"M4B ": "m4a"}
KINDS = "only PNG, JPEG, GIF, WebP, AVIF, MP3, Ogg, WAV and M4A are shown"


class MediaRefused(Exception):
    """These bytes are not shown. The text says why, as the end of a sentence."""


def ending_of(data: bytes) -> str:
    """By its bytes, not by its name; empty for what is not shown."""
    for beginning, ending in BEGINNINGS:
        if data.startswith(beginning):
            return ending
    if data[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return BRANDS.get(data[8:12], "")
    is_frame = len(data) > 3 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2 and data[2] & 0xF0 not in (0, 0xF0)
    return "mp3" if is_frame else ""


def name_of(data: bytes) -> str:
    """What the bytes are called here, once they are checked. Raises :class:`MediaRefused`."""
    ending = ending_of(data)
    if not ending:
        raise MediaRefused(KINDS)
    most = MAX_SOUND if ending in SOUNDS else MAX_PICTURE
    if len(data) > most:
        raise MediaRefused(f"it has {len(data) / 1024 / 1024:.1f} MB, and {most // 1024 // 1024} MB are the most")
    if ending not in SOUNDS:
        size = size_of(data, ending)
        if size is None:
            raise MediaRefused("it is damaged")
        if max(size) > MAX_SIDE:
            raise MediaRefused(f"it has {size[0]:,} × {size[1]:,} pixels, and {MAX_SIDE:,} on a side are the most")
    return f"{hashlib.sha256(data).hexdigest()}.{ending}"


def type_of(name: str) -> str:
    return TYPES[name.rpartition(".")[2]]


def is_sound(name: str) -> bool:
    return name.rpartition(".")[2] in SOUNDS


def shown_in(*values: Any) -> list[str]:
    """The names that texts show, in content, key and the like; each once."""
    return list(dict.fromkeys(name for text in _texts(values) for name in SHOWN.findall(text)))


def names_of(question: ParsedQuestion) -> list[str]:
    return shown_in(question.stem, question.content, question.key, question.explanation, _rubric_of(question))


def with_media(parsed: Parsed, beside: Beside) -> Parsed:
    """With what its own texts show, as far as it lies beside it under the name that it has here."""
    for place, question in enumerate(parsed.questions):
        found = {
            name: data for name in names_of(question) if (data := beside(f"{FOLDER}/{name}")) and is_named(data, name)
        }
        if found:
            parsed.questions[place] = replace(question, media=found)
    return parsed


def is_named(data: bytes, name: str) -> bool:
    try:
        return name_of(data) == name
    except MediaRefused:
        return False


def _rubric_of(question: ParsedQuestion) -> list[str]:
    criteria = question.rubric.criteria if question.rubric else ()
    return [text for one in criteria for text in (one.description, *(level.description for level in one.levels))]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
