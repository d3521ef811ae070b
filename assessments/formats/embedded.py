"""Gaps as Moodle writes them into a text, ``{1:SHORTANSWER:=index~%50%indices#Only one.}``, as a cloze question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import unescape
from typing import Any

from assessments.domain import markup
from assessments.formats import keyed
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, share_of
from assessments.question_types.choices import letter
from assessments.question_types.gaps import MAX_LENGTH
from assessments.question_types.texts import folded

TYPED = frozenset(("SHORTANSWER", "SA", "MW"))
TYPED_IN_CASE = frozenset(("SHORTANSWER_C", "SAC", "MWC"))
NUMERIC = frozenset(("NUMERICAL", "NM"))
CHOICE = frozenset(
    f"{name}{shown}"
    for name, layouts in (
        ("MULTICHOICE", ("", "_S", "_V", "_H", "_VS", "_HS")),
        ("MC", ("", "S", "V", "H", "VS", "HS")),
    )
    for shown in layouts
)
GAP = re.compile(r"\{\s*(\d{0,4})\s*:\s*([A-Z]{2,13}(?:_[A-Z]{1,2})?)\s*:((?:\\.|[^\\}])*)\}", re.DOTALL)
SPLIT = re.compile(r"(?<!\\)~")
FEEDBACK = re.compile(r"(?<![\\&])#")  # not that of an entity: &#92;
ESCAPED = re.compile(r"\\([~=#}/\"\\:])")
SHARE = re.compile(r"%\s*([^%]{1,20})%")
STEM = "Fill in the blanks."
HEADING = re.compile(r"#{1,6} ")
MARKER = re.compile(r"\{\{\d+\}\}")


@dataclass(frozen=True)
class Alternative:
    text: str
    """Plain, or HTML where the text around it is."""
    share: Fraction
    feedback: str = ""


def alternatives(body: str) -> list[Alternative]:
    """What is between ``{1:SA:`` and ``}``. Raises :class:`CannotTake`."""
    found = []
    for part in SPLIT.split(body):
        text = part.strip()
        share = Fraction(0)
        if text.startswith("="):
            text, share = text[1:], Fraction(1)
        elif match := SHARE.match(text):
            text, share = text[match.end() :], share_of(match[1])
        answer, *feedback = FEEDBACK.split(text, maxsplit=1)
        if answer.strip() or feedback:
            found.append(
                Alternative(unquoted(answer).strip(), share, unquoted(feedback[0]).strip() if feedback else "")
            )
    return found


def unquoted(text: str) -> str:
    return ESCAPED.sub(r"\1", text)


def gap_of(kind: str, options: Sequence[Alternative], *, weight: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
    """A gap and its key, both without an id. Raises :class:`CannotTake`."""
    gap: dict[str, Any] = {}
    if kind in TYPED or kind in TYPED_IN_CASE:
        draft = keyed.short_text(
            [(words(one.text), one.share, "") for one in options], case_sensitive=kind in TYPED_IN_CASE
        )
        if any(len(one["text"]) > MAX_LENGTH for one in draft.key["accepted"] if "match" not in one):
            raise CannotTake(f"An answer for a blank is longer than {MAX_LENGTH} characters.")
        key = {"accepted": draft.key["accepted"]}
    elif kind in NUMERIC:
        key = {"accepted": [_number(one) for one in options if one.share > 0 and one.text != "*"]}
        if not key["accepted"]:
            raise CannotTake("A blank accepts no number: its key is missing.")
    elif kind in CHOICE:
        gap, key = _choice(options)
    else:
        raise CannotTake(f"A blank of the kind {kind} has no counterpart here.")
    if weight != 1:
        key["weight"] = weight
    return gap, key


def _choice(options: Sequence[Alternative]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Shown in a list of plain words, where two that read the same are one."""
    best: dict[str, Alternative] = {}
    for one in options:
        same = folded(words(one.text))
        if not same and one.share <= 0:
            continue  # the empty line some programs begin a list with
        if not same:
            raise CannotTake("The right option of a blank has no text.")
        if same not in best or best[same].share < one.share:
            best[same] = one
    if len(best) < 2:
        raise CannotTake("A blank to choose for needs at least two different options.")
    ids = {letter(place).lower(): one for place, one in enumerate(best.values())}
    shares = {id_: one.share for id_, one in ids.items()}
    shown = [{"id": id_, "text": plain_to_markdown(words(one.text))} for id_, one in ids.items()]
    return {"kind": "choice", "options": shown}, keyed.single_key(shares, [])


def _number(one: Alternative) -> dict[str, Any]:
    value, _, tolerance = words(one.text).partition(":")
    if ".." in value:
        low, _, high = value.partition("..")
        return keyed.accepted_range(low, high, one.share)
    return keyed.accepted_number(value, tolerance, one.share)


def words(text: str) -> str:
    """Plain words of an answer that may hold HTML."""
    return " ".join(unescape(re.sub(r"<[A-Za-z/][^<>]*>", " ", text)).split())


def marked(text: str) -> tuple[str, list[tuple[dict[str, Any], dict[str, Any]]], list[str]]:
    """The text with ``{{1}}`` for each gap, the gaps with their keys, and what is said about single answers."""
    gaps: list[tuple[dict[str, Any], dict[str, Any]]] = []
    remarks: list[str] = []

    def taken(match: re.Match[str]) -> str:
        options = alternatives(match[3])
        weight = int(match[1] or 1)
        if not 0 < weight <= 1000:
            raise CannotTake(f"A blank has the weight {weight}; weights are from 1 to 1000.")
        gaps.append(gap_of(match[2], options, weight=weight))
        remarks.extend(remarks_of(len(gaps), options))
        return "{{" + str(len(gaps)) + "}}"

    return GAP.sub(taken, text), gaps, remarks


def remarks_of(number: int, options: Sequence[Alternative]) -> list[str]:
    """What is said about answers for a gap, for the explanation."""
    return [f"- ({number}) {words(one.text)}: {one.feedback}" for one in options if one.feedback]


def cloze(text: str, gaps: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[str, Draft]:
    """The stem and the rest, from Markdown with markers. What stands before the paragraph of the first gap is the stem.

    A heading right above that paragraph stays with it, unless nothing else is left to be the stem.
    """
    paragraphs = text.split("\n\n")
    first = next((place for place, part in enumerate(paragraphs) if MARKER.search(part)), 0)
    if first > 1 and HEADING.match(paragraphs[first - 1]):
        first -= 1
    before = "\n\n".join(paragraphs[:first])
    if before.count("```") % 2 or not markup.plain(before):
        before, first = "", 0
    ids = [str(place) for place in range(1, len(gaps) + 1)]
    return before or STEM, Draft(
        "cloze",
        {
            "text": "\n\n".join(paragraphs[first:]),
            "gaps": [{"id": id_, **gap} for id_, (gap, _) in zip(ids, gaps, strict=True)],
        },
        {"gaps": {id_: key for id_, (_, key) in zip(ids, gaps, strict=True)}},
    )
