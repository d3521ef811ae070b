"""Files inside ZIP archives, read one by one in memory: nothing is unpacked, and no name in an archive becomes a path."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from lzma import LZMAError

from assessments.formats.base import FileUnreadable, short
from assessments.formats.text import MAX_FILE_BYTES

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How an archive begins, and one that holds nothing."""
MAX_MEMBERS = 20_000
"""A package of ten thousand questions, each with a picture of its own. What they hold in all is limited too."""
MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 150
"""Sheets of many equal cells shrink a hundredfold; what shrinks more is made to fill memory."""
HARMLESS = 16 * 1024 * 1024
"""Less than this, unpacked, is let through at any ratio."""
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted; or packed in a way that is not known, which is a kind of it
    KeyError,
    IndexError,
    OverflowError,
)


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Raises :class:`FileUnreadable` for what is no archive, or one that would grow beyond all measure."""
    if len(data) > MAX_FILE_BYTES:
        raise FileUnreadable(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise FileUnreadable("The ZIP archive is damaged: its list of files cannot be read.") from error
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise FileUnreadable(f"The archive holds {len(members):,} files; up to {MAX_MEMBERS:,} are read.")
    if not all(member.filename for member in members):  # one named with a zero byte, for which zipfile has no answer
        raise FileUnreadable("A file in the archive has no name.")
    size = sum(member.file_size for member in members)
    if size > MAX_UNPACKED:
        raise FileUnreadable(f"Unpacked, the archive is larger than {MAX_UNPACKED // 1024 // 1024} MB.")
    if size > HARMLESS and size > MAX_RATIO * len(data):
        raise FileUnreadable(f"The archive holds {size // len(data)} times its own size; that is no file of questions.")
    return archive


def read_member(archive: zipfile.ZipFile, name: str, *, limit: int) -> bytes:
    """The content of one file; never more of it than the archive's list says. Raises :class:`FileUnreadable`."""
    try:
        member = archive.getinfo(name)
        if member.file_size > limit:
            raise FileUnreadable(f"{short(name)} in the archive is larger than {limit // 1024 // 1024} MB.")
        return archive.read(member)
    except BROKEN as error:
        raise FileUnreadable(f"{short(name)} in the archive is missing, damaged or encrypted.") from error


def names_in(data: bytes) -> frozenset[str]:
    """For recognising: the names of an archive's files, and nothing where it is none or a broken one."""
    if not data.startswith(ZIP):
        return frozenset()
    try:
        return frozenset(open_zip(data).namelist())
    except FileUnreadable:
        return frozenset()
