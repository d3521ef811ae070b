"""What a reader found, on its way to whoever asked for it: questions exactly as they were read, one a line of JSON.

It is no format of files (:mod:`assessments.formats.document` is Parley's own): nothing is left out or put into order, places
in the file come along, and nobody else reads it.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import IO, Any

from assessments.formats.base import (
    Parsed,
    ParsedCriterion,
    ParsedLevel,
    ParsedQuestion,
    ParsedRubric,
    Rejection,
    short,
)


def write(found: Parsed | dict[str, Any], target: IO[bytes]) -> None:
    """A line for each question, then one about the file: a spool without its last line is none."""
    if isinstance(found, dict):
        target.write(dumped(found))
        return
    lost: list[Rejection] = []
    target.writelines(lines(found.questions, lost))
    about = {
        "format": found.format,
        "count": len(found.questions) - len(lost),
        "bank": asdict(found.bank),
        "warnings": found.warnings,
        "rejected": [asdict(one) for one in [*found.rejected, *lost]],
    }
    target.write(dumped(about))


def lines(questions: list[ParsedQuestion], lost: list[Rejection]) -> Iterator[bytes]:
    """Values that no database and no other process could take are the reason why a question is not. A picture has a line of
    its own, before the first question that shows it."""
    told: set[str] = set()
    for question in questions:
        try:
            line = dumped(asdict(replace(question, media={})) | {"media": list(question.media)})
        except (TypeError, ValueError, RecursionError):
            reason = "It holds a value that cannot be stored."
            lost.append(Rejection(question.where, short(question.title or question.stem), reason))
            continue
        for name in question.media.keys() - told:
            told.add(name)
            yield dumped({"name": name, "bytes": b64encode(question.media[name]).decode("ascii")})
        yield line


def dumped(value: Any) -> bytes:
    return json.dumps(value, default=as_text, separators=(",", ":")).encode() + b"\n"


def as_text(value: Any) -> str:
    """Decimals, above all."""
    return str(value)


# ---- Read again ----


@dataclass
class Spool:
    """Questions, one a line, with their pictures on lines before them; the last line is about the file and is none of them."""

    file: IO[bytes]
    count: int
    pictures: dict[str, int] = field(default_factory=dict)
    """Where the line of each begins."""

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[ParsedQuestion]:
        place = given = 0
        while given < self.count:
            self.file.seek(place)  # others may be at another place of the same file
            line = self.file.readline()
            raw = json.loads(line)
            if "bytes" in raw:
                self.pictures[raw["name"]] = place
            else:
                given += 1
                yield question_of(raw, SpooledMedia(self, raw["media"]))
            place += len(line)


@dataclass
class SpooledMedia(Mapping[str, bytes]):
    """Of one question, read when it is asked for."""

    spool: Spool
    names: list[str]

    def __getitem__(self, name: str) -> bytes:
        if name not in self.names:
            raise KeyError(name)
        self.spool.file.seek(self.spool.pictures[name])
        return b64decode(json.loads(self.spool.file.readline())["bytes"])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def last_line(spool: IO[bytes]) -> bytes:
    """From behind: the questions before it may be many."""
    end = spool.seek(0, os.SEEK_END)
    found, block = b"", 64 * 1024
    while b"\n" not in found[:-1] and len(found) < end:
        size = min(end, len(found) + block)
        spool.seek(end - size)
        found, block = spool.read(size), block * 4
    return found.rstrip(b"\n").rpartition(b"\n")[2]


def question_of(raw: dict[str, Any], media: Mapping[str, bytes]) -> ParsedQuestion:
    """The opposite of what :func:`lines` makes of it."""
    rubric = raw.pop("rubric")
    return ParsedQuestion(
        **{**raw, "points": Decimal(raw["points"]), "tags": tuple(raw["tags"]), "media": media},
        rubric=rubric_of(rubric) if rubric else None,
    )


def rubric_of(raw: dict[str, Any]) -> ParsedRubric:
    return ParsedRubric(
        raw["name"],
        tuple(
            ParsedCriterion(
                criterion["name"],
                tuple(ParsedLevel(**{**level, "points": Decimal(level["points"])}) for level in criterion["levels"]),
                criterion["description"],
            )
            for criterion in raw["criteria"]
        ),
    )
