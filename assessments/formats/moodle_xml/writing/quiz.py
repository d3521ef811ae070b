"""Questions → Moodle XML. Texts go as HTML, which every Moodle shows as it was seen here."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from assessments.formats.base import ParsedQuestion, Unsaid
from assessments.formats.media import SHOWN
from assessments.formats.moodle_xml.writing.gaps import cloze_text
from assessments.formats.moodle_xml.writing.texts import html, plain, text_element
from assessments.formats.moodle_xml.writing.types import WRITERS
from assessments.formats.omitting import CannotWrite, Omissions
from assessments.formats.settling import PictureMissing, settled
from assessments.formats.titles import title_or_beginning

NO_PLACE = ("difficulty", "source", "competence", "licence", "rubric")
TEXT = re.compile(r"<text>[^<]*</text>")


def write_quiz(questions: Sequence[ParsedQuestion]) -> bytes:
    return _written(questions)[0].encode()


def unsaid(questions: Sequence[ParsedQuestion]) -> Unsaid:
    return _written(questions)[1].unsaid()


def _written(questions: Sequence[ParsedQuestion]) -> tuple[str, Omissions]:
    left = Omissions()
    parts = []
    for question in questions:
        of_one = Omissions()
        try:
            whole, _ = settled(question)
            parts.append(with_files(_question(whole, of_one), whole))
        except (CannotWrite, PictureMissing) as reason:
            left.leave_out(question, str(reason).rstrip("."))
        else:
            left.take(of_one)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(parts)}</quiz>\n', left


def _question(question: ParsedQuestion, left: Omissions) -> str:
    kind, lines = WRITERS[question.type](question, left)
    stem = question.stem if question.type != "cloze" else cloze_text(question, left)
    tags = "".join(f"<tag>{text_element(tag)}</tag>" for tag in question.tags)
    left.add_fields(question, NO_PLACE)
    head = [
        f"<name>{text_element(title_or_beginning(question))}</name>",
        f'<questiontext format="html">{html(stem) if question.type != "cloze" else text_element(stem)}</questiontext>',
        f'<generalfeedback format="html">{html(question.explanation)}</generalfeedback>',
        f"<defaultgrade>{question.points}</defaultgrade>",
        "<penalty>0</penalty>",
        "<hidden>0</hidden>",
        *([f"<idnumber>{plain(question.identity)}</idnumber>"] if question.identity.strip() else []),
        *lines,
        *([f"<tags>{tags}</tags>"] if tags else []),
    ]
    inside = "".join(f"    {line}\n" for line in head)
    return f"  <question type={quoteattr(kind)}>\n{inside}  </question>\n"


def with_files(xml: str, question: ParsedQuestion) -> str:
    """Each text with the pictures and sounds it shows, as Moodle holds them. Raises :class:`CannotWrite`."""

    def held(match: re.Match[str]) -> str:
        names = dict.fromkeys(SHOWN.findall(match[0]))
        return SHOWN.sub(r"@@PLUGINFILE@@/\1", match[0]) + "".join(_file(name, question) for name in names)

    return TEXT.sub(held, xml)


def _file(name: str, question: ParsedQuestion) -> str:
    if name not in question.media:
        raise CannotWrite("it shows a picture that is not on this server")
    data = base64.b64encode(question.media[name]).decode("ascii")
    return f'<file name="{name}" path="/" encoding="base64">{data}</file>'
