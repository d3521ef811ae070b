"""What every file format offers: bytes → questions, and where it can, questions → bytes.

A format reads; it stores nothing and knows no database. What it cannot read as a whole raises :class:`FileUnreadable`;
a single question it cannot take becomes a :class:`Rejection` with its place and its reason, never a silent gap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

Beside = Callable[[str], bytes | None]
"""Gives what lies beside a file by its address in the text (``images/a.png``); ``None`` for what is not there.

It sees to it that no address leads elsewhere: a reader hands on what the file says.
"""


def nothing_beside(address: str) -> bytes | None:
    return None


class FileUnreadable(Exception):
    """The file as a whole cannot be read; nothing of it is stored. The text says where and why."""


class FileUnwritable(Exception):
    """The questions cannot be put into this format. The text says which and why."""


@dataclass(frozen=True)
class ParsedLevel:
    name: str
    points: Decimal
    description: str = ""


@dataclass(frozen=True)
class ParsedCriterion:
    name: str
    levels: tuple[ParsedLevel, ...]
    description: str = ""


@dataclass(frozen=True)
class ParsedRubric:
    name: str
    criteria: tuple[ParsedCriterion, ...]


@dataclass(frozen=True)
class ParsedQuestion:
    """One question as a file gives it. ``content`` and ``key`` are as the question type's schemas say."""

    where: str
    """Its place in the file: ``"line 12"``, ``"questions[3]"``."""
    type: str
    stem: str
    content: dict[str, Any]
    key: dict[str, Any]
    identity: str = ""
    """The file's own name for it; empty where it has none (the importer then uses the stem)."""
    number: str = ""
    """Its number in this file, where the file only counts: no name, since the next file counts from 1 as well."""
    title: str = ""
    points: Decimal = Decimal(1)
    difficulty: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    competence: str = ""
    explanation: str = ""
    licence: str = ""
    rubric: ParsedRubric | None = None
    keeps_ids: bool = field(default=False, compare=False)
    """It is in Parley's own schema: the ids of its options are an author's, and stay."""
    media: Mapping[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    """The pictures and sounds its texts show, by name. A text says ``/media/<name>``, and a name is the SHA-256 of the
    bytes with an ending (:mod:`assessments.formats.media`). Readers hand over a plain ``dict`` of checked bytes, which any
    process can be sent; what is stored is what stored questions name. For writers, it may be read as it is asked for. What
    a text names and this does not hold is on the server already, or missing: whoever stores finds out."""


@dataclass(frozen=True)
class ParsedBank:
    """What a file says about the bank itself."""

    name: str = ""
    description: str = ""
    licence: str = ""


NOT_SAID = ParsedBank()


@dataclass(frozen=True)
class Rejection:
    where: str
    title: str
    reason: str


@dataclass(frozen=True)
class Unsaid:
    """What a file does not say of the questions it was written from."""

    sentences: list[str] = field(default_factory=list)
    questions: int = 0
    """How many are not in it at all."""


@dataclass
class Parsed:
    """What a file held. Every question found is in one of the two lists."""

    format: str
    questions: list[ParsedQuestion] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    bank: ParsedBank = NOT_SAID

    @property
    def total(self) -> int:
        return len(self.questions) + len(self.rejected)


MAX_QUESTIONS = 50_000
"""In one file, which is one transaction. Larger collections come in several files."""


def require_few(count: int) -> None:
    """Raise :class:`FileUnreadable` for a file of more questions than one import takes."""
    if count > MAX_QUESTIONS:
        raise FileUnreadable(f"The file holds more than {MAX_QUESTIONS:,} questions; split it.")


class Format(ABC):
    name: ClassVar[str]
    """As given to ``--format``."""
    label: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    """For choosing files in a folder; content decides what they are."""
    can_write: ClassVar[bool] = False
    begins_with: ClassVar[tuple[bytes, ...]] = ()
    """How its files begin, where they are no text. What begins so is asked of no format of text: what an archive holds
    without packing it stands in its bytes, and is still the content of a file within."""

    @abstractmethod
    def recognises(self, data: bytes, name: str) -> int:
        """How sure this format is that the bytes are its own: 0 (no) to 100. Never raises."""

    @abstractmethod
    def read(self, data: bytes) -> Parsed:
        """Raises :class:`FileUnreadable`."""

    def read_beside(self, data: bytes, beside: Beside) -> Parsed:
        """Like :meth:`read`, for a file whose pictures lie beside it, in a folder or in a package."""
        return self.read(data)

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        """The questions as a file, without what :meth:`unsaid` names. Raises :class:`FileUnwritable`."""
        raise FileUnwritable(f"{self.label} can be read but not written.")

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        """What :meth:`write` would leave out; nothing where a format can say everything."""
        return Unsaid()

    def omissions(self, questions: Sequence[ParsedQuestion]) -> list[str]:
        return self.unsaid(questions).sentences


def short(text: str, limit: int = 80) -> str:
    """The beginning of a text on one line, for reports."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
