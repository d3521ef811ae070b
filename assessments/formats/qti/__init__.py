"""QTI, the exchange format of the 1EdTech consortium: single items of versions 2 and 3, and whole documents of version 1.2.

Written are packages, of one version each; what reads packages is :mod:`assessments.formats.archive`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from assessments.formats.base import NOT_SAID, Beside, Format, Parsed, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.packages import Package
from assessments.formats.pictures import Gallery
from assessments.formats.qti.documents import ROOTS, read_document
from assessments.formats.qti.elements import SECOND, THIRD, Version
from assessments.formats.qti.packages import unsaid, write_package
from assessments.formats.xml_text import root_name


class Qti(Format):
    name = "qti"
    label = "QTI"
    suffixes = (".xml", ".qti", ".dat")

    def recognises(self, data: bytes, name: str) -> int:
        return 96 if root_name(data) in ROOTS else 0

    def read(self, data: bytes) -> Parsed:
        return read_document(data)

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        return read_document(data, gallery=Gallery(beside), shared=beside)


class QtiPackage(Package):
    @property
    @abstractmethod
    def version(self) -> Version: ...

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return write_package(questions, bank, self.version)

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return unsaid(questions, self.version)


class Qti22(QtiPackage):
    name = "qti-2.2"
    label = "QTI 2.2 packages"
    version = SECOND


class Qti30(QtiPackage):
    name = "qti-3.0"
    label = "QTI 3.0 packages"
    version = THIRD
