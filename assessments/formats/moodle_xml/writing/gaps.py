"""Blanks in a text as Moodle embeds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

from assessments.domain import markup
from assessments.formats.base import ParsedQuestion
from assessments.formats.omitting import NO_FULL_ANSWER, PATTERNS, CannotWrite, Omissions
from assessments.formats.shares import decimals, percentage, wildcards_of
from assessments.formats.shown import html_of

IN_ANSWER = re.compile(r"([~=#}/\"])")
BACKSLASH = "&#92;"  # no escape of its own: one at the end would escape what separates the answers


def cloze_text(question: ParsedQuestion, left: Omissions) -> str:
    """The stem, then the text with its gaps as Moodle embeds them."""
    content, key = question.content, question.key
    if content.get("fixed_order"):
        left.add("the order of options, which is mixed up")
    left.add_of_gaps(content, key)
    text = html_of(content["text"])
    for gap in content["gaps"]:
        written = _gap(gap, key["gaps"][gap["id"]], left)
        text = text.replace("{{" + gap["id"] + "}}", written, 1)
    return f"{html_of(question.stem)}\n{text}"


def _gap(gap: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    weight = key.get("weight", 1)
    if weight != int(weight):
        raise CannotWrite("Moodle's blanks have whole numbers as weights")
    if "option" in key:
        shares = key.get("credit", {}) | {key["option"]: 1}
        kind = "MULTICHOICE_S"
        parts = [_alternative(shares.get(one["id"], 0), markup.plain(one["text"])) for one in gap["options"]]
    else:
        kind, parts = _typed(key["accepted"], left)
    return f"{{{int(weight)}:{kind}:{'~'.join(parts)}}}"


def _typed(accepted: Sequence[dict[str, Any]], left: Omissions) -> tuple[str, list[str]]:
    numbers = [one for one in accepted if "text" not in one]
    texts = [one for one in accepted if "text" in one]
    if numbers and texts:
        raise CannotWrite("Moodle's blanks accept either numbers or words")
    if numbers:
        return "NUMERICAL", [_alternative(one.get("credit", 1), ":".join(value_and_tolerance(one))) for one in numbers]
    in_case = all(one.get("case_sensitive") for one in texts)
    if any(one.get("case_sensitive") for one in texts) and not in_case:
        left.add("upper and lower case of single answers")
    written = [(one.get("credit", 1), wildcards_of(one)) for one in texts]
    if any(text is None for _, text in written):
        left.add(PATTERNS)
    kept = [(credit, " ".join(text.split())) for credit, text in written if text is not None]
    if not any(credit == 1 for credit, _ in kept):
        raise CannotWrite(NO_FULL_ANSWER)
    return "SHORTANSWER_C" if in_case else "SHORTANSWER", [_alternative(credit, text) for credit, text in kept]


def _alternative(credit: float, text: str) -> str:
    mark = "=" if credit == 1 else f"%{percentage(Fraction(str(credit)))}%"
    return mark + BACKSLASH.join(IN_ANSWER.sub(r"\\\1", escape(part)) for part in text.split("\\"))


def value_and_tolerance(one: dict[str, Any]) -> tuple[str, str]:
    """Moodle has no ranges: half way between the ends, as far as to either of them."""
    if "value" in one:
        tolerance = Fraction(one.get("tolerance", "0"))
        return one["value"], decimals(tolerance * (abs(Fraction(one["value"])) if one.get("relative") else 1))
    low, high = Fraction(one["min"]), Fraction(one["max"])
    return decimals((low + high) / 2), decimals((high - low) / 2)
