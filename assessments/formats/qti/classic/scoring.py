"""What an item of QTI 1.2 gives for a response, by trying its conditions in order."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from assessments.formats.html_tree import Node
from assessments.formats.keyed import NUMBER, CannotTake
from assessments.formats.qti.nodes import below, elements, first, named, words

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "vargt": operator.gt,
    "vargte": operator.ge,
    "varlt": operator.lt,
    "varlte": operator.le,
}
MAX_STEPS = 100_000


def number(text: str) -> Fraction | None:
    written = text.strip()
    return Fraction(written) if len(written) <= 40 and NUMBER.fullmatch(written) else None


@dataclass
class ClassicScorer:
    """A response is a text, or a tuple of identifiers: sorted for a choice of several, in order for an order."""

    item: Node
    is_ordered: bool = False
    steps: int = field(default=0)

    @property
    def conditions(self) -> list[Node]:
        return [one for processing in named(self.item, "resprocessing") for one in named(processing, "respcondition")]

    @property
    def highest(self) -> Fraction:
        declared = [number(one.attributes.get("maxvalue", "")) for one in below(self.item, "decvar")]
        return next((one for one in declared if one), Fraction(1))

    def score(self, response: dict[str, Any]) -> Fraction:
        scores: dict[str, Fraction] = {}
        matched = False
        for condition in self.conditions:
            self.steps += len(condition.children) + 1
            if self.steps > MAX_STEPS:
                raise CannotTake("Response processing of too many steps.")
            test = first(condition, "conditionvar")
            is_other = bool(named(test, "other"))
            if not (not matched if is_other else self.holds(elements(test), response, is_and=True)):
                continue
            matched = matched or not is_other
            self.apply(condition, scores)
            if matched and condition.attributes.get("continue", "").lower() == "no" and named(condition, "setvar"):
                break
        return sum(scores.values(), start=Fraction(0))

    def apply(self, condition: Node, scores: dict[str, Fraction]) -> None:
        changes = named(condition, "setvar")
        for change in changes:
            name = change.attributes.get("varname") or change.attributes.get("variablename") or "SCORE"
            text = words(change)
            value = self.highest if text == "SCORE.max" else number(text)
            if value is None:
                raise CannotTake(f'The score "{text[:30]}" is not a number.')
            now = scores.get(name, Fraction(0))
            match change.attributes.get("action", "Set").lower():
                case "add":
                    scores[name] = now + value
                case "subtract":
                    scores[name] = now - value
                case "set":
                    scores[name] = value
                case other:
                    raise CannotTake(f'Response processing with the action "{other[:30]}" is not possible here.')
        # Blackboard says "correct" by its feedback alone where every such condition counts the same.
        if not changes and any(
            one.attributes.get("linkrefid") == "correct" for one in named(condition, "displayfeedback")
        ):
            scores["SCORE"] = scores.get("SCORE", Fraction(0)) + 1

    def holds(self, tests: list[Node], response: dict[str, Any], *, is_and: bool) -> bool:
        """Several values for one response of which there can only be one are alternatives."""
        if is_and and len(tests) > 1 and all(test.tag == "varequal" for test in tests):
            names = {test.attributes.get("respident", "") for test in tests}
            if len(names) == 1 and self.is_ordered:
                return response.get(names.pop()) == tuple(words(test) for test in tests)
            if len(names) == 1 and not isinstance(response.get(next(iter(names))), tuple):
                is_and = False
        held = (self.test(test, response) for test in tests)
        return all(held) if is_and else any(held)

    def test(self, node: Node, response: dict[str, Any]) -> bool:
        given = response.get(node.attributes.get("respident", ""))
        match node.tag:
            case "and":
                return self.holds(elements(node), response, is_and=True)
            case "or":
                return self.holds(elements(node), response, is_and=False)
            case "not":
                return not self.holds(elements(node), response, is_and=True)
            case "unanswered":
                return given in (None, ())
            case "other":
                return True
            case "varequal":
                return self.equals(node, given)
            case "vargt" | "vargte" | "varlt" | "varlte":
                value, limit = number(given or "") if isinstance(given, str) else None, number(words(node))
                return value is not None and limit is not None and COMPARED[node.tag](value, limit)
        raise CannotTake(f'Response processing with "{node.tag[:30]}" is not possible here.')

    def equals(self, node: Node, given: Any) -> bool:
        wanted = words(node)
        if isinstance(given, tuple):
            return wanted in given
        if not isinstance(given, str):
            return False
        one, other = number(given), number(wanted)
        if one is not None and other is not None:
            return one == other
        is_in_case = node.attributes.get("case", "No").lower() == "yes"
        return given == wanted if is_in_case else given.casefold() == wanted.casefold()
