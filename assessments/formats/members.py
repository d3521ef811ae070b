"""The files of a ZIP archive that may hold anything: what no package of questions has, and attacks do, is refused."""

from __future__ import annotations

import posixpath
import stat
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from assessments.formats.base import FileUnreadable, short
from assessments.formats.media import MAX_SOUND
from assessments.formats.zip_members import BROKEN, open_zip

MAX_MEMBER = 10 * 1024 * 1024
MAX_TOTAL = 50 * 1024 * 1024
MAX_RATIO = 100
"""Between what a member holds and what it takes up, for those of more than a megabyte."""
LARGE = 1024 * 1024
FILEBASE = ("$IMS-CC-FILEBASE$/", "$IMS_CC_FILEBASE$/")
BELOW_FILEBASE = ("web_resources", "")
"""Canvas puts what these addresses mean into this folder; converters and other programs put it right into the package."""


class Members:
    """What is in the archive, by its path."""

    def __init__(self, data: bytes) -> None:
        self.zip = open_zip(data)
        listed = [info for info in self.zip.infolist() if not info.is_dir()]
        for info in listed:
            require_harmless(info)
        if len({info.filename for info in listed}) < len(listed):
            raise FileUnreadable("Two files of the archive have the same path.")
        self.infos = {info.filename: info for info in listed if not is_litter(info.filename)}
        self.left = MAX_TOTAL
        self.shown: set[str] = set()
        """What texts show."""

    def read(self, path: str, most: int = MAX_MEMBER) -> bytes:
        """Whatever the archive says of its size. Raises :class:`FileUnreadable`."""
        try:
            with self.zip.open(self.infos[path]) as member:
                data = member.read(min(most, self.left) + 1)
        except BROKEN as error:
            raise FileUnreadable("it is damaged") from error
        self.count(len(data))
        if len(data) > most:
            raise FileUnreadable("it is too large")
        return data

    def count(self, size: int) -> None:
        """Bytes that came out of the archive. Raises :class:`FileUnreadable` when they are too many in all."""
        self.left -= size
        if self.left < 0:
            raise FileUnreadable("it is too large")

    def picture(self, source: str, folder: str) -> bytes | None:
        """A member by an address in a text that lies in ``folder``."""
        path = next((path for path in places_of(unquote(source), folder) if path in self.infos), "")
        if not path:
            return None
        self.shown.add(path)
        try:
            return self.read(path, most=MAX_SOUND)
        except FileUnreadable:
            return b""  # said to be of no kind that is shown


def places_of(name: str, folder: str) -> Iterator[str]:
    """Where an address of a text in ``folder`` may lead. A package need not begin at the root of its archive."""
    base = next((base for base in FILEBASE if name.startswith(base)), "")
    if not base:
        yield from (within(place, name) for place in (folder, ""))
        return
    for above in (folder, *(str(one) for one in PurePosixPath(folder).parents)):
        yield from (within(posixpath.join(above, below), name.removeprefix(base)) for below in BELOW_FILEBASE)


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
