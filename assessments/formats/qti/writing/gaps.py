"""Texts with gaps → items of QTI."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from assessments.domain import markup
from assessments.formats.omitting import CannotWrite
from assessments.formats.qti import scoring
from assessments.formats.qti.elements import element, identifiers
from assessments.formats.qti.writing.entries import branches, right_number, typed
from assessments.formats.qti.writing.parts import Parts, Writer
from assessments.question_types.cloze import MARKER


def cloze(writer: Writer) -> Parts:
    content, key = writer.content, writer.key
    writer.left.add_of_gaps(content, key)
    parts = Parts()
    whole = sum((Fraction(str(one.get("weight", 1))) for one in key["gaps"].values()), start=Fraction(0))
    shown: dict[str, Element] = {}
    mapped: list[str] = []
    rules: list[Element] = []
    for place, gap in enumerate(content["gaps"], start=1):
        name, gap_key = f"RESPONSE_{place}", key["gaps"][gap["id"]]
        points = writer.points * Fraction(str(gap_key.get("weight", 1))) / whole
        numbers = [one for one in gap_key.get("accepted", ()) if "text" not in one]
        if numbers:
            declaration, shown[gap["id"]] = gap_for_number(writer, name, gap_key, numbers)
            rules.append(scoring.added(branches(numbers, points, name)))
        else:
            declaration, shown[gap["id"]] = entered(writer, name, gap, gap_key, points)
            mapped.append(name)
        parts.declarations.append(declaration)
    parts.processing = [*scoring.mapped(*mapped), *rules] if mapped else rules
    parts.body = [*writer.stem(), *writer.texts.blocks(content["text"], lambda text: filled(text, shown))]
    return parts


def entered(
    writer: Writer, name: str, gap: dict[str, Any], key: dict[str, Any], points: Fraction
) -> tuple[Element, Element]:
    if "option" in key:
        return gap_to_choose(writer, name, gap, key, points)
    return typed(writer, name, key["accepted"], points), element("textEntryInteraction", {"responseIdentifier": name})


def gap_for_number(
    writer: Writer, name: str, key: dict[str, Any], numbers: Sequence[dict[str, Any]]
) -> tuple[Element, Element]:
    if len(numbers) < len(key["accepted"]):
        raise CannotWrite("a blank accepts either numbers or words in QTI")
    declaration = scoring.declaration(name, "float", correct=right_number(numbers))
    return declaration, element("textEntryInteraction", {"responseIdentifier": name})


def gap_to_choose(
    writer: Writer, name: str, gap: dict[str, Any], key: dict[str, Any], points: Fraction
) -> tuple[Element, Element]:
    names = identifiers(one["id"] for one in gap["options"])
    shares = {id_: Fraction(str(share)) for id_, share in key.get("credit", {}).items()} | {key["option"]: Fraction(1)}
    entries = [(names[id_], share * points) for id_, share in shares.items() if share]
    interaction = element(
        "inlineChoiceInteraction",
        {"responseIdentifier": name, "shuffle": writer.shuffled()},
        *(
            element("inlineChoice", {"identifier": names[one["id"]]}, markup.plain(one["text"]))
            for one in gap["options"]
        ),
    )
    correct = [names[key["option"]]]
    return scoring.declaration(name, "identifier", correct=correct, mapping=scoring.mapping(entries)), interaction


def filled(text: str, shown: dict[str, Element]) -> list[Element | str]:
    """Text with each marker as its gap, once."""
    found: list[Element | str] = []
    last = 0
    for match in MARKER.finditer(text):
        if match[1] in shown:
            found += [text[last : match.start()], shown.pop(match[1])]
            last = match.end()
    return [*found, text[last:]]
