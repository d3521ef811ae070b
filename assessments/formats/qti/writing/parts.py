"""What is written of every item of QTI: its stem, its texts, its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from assessments.formats.base import ParsedQuestion
from assessments.formats.omitting import Omissions
from assessments.formats.qti.elements import Texts, Version, element


@dataclass
class Parts:
    """What an item is made of, beside its name."""

    declarations: list[Element] = field(default_factory=list)
    outcomes: list[Element] = field(default_factory=list)
    body: list[Element] = field(default_factory=list)
    processing: list[Element] = field(default_factory=list)


@dataclass
class Writer:
    """A question that is being written, and what its texts are written with."""

    question: ParsedQuestion
    version: Version
    texts: Texts
    left: Omissions

    @property
    def content(self) -> dict[str, Any]:
        return self.question.content

    @property
    def key(self) -> dict[str, Any]:
        return self.question.key

    @property
    def points(self) -> Fraction:
        """Responses that earn nothing are no key in QTI."""
        return Fraction(self.question.points) or Fraction(1)

    def held(self, blocks: Sequence[Element]) -> Sequence[Element]:
        """In version 3 feedback and rubrics hold a body of their own."""
        return [element("contentBody", None, *blocks)] if self.version.is_third else blocks

    def stem(self) -> list[Element]:
        return self.texts.blocks(self.question.stem)

    def shuffled(self) -> str:
        return "false" if self.content.get("fixed_order") else "true"
