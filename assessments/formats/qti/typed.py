"""What is typed into a blank of QTI: the texts, numbers and spans of numbers that earn something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats import keyed
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.qti.declarations import NUMERIC
from assessments.formats.qti.interactions import (
    Interaction,
    as_points,
    require_key,
)
from assessments.formats.qti.nodes import below, elements, named, words
from assessments.formats.qti.operators import NotKnown, tolerances
from assessments.formats.shares import decimals

WRONG = "\ufdd0 nobody types this"


def text_entry(interaction: Interaction) -> tuple[Draft, Decimal]:
    scores = typed_scores(interaction)
    best = require_key(max(scores.values(), default=Fraction(0)))
    accepted = accepted_of(interaction, scores, best)
    draft = Draft(
        "numeric" if interaction.declaration.base_type in NUMERIC else "short_text", {}, {"accepted": accepted}
    )
    return interaction.noted(draft), as_points(best)


def typed_scores(interaction: Interaction) -> dict[Any, Fraction]:
    """What each text or number that the item mentions earns, the others at nothing."""
    declared = interaction.declaration
    if declared.cardinality != "single":
        raise CannotTake(
            f"A blank whose response has the cardinality {declared.cardinality[:20]} has no counterpart here."
        )
    known: list[Any] = [declared.correct] if declared.correct is not None else []
    if declared.mapping:
        known += [keyed_value(key, declared.base_type) for key in declared.mapping.values]
    known += [keyed_value(words(one), declared.base_type) for one in mentioned(interaction)]
    spans = spans_of(interaction) if declared.base_type in NUMERIC else []
    wrong: Any = Fraction(-987654321, 1000) if declared.base_type in NUMERIC else WRONG
    if interaction.score(wrong) > 0:
        raise CannotTake("Any text earns points: it is scored in a way that is not possible here.")
    scores = {value: interaction.score(value) for value in dict.fromkeys(known) if value != ""}
    spanned = {span: min(map(interaction.score, span.probes)) for span in spans}
    return {value: score for value, score in scores.items() if not is_spanned(value, score, spanned)} | spanned


def is_spanned(value: Any, score: Fraction, spanned: dict[Span, Fraction]) -> bool:
    """Whether a span says as much of it already. What earns more than all around it stands for itself."""
    return any(span.low <= value <= span.high and score <= around_it for span, around_it in spanned.items())


def mentioned(interaction: Interaction) -> list[Node]:
    """Values that the processing compares the response with."""
    processing = interaction.scorer.processing
    if processing is None:
        return []
    return [
        one
        for test in below(processing, "match", "equal", "stringmatch")
        if test.attributes.get("tolerancemode", "exact") == "exact"
        if any(part.attributes.get("identifier") == interaction.name for part in named(test, "variable"))
        for one in named(test, "basevalue")
    ]


@dataclass(frozen=True)
class Span:
    """Numbers that are accepted together: around one, or from one to another."""

    low: Fraction
    high: Fraction
    middle: Fraction
    written: tuple[tuple[str, Any], ...]
    """As a key has it."""

    @property
    def probes(self) -> tuple[Fraction, ...]:
        """The ends, the middle, and places that no other number or span is likely to be about."""
        width = self.high - self.low
        return self.low, self.low + width * 5 / 17, self.middle, self.low + width * 11 / 17, self.high


def spans_of(interaction: Interaction) -> list[Span]:
    """From ``equal`` with a tolerance, and from ``gte`` and ``lte`` together."""
    processing = interaction.scorer.processing
    found: list[Span] = []
    for test in below(processing, "equal", "and") if processing else []:
        operands = elements(test)
        if test.tag == "equal" and test.attributes.get("tolerancemode", "exact") != "exact":
            middle = compared_with(interaction, operands)
            if middle is not None:
                found.append(around(test, middle, is_first=not is_about(interaction, operands[0])))
        elif test.tag == "and" and sorted(one.tag for one in operands) == ["gte", "lte"]:
            low, high = (compared_with(interaction, elements(one)) for one in operands)
            if low is not None and high is not None:
                found.append(between(*sorted((low, high))))
    return list(dict.fromkeys(found))


def compared_with(interaction: Interaction, operands: Sequence[Node]) -> Fraction | None:
    """The number that the response is compared with; none where a test is not about this response.

    It may be written there, be that of the correct response, or be computed from these.
    """
    fixed = [one for one in operands if not is_about(interaction, one)]
    if len(operands) != 2 or len(fixed) != 1:
        return None
    try:
        value = interaction.scorer.constant(fixed[0])
    except NotKnown as reason:
        raise depends_on(reason) from None
    return Fraction(value) if isinstance(value, int | Fraction) and not isinstance(value, bool) else None


def is_about(interaction: Interaction, operand: Node) -> bool:
    return operand.tag == "variable" and operand.attributes.get("identifier") == interaction.name


def depends_on(reason: NotKnown) -> CannotTake:
    return CannotTake(f"Custom response processing: it depends on {reason}, which is not possible here.")


def around(test: Node, middle: Fraction, *, is_first: bool) -> Span:
    try:
        below_, above = tolerances(test, middle)
    except NotKnown as reason:
        raise depends_on(reason) from None
    if "false" in (test.attributes.get("includelowerbound"), test.attributes.get("includeupperbound")):
        raise CannotTake("A tolerance whose ends do not count has no counterpart here.")
    is_relative = test.attributes.get("tolerancemode") == "relative"
    if is_relative and not is_first:
        raise CannotTake("A tolerance that is a share of what the candidate writes has no counterpart here.")
    if not is_first:  # how far the number may be from what the candidate writes
        below_, above = above, below_
    low, high = middle - below_, middle + above
    if below_ != above:
        return between(low, high)
    tolerance = below_ / abs(middle) if is_relative and middle else below_
    relative = (("relative", True),) if is_relative and middle else ()
    written = (("value", decimals(middle)), ("tolerance", decimals(tolerance)), *relative)
    return Span(low, high, middle, written)


def between(low: Fraction, high: Fraction) -> Span:
    return Span(low, high, (low + high) / 2, (("min", decimals(low)), ("max", decimals(high))))


def keyed_value(text: str, base_type: str) -> Any:
    if base_type not in NUMERIC:
        return text
    return Fraction(keyed.decimal(text))


def accepted_of(interaction: Interaction, scores: dict[Any, Fraction], best: Fraction) -> list[dict[str, Any]]:
    declared = interaction.declaration
    accepted = []
    for value, score in scores.items():
        if score <= 0:
            continue
        credit = {"credit": keyed.number(score / best)} if score < best else {}
        if isinstance(value, Span):
            accepted.append({**dict(value.written), **credit})
            continue
        if isinstance(value, Fraction):
            accepted.append({"value": decimals(value), **credit})
            continue
        in_case = declared.base_type == "string" and interaction.score(value.swapcase()) != score
        case = {"case_sensitive": True} if in_case else {}
        accepted.append({"text": str(value), **case, **credit})
    return accepted
