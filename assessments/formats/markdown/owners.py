"""Which line asks what the options below it answer: a heading, a point of a numbered list, or a line in bold.

Between two runs of options there may be several such lines: the title of the quiz, the section, a list within the question.
Where only one stands above its options, it shows what questions of this file look like, and the others are judged by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assessments.formats.markdown.blocks import Begun, Line, heading
from assessments.formats.markdown.options import BOX, LETTERED, NAMED, SAID

NUMBERED = re.compile(
    r"Q(?:uestion)?\.?\s*(\d{1,5})(?:\s*[.):]\s*|\s+|$)(.*)|(\d{1,5})\s*[.):](?:\s+(.*)|\s*)", re.IGNORECASE
)
POINT = re.compile(r" ?(\d{1,5})[.)]\s+(\S.*)")
BOLD = re.compile(r"\*\*(?!\s)(?:(\d{1,5})[.)]\s*)?((?:(?!\*\*).)+)\*\*\s*")
OF_QUESTION = re.compile(
    r"\W*(?:\w+\s+)?(?:answers?|solutions?|explanations?|references?|hints?|examples?|options?|choices?|code|output)\b.*",
    re.IGNORECASE,
)
"""Headings that belong to a question."""


@dataclass
class Part:
    """A line that may ask, and whether options come before the next one."""

    line: int
    begun: Begun
    shape: tuple[str, int]
    has_options: bool = False
    is_nested: bool = False
    """The options are indented, as what belongs to a point of a list."""

    @property
    def is_heading(self) -> bool:
        return self.shape[0] in ("heading", "numbered heading")


def owners_of(lines: Sequence[Line]) -> dict[int, Begun]:
    """What begins on each line that has options of its own, and on the points of a list between such."""
    parts = list(_parts(lines))
    runs = list(_runs(parts))
    shapes = {run[0].shape for run in runs if len(run) == 1}
    owning = {id(_owner(run, shapes)) for run in runs}
    asked = [id(part) in owning for part in parts]
    for order in (range(1, len(parts)), range(len(parts) - 2, -1, -1)):
        step = 1 if order.step > 0 else -1
        for place in order:
            asked[place] = asked[place] or (asked[place - step] and _follows(parts, place, step))
    return {part.line: part.begun for part, is_asked in zip(parts, asked, strict=True) if is_asked}


def _follows(parts: Sequence[Part], place: int, step: int) -> bool:
    """Whether a point without options is the next one of a list of questions, and so an open question."""
    this, other = parts[place], parts[place - step]
    are_points = this.shape == other.shape == ("point", 0)
    return are_points and int(this.begun.number) == int(other.begun.number) + step


def _parts(lines: Sequence[Line]) -> Iterator[Part]:
    part: Part | None = None
    letters = 0
    for line in lines:
        if line.is_code or line.is_blank:
            continue
        if found := _part(line):
            if part:
                yield part
            part, letters = found, 0
        elif part and not part.has_options:
            text = line.text.expandtabs(4)
            is_box = BOX.fullmatch(text.lstrip(" "))
            if not is_box and (match := LETTERED.fullmatch(text.lstrip(" "))):
                letters += ord(match[1].upper()) - 65 == letters
            is_named = letters > 1 and (NAMED.fullmatch(line.text) or SAID.search(line.text))
            part.has_options = bool(is_box or is_named)
            part.is_nested = text.startswith("  ")
    if part:
        yield part


def _part(line: Line) -> Part | None:
    if above := heading(line):
        match = NUMBERED.fullmatch(above[1])
        if match:
            begun = Begun((match[2] or match[4] or "").strip(), match[1] or match[3])
            return Part(line.number, begun, ("numbered heading", above[0]))
        return Part(line.number, Begun(above[1]), ("heading", above[0]))
    if match := POINT.fullmatch(line.text):
        return Part(line.number, Begun(match[2].strip(), match[1], is_point=True), ("point", 0))
    match = BOLD.fullmatch(line.text)
    if match and (match[1] or match[2].rstrip().endswith("?")):
        return Part(line.number, Begun(match[2].strip(), match[1] or "", is_point=True), ("bold", 0))
    return None


def _runs(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The lines above each run of options, up to the run before it."""
    run: list[Part] = []
    for part in parts:
        run.append(part)
        if part.has_options:
            yield run
            run = []


def _owner(run: Sequence[Part], shapes: set[tuple[str, int]]) -> Part:
    last = run[-1]
    if len(run) == 1 or (last.shape[0] == "point" and last.is_nested):
        return last
    known = [part for part in run if part.shape in shapes]
    numbered = [part for part in known or run if part.shape[0] == "numbered heading"]
    if numbered or known:
        return (numbered or known)[-1]
    headings = [place for place, part in enumerate(run) if part.is_heading]
    is_list_within = headings and len(run) - headings[-1] > 2
    return run[headings[-1]] if is_list_within else last


def goes_on_in(lines: Sequence[Line]) -> Callable[[Line], bool]:
    """Whether a heading, which begins no question, is part of the one before it: it says so, or leads to its options."""
    leading: set[int] = set()
    above_options: set[int] | None = set()  # none once the question has its options
    for line in lines:
        if line.is_code:
            continue
        if above := heading(line):
            above_options = set() if NUMBERED.fullmatch(above[1]) else above_options
            if above_options is not None:
                above_options.add(line.number)
        elif above_options is not None and (BOX.fullmatch(line.text) or LETTERED.fullmatch(line.text)):
            leading |= above_options
            above_options = None

    def goes_on(line: Line) -> bool:
        above = heading(line)
        return line.number in leading or bool(above and OF_QUESTION.fullmatch(above[1]))

    return goes_on
