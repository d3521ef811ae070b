"""Finding the pictures of a text while it is read.

What is found stays in the text as a ``data:`` address, what is not as the reason; :mod:`assessments.formats.settling` takes
both out of the finished question, so that there is one way in for all formats.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_to_bytes

from assessments.formats.base import Beside, nothing_beside
from assessments.formats.media import KINDS, MAX_SOUND, SHOWN, MediaRefused, name_of, type_of

MISSING = "\ufdefmissing:"
"""Begins the address of what a file lacks; a noncharacter, which no text holds. The reason follows."""


@dataclass(frozen=True)
class Picture:
    """What stands for a picture or a sound of the source: an address, or words alone."""

    source: str = ""
    words: str = ""


Pictures = Callable[[str, str], Picture]
"""From an address and a description."""


@dataclass(frozen=True)
class Gallery:
    """What shows the pictures of a text: inside the file, or beside it."""

    find: Beside = nothing_beside

    def __call__(self, source: str, description: str) -> Picture:
        if SHOWN.fullmatch(source):
            return Picture(source, description)
        if source.startswith("data:"):
            data = data_of(source)
            return absent("", KINDS, description) if data is None else embedded(data, "", description)
        name = unquote(source.partition("?")[0].partition("#")[0])
        if "://" in name or name.startswith("//"):
            return absent(source, "it is on another site, and nothing is fetched", description)
        data = self.find(name)
        if data is None:
            return absent(name, "the file does not hold it", description)
        return embedded(data, name, description)


def embedded(data: bytes, name: str, description: str) -> Picture:
    """As a ``data:`` address, which :func:`settled` takes out of the text again."""
    try:
        address = name_of(data)
    except MediaRefused as reason:
        return absent(name, str(reason), description)
    return Picture(f"data:{type_of(address)};base64,{base64.b64encode(data).decode('ascii')}", description)


def absent(name: str, reason: str, description: str) -> Picture:
    return Picture(f"{MISSING}{quote(f'{short_name(name)}: {reason}')}", description.strip() or short_name(name))


def data_of(source: str) -> bytes | None:
    """The bytes of a ``data:`` address; ``None`` where it is broken."""
    head, comma, body = source.partition(",")
    if not comma or len(body) > 2 * MAX_SOUND:
        return None
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode("".join(unquote(body).split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def short_name(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2][:80] or "a picture"
