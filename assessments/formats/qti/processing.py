"""What a QTI item gives for a response, by running its response processing.

Only what is the same for everyone is run. An outcome that depends on anything else (chance, time, earlier attempts,
extensions) is *unknown*, and asking for it raises :class:`CannotTake` with the name of what it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake
from assessments.formats.qti.declarations import Declaration
from assessments.formats.qti.nodes import elements, named
from assessments.formats.qti.operators import VALUES, NotKnown

MAX_STEPS = 200_000
Response = Mapping[str, Any]
"""Scalars; several values as a tuple, sorted unless they are ordered; ``None`` for nothing."""


@dataclass(frozen=True)
class Unknown:
    reason: str


class Ended(Exception):
    """``exitResponse``."""


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
