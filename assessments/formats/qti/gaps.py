"""Gaps of QTI in a text, typed, chosen or filled from a list, and how they are scored together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.domain import markup
from assessments.formats import embedded, keyed
from assessments.formats.embedded import Alternative
from assessments.formats.html_text import tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.qti.interactions import (
    CUSTOM,
    LOWER,
    NO_PROCESSING,
    Interaction,
    as_points,
    mapped_values,
    require_key,
    right_pairs,
)
from assessments.formats.qti.nodes import below, named, replaced, words
from assessments.formats.qti.processing import Scorer
from assessments.formats.qti.typed import Span, accepted_of, typed_scores
from assessments.formats.shares import decimals


@dataclass
class Gap:
    """A gap and what fills it: the responses worth something, with what each earns alone."""

    interaction: Interaction
    gap: dict[str, Any]
    key: dict[str, Any]
    right: Any
    """The best response, as a part of the interaction's."""
    best: Fraction = Fraction(0)
    notes: list[str] = field(default_factory=list)


def gap(interaction: Interaction) -> Gap:
    if interaction.node.tag == "textentryinteraction":
        return typed_gap(interaction)
    if interaction.declaration.cardinality != "single":
        raise CannotTake("Several interactions, one of which takes several choices.")
    options = named(interaction.node, "inlinechoice", "simplechoice")
    if any(below(one, "img", "object", "svg") for one in options):
        raise CannotTake("A blank to choose for, whose options are more than plain words.")
    names = [one.attributes.get("identifier", "") for one in options]
    scores = {name: interaction.score(name) for name in names}
    right = (
        interaction.declaration.correct
        if interaction.declaration.correct in scores
        else max(scores, key=lambda name: scores[name], default="")
    )
    return chosen_gap(
        interaction,
        [(name, plain_words(one)) for name, one in zip(names, options, strict=True)],
        scores,
        right,
    )


def chosen_gap(
    interaction: Interaction, options: Sequence[tuple[str, str]], scores: dict[str, Fraction], right: Any
) -> Gap:
    best = max(scores.values(), default=Fraction(0))
    shares = {
        name: max(Fraction(0), score / best) if best > 0 else Fraction(name == right) for name, score in scores.items()
    }
    made, key = embedded.gap_of("MC", [Alternative(keyed_html(text), shares[name]) for name, text in options])
    return Gap(interaction, made, key, right, max(best, Fraction(0)))


def plain_words(node: Node) -> str:
    """As a list within a text shows them: mathematics as TeX."""
    return markup.plain(tree_to_markdown(replaced(node, silent).children))


def silent(node: Node) -> list[Node | str] | None:
    """Without feedback, which is for afterwards."""
    return [] if node.tag in ("feedbackinline", "feedbackblock") else None


def keyed_html(text: str) -> str:
    """Words, where HTML is expected."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def typed_gap(interaction: Interaction) -> Gap:
    scores = typed_scores(interaction)
    if not scores:
        raise CannotTake("No response earns anything: the key is missing.")
    best = max(scores.values())
    correct = interaction.declaration.correct
    right = correct if scores.get(correct) == best else max(scores, key=lambda value: scores[value])
    if best <= 0:
        scores = {right: Fraction(1)}
    accepted = accepted_of(interaction, scores, best) if best > 0 else [plainly(right)]
    given = right.middle if isinstance(right, Span) else right
    return Gap(interaction, {}, {"accepted": accepted}, given, max(best, Fraction(0)))


def plainly(right: Any) -> dict[str, Any]:
    if isinstance(right, Span):
        return dict(right.written)
    return {"value": decimals(right)} if isinstance(right, Fraction) else {"text": str(right), "case_sensitive": True}


def gap_match(interaction: Interaction) -> dict[str, Gap]:
    """A gap for each, filled from the same texts."""
    node = interaction.node
    if below(node, "gapimg"):
        raise CannotTake("Pictures to put into gaps have no counterpart here.")
    texts = [(one.attributes.get("identifier", ""), words(one)) for one in below(node, "gaptext")]
    partners: dict[str, str] = {}
    for pair in right_pairs(interaction):
        text, place = pair.split()
        if place in partners:
            raise CannotTake("A gap that several texts fill has no counterpart here.")
        partners[place] = text
    found = {}
    for one in below(node, "gap"):
        place = one.attributes.get("identifier", "")
        if place not in partners:
            raise CannotTake("A gap has no right text.")
        scores = {name: interaction.score((f"{name} {place}",)) for name, _ in texts}
        if partners[place] not in scores:
            raise CannotTake("The right text of a gap is not among the texts.")
        found[place] = chosen_gap(interaction, texts, scores, partners[place])
        found[place].right = f"{partners[place]} {place}"
    return found


def scored(gaps: Sequence[Gap], scorer: Scorer) -> tuple[Draft, Decimal]:
    """Gap by gap with weights, or all or nothing: whichever gives what the item gives."""
    best = require_key(scorer.score(filled(gaps, scorer)))
    draft = Draft("cloze")
    if scorer.template == "none":
        draft.notes.append(NO_PROCESSING)
    if sum(one.best for one in gaps) == best and all(one.best > 0 for one in gaps):
        weights = [one.best / min(one.best for one in gaps) for one in gaps]
        for one, weight in zip(gaps, weights, strict=True):
            if weight != 1:
                one.key["weight"] = keyed.number(weight)
        if any(value < 0 for one in gaps for value in mapped_values(one.interaction)):
            draft.notes.append(LOWER)
        return draft, as_points(best)
    if all(scorer.score(filled([one for one in gaps if one is not left], scorer)) == 0 for left in gaps):
        draft.key["scoring"] = "all_or_nothing"
        return draft, as_points(best)
    raise CannotTake(CUSTOM)


def filled(gaps: Sequence[Gap], scorer: Scorer) -> dict[str, Any]:
    response: dict[str, Any] = dict.fromkeys(scorer.declarations)
    for one in gaps:
        name = one.interaction.name
        if one.interaction.node.tag == "gapmatchinteraction":
            response[name] = tuple(sorted((*(response[name] or ()), one.right)))
        else:
            response[name] = one.right
    return response


def cloze(marked: str, gaps: Sequence[Gap], draft: Draft) -> tuple[str, Draft]:
    stem, made = embedded.cloze(marked, [(one.gap, one.key) for one in gaps])
    made.notes += draft.notes
    if "scoring" in draft.key:
        made.key["scoring"] = draft.key["scoring"]
    if all(one.interaction.fixed_order for one in gaps):
        made.content["fixed_order"] = True
    return stem, made
