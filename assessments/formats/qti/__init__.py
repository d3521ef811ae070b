"""QTI, the exchange format of the 1EdTech consortium: single items of versions 2 and 3, and whole documents of version 1.2."""

from __future__ import annotations

from assessments.formats.base import Format, Parsed
from assessments.formats.qti.documents import ROOTS, read_document
from assessments.formats.xml_text import root_name


class Qti(Format):
    name = "qti"
    label = "QTI"
    suffixes = (".xml", ".qti", ".dat")

    def recognises(self, data: bytes, name: str) -> int:
        return 96 if root_name(data) in ROOTS else 0

    def read(self, data: bytes) -> Parsed:
        return read_document(data)
