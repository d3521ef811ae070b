"""What a QTI item gives for a response, by running its response processing.

Only what is the same for everyone is run. An outcome that depends on anything else (chance, time, earlier attempts,
extensions) is *unknown*, and asking for it raises :class:`CannotTake` with the name of what it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake
from assessments.formats.qti.declarations import Declaration
from assessments.formats.qti.operators import VALUES, NotKnown
from assessments.formats.qti.steps import Step

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

    @cached_property
    def rules(self) -> tuple[Step, ...]:
        return Step(self.processing).inside if self.processing else ()

    def score(self, response: Response) -> Fraction:
        if self.template:
            return sum((self.standard(one, response.get(id_)) for id_, one in self.declarations.items()), Fraction(0))
        run = Run(self, dict(response), dict(self.outcomes))
        with suppress(Ended):
            run.rules(self.rules)
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

    def constant(self, node: Node) -> Any:
        """The value of an expression that is the same for every response. Raises :class:`NotKnown`."""
        return Run(self, {}, {}).value(Step(node))

    def count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise CannotTake("Custom response processing: it takes too many steps.")

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

    def rules(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.rule(step)

    def rule(self, step: Step) -> None:
        self.scorer.count()
        match step.tag:
            case "setoutcomevalue":
                self.set(step)
            case "responsecondition":
                self.condition(step)
            case "responseprocessingfragment":
                self.rules(step.inside)
            case "exitresponse":
                raise Ended
            case _:
                self.forget(step, step.tag)

    def condition(self, step: Step) -> None:
        for branch in step.inside:
            inside = branch.inside
            if branch.tag == "responseelse":
                self.rules(inside)
                return
            if branch.tag not in ("responseif", "responseelseif") or not inside:
                continue
            try:
                holds = self.value(inside[0]) is True
            except NotKnown as reason:
                self.forget(step, str(reason))
                return
            if holds:
                self.rules(inside[1:])
                return

    def set(self, step: Step) -> None:
        name = step.attributes.get("identifier", "")
        try:
            self.outcomes[name] = self.value(step.inside[0]) if step.inside else None
        except NotKnown as reason:
            self.outcomes[name] = Unknown(str(reason))

    def forget(self, step: Step, reason: str) -> None:
        """Whatever is set in there may be anything."""
        for one in [step.node, *step.node.walk()]:
            if one.tag in ("setoutcomevalue", "lookupoutcomevalue"):
                self.outcomes[one.attributes.get("identifier", "")] = Unknown(reason)
            elif one.tag == "exitresponse":
                self.outcomes["SCORE"] = Unknown(reason)

    def value(self, step: Step) -> Any:
        self.scorer.count()
        known = VALUES.get(step.tag)
        if known is None:
            raise NotKnown(f"<{step.tag[:40]}>")
        return known(self, step)

    def variable(self, name: str) -> Any:
        if name in self.response:
            return self.response[name]
        found = self.outcomes.get(name, Unknown(f"the variable {name[:40]}"))
        if isinstance(found, Unknown):
            raise NotKnown(found.reason)
        return found

    def declared(self, step: Step) -> Declaration:
        name = step.attributes.get("identifier", "")
        if name not in self.scorer.declarations:
            raise NotKnown(f"the response {name[:40]}")
        return self.scorer.declarations[name]

    def arguments(self, step: Step) -> list[Any]:
        return [self.value(one) for one in step.inside]
