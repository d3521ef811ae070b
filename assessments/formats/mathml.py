"""MathML, and pictures of formulas, as TeX between dollars, which is how mathematics is written here."""

from __future__ import annotations

from collections.abc import Sequence

from assessments.formats.html_tree import Node

NAMED = """times cdot cdot div pm le ge ne infty sum prod int to in pi beta delta theta lambda mu varphi omega Delta Sigma
    Omega partial"""
FUNCTION_NAMES = "arccos arcsin arctan cos cosh cot csc deg det exp gcd lim ln log max min sec sin sinh sup tan tanh"
FUNCTIONS = frozenset(FUNCTION_NAMES.split())
NAMES = {
    0x3B1: "alpha",
    0x3B3: "gamma",
    0x3C3: "sigma",
    **{
        ord(sign): name
        for sign, name in zip(
            "×⋅·÷±≤≥≠∞∑∏∫→∈πβδθλμφωΔΣΩ∂",
            NAMED.split(),
            strict=True,
        )
    },
}
SIGNS = {
    **{code: f"\\{name} " for code, name in NAMES.items()},
    **dict.fromkeys((0x2061, 0x2062, 0x2063), ""),  # applied to, times, comma: there, but not to be seen
    **{ord(sign): f"\\{sign}" for sign in "{}%#&"},
    ord("−"): "-",
    ord("$"): r"\text{USD}",  # a dollar would end the mathematics, a backtick begin code
    ord("`"): "'",
}

EQUATION = "equation_image"


def to_tex(math: Node) -> str:
    inside = " ".join(_row(math.children).split())
    if not inside:
        return ""
    return f"$${inside}$$" if math.attributes.get("display") == "block" else f"${inside}$"


def tex_of_picture(node: Node) -> str:
    """What a picture of a formula was drawn from, as Canvas's editor notes it; older ones only describe it."""
    said = node.attributes.get("data-equation-content", "")
    if said or EQUATION not in node.attributes.get("class", "").split():
        return said
    return node.attributes.get("alt", "").removeprefix("LaTeX:") or node.attributes.get("title", "")


def _row(nodes: Sequence[Node | str]) -> str:
    return "".join(_signs(node) if isinstance(node, str) else _element(node) for node in nodes)


def _element(node: Node) -> str:  # noqa: C901 - a line for each kind of element
    tag = node.tag.rpartition(":")[2]
    arguments = [_element(child).strip() for child in node.children if isinstance(child, Node)]
    match tag, arguments:
        case ("mfrac", [top, bottom]):
            return rf"\frac{{{top}}}{{{bottom}}}"
        case ("msup", [base, upper]):
            return f"{_base(base)}^{{{upper}}}"
        case ("msub", [base, lower]):
            return f"{_base(base)}_{{{lower}}}"
        case ("msubsup" | "munderover", [base, lower, upper]):
            return f"{_base(base)}_{{{lower}}}^{{{upper}}}"
        case ("munder", [base, lower]):
            return f"{_base(base)}_{{{lower}}}"
        case ("mover", [base, upper]):
            return rf"\overset{{{upper}}}{{{base}}}"
        case ("mroot", [base, index]):
            return rf"\sqrt[{index}]{{{base}}}"
        case ("msqrt", _):
            return rf"\sqrt{{{_row(node.children).strip()}}}"
        case ("mfenced", _):
            return f"{node.attributes.get('open', '(')}{', '.join(arguments)}{node.attributes.get('close', ')')}"
        case ("mtable", _):
            rows = " \\\\ ".join(arguments)
            return rf"\begin{{matrix}}{rows}\end{{matrix}}"
        case ("mtr", _):
            return " & ".join(arguments)
        case ("mtext", _):
            text = " ".join(node.text().split())
            return rf"\text{{ {_signs(text)} }}" if text else " "
        case ("mspace", _):
            return " "
        case ("mi", []) if len(name := node.text().strip()) > 1 and name.isascii() and name.isalpha():
            return rf"\{name} " if name in FUNCTIONS else rf"\operatorname{{{name}}}"
        case ("annotation" | "annotation-xml", _):
            return ""
    return _row(node.children)


def _base(text: str) -> str:
    return text if len(text) == 1 or (text.startswith("\\") and text[1:].isalpha()) else f"{{{text}}}"


def _signs(text: str) -> str:
    return " ".join(text.split()).translate(SIGNS)
