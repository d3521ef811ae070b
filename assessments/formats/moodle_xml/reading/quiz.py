"""Moodle XML → questions: https://docs.moodle.org/en/Moodle_XML_format."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from assessments.formats import keyed
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion, require_few, short
from assessments.formats.gift.blocks import category_name
from assessments.formats.html_text import html_to_markdown
from assessments.formats.html_tree import local
from assessments.formats.keyed import CannotTake
from assessments.formats.moodle_xml.reading.item import Item
from assessments.formats.moodle_xml.reading.types import READERS, UNSUPPORTED
from assessments.formats.titles import without_made_title
from assessments.formats.xml_text import child, children, words

COMBINED = (("correctfeedback", "Right"), ("partiallycorrectfeedback", "Partly right"), ("incorrectfeedback", "Wrong"))
STANDARD_FEEDBACK = frozenset(
    (
        "your answer is correct.",
        "your answer is partially correct.",
        "your answer is incorrect.",
        "correct",
        "incorrect",
    )
)
TRIES = "Hints and penalties are left out: they are for several tries, and here a question is answered once."


def read_quiz(root: Element) -> Parsed:
    if local(root.tag) != "quiz":
        raise FileUnreadable(f"Moodle XML begins with <quiz>, and this with <{short(local(root.tag), 40)}>.")
    parsed = Parsed("moodle-xml")
    category = ""
    place = 0
    for element in children(root, "question"):
        kind = element.get("type", "").strip()
        if kind == "category":
            category = category_name("".join(words(child(element, "category", "text"))))
            continue
        place += 1
        require_few(place)
        title = words(child(element, "name"))
        item = Item(element)
        try:
            question = read_question(item, kind, f"question {place}", title, category)
        except CannotTake as reason:
            named = title or html_to_markdown(item.raw("questiontext", "text")[:2_000])
            parsed.rejected.append(keyed.rejection(f"question {place}", named, reason))
            continue
        parsed.questions.append(question)
        parsed.warnings += [f"Question {place} ({short(title or question.stem, 40)}): {note}" for note in item.notes]
    if any(children(question, "hint") for question in children(root, "question")):
        parsed.warnings.append(TRIES)
    return parsed


def read_question(item: Item, kind: str, where: str, title: str, category: str) -> ParsedQuestion:
    reader = READERS.get(kind)
    if reader is None:
        raise CannotTake(
            UNSUPPORTED.get(kind, f'Questions of Moodle\'s type "{short(kind, 40)}" have no counterpart here.')
        )
    stem, draft = reader(item)
    draft.remarks = [*draft.remarks, *item.remarks, *combined_feedback(item)]
    tags = [words(tag) for tag in children(child(item.element, "tags"), "tag")]
    question = keyed.finished(
        draft,
        where=where,
        stem=stem,
        explanation=item.text(child(item.element, "generalfeedback")),
        identity=item.raw("idnumber"),
        title=title,
        points=points_of(item),
        tags=tuple(dict.fromkeys(tag for tag in (category, *tags) if tag)),
    )
    item.notes += draft.notes
    return without_made_title(question)


def points_of(item: Item) -> Decimal:
    written = item.raw("defaultgrade") or "1"
    try:
        points = Decimal(written).quantize(Decimal("0.01"))
    except InvalidOperation:
        raise CannotTake(f'The default grade "{short(written, 30)}" is not a number.') from None
    return points


def combined_feedback(item: Item) -> list[str]:
    found = []
    for name, called in COMBINED:
        text = item.text(child(item.element, name))
        if text and text.lower() not in STANDARD_FEEDBACK:
            found.append(f"- {called}: {text}")
    return found
