"""Open questions as research on scoring publishes them (SemEval 2013, SAF): one in a file, with reference answers.

The responses that were scored come along in these files. They are what other people said, and no part of a question.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from assessments.formats.base import Format, Parsed, ParsedQuestion, Rejection, short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.xml_text import attribute, child, children, parse_xml, root_name, words

STEM, REFERENCES = "questionText", "referenceAnswers"
BULLET = re.compile(r"(?:\A|\s)([\u2022\u2023\u25a0\u25aa\u25cb\u25cf\u25e6])\s")


class ScoredAnswers(Format):
    name = "scored-answers"
    label = "Open questions with reference answers (SemEval, SAF)"
    suffixes = (".xml",)

    def recognises(self, data: bytes, name: str) -> int:
        return 95 if root_name(data) == "question" and STEM.encode() in data[:20_000].replace(b"\x00", b"") else 0

    def read(self, data: bytes) -> Parsed:
        root, parsed = parse_xml(data), Parsed(self.name)
        stem = _stem(child(root, STEM))
        where = f"question {attribute(root, 'id')}".strip()
        if stem:
            parsed.questions.append(_question(root, where, stem))
        else:
            parsed.rejected.append(Rejection(where, "", f"It has no {STEM}, or an empty one."))
        if responses := len(children(child(root, "studentAnswers"), "studentAnswer")):
            parsed.warnings.append(f"{responses} responses of other people come with the question; they were not read.")
        return parsed


def _question(root: Element, where: str, stem: str) -> ParsedQuestion:
    module, name = _words_of(root, "module"), _words_of(root, "id")
    is_counted = not name or name.replace(".", "").isdecimal()  # the fourth lecture has a question 2.1 as well
    answers = [answer for one in children(child(root, REFERENCES), "referenceAnswer") if (answer := _text(one))]
    return ParsedQuestion(
        where=where,
        type="long_text",
        stem=stem,
        content={},
        key={"model_answer": "\n\n".join(answers)} if answers else {},
        identity="" if is_counted else "/".join(filter(None, (module, name))),
        number=name if is_counted else "",
        title=short(stem),
        tags=(module,) if module else (),
    )


def _stem(element: Element | None) -> str:
    """On one line, since these files break lines anywhere; what begins with a bullet begins a line."""
    return plain_to_markdown(BULLET.sub(r"\n\1 ", words(element)))


def _words_of(element: Element, name: str) -> str:
    return " ".join(attribute(element, name).split())


def _text(element: Element | None) -> str:
    """Its lines, without what indents them in the file."""
    if element is None:
        return ""
    lines = [" ".join(line.split()) for line in "".join(element.itertext()).strip().splitlines()]
    return plain_to_markdown("\n".join(lines))
