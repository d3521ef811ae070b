"""Pictures that come inside a file, as part of the text they belong to."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from assessments.domain import markup
from assessments.formats.html_text import Picture

MAX_PICTURE = 70 * 1024
"""Bytes, of all pictures of a question together: with them it is still small enough to be sent with every page."""
MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))


@dataclass
class Gallery:
    """Finds the pictures of one question, and notes those that cannot be shown."""

    find: Callable[[str], bytes | None] = lambda name: None
    notes: list[str] = field(default_factory=list)
    left: int = MAX_PICTURE

    def begin(self, notes: list[str]) -> None:
        """The next question."""
        self.notes, self.left = notes, MAX_PICTURE

    def __call__(self, source: str, description: str) -> Picture:
        if source.startswith("data:"):
            size = len(source) * 3 // 4
            if size <= self.left and markup.VALUES["src"].fullmatch(source):
                self.left -= size
                return Picture(source, description)
            return self.missing("a picture", "it is too large, or of a kind that is not shown", description)
        name = unquote(source.partition("?")[0].partition("#")[0])
        if "://" in name or name.startswith("//"):
            return self.missing(source, "it is on another site, and nothing is fetched", description)
        data = self.find(name)
        if data is None:
            return self.missing(name, "the file does not hold it", description)
        kind = kind_of(data)
        if not kind:
            return self.missing(name, "only PNG, JPEG, GIF, WebP and AVIF are shown", description)
        if len(data) > self.left:
            reason = (
                f"it has {len(data) // 1024} KB, and the pictures of a question have {MAX_PICTURE // 1024} KB together"
            )
            return self.missing(name, reason, description)
        self.left -= len(data)
        if not description.strip():
            self.note(f"The picture {short_name(name)} has no description; please write one.")
        return Picture(f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}", description)

    def missing(self, name: str, reason: str, description: str) -> Picture:
        self.note(f"The picture {short_name(name)} is left out: {reason}.")
        return Picture(words=f"[{description.strip() or short_name(name)}]")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def kind_of(data: bytes) -> str:
    """By its first bytes, not by its name; empty for what is not shown."""
    for beginning, kind in MAGIC:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "avif" if data[4:12] in (b"ftypavif", b"ftypavis") else ""


def short_name(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2][:80] or "without a name"
