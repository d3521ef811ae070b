"""What Parley's own text formats have in common: they can say everything but what stays with a bank."""

from __future__ import annotations

from collections.abc import Sequence

from assessments.formats.base import Beside, Format, Parsed, ParsedQuestion, Unsaid
from assessments.formats.media import with_media
from assessments.formats.omitting import staying


class OwnFormat(Format):
    can_write = True

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        return with_media(self.read(data), beside)

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return staying(questions)
