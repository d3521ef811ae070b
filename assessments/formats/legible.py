"""The words of a report, which quote somebody's file: short, and of characters that can be stored and shown."""

from __future__ import annotations

import re
from dataclasses import replace

from assessments.formats.base import Parsed, Rejection

MOST = 600
"""Characters of one sentence."""
ILLEGIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, marks that turn the text after them around, and halves of surrogate pairs, which no database takes."""


def legible(sentence: str) -> str:
    clean = ILLEGIBLE.sub("\ufffd", sentence)
    return clean if len(clean) <= MOST else f"{clean[: MOST - 2]}…."


def with_legible_report(parsed: Parsed) -> Parsed:
    parsed.warnings = [legible(one) for one in parsed.warnings]
    parsed.rejected = [_legible(one) for one in parsed.rejected]
    return parsed


def _legible(one: Rejection) -> Rejection:
    return replace(one, where=legible(one.where), title=legible(one.title), reason=legible(one.reason))
