"""Which format a file is in, by what it holds. The name only settles what the content leaves open."""

from __future__ import annotations

from assessments.formats import all_formats
from assessments.formats.base import FileUnreadable, Format

ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}

SURE = 50
"""Archives are for formats that know them for their own; a table is not guessed from one."""


def detect(data: bytes, name: str) -> Format:
    """Raises :class:`FileUnreadable` where no format takes the file for its own."""
    if not data.strip():
        raise FileUnreadable("The file is empty.")
    sureness, best = max(
        ((item.recognises(data, name), item) for item in all_formats().values()), key=lambda pair: pair[0]
    )
    if sureness < SURE:
        for beginning, what in ARCHIVES.items():
            if data.startswith(beginning):
                raise FileUnreadable(f"This is {what}, which is not among the formats read: {_labels()}.")
    if sureness <= 0:
        what = "XML" if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "not recognised"
        raise FileUnreadable(f"The content is {what}; the formats read are {_labels()}.")
    return best


def _labels() -> str:
    return ", ".join(item.label for item in all_formats().values())
