"""Packages: a ZIP archive (also under the names .imscc and .imscp) whose question files are read one by one.

Nothing is ever unpacked to disk. Members are read into memory up to a limit, whatever the archive says of their size;
paths that lead outside, links, encrypted members and archives within the archive are refused or left alone.
"""

from __future__ import annotations

import posixpath
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from assessments import formats
from assessments.formats.base import FileUnreadable, Format, Parsed, require_few, short
from assessments.formats.media import MAX_PICTURE, Gallery
from assessments.formats.qti import documents
from assessments.formats.xml_text import parse_xml, root_name
from assessments.formats.zip_members import BROKEN, names_in, open_zip

MAX_MEMBERS = 2_000
MAX_MEMBER = 10 * 1024 * 1024
MAX_TOTAL = 64 * 1024 * 1024
MAX_RATIO = 100
"""Between what a member holds and what it takes up, for those of more than a megabyte."""
LARGE = 1024 * 1024
SURE = 80
"""How sure a format must be of a member that is not QTI."""
ZIP = b"PK\x03\x04"
OTHERS = ("[Content_Types].xml", "h5p.json", "collection.anki2", "collection.anki21", "META-INF/manifest.xml")
"""In archives that are files of other kinds."""
FILEBASE = ("$IMS-CC-FILEBASE$/", "$IMS_CC_FILEBASE$/")
SHOWN = 5


class Archive(Format):
    name = "zip"
    label = "ZIP packages (QTI, Common Cartridge)"
    suffixes = (".zip", ".imscc", ".imscp")

    def recognises(self, data: bytes, name: str) -> int:
        names = names_in(data)
        return 70 if names and names.isdisjoint(OTHERS) else 0

    def read(self, data: bytes) -> Parsed:
        return _Reader(Members(data), Parsed(self.name)).read()


class Members:
    """What is in the archive, by its path."""

    def __init__(self, data: bytes) -> None:
        self.zip = open_zip(data)
        listed = [info for info in self.zip.infolist() if not info.is_dir()]
        if len(listed) > MAX_MEMBERS:
            raise FileUnreadable(f"The archive has {len(listed):,} files, and {MAX_MEMBERS:,} are the most.")
        for info in listed:
            require_harmless(info)
        if len({info.filename for info in listed}) < len(listed):
            raise FileUnreadable("Two files of the archive have the same path.")
        self.infos = {info.filename: info for info in listed if not is_litter(info.filename)}
        self.left = MAX_TOTAL

    def read(self, path: str, most: int = MAX_MEMBER) -> bytes:
        """Whatever the archive says of its size. Raises :class:`FileUnreadable`."""
        try:
            with self.zip.open(self.infos[path]) as member:
                data = member.read(min(most, self.left) + 1)
        except BROKEN as error:
            raise FileUnreadable("it is damaged") from error
        self.left -= len(data)
        if len(data) > most or self.left < 0:
            raise FileUnreadable("it is too large")
        return data

    def picture(self, source: str, folder: str) -> bytes | None:
        """A member by an address in a text that lies in ``folder``."""
        name = unquote(source)
        for base in FILEBASE:
            if name.startswith(base):
                name, folder = f"web_resources/{name.removeprefix(base)}", ""
        path = next((path for place in (folder, "") if (path := within(place, name)) in self.infos), "")
        if not path:
            return None
        try:
            return self.read(path, most=8 * MAX_PICTURE)
        except FileUnreadable:
            return b""  # said to be of no kind that is shown


def require_harmless(info: zipfile.ZipInfo) -> None:
    """Raise :class:`FileUnreadable` for what no package of questions has, and attacks do."""
    name, called = info.filename, short(info.filename, 60)
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\x00" in name:
        raise FileUnreadable(f'The path "{called}" leads out of the archive.')
    if stat.S_ISLNK(info.external_attr >> 16):
        raise FileUnreadable(f'"{called}" in the archive is a link.')
    if info.flag_bits & 1:
        raise FileUnreadable("The archive is encrypted.")
    if info.file_size > LARGE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise FileUnreadable(f'"{called}" in the archive unpacks to more than {MAX_RATIO} times its size.')


