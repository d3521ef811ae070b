"""What a QTI item gives for a response, by running its response processing.

Only what is the same for everyone is run. An outcome that depends on anything else (chance, time, earlier attempts,
extensions) is *unknown*, and asking for it raises :class:`CannotTake` with the name of what it depends on.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import NUMBER, CannotTake
from assessments.formats.qti.nodes import elements, first, named, words

NUMERIC = frozenset(("integer", "float"))
MAX_STEPS = 20_000
LIST = ("multiple", "ordered")
Response = Mapping[str, Any]
"""Scalars; several values as a tuple, sorted unless they are ordered; ``None`` for nothing."""


@dataclass(frozen=True)
class Unknown:
    reason: str


class Ended(Exception):
    """``exitResponse``."""


@dataclass
class ValueMap:
    values: dict[str, Fraction]
    is_case_sensitive: dict[str, bool]
    default: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None

    def of(self, value: Any) -> Fraction:
        parts = value if isinstance(value, tuple) else () if value is None else (value,)
        total = sum((self.one(part) for part in dict.fromkeys(parts)), start=Fraction(0))
        if self.lower is not None:
            total = max(total, self.lower)
        return total if self.upper is None else min(total, self.upper)

    def one(self, value: Any) -> Fraction:
        written = str(value)
        if written in self.values:
            return self.values[written]
        for key, mapped in self.values.items():
            same_number = isinstance(value, Fraction) and NUMBER.fullmatch(key.strip()) and Fraction(key) == value
            if same_number or (not self.is_case_sensitive[key] and key.casefold() == written.casefold()):
                return mapped
        return self.default


@dataclass
class Declaration:
    identifier: str
    cardinality: str
    base_type: str
    correct: Any = None
    mapping: ValueMap | None = None


def declaration(node: Node) -> Declaration:
    found = Declaration(
        node.attributes.get("identifier", ""),
        node.attributes.get("cardinality", "single"),
        node.attributes.get("basetype", ""),
    )
    values = [value_of(words(value), found.base_type) for value in named(first(node, "correctresponse"), "value")]
    values = [value for value in values if value != ""]
    found.correct = gathered(values, found.cardinality)
    if mapping := first(node, "mapping"):
        entries = named(mapping, "mapentry")
        keys = [pair_of(entry.attributes.get("mapkey", ""), found.base_type) for entry in entries]
        found.mapping = ValueMap(
            {key: number(entry.attributes.get("mappedvalue", "")) for key, entry in zip(keys, entries, strict=True)},
            {
                key: entry.attributes.get("casesensitive", "true") != "false"
                for key, entry in zip(keys, entries, strict=True)
            },
            number(mapping.attributes.get("defaultvalue", "0")),
            number(low) if (low := mapping.attributes.get("lowerbound", "")) else None,
            number(high) if (high := mapping.attributes.get("upperbound", "")) else None,
        )
    return found


def gathered(values: list[Any], cardinality: str) -> Any:
    if cardinality == "multiple":
        return tuple(sorted(values, key=str)) or None
    if cardinality == "ordered":
        return tuple(values) or None
    return values[0] if values else None


def number(text: str) -> Fraction:
    if len(text) > 40 or not NUMBER.fullmatch(text.strip()):
        raise CannotTake(f'"{text[:40]}" is not a number.')
    return Fraction(text.strip())


def value_of(text: str, base_type: str) -> Any:
    if base_type in NUMERIC:
        return number(text)
    return text == "true" if base_type == "boolean" else pair_of(text, base_type)


def pair_of(text: str, base_type: str) -> str:
    parts = text.split()
    if base_type == "pair":
        parts.sort()
    return " ".join(parts) if base_type in ("pair", "directedPair") else text.strip()


@dataclass
class Scorer:
    """Runs the item for one response after the other."""

    declarations: dict[str, Declaration]
    outcomes: dict[str, Any]
    processing: Node | None
    template: str = ""
    """``match_correct``, ``map_response``, ``none``, or empty where ``processing`` says it all."""
    steps: int = field(default=0)

    def score(self, response: Response) -> Fraction:
        if self.template:
            return sum((self.standard(one, response.get(id_)) for id_, one in self.declarations.items()), Fraction(0))
        run = Run(self, dict(response), dict(self.outcomes))
        with suppress(Ended):
            run.rules(elements(self.processing))
        given = run.outcomes.get("SCORE")
        if isinstance(given, Unknown):
            raise CannotTake(
                f"Custom response processing: the score depends on {given.reason}, which is not possible here."
            )
        if "SCORE" not in run.outcomes:
            raise CannotTake("Custom response processing: it gives no outcome called SCORE.")
        if isinstance(given, bool) or not isinstance(given, int | Fraction):
            return Fraction(0)
        return Fraction(given)

    def standard(self, one: Declaration, value: Any) -> Fraction:
        """As the standard templates have it; where there is none, the mapping if there is one."""
        if one.mapping and self.template != "match_correct":
            return one.mapping.of(value) if value is not None else Fraction(0)
        return Fraction(value is not None and value == one.correct)


class NotKnown(Exception):
    """The text is what a value depends on."""


@dataclass
class Run:
    scorer: Scorer
    response: dict[str, Any]
    outcomes: dict[str, Any]

    def rules(self, nodes: list[Node]) -> None:
        for node in nodes:
            self.rule(node)

    def rule(self, node: Node) -> None:
        self.scorer.steps += 1
        if self.scorer.steps > MAX_STEPS:
            raise CannotTake("Custom response processing: it takes too many steps.")
        match node.tag:
            case "setoutcomevalue":
                self.set(node, lambda: self.value(elements(node)[0]) if elements(node) else None)
            case "responsecondition":
                self.condition(node)
            case "responseprocessingfragment":
                self.rules(elements(node))
            case "exitresponse":
                raise Ended
            case _:
                self.forget(node, node.tag)

    def condition(self, node: Node) -> None:
        for branch in named(node, "responseif", "responseelseif", "responseelse"):
            inside = elements(branch)
            if branch.tag == "responseelse":
                self.rules(inside)
                return
            if not inside:
                continue
            try:
                holds = self.value(inside[0]) is True
            except NotKnown as reason:
                self.forget(node, str(reason))
                return
            if holds:
                self.rules(inside[1:])
                return

    def set(self, node: Node, value: Callable[[], Any]) -> None:
        name = node.attributes.get("identifier", "")
        try:
            self.outcomes[name] = value()
        except NotKnown as reason:
            self.outcomes[name] = Unknown(str(reason))

    def forget(self, node: Node, reason: str) -> None:
        """Whatever is set in there may be anything."""
        for one in [node, *node.walk()]:
            if one.tag in ("setoutcomevalue", "lookupoutcomevalue"):
                self.outcomes[one.attributes.get("identifier", "")] = Unknown(reason)
            elif one.tag == "exitresponse":
                self.outcomes["SCORE"] = Unknown(reason)

    def value(self, node: Node) -> Any:
        self.scorer.steps += 1
        if self.scorer.steps > MAX_STEPS:
            raise CannotTake("Custom response processing: it takes too many steps.")
        known = VALUES.get(node.tag)
        if known is None:
            raise NotKnown(f"<{node.tag[:40]}>")
        return known(self, node)

    def variable(self, name: str) -> Any:
        if name in self.response:
            return self.response[name]
        found = self.outcomes.get(name, Unknown(f"the variable {name[:40]}"))
        if isinstance(found, Unknown):
            raise NotKnown(found.reason)
        return found

    def declared(self, node: Node) -> Declaration:
        name = node.attributes.get("identifier", "")
        if name not in self.scorer.declarations:
            raise NotKnown(f"the response {name[:40]}")
        return self.scorer.declarations[name]

    def arguments(self, node: Node) -> list[Any]:
        return [self.value(child) for child in elements(node)]


def base_value(run: Run, node: Node) -> Any:
    return value_of(words(node), node.attributes.get("basetype", ""))


def mapped(run: Run, node: Node) -> Any:
    mapping = run.declared(node).mapping
    if mapping is None:
        raise NotKnown("a mapping that is not there")
    return mapping.of(run.variable(node.attributes.get("identifier", "")))


def same(run: Run, node: Node) -> Any:
    if node.tag == "equal" and node.attributes.get("tolerancemode", "exact") != "exact":
        raise NotKnown("a tolerance")
    values = run.arguments(node)
    if len(values) != 2 or None in values:
        return None
    return values[0] == values[1]


def numeric(action: Callable[[Any, Any], Any]) -> Callable[[Run, Node], Any]:
    def computed(run: Run, node: Node) -> Any:
        values = [part for value in run.arguments(node) for part in (value if isinstance(value, tuple) else (value,))]
        if not values or not all(isinstance(value, Fraction | int) and not isinstance(value, bool) for value in values):
            return None
        try:
            return reduce(action, values)
        except ZeroDivisionError:
            return None

    return computed


def conjunction(run: Run, node: Node) -> Any:
    values = run.arguments(node)
    return False if False in values else None if None in values else True


def disjunction(run: Run, node: Node) -> Any:
    values = run.arguments(node)
    return True if True in values else None if None in values else False


def negation(run: Run, node: Node) -> Any:
    values = run.arguments(node)
    return None if values in ([], [None]) else not values[0]


def container(run: Run, node: Node) -> Any:
    values = [part for value in run.arguments(node) for part in (value if isinstance(value, tuple) else (value,))]
    return gathered([value for value in values if value is not None], node.tag)


def member(run: Run, node: Node) -> Any:
    values = run.arguments(node)
    if len(values) != 2 or None in values:
        return None
    return values[0] in (values[1] if isinstance(values[1], tuple) else (values[1],))


def string_match(run: Run, node: Node) -> Any:
    values = run.arguments(node)
    if len(values) != 2 or None in values:
        return None
    if node.attributes.get("substring", "false") == "true":
        raise NotKnown("parts of a text")
    one, other = (str(value) for value in values)
    return (
        one == other if node.attributes.get("casesensitive", "true") == "true" else one.casefold() == other.casefold()
    )


VALUES: dict[str, Callable[[Run, Node], Any]] = {
    "basevalue": base_value,
    "variable": lambda run, node: run.variable(node.attributes.get("identifier", "")),
    "correct": lambda run, node: run.declared(node).correct,
    "mapresponse": mapped,
    "null": lambda run, node: None,
    "isnull": lambda run, node: run.arguments(node) in ([None], [()], [""]),
    "match": same,
    "equal": same,
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
