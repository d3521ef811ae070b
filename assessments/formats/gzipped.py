"""One file of questions that is packed with gzip, such as ``questions.jsonl.gz``: what is inside decides its format."""

from __future__ import annotations

import zlib

from assessments.formats.base import FileUnreadable, Format, Parsed
from assessments.formats.detect import detect
from assessments.formats.text import MAX_FILE_BYTES

MAGIC = b"\x1f\x8b"


class Gzipped(Format):
    name = "gzip"
    label = "files packed with gzip"
    suffixes = (".gz",)
    begins_with = (MAGIC,)

    def recognises(self, data: bytes, name: str) -> int:
        return 90 if data.startswith(MAGIC) else 0

    def read(self, data: bytes) -> Parsed:
        inside = unpacked(data)
        if inside.startswith(MAGIC):
            raise FileUnreadable("The gzip archive holds another one; unpack it first.")
        return detect(inside, "").read(inside)


def unpacked(data: bytes) -> bytes:
    """As much as any other file may hold, and never more in memory."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        inside = unpacking.decompress(data, MAX_FILE_BYTES + 1)
    except zlib.error as error:
        raise FileUnreadable("The gzip archive is damaged.") from error
    if len(inside) > MAX_FILE_BYTES:
        raise FileUnreadable(f"Unpacked, the file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    if not unpacking.eof:
        raise FileUnreadable("The gzip archive is cut off: its end is missing.")
    if unpacking.unused_data.strip(b"\0"):
        raise FileUnreadable("After the end of the gzip archive is something else.")
    return inside
