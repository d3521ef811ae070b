"""Keys as other programs write them: a percentage for each option, texts with stars."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats.keyed import pattern_of

STAR = re.compile(r"\.\*")


def multiple_shares(content: dict[str, Any], key: dict[str, Any]) -> tuple[dict[str, Fraction], bool]:
    """What each option adds to the points, and whether that is the very scoring of the key."""
    ids = [option["id"] for option in content["options"]]
    scoring = key.get("scoring", "right_minus_wrong")
    if scoring == "weighted":
        return {id_: Fraction(str(key["weights"].get(id_, 0))) for id_ in ids}, True
    right = set(key["options"])
    wrong = len(ids) - len(right)
    shares = {id_: Fraction(1, len(right)) if id_ in right else Fraction(-1, wrong) for id_ in ids}
    return shares, scoring == "right_minus_wrong"


def pairs_of(content: dict[str, Any], key: dict[str, Any]) -> list[tuple[str, str]]:
    """Prompts with their choices; then choices that are there to mislead, without a prompt."""
    texts = {choice["id"]: choice["text"] for choice in content["choices"]}
    right = key["pairs"]
    asked = [(prompt["text"], texts[right[prompt["id"]]]) for prompt in content["prompts"]]
    return [*asked, *(("", text) for id_, text in texts.items() if id_ not in right.values())]


def percentage(share: Fraction) -> str:
    """As Moodle writes it: at most seven decimals, and no zeros at the end."""
    written = f"{float(share * 100):.7f}".rstrip("0").rstrip(".")
    return written if written != "-0" else "0"


def places_of(number: Fraction) -> int | None:
    """How many decimals it takes; ``None`` where none are enough, as for a third."""
    twos = fives = 0
    bottom = number.denominator
    while bottom % 2 == 0:
        bottom, twos = bottom // 2, twos + 1
    while bottom % 5 == 0:
        bottom, fives = bottom // 5, fives + 1
    return max(twos, fives) if bottom == 1 else None


def decimals(number: Fraction) -> str:
    """Exactly, as far as decimals can: what they cannot is a result of sharing, and told to 15 digits."""
    places = places_of(number)
    if places is None:
        return f"{float(number):.15g}"
    return f"{Decimal(number.numerator * 10**places // number.denominator).scaleb(-places):f}"


def wildcards_of(accepted: dict[str, Any]) -> str | None:
    """An accepted text as Moodle writes it, with stars for any run of characters; ``None`` for other patterns."""
    text = str(accepted["text"])
    if accepted.get("match", "exact") == "exact":
        return text.strip().replace("*", r"\*")
    pieces = [re.sub(r"\\([\\.+*?()|\[\]{}^$])", r"\1", piece) for piece in _pieces(text)]
    written = "*".join(piece.replace("*", r"\*") for piece in pieces)
    return written if pattern_of(written) == text else None


def _pieces(pattern: str) -> list[str]:
    """Between ``.*``, where the dot is no quoted one."""
    return re.split(r"(?<!\\)\.\*", pattern)
