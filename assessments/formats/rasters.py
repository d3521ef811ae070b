"""How large a picture is, from its own bytes: a file of a few kilobytes may unfold to gigabytes in a browser.

Read by the formats' own specifications, as far as the size; a picture whose header cannot be read is damaged.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

MAX_SIDE = 8_000
"""Pixels."""
FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
MAX_SEGMENTS = 2_000
Size = tuple[int, int]


def size_of(data: bytes, ending: str) -> Size | None:
    """Width and height; ``None`` for what is no such picture."""
    try:
        size = READERS[ending](data)
    except (struct.error, IndexError):
        return None
    return size if size and min(size) > 0 else None


def png(data: bytes) -> Size | None:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-16:]:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def gif(data: bytes) -> Size | None:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def jpg(data: bytes) -> Size | None:
    place = 2
    for _ in range(MAX_SEGMENTS):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in ALONE:
            place += 2
        elif marker in FRAMES:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        else:
            place += 2 + int(struct.unpack(">H", data[place + 2 : place + 4])[0])
    return None


def webp(data: bytes) -> Size | None:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = struct.unpack("<I", data[21:25])[0]
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def avif(data: bytes) -> Size | None:
    """The largest of the sizes it declares, one for each picture in it."""
    sizes: list[Size] = []
    place = data.find(b"ispe")
    while place >= 0 and len(sizes) < 100:
        sizes.append(struct.unpack(">II", data[place + 8 : place + 16]))
        place = data.find(b"ispe", place + 4)
    return max(sizes, default=None)


READERS: dict[str, Callable[[bytes], Size | None]] = {"png": png, "gif": gif, "jpg": jpg, "webp": webp, "avif": avif}
