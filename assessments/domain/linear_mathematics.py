r"""TeX on one line of plain text, for lists that drop down: ``x² + 1``, ``a/(b + c)``, ``√2``.

Nothing that cannot be read that way is guessed at: a table, or letters above letters, is left as it was typed.
"""

from __future__ import annotations

from functools import lru_cache
from html import unescape
from itertools import pairwise
from xml.etree.ElementTree import Element

from assessments.domain.mathematics import REFUSALS, Unreadable, converted

TEXT = {"mi", "mn", "mo", "mtext"}
ROWS = {"math", "mrow", "mstyle", "mpadded"}
LINES = str.maketrans({"\u2212": "-", "\u2061": "", "\u00a0": " "})
RELATIONS = {*"=<>≠≤≥≈≡≅∝∈∉⊂⊆⊃⊇→←↔⇒⇐⇔"}
RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")


@lru_cache(maxsize=1024)
def on_one_line(tex: str) -> str | None:
    """``None`` if it has no place on a line."""
    try:
        return " ".join(_line(converted(tex, display="inline")).split()) or None
    except REFUSALS:
        return None


def _line(element: Element) -> str:
    parts = [*element]
    if element.tag in TEXT:
        return _sign(element) if element.tag == "mo" else unescape(element.text or "").translate(LINES)
    if element.tag in ROWS:
        return _row(parts)
    if element.tag == "mspace":
        return " "
    if element.tag == "msqrt":
        return f"√{_grouped(_row(parts))}"
    lines = [_line(part) for part in parts]
    match element.tag, len(lines):
        case "mfrac", 2:
            return f"{_grouped(lines[0])}/{_grouped(lines[1])}"
        case "msup", 2:
            return lines[0] + _raised(lines[1])
        case "msub", 2:
            return lines[0] + _lowered(lines[1])
        case "msubsup" | "munderover", 3:
            return lines[0] + _lowered(lines[1]) + _raised(lines[2])
        case _:
            raise Unreadable


def _row(parts: list[Element]) -> str:
    """A function's name keeps away from its letter."""
    lines = [_line(part) for part in parts]
    gaps = [
        " " if one[-1:].isalpha() and len(one) > 1 and other[:1].isalnum() else "" for one, other in pairwise(lines)
    ]
    return "".join(line + gap for line, gap in zip(lines, [*gaps, ""], strict=True))


def _sign(element: Element) -> str:
    sign = unescape(element.text or "").translate(LINES)
    return f" {sign} " if sign in RELATIONS else sign


def _grouped(line: str) -> str:
    return line if len(line) == 1 or line.isalnum() else f"({line.strip()})"


def _raised(line: str) -> str:
    raised = line.translate(RAISED)
    return raised if all(one not in raised for one in line) else f"^{_grouped(line)}"


def _lowered(line: str) -> str:
    lowered = line.translate(LOWERED)
    return lowered if all(one not in lowered for one in line) else f"_{_grouped(line)}"
