"""One question → one item of QTI 2.2 or 3.0."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from assessments.formats.base import ParsedQuestion
from assessments.formats.omitting import Omissions
from assessments.formats.qti import scoring
from assessments.formats.qti.elements import Texts, Version, element
from assessments.formats.qti.scoring import amount
from assessments.formats.qti.writing.arrangements import matching, ordering
from assessments.formats.qti.writing.choices import multiple_choice, single_choice, true_false
from assessments.formats.qti.writing.entries import long_text, numeric, short_text
from assessments.formats.qti.writing.gaps import cloze
from assessments.formats.qti.writing.parts import Parts, Writer
from assessments.formats.titles import title_or_beginning

NO_PLACE = ("source", "competence", "rubric")
WRITERS: dict[str, Callable[[Writer], Parts]] = {
    "single_choice": single_choice,
    "multiple_choice": multiple_choice,
    "true_false": true_false,
    "ordering": ordering,
    "matching": matching,
    "short_text": short_text,
    "numeric": numeric,
    "long_text": long_text,
    "cloze": cloze,
}


def item_of(question: ParsedQuestion, version: Version, left: Omissions) -> tuple[Element, list[str]]:
    """The item and the names of the pictures it shows. Raises :class:`CannotWrite`."""
    texts = Texts(left, known=frozenset(question.media))
    return whole(Writer(question, version, texts, left)), list(dict.fromkeys(texts.media))


def whole(writer: Writer) -> Element:
    question = writer.question
    if not question.points:
        writer.left.add("points of 0, which become 1")
    writer.left.add_fields(question, NO_PLACE)
    parts = WRITERS[question.type](writer)
    highest = amount(writer.points)
    by_hand = {"externalScored": "human"} if question.type == "long_text" and writer.version.is_third else {}
    return element(
        "assessmentItem",
        {
            "identifier": question.identity,
            "title": title_or_beginning(question),
            "adaptive": "false",
            "timeDependent": "false",
        },
        *parts.declarations,
        scoring.outcome("SCORE", "float", "0", normalMaximum=highest, **by_hand),
        scoring.outcome("MAXSCORE", "float", highest),
        *parts.outcomes,
        *([scoring.outcome("EXPLANATION", "identifier", "shown")] if question.explanation.strip() else []),
        element("itemBody", None, *parts.body),
        *([element("responseProcessing", None, *parts.processing)] if parts.processing else []),
        *explanation(writer),
    )


def explanation(writer: Writer) -> list[Element]:
    if not writer.question.explanation.strip():
        return []
    shown = {"outcomeIdentifier": "EXPLANATION", "identifier": "shown", "showHide": "show"}
    return [element("modalFeedback", shown, *writer.held(writer.texts.blocks(writer.question.explanation)))]
