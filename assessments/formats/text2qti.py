"""Quizzes in the plain text of text2qti: ``1.  What…``, then ``*c) 5``, ``[*] …``, ``=   1.4 +- 0.1``, ``*   Santa`` or ``____``.

The manual is https://github.com/gpoore/text2qti; ``@gap`` and ``@match`` are from a fork of it. Texts are Markdown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.base import Format, Parsed, ParsedBank, ParsedQuestion, require_few, short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.formats.markdown.blocks import Line, dedented
from assessments.formats.markdown.options import require_no_picture
from assessments.formats.text import decode_table
from assessments.question_types.choices import letter

QUESTION = re.compile(r"(\d{1,5})\.(?:\s+(.*))?")
SETTING = re.compile(r"([A-Za-z][A-Za-z ]{1,60}):(?:\s+(.*)|\s*)")
MARKS = (
    ("comment", re.compile(r"%.*")),
    ("title", re.compile(r"Title:\s*(.*)", re.IGNORECASE)),
    ("points", re.compile(r"Points:\s*(.*)", re.IGNORECASE)),
    ("feedback", re.compile(r"\.\.\.(?:\s+(.*))?")),
    ("right feedback", re.compile(r"\+\s+(.*)")),
    ("wrong feedback", re.compile(r"-\s+(.*)")),
    ("choice", re.compile(r"(\*?)[a-zA-Z]\)(?:\s+(.*))?")),
    ("box", re.compile(r"\[([* ])\](?:\s+(.*))?")),
    ("number", re.compile(r"=\s+(.*)")),
    ("short", re.compile(r"\*\s+(.*)")),
    ("essay", re.compile(r"_{3,}\s*")),
    ("upload", re.compile(r"\^{3,}\s*")),
    ("gap", re.compile(r"@gap\s+(\w{1,40})\)\s*(.*)")),
    ("match", re.compile(r"@match\s+(\w{1,40})\s+(\w{1,40})\s*")),
)
ANSWERS = ("choice", "box", "number", "short", "essay", "upload", "gap")
NOT_USED = frozenset(
    ("pick", "points per question", "shuffle answers", "show correct answers", "one question at a time", "can't go back",
     "feedback is solution", "solutions sample groups", "solutions randomize groups")
)  # fmt: skip
RANGE = re.compile(r"\[\s*([^,\]]+?)\s*,\s*([^\]]+?)\s*\]")
TOLERANCE = re.compile(r"(\S+)\s*\+-\s*(\S+?)(%?)")
TELLING = re.compile(
    rb"^(?:Quiz title:|\*[a-z]\)\s+\S|\[\*\]\s+\S|=\s+[-\d\[.]|_{3,}[ \t]*\r?$|@gap\s|\^{4}[ \t]*\r?$)", re.MULTILINE
)
NUMBERED = re.compile(rb"^\d{1,5}\.\s+\S", re.MULTILINE)


@dataclass
class Part:
    """A marked line and what goes on below it."""

    kind: str
    mark: str = ""
    lines: list[Line] = field(default_factory=list)
    feedback: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        first, *rest = self.lines or [Line(0, "")]
        gap = "\n\n" if rest and rest[0].is_blank else "\n"
        return gap.join(part for part in (first.text.strip(), dedented(rest)) if part).strip()


@dataclass
class Found:
    line: int
    number: str
    title: str = ""
    points: str = ""
    stem: Part = field(default_factory=lambda: Part("stem"))
    parts: list[Part] = field(default_factory=list)
    remarks: dict[str, list[Line]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Part]:
        return [part for part in self.parts if part.kind in kinds]


class Text2Qti(Format):
    name = "text2qti"
    label = "text2qti quizzes"
    suffixes = (".txt", ".md")

    def recognises(self, data: bytes, name: str) -> int:
        start = data[:20_000].removeprefix(b"\xef\xbb\xbf")
        if start.lstrip().startswith(b"<?xml") or not NUMBERED.search(start) or not TELLING.search(start):
            return 0
        return 97 if start.startswith(b"Quiz title:") else 91

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        reader = _Reader()
        parsed = Parsed(self.name, warnings=warnings)
        for found in reader.questions(text):
            require_few(parsed.total + 1)
            try:
                parsed.questions.append(_question(found))
            except CannotTake as reason:
                title = found.title or found.stem.text
                parsed.rejected.append(keyed.rejection(f"line {found.line}", title, reason))
        parsed.warnings += [f"{note} ({count})." for note, count in reader.notes.items()]
        about = reader.about
        parsed.bank = ParsedBank(about.get("quiz title", "")[:200], about.get("quiz description", ""))
        if not parsed.total:
            parsed.warnings.append("The file holds no questions.")
        return parsed


@dataclass
class _Reader:
    about: dict[str, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    title: str = ""
    points: str = ""
    group_points: str | None = None
    """Of each question of the group that is open; none where no group is."""

    def questions(self, text: str) -> Iterator[Found]:
        found: Found | None = None
        for line in _lines(text):
            match = None if line.is_code else QUESTION.fullmatch(line.text)
            if match:
                if found:
                    yield found
                found = Found(line.number, match[1], title=self.title, points=self.points or self.group_points or "")
                found.stem.lines.append(Line(line.number, match[2] or ""))
                self.title = self.points = ""
            elif self._is_between(line):
                continue
            elif found:
                _add(line, found)
            elif not line.is_blank:
                self.notes["Lines before the first question were not used"] += 1
        if found:
            yield found

    def _is_between(self, line: Line) -> bool:
        """What is said about the quiz, about groups, or about the question that comes next."""
        text = "" if line.is_code else line.text.strip()
        if text in ("GROUP", "END_GROUP"):
            self.group_points = "" if text == "GROUP" else None
            self.notes["Groups, of which some questions are drawn, are read as their questions"] += text == "GROUP"
            return True
        match = SETTING.fullmatch(line.text) if text else None
        name = match[1].strip().lower() if match else ""
        if match and name == "title":
            self.title = (match[2] or "").strip()
        elif match and name == "points":
            self.points = (match[2] or "").strip()
        elif match and name == "points per question" and self.group_points is not None:
            self.group_points = (match[2] or "").strip()
        elif match and name in ("quiz title", "quiz description"):
            self.about[name] = (match[2] or "").strip()
        elif name in ("text title", "text"):
            self.notes["Texts between questions, which ask nothing"] += name == "text"
        elif name in NOT_USED:
            self.notes[f"Settings not used: {name}"] += 1
        else:
            return False
        return True


def _lines(text: str) -> Iterator[Line]:
    """Without comments; code between fences is code."""
    is_comment, fence = False, ""
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), start=1):
        text = raw.rstrip()
        mark = re.match(r"\s+(`{3,}|~{3,})", text)
        if fence:
            yield Line(number, text, is_code=True)
            fence = "" if mark and text.strip() == fence else fence
        elif text.strip() in ("COMMENT", "END_COMMENT"):
            is_comment = text.strip() == "COMMENT"
        elif mark:
            fence = mark[1]
            yield Line(number, text, is_code=True)
        elif not is_comment and not text.startswith("%"):
            yield Line(number, text)


def _add(line: Line, found: Found) -> None:
    if not line.is_code:
        for kind, pattern in MARKS:
            if match := pattern.fullmatch(line.text):
                _begin(kind, match, line, found)
                return
    last = found.parts[-1] if found.parts else found.stem
    if last.kind.endswith("feedback"):
        last.lines.append(line)
    else:
        (last.feedback or last.lines).append(line)


def _begin(kind: str, match: re.Match[str], line: Line, found: Found) -> None:
    text = Line(line.number, (match[match.lastindex] if match.lastindex else "") or "")
    last = found.parts[-1] if found.parts else None
    if kind == "feedback" and last and last.kind in ("choice", "box"):
        last.feedback.append(text)
    elif kind == "match":
        found.parts.append(Part(kind, match[1], [Line(line.number, match[2])]))
    else:
        found.parts.append(Part(kind, match[1] if match.lastindex and match.lastindex > 1 else "", [text]))


# ---- One question ----


def _question(found: Found) -> ParsedQuestion:
    kinds = {part.kind for part in found.of(*ANSWERS)}
    if len(kinds) > 1:
        raise CannotTake(f"It has answers of several kinds: {', '.join(sorted(kinds))}.")
    if not kinds:
        raise CannotTake("There are no answers below the question.")
    if not found.stem.text:
        raise CannotTake("There is no question text.")
    require_no_picture(found.stem.lines, *(line.text for part in found.parts for line in part.lines))
    stem, draft = _draft(found, kinds.pop())
    said = [part.text for part in found.of("feedback")]
    said += [f"- Right: {part.text}" for part in found.of("right feedback")]
    said += [f"- Wrong: {part.text}" for part in found.of("wrong feedback")]
    return keyed.finished(
        draft,
        where=f"line {found.line}",
        stem=stem,
        explanation="\n\n".join(text for text in said if text),
        title=" ".join(found.title.split()),
        points=Decimal(keyed.decimal(found.points)) if found.points else Decimal(1),
    )


def _draft(found: Found, kind: str) -> tuple[str, Draft]:
    stem = found.stem.text
    match kind:
        case "choice" | "box":
            return stem, _choice(found, kind)
        case "number":
            return stem, _number(found.of("number"))
        case "short":
            answers = [(part.text, Fraction(1), "") for part in found.of("short")]
            return stem, keyed.short_text(answers, wildcards=False)
        case "essay":
            return stem, Draft("long_text")
        case "gap":
            return _gaps(stem, found)
    raise CannotTake("It asks for a file to be uploaded, which has no counterpart here.")


def _choice(found: Found, kind: str) -> Draft:
    parts = found.of(kind)
    if any(not part.text for part in parts):
        raise CannotTake("An option has no text.")
    right = [part for part in parts if part.mark == "*"]
    if kind == "choice" and len(right) > 1:
        raise CannotTake(f"A single choice has one right option, and {len(right)} have a star.")
    if not right:
        raise CannotTake("There are options, and none has a star.")
    wrong = Fraction(0 if kind == "choice" else -1, len(right))  # as Canvas does with several answers
    shared = [
        Shared(part.text, Fraction(1, len(right)) if part.mark == "*" else wrong, Part("", lines=part.feedback).text)
        for part in parts
    ]
    return keyed.true_or_false(keyed.choice(shared, is_single=kind == "choice"))


def _number(parts: list[Part]) -> Draft:
    accepted = []
    for part in parts:
        if match := RANGE.fullmatch(part.text):
            accepted.append(keyed.accepted_range(match[1], match[2], Fraction(1)))
        elif match := TOLERANCE.fullmatch(part.text):
            one = keyed.accepted_number(match[1], match[2], Fraction(1))
            accepted.append(_relative(one) if match[3] else one)
        else:
            accepted.append(keyed.accepted_number(part.text, "", Fraction(1)))
    return Draft("numeric", {}, {"accepted": accepted})


def _relative(one: dict[str, Any]) -> dict[str, Any]:
    """A tolerance in per cent as a share of the value."""
    if "tolerance" not in one:
        return one
    return one | {"tolerance": f"{Decimal(one['tolerance']) / 100:f}", "relative": True}


def _gaps(stem: str, found: Found) -> tuple[str, Draft]:
    """``{G1}`` in the text, words to choose from as ``@gap``, and as ``@match`` which word is right where."""
    words = {part.mark: part.text for part in found.of("gap")}
    ids = {name: letter(place).lower() for place, name in enumerate(words)}
    right = {part.text: part.mark for part in found.of("match")}
    if len(words) < 2 or not right:
        raise CannotTake("A text with gaps needs at least two words to choose from, and a match for each gap.")
    if strange := next((name for name in right.values() if name not in words), None):
        raise CannotTake(f'The match names the word "{short(strange, 30)}", which there is not.')
    for number, place in enumerate(right, start=1):
        if stem.count(f"{{{place}}}") != 1:
            raise CannotTake(f'The gap "{short(place, 30)}" must stand in the text once.')
        stem = stem.replace(f"{{{place}}}", f"{{{{{number}}}}}")
    shown = [{"id": ids[name], "text": plain_to_markdown(text)} for name, text in words.items()]
    gaps = [({"kind": "choice", "options": shown}, {"option": ids[name]}) for name in right.values()]
    return embedded.cloze(stem, gaps)
