"""Which format a file is in, by what it holds. The name only settles what the content leaves open."""

from __future__ import annotations

from assessments.formats import all_formats
from assessments.formats.base import FileUnreadable, Format
from assessments.formats.zip_members import ZIP, open_zip

NOT_READ = {
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\xff\xd8\xff": "a picture",
    b"\x89PNG": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"BZh": "an archive packed by bzip2",
    b"\xfd7zXZ": "an archive packed by xz",
}
"""By how the file begins."""

IN_ZIP = {
    "word/": "a Word document; save it as text",
    "ppt/": "a PowerPoint presentation; save it as text",
    "xl/": "a workbook of another kind; save it as XLSX",
    "collection.anki2": "an Anki package; export it as text",  # and .anki21, .anki21b
    "META-INF/manifest.xml": "an OpenDocument file; save it as text, or a sheet as CSV",
}
"""By the beginning of a member's path."""

SURE = 50
"""Archives are for formats that know them for their own; a table is not guessed from one."""


def detect(data: bytes, name: str) -> Format:
    """Raises :class:`FileUnreadable` where no format takes the file for its own."""
    if not data.strip():
        raise FileUnreadable("The file is empty.")
    sureness, best = surest(data, name)
    if sureness < SURE:
        if data.startswith(ZIP):
            raise FileUnreadable(_about_zip(data))
        for beginning, what in NOT_READ.items():
            if data.startswith(beginning):
                raise FileUnreadable(f"This is {what}, which is not among the formats read: {_labels()}.")
    if sureness <= 0:
        what = "XML" if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "not recognised"
        raise FileUnreadable(f"The content is {what}; the formats read are {_labels()}.")
    return best


def surest(data: bytes, name: str) -> tuple[int, Format]:
    known = all_formats().values()
    asked = [item for item in known if data.startswith(item.begins_with)] or [
        item for item in known if not item.begins_with
    ]
    return max(((item.recognises(data, name), item) for item in asked), key=lambda pair: pair[0])


def _about_zip(data: bytes) -> str:
    """What an archive is that no format takes. Raises :class:`FileUnreadable` with the reason why it is not opened."""
    names = open_zip(data).namelist()
    if not names:
        return "The ZIP archive holds no files."
    for beginning, what in IN_ZIP.items():
        if any(name.startswith(beginning) for name in names):
            return f"This is {what}."
    return f"This is a ZIP archive, which is not among the formats read: {_labels()}."


def _labels() -> str:
    return ", ".join(item.label for item in all_formats().values())
