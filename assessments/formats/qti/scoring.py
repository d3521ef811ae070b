"""What responses earn, as QTI says it: mappings, and response processing made of the standard's own operators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from assessments.formats.qti.elements import element
from assessments.formats.shares import decimals, places_of

PLACES = Decimal(10) ** -15


def amount(value: Fraction) -> str:
    """As a decimal number, rounded down, so that parts never come to more than the whole."""
    if places_of(value) is not None:
        return decimals(value)
    with localcontext() as context:
        context.prec = 40
        return f"{(Decimal(value.numerator) / Decimal(value.denominator)).quantize(PLACES, ROUND_FLOOR).normalize():f}"


def declaration(
    name: str,
    base_type: str,
    *,
    cardinality: str = "single",
    correct: Sequence[str] = (),
    mapping: Element | None = None,
) -> Element:
    made = element("responseDeclaration", {"identifier": name, "cardinality": cardinality, "baseType": base_type})
    if correct:
        made.append(element("correctResponse", None, *(element("value", None, value) for value in correct)))
    if mapping is not None:
        made.append(mapping)
    return made


def mapping(
    entries: Iterable[tuple[str, Fraction]],
    *,
    highest: Fraction | None = None,
    in_case: Sequence[str] | None = None,
) -> Element:
    """``in_case`` names the keys whose case counts; without it the values are no texts."""
    bounds = {"lowerBound": "0", "upperBound": amount(highest)} if highest is not None else {}
    made = element("mapping", {**bounds, "defaultValue": "0"})
    for key, value in entries:
        case = {} if in_case is None else {"caseSensitive": "true" if key in in_case else "false"}
        made.append(element("mapEntry", {"mapKey": key, "mappedValue": amount(value), **case}))
    return made


def outcome(name: str, base_type: str, value: str = "", **more: str) -> Element:
    made = element(
        "outcomeDeclaration",
        {"identifier": name, "cardinality": more.pop("cardinality", "single"), "baseType": base_type, **more},
    )
    if value:
        made.append(element("defaultValue", None, element("value", None, value)))
    return made


def variable(name: str) -> Element:
    return element("variable", {"identifier": name})


def value(base_type: str, written: str) -> Element:
    return element("baseValue", {"baseType": base_type}, written)


def set_to(name: str, what: Element) -> Element:
    return element("setOutcomeValue", {"identifier": name}, what)


def map_response(name: str) -> Element:
    return element("mapResponse", {"identifier": name})


def mapped(*names: str) -> list[Element]:
    """The points are those of the mappings together."""
    parts = [map_response(name) for name in names]
    return [set_to("SCORE", parts[0] if len(parts) == 1 else element("sum", None, *parts))]


def when(branches: Sequence[tuple[Element, Element]]) -> Element:
    """The first of the tests that holds gives the score."""
    names = ["responseIf", *["responseElseIf"] * (len(branches) - 1)]
    return element(
        "responseCondition",
        None,
        *(
            element(name, None, test, set_to("SCORE", given))
            for name, (test, given) in zip(names, branches, strict=True)
        ),
    )


def added(branches: Sequence[tuple[Element, Element]]) -> Element:
    """…and adds to the score of the gaps before it."""
    return when([(test, element("sum", None, variable("SCORE"), given)) for test, given in branches])


def exactly(points: Fraction, name: str = "RESPONSE") -> list[Element]:
    """All the points for the correct response, nothing else for anything else."""
    test = element("match", None, variable(name), element("correct", {"identifier": name}))
    return [when([(test, value("float", amount(points)))])]


def share_of(points: Fraction, counted: Sequence[Element], count: int) -> Element:
    """``points`` times what of ``count`` is so; each of ``counted`` is a number."""
    total = element("sum", None, *counted)
    product = element("product", None, value("float", amount(points)), total)
    return element("divide", None, product, value("float", str(count)))


def one_if(test: Element) -> Element:
    """A condition that adds one to the outcome ``COUNT``."""
    more = element("sum", None, variable("COUNT"), value("float", "1"))
    return element("responseCondition", None, element("responseIf", None, test, set_to("COUNT", more)))


def counted(points: Fraction, tests: Sequence[Element]) -> list[Element]:
    """The points times the share of tests that hold."""
    return [*map(one_if, tests), set_to("SCORE", share_of(points, [variable("COUNT")], len(tests)))]


def at(place: int, id_: str) -> Element:
    index = element("index", {"n": str(place)}, variable("RESPONSE"))
    return element("match", None, index, value("identifier", id_))


def in_place(order: Sequence[str]) -> list[Element]:
    return [at(place, id_) for place, id_ in enumerate(order, start=1)]


def side_by_side(order: Sequence[str]) -> list[Element]:
    """For each pair of neighbours, whether they are neighbours, wherever that is."""
    places = range(1, len(order))
    return [
        element("or", None, *(element("and", None, at(place, one), at(place + 1, other)) for place in places))
        for one, other in pairwise(order)
    ]


def judged_rightly(ids: Sequence[str], right: Sequence[str]) -> list[Element]:
    """For each option, whether it was rightly chosen or left."""
    chosen = [element("member", None, value("identifier", id_), variable("RESPONSE")) for id_ in ids]
    return [test if id_ in right else element("not", None, test) for id_, test in zip(ids, chosen, strict=True)]


def unless_empty(rules: Sequence[Element]) -> list[Element]:
    empty = element("not", None, element("isNull", None, variable("RESPONSE")))
    return [element("responseCondition", None, element("responseIf", None, empty, *rules))]


def accepts(one: dict[str, Any], name: str = "RESPONSE") -> Element:
    """Whether a number is the accepted one, as near to it as allowed, or in the range."""
    if "value" not in one:
        ends = (("gte", one["min"]), ("lte", one["max"]))
        return element(
            "and", None, *(element(test, None, variable(name), value("float", plainly(end))) for test, end in ends)
        )
    tolerance = Fraction(one.get("tolerance", "0"))
    if not tolerance:
        return element("equal", {"toleranceMode": "exact"}, value("float", plainly(one["value"])), variable(name))
    mode, near = ("relative", tolerance * 100) if one.get("relative") else ("absolute", tolerance)
    attributes = {"toleranceMode": mode, "tolerance": f"{amount(near)} {amount(near)}"}
    return element("equal", attributes, value("float", plainly(one["value"])), variable(name))


def plainly(number: str) -> str:
    return amount(Fraction(number))
