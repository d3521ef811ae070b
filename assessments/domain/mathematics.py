"""TeX as MathML, which browsers show and read aloud without a script.

What comes of a formula is built here, element by element, from the list below; whatever the converter makes that is
not on it, what it does not understand and what is made to take long is not shown as mathematics at all.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from math import inf
from xml.etree.ElementTree import Element

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

LONGEST = 1_000
DEEPEST = 30
LARGEST = 4_000

ELEMENTS = """math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mrow mspace mstyle msub msubsup
    msup mtable mtd mtext mtr munder munderover"""
SWITCHES = "accent accentunder displaystyle fence largeop movablelimits separator stretchy symmetric"
SIZES = "depth height linethickness lspace maxsize minsize rspace voffset width"
OPERATOR = "fence form largeop lspace maxsize minsize movablelimits rspace separator stretchy symmetric"
TAGS = {*ELEMENTS.split()}
LENGTH = r"-?(?:\d{1,2}(?:\.\d{0,4})?|\.\d{1,4})(?:em|ex|px|pt|mu)?"
VALUES = {
    "alttext": re.compile(rf".{{1,{LONGEST + 4}}}", re.DOTALL),
    "class": re.compile(r"align-(?:left|center|right)|lined"),
    "display": re.compile(r"inline|block"),
    "form": re.compile(r"prefix|infix|postfix"),
    "mathvariant": re.compile(r"normal"),
    "scriptlevel": re.compile(r"[+-]?\d"),
    **dict.fromkeys(SWITCHES.split(), re.compile(r"true|false")),
    **dict.fromkeys(SIZES.split(), re.compile(LENGTH)),
}
ATTRIBUTES = {
    "math": {"alttext", "display"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {*OPERATOR.split()},
    "mover": {"accent"},
    "mrow": {"class"},
    "mpadded": {"depth", "height", "lspace", "voffset", "width"},
    "mspace": {"depth", "height", "width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle"},
    "mtd": {"class"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
}
PARTS = {"mfrac": 2, "mroot": 2, **dict.fromkeys(("msub", "msup", "munder", "mover"), 2), "msubsup": 3, "munderover": 3}
DEFINES = re.compile(r"\\(?:re|provide)?(?:newcommand|newenvironment|DeclareMathOperator|[egx]?def|let)")
"""What lets a few letters become many."""
STEP = re.compile(r"\\[a-zA-Z]+|\\.|[{}]")
STEPS = {"{": 1, "}": -1, r"\left": 1, r"\right": -1, r"\begin": 1, r"\end": -1}
PERCENT = re.compile(r"(?<!\\)%")  # the sign: nobody comments within a question
ALIGNED = re.compile(r"(?<=\\begin)\{align(?:ed)?\}|(?<=\\end)\{align(?:ed)?\}")
COMMAND = re.compile(r"\\[a-zA-Z]+")
ALPHABETS = {
    "bold": "BOLD",
    "italic": "ITALIC",
    "bold-italic": "BOLD ITALIC",
    "double-struck": "DOUBLE-STRUCK",
    "script": "SCRIPT",
    "fraktur": "FRAKTUR",
    "sans-serif": "SANS-SERIF",
    "bold-sans-serif": "SANS-SERIF BOLD",
    "monospace": "MONOSPACE",
}


class Unreadable(Exception):
    """Nothing here that can be shown as it is meant."""


REFUSALS: tuple[type[Exception], ...] = (
    Unreadable,
    *(one for one in vars(exceptions).values() if isinstance(one, type) and issubclass(one, Exception)),
    *(AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError),
)
"""What the converter raises on TeX that it cannot read; RecursionError is a RuntimeError."""


@lru_cache(maxsize=1024)
def mathml(tex: str, *, is_block: bool) -> str | None:
    """``None`` if it cannot be converted: then it is to be shown as it was typed."""
    display = "block" if is_block else "inline"
    try:
        root = converted(tex, display=display)
        written: list[str] = []
        _draw_lines(root)
        _write(root, {"alttext": tex, "display": display}, written, DEEPEST * 4)
    except REFUSALS:
        return None
    return "".join(written)


def converted(tex: str, *, display: str) -> Element:
    """As the converter has it, with whatever it understood. Raises one of :data:`REFUSALS`."""
    if len(tex) > LONGEST or _depth(tex) > DEEPEST or DEFINES.search(tex):
        raise Unreadable
    return convert_to_element(ALIGNED.sub("{align*}", PERCENT.sub(r"\\%", tex)), display=display)


def _depth(tex: str) -> float:
    """Of braces, and of what begins and ends; endless, if it does not end."""
    depths = [*accumulate((STEPS.get(one, 0) for one in STEP.findall(tex)), initial=0)]
    return max(depths) if depths[-1] == 0 <= min(depths) else inf


def _draw_lines(root: Element) -> None:
    """Roots and bars as a sign and a border: without a font for mathematics browsers leave out the one or do not stretch."""
    for element in [*root.iter()]:
        parts = [*element]
        if element.tag == "msqrt":
            element[:] = [_sign_of_root(), _lined(parts)]
        elif element.tag == "mroot" and len(parts) == PARTS["mroot"]:
            index = Element("msup")
            index[:] = [Element("mrow"), parts[1]]
            element[:] = [index, _sign_of_root(), _lined(parts[:1])]
        elif element.tag == "mover" and len(parts) == PARTS["mover"] and unescape(parts[1].text or "") == "\u2015":
            element[:] = [_lined(parts[:1])]
        else:
            continue
        element.tag = "mrow"
        element.attrib.clear()


def _sign_of_root() -> Element:
    sign = Element("mo", {"form": "prefix", "stretchy": "true", "rspace": "0"})
    sign.text = "\u221a"
    return sign


def _lined(parts: list[Element]) -> Element:
    row = Element("mrow", {"class": "lined"})
    row[:] = parts
    return row


def _write(element: Element, attributes: dict[str, str], written: list[str], depth: int) -> None:
    text = unescape(element.text or "")
    tag = "mo" if element.tag == "mi" and _is_sign(text) else element.tag
    if tag not in TAGS or depth == 0 or len(written) > LARGEST:
        raise Unreadable
    if COMMAND.search(text) or (tag == "mi" and text == "&") or len(element) != PARTS.get(tag, len(element)):
        raise Unreadable
    allowed = ATTRIBUTES.get(tag, set())
    kept = [
        f' {name}="{escape(value)}"'
        for name, value in attributes.items()
        if name in allowed and VALUES[name].fullmatch(value)
    ]
    written.append(f"<{tag}{''.join(kept)}>")
    written.append(escape(_lettered(text, element.get("mathvariant", "")) if tag != "mtext" else text, quote=False))
    for child in element:
        _write(child, _attributes(child), written, depth - 1)
    written.append(f"</{tag}>")


def _is_sign(text: str) -> bool:
    """A relation, a bracket or the name of a function, which the converter takes for a letter."""
    if len(text) > 1 and text.isalpha() and text.isascii():
        return True
    return len(text) == 1 and text != "\u221e" and unicodedata.category(text) in ("Sm", "Ps", "Pe")


def _attributes(element: Element) -> dict[str, str]:
    """A cell's alignment as a class: browsers have let go of the attribute."""
    found = dict(element.attrib)
    if element.tag == "mi" and len(unescape(element.text or "")) > 1:
        found |= {"lspace": "0.167em", "rspace": "0.167em"}
    if "columnalign" in found:
        found["class"] = f"align-{found.pop('columnalign')}"
    return found


def _lettered(text: str, variant: str) -> str:
    """Bold and other letters as characters of their own, which is how browsers have them."""
    alphabet = ALPHABETS.get(variant)
    return "".join(_letter(character, alphabet) for character in text) if alphabet else text


def _letter(character: str, alphabet: str) -> str:
    name = re.sub(r"LATIN |GREEK |(?<= )LETTER ", "", unicodedata.name(character, ""))
    for styled in (f"MATHEMATICAL {alphabet} {name}", f"{alphabet} {name}".replace("FRAKTUR", "BLACK-LETTER")):
        try:
            return unicodedata.lookup(styled)  # the letter of the real numbers and a few more came before the others
        except KeyError:
            continue
    return character
