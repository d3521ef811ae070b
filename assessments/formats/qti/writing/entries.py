"""Texts and numbers to type → items of QTI."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from assessments.formats.omitting import NO_FULL_ANSWER, PATTERNS, CannotWrite
from assessments.formats.qti import scoring
from assessments.formats.qti.elements import element
from assessments.formats.qti.scoring import amount
from assessments.formats.qti.writing.parts import Parts, Writer


def short_text(writer: Writer) -> Parts:
    if writer.content.get("max_length"):
        writer.left.add("longest answer")
    declaration = typed(writer, "RESPONSE", writer.key["accepted"], writer.points)
    return Parts(
        declarations=[declaration], body=[*writer.stem(), entry("RESPONSE")], processing=scoring.mapped("RESPONSE")
    )


def typed(writer: Writer, name: str, accepted: Sequence[dict[str, Any]], points: Fraction) -> Element:
    texts: dict[str, Fraction] = {}
    in_case = []
    for one in accepted:
        if one.get("match", "exact") != "exact":
            writer.left.add(PATTERNS)
            continue
        text = " ".join(one["text"].split())
        texts.setdefault(text, Fraction(str(one.get("credit", 1))))
        in_case += [text] if one.get("case_sensitive") else []
    full = [text for text, share in texts.items() if share == 1]
    if not full:
        raise CannotWrite(NO_FULL_ANSWER)
    entries = [(text, share * points) for text, share in texts.items() if share]
    return scoring.declaration(name, "string", correct=full[:1], mapping=scoring.mapping(entries, in_case=in_case))


def numeric(writer: Writer) -> Parts:
    content, key = writer.content, writer.key
    if content.get("units") or key.get("units") or key.get("unit_required"):
        writer.left.add("units")
    if content.get("placeholder"):
        writer.left.add("placeholder")
    accepted = key["accepted"]
    return Parts(
        declarations=[scoring.declaration("RESPONSE", "float", correct=right_number(accepted))],
        body=[*writer.stem(), entry("RESPONSE")],
        processing=[scoring.when(branches(accepted, writer.points, "RESPONSE"))],
    )


def branches(accepted: Sequence[dict[str, Any]], points: Fraction, name: str) -> list[tuple[Element, Element]]:
    """The best first, since the first that holds counts."""
    best_first = sorted(accepted, key=lambda one: -Fraction(str(one.get("credit", 1))))
    return [
        (
            scoring.accepts(one, name),
            scoring.value("float", amount(points * Fraction(str(one.get("credit", 1))))),
        )
        for one in best_first
    ]


def long_text(writer: Writer) -> Parts:
    if writer.content:
        writer.left.add("suggested length and other settings of long texts")
    body = [*writer.stem(), element("extendedTextInteraction", {"responseIdentifier": "RESPONSE"})]
    if (answer := writer.key.get("model_answer", "")).strip():
        body.append(element("rubricBlock", {"view": "scorer"}, *writer.held(writer.texts.blocks(answer))))
    return Parts(declarations=[scoring.declaration("RESPONSE", "string")], body=body)


def right_number(accepted: Sequence[dict[str, Any]]) -> list[str]:
    """One that earns all, for programs that want to show it."""
    full = [one for one in accepted if one.get("credit", 1) == 1]
    values = [one.get("value") or amount((Fraction(one["min"]) + Fraction(one["max"])) / 2) for one in full]
    return [scoring.plainly(value) for value in values[:1]]


def entry(name: str) -> Element:
    return element("p", None, element("textEntryInteraction", {"responseIdentifier": name}))
