"""Bytes → text, for formats that do not say which encoding they are in."""

from __future__ import annotations

import codecs

from assessments.formats.base import FileUnreadable

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Ten thousand questions are about five megabytes; a larger file is something else, or an attack on memory."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode_unicode(data: bytes) -> str:
    """For JSON and YAML, which are Unicode by definition. Raises :class:`FileUnreadable`."""
    encoding, body = _marked(data)
    try:
        return body.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise FileUnreadable(f"Line {line} is not {(encoding or 'utf-8').upper()}: save the file as UTF-8.") from error


def decode_table(data: bytes) -> tuple[str, list[str]]:
    """For tables, which come in anything. Returns the text and a warning where something was guessed."""
    encoding, body = _marked(data)
    if encoding or b"\0" in data[:1000]:
        return _strict(body, encoding or _utf16_without_mark(data)), []
    try:
        return body.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        guessed = (
            f"Not UTF-8 (line {line}), so read as Windows-1252 (cp1252). If letters with accents look wrong, save the "
            "file as UTF-8 and import it again."
        )
        return _strict(body, "cp1252"), [guessed]


def _marked(data: bytes) -> tuple[str, bytes]:
    if len(data) > MAX_FILE_BYTES:
        raise FileUnreadable(f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    return "", data


def _utf16_without_mark(data: bytes) -> str:
    """Mostly Latin text has its zero bytes at odd places in little-endian UTF-16, at even ones in big-endian."""
    sample = data[:1000]
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if max(odd, even) < len(sample) // 4 or 10 * min(odd, even) > max(odd, even):
        raise FileUnreadable("This is not text: it holds zero bytes.")
    return "utf-16-le" if odd > even else "utf-16-be"


def _strict(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileUnreadable(
            f"The text is neither UTF-8 nor {encoding} (byte {error.start + 1}): save the file as UTF-8."
        ) from error