def is_litter(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def within(folder: str, name: str) -> str:
    """The path of a name as seen from a folder of the archive; ``""`` where it leads outside."""
    path = posixpath.normpath(posixpath.join(folder, name.replace("\\", "/")))
    return "" if path.startswith(("..", "/")) else path


@dataclass
class _Reader:
    members: Members
    parsed: Parsed
    broken: list[str] = field(default_factory=list)

    def read(self) -> Parsed:
        classic: list[tuple[str, bytes]] = []
        for path in self.members.infos:
            data = self.bytes_of(path)
            if data is None:
                continue
            root = root_name(data)
            if root in documents.CLASSIC:
                classic.append((path, data))
            elif root in documents.ROOTS or root in ("quiz", ""):
                self.take(path, data, root)
            elif root and path.lower().endswith((".xml", ".qti")):
                self.check(path, data)
        for path, data in once(classic):
            self.take(path, data, "questestinterop")
        if self.broken and not self.parsed.total:
            raise FileUnreadable(f"No question can be read. {self.broken[0]}")
        self.parsed.warnings[:0] = self.broken
        return self.parsed

    def bytes_of(self, path: str) -> bytes | None:
        """Of files worth a look."""
        if not path.lower().endswith(tuple(formats.suffixes())):
            return None
        try:
            data = self.members.read(path)
        except FileUnreadable as reason:
            self.broken.append(f"{short(path, 80)} is not read: {reason}.")
            return None
        if data.startswith(ZIP):
            self.broken.append(f"{short(path, 80)} is an archive within the archive, and is not opened.")
            return None
        return data

    def check(self, path: str, data: bytes) -> None:
        """XML of other kinds is left alone; that it is broken is said, because nobody knows what it was."""
        try:
            parse_xml(data)
        except FileUnreadable as reason:
            self.broken.append(f"{short(path, 80)}: {reason}")

    def take(self, path: str, data: bytes, root: str) -> None:
        try:
            found = self.document(path, data) if root in documents.ROOTS else self.other(path, data)
        except FileUnreadable as reason:
            self.broken.append(f"{short(path, 80)}: {reason}")
            return
        if found is None:
            return
        require_few(self.parsed.total + found.total)
        self.parsed.questions += found.questions
        self.parsed.rejected += found.rejected
        self.parsed.warnings += found.warnings
        if found.bank.name and not self.parsed.bank.name:
            self.parsed.bank = found.bank

    def document(self, path: str, data: bytes) -> Parsed | None:
        if root_name(data) == "manifest":
            self.broken += list(missing_files(data, path, self.members))
            return None
        folder = posixpath.dirname(path)
        gallery = Gallery(lambda source: self.members.picture(source, folder))

        def shared(href: str) -> bytes | None:
            place = within(folder, unquote(href))
            return self.members.read(place) if place in self.members.infos else None

        found = documents.read_document(data, gallery=gallery, where=path, shared=shared)
        if not found.total:
            found.warnings.clear()  # a test or a stimulus, whose items are here as well
        return found

    def other(self, path: str, data: bytes) -> Parsed | None:
        """Question files of other formats."""
        name = posixpath.basename(path)
        known = [one for one in formats.all_formats().values() if not isinstance(one, Archive)]
        sureness, best = max(((one.recognises(data, name), one) for one in known), key=lambda pair: pair[0])
        if sureness < SURE:
            return None
        found = best.read(data)
        found.questions = [documents.placed(question, f"{path}, {question.where}") for question in found.questions]
        found.rejected = [documents.placed(one, f"{path}, {one.where}") for one in found.rejected]
        found.warnings = [f"{short(path, 80)}: {warning}" for warning in found.warnings]
        return found


def once(found: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Canvas exports a quiz twice, for others and for itself: then its own, which has all types, is taken."""
    by_name: dict[str, tuple[str, bytes]] = {}
    for path, data in found:
        identifier = documents.assessment_of(data) or path
        other = by_name.get(identifier)
        if other is None or data.count(b"<item ") > other[1].count(b"<item "):
            by_name[identifier] = (path, data)
    yield from by_name.values()


def missing_files(data: bytes, path: str, members: Members) -> Iterator[str]:
    """Files that the manifest names and the package does not hold."""
    folder = posixpath.dirname(path)
    hrefs = [unquote(href) for href in documents.hrefs_of(data)]
    missing = [href for href in hrefs if "://" not in href and within(folder, href) not in members.infos]
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        names = ", ".join(short(one, 60) for one in missing[:SHOWN])
        yield f"The manifest names files that are not in the package: {names}{more}."
