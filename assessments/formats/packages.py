"""What formats have in common that write several files, with the pictures and sounds they show, as one archive."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from assessments.formats.base import NOT_SAID, Format, Parsed, ParsedBank, ParsedQuestion
from assessments.formats.zip_members import ZIP


class Package(Format):
    """Known by its content like any other archive; by name only where it is written."""

    suffixes = (".zip",)
    begins_with = ZIP
    can_write = True

    def recognises(self, data: bytes, name: str) -> int:
        return 0

    def read(self, data: bytes) -> Parsed:
        from assessments.formats.archive import Archive  # which reads members by formats that are packages, too

        return Archive().read(data)

    @abstractmethod
    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes: ...
