"""What the expressions of QTI's response processing give, operator by operator."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import NUMBER
from assessments.formats.qti.declarations import gathered
from assessments.formats.qti.steps import Step

if TYPE_CHECKING:  # which looks here for what its expressions give
    from assessments.formats.qti.processing import Run


NUMERIC = (Fraction, int)


class NotKnown(Exception):
    """The text is what a value depends on."""


def mapped(run: Run, step: Step) -> Any:
    mapping = run.declared(step).mapping
    if mapping is None:
        raise NotKnown("a mapping that is not there")
    return mapping.of(run.variable(step.attributes.get("identifier", "")))


def same(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    if len(values) != 2 or None in values:
        return None
    if step.tag == "equal" and step.attributes.get("tolerancemode", "exact") != "exact":
        return is_near(step.node, *values)
    return values[0] == values[1]


def is_near(node: Node, right: Any, value: Any) -> bool | None:
    """The first value says around which the second has to be."""
    if not all(isinstance(one, Fraction) for one in (right, value)):
        return None
    below_, above = tolerances(node, right)
    low, high = right - below_, right + above
    has_low, has_high = (
        node.attributes.get(name, "true") == "true" for name in ("includelowerbound", "includeupperbound")
    )
    return low < value < high or (has_low and value == low) or (has_high and value == high)


def tolerances(node: Node, right: Fraction) -> tuple[Fraction, Fraction]:
    """How far below and above."""
    written = node.attributes.get("tolerance", "").split()
    if not 1 <= len(written) <= 2 or not all(NUMBER.fullmatch(one) and len(one) <= 40 for one in written):
        raise NotKnown("a tolerance that is computed")
    both = [Fraction(one) for one in (*written, written[0])][:2]
    if node.attributes.get("tolerancemode") == "relative":
        both = [abs(right) * one / 100 for one in both]
    return both[0], both[1]


def index(run: Run, step: Step) -> Any:
    values, place = run.arguments(step), step.attributes.get("n", "")
    if not (place.isascii() and place.isdigit() and len(place) < 6):
        raise NotKnown("a place that is computed")
    inside = values[0] if len(values) == 1 and isinstance(values[0], tuple) else ()
    return inside[int(place) - 1] if 0 < int(place) <= len(inside) else None


def numeric(action: Callable[[Any, Any], Any]) -> Callable[[Run, Step], Any]:
    def computed(run: Run, step: Step) -> Any:
        values = [part for value in run.arguments(step) for part in (value if isinstance(value, tuple) else (value,))]
        if not values or not all(type(value) in NUMERIC for value in values):  # a bool is an int, and no number
            return None
        try:
            return reduce(action, values)
        except ZeroDivisionError:
            return None

    return computed


def conjunction(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    return False if False in values else None if None in values else True


def disjunction(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    return True if True in values else None if None in values else False


def negation(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    return None if values in ([], [None]) else not values[0]


def container(run: Run, step: Step) -> Any:
    values = [part for value in run.arguments(step) for part in (value if isinstance(value, tuple) else (value,))]
    return gathered([value for value in values if value is not None], step.tag)


def member(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    if len(values) != 2 or None in values:
        return None
    return values[0] in (values[1] if isinstance(values[1], tuple) else (values[1],))


def string_match(run: Run, step: Step) -> Any:
    values = run.arguments(step)
    if len(values) != 2 or None in values:
        return None
    if step.attributes.get("substring", "false") == "true":
        raise NotKnown("parts of a text")
    one, other = (str(value) for value in values)
    return (
        one == other if step.attributes.get("casesensitive", "true") == "true" else one.casefold() == other.casefold()
    )


VALUES: dict[str, Callable[[Run, Step], Any]] = {
    "basevalue": lambda run, step: step.literal,
    "variable": lambda run, step: run.variable(step.attributes.get("identifier", "")),
    "correct": lambda run, step: run.declared(step).correct,
    "mapresponse": mapped,
    "null": lambda run, step: None,
    "isnull": lambda run, step: run.arguments(step) in ([None], [()], [""]),
    "match": same,
    "equal": same,
    "index": index,
    "stringmatch": string_match,
    "and": conjunction,
    "or": disjunction,
    "not": negation,
    "member": member,
    "multiple": container,
    "ordered": container,
    "sum": numeric(operator.add),
    "product": numeric(operator.mul),
    "subtract": numeric(operator.sub),
    "divide": numeric(lambda one, other: Fraction(one) / Fraction(other)),
    "gt": numeric(operator.gt),
    "gte": numeric(operator.ge),
    "lt": numeric(operator.lt),
    "lte": numeric(operator.le),
}
