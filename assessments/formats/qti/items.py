"""One item of QTI 2.0, 2.1, 2.2 or 3.0 → one question.

The type follows from the interactions. How much each response earns is found by trying responses
(:mod:`assessments.formats.qti.processing`) and comparing with the schemes there are; what fits none is rejected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats import keyed
from assessments.formats.base import ParsedQuestion
from assessments.formats.html_text import Pictures, no_pictures, tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.qti import interactions
from assessments.formats.qti.interactions import Interaction
from assessments.formats.qti.nodes import below, elements, first, named, replaced, words
from assessments.formats.qti.processing import Scorer, declaration, number, value_of

SUPPORTED = {
    "choiceinteraction": "choice",
    "textentryinteraction": "text entry",
    "extendedtextinteraction": "extended text",
    "inlinechoiceinteraction": "inline choice",
    "matchinteraction": "match",
    "orderinteraction": "order",
    "gapmatchinteraction": "gap match",
}
IN_WORDS = {
    "associateinteraction": "associate",
    "customoperator": "custom operator",
    "custominteraction": "custom",
    "portablecustominteraction": "portable custom",
    "drawinginteraction": "drawing",
    "endattemptinteraction": "end attempt",
    "graphicassociateinteraction": "graphic associate",
    "graphicgapmatchinteraction": "graphic gap match",
    "graphicorderinteraction": "graphic order",
    "hotspotinteraction": "hotspot",
    "hottextinteraction": "hot text",
    "mediainteraction": "media",
    "positionobjectinteraction": "position object",
    "positionobjectstage": "position object",
    "selectpointinteraction": "select point",
    "sliderinteraction": "slider",
    "uploadinteraction": "upload",
}
FEEDBACK = ("feedbackinline", "feedbackblock")
TEMPLATES = ("match_correct", "map_response")


@dataclass
class Item:
    root: Node
    pictures: Pictures = no_pictures
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def markdown(self, nodes: list[Node | str]) -> str:
        return tree_to_markdown(nodes, self.pictures)


def read_item(
    root: Node, *, where: str, pictures: Pictures, notes: list[str], tags: tuple[str, ...] = ()
) -> ParsedQuestion:
    """Raises :class:`CannotTake`."""
    item = Item(root, pictures, notes)
    body = first(root, "itembody")
    if body is None:
        raise CannotTake("The item has no body.")
    require_plain(root)
    found = below(body, *SUPPORTED)
    others = [one.tag for one in below(body, *IN_WORDS)]
    if others:
        raise CannotTake(f"The interaction {IN_WORDS[others[0]]} has no counterpart here.")
    if not found:
        raise CannotTake("Text without a question: the item has no interaction.")
    body = without_feedback(item, body)
    scorer = scorer_of(root, item)
    stem, draft, points = question_of(item, below(body, *SUPPORTED), body, scorer)
    draft.notes += item.notes
    draft.remarks += modal_feedback(item, root)
    notes[:] = list(dict.fromkeys(draft.notes))
    return keyed.finished(
        draft,
        where=where,
        stem=stem,
        explanation="\n\n".join(item.remarks),
        identity=root.attributes.get("identifier", ""),
        title=" ".join(root.attributes.get("title", "").split()),
        points=points,
        tags=tags,
    )


def require_plain(root: Node) -> None:
    """Raise :class:`CannotTake` for what changes from candidate to candidate or from try to try."""
    if root.attributes.get("adaptive") == "true":
        raise CannotTake("An adaptive item, which goes on according to the response.")
    if named(root, "templatedeclaration", "templateprocessing"):
        raise CannotTake("A template, whose parts are computed anew for each candidate.")
    if below(root, "portablecustominteraction", "custominteraction"):
        raise CannotTake("A custom interaction, which is a program of its own.")


def scorer_of(root: Node, item: Item) -> Scorer:
    declarations = {one.identifier: one for one in map(declaration, named(root, "responsedeclaration"))}
    outcomes: dict[str, Any] = {}
    for outcome in named(root, "outcomedeclaration"):
        name, base_type = outcome.attributes.get("identifier", ""), outcome.attributes.get("basetype", "")
        values = [value_of(words(value), base_type) for value in named(first(outcome, "defaultvalue"), "value")]
        is_number = base_type in ("integer", "float")
        single = outcome.attributes.get("cardinality", "single") == "single"
        outcomes[name] = (
            values[0] if values and single else Fraction(0) if is_number and single else tuple(values) or None
        )
    processing = first(root, "responseprocessing")
    address = (
        (processing.attributes.get("template", "") or processing.attributes.get("templatelocation", ""))
        if processing
        else ""
    )
    if processing is not None and elements(processing):
        return Scorer(declarations, outcomes, processing)
    template = next((name for name in TEMPLATES if name in address.lower().replace("cc2_", "")), "")
    if address and not template:
        raise CannotTake(
            f'The response processing template "{address.rpartition("/")[2][:60]}" is not one of the standard ones.'
        )
    return Scorer(declarations, outcomes, None, template or "none")


# ---- Text beside the question ----


def without_feedback(item: Item, body: Node) -> Node:
    """Feedback in the body is for afterwards, and rubrics for scorers: both go to the explanation."""

    def change(node: Node) -> list[Node | str] | None:
        if node.tag == "rubricblock" and "candidate" not in node.attributes.get("view", "candidate"):
            if not below(body, "extendedtextinteraction"):
                keep(item, node)
            return []
        if node.tag == "choiceinteraction":
            return [node]  # its feedback is that of single options
        if node.tag in FEEDBACK:
            keep(item, node)
            return []
        if node.tag in ("templateblock", "templateinline", "stylesheet", "cataloginfo"):
            return []
        return None

    return replaced(body, change)


def keep(item: Item, node: Node) -> None:
    if text := item.markdown(node.children):
        item.remarks.append(text)


def modal_feedback(item: Item, root: Node) -> list[str]:
    texts = [item.markdown(node.children) for node in named(root, "modalfeedback")]
    found = [text for text in dict.fromkeys(texts) if text]
    return found if len(found) == 1 else [f"- {text}".replace("\n", "\n  ") for text in found]


# ---- Types ----


def question_of(item: Item, found: list[Node], body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    kinds = {node.tag for node in found}
    if len(found) == 1:
        reader = ALONE.get(found[0].tag)
        if reader:
            return reader(item, found[0], body, scorer)
    if "extendedtextinteraction" in kinds:
        raise CannotTake("Several interactions, one of them a long text that a person judges.")
    if kinds & {"matchinteraction", "orderinteraction"}:
        raise CannotTake("Several interactions, which match or order, in one item.")
    return cloze(item, body, scorer)


def declared(scorer: Scorer, node: Node) -> Interaction:
    name = node.attributes.get("responseidentifier", "")
    if name not in scorer.declarations:
        raise CannotTake(f'The response "{name[:40]}" is not declared.')
    return Interaction(node, name, scorer.declarations[name], scorer)


def stem_of(item: Item, body: Node, interaction: Node) -> str:
    """The body with the prompt where the interaction is."""
    prompt = first(interaction, "prompt")
    put: list[Node | str] = [Node("div", {}, list(prompt.children))] if prompt else []
    stem = item.markdown(replaced(body, lambda node: put if node is interaction else None).children)
    return stem or " ".join(item.root.attributes.get("title", "").split())


def choice(item: Item, node: Node, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    interaction = declared(scorer, node)
    shown = {
        one.attributes.get("identifier", ""): item.markdown(replaced(one, drop_feedback).children)
        for one in named(node, "simplechoice")
    }
    told = {
        one.attributes.get("identifier", ""): item.markdown(
            [part for found in below(one, *FEEDBACK) for part in found.children]
        )
        for one in named(node, "simplechoice")
    }
    draft, points = interactions.choice(interaction, shown, told)
    return stem_of(item, body, node), draft, points


def drop_feedback(node: Node) -> list[Node | str] | None:
    return [] if node.tag in FEEDBACK else None


def extended_text(item: Item, node: Node, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    draft = Draft("long_text")
    rubrics = [
        one for one in below(item.root, "rubricblock") if "candidate" not in one.attributes.get("view", "candidate")
    ]
    name = node.attributes.get("responseidentifier", "")
    correct = scorer.declarations[name].correct if name in scorer.declarations else None
    texts = [item.markdown(one.children) for one in rubrics]
    texts += [
        part for part in (correct if isinstance(correct, tuple) else (correct,)) if isinstance(part, str) and part
    ]
    if texts:
        draft.key = {"model_answer": "\n\n".join(texts)}
    if node.attributes.get("format", "plain") == "xhtml":
        item.notes.append("Candidates write plain text here, not formatted text.")
    return stem_of(item, body, node), draft, points_of(item.root)


def points_of(root: Node) -> Decimal:
    """What a person can give: the largest score that is declared."""
    for outcome in named(root, "outcomedeclaration"):
        name = outcome.attributes.get("identifier", "")
        highest = outcome.attributes.get("normalmaximum", "")
        if name == "MAXSCORE":
            highest = words(first(first(outcome, "defaultvalue"), "value"))
        if name in ("SCORE", "MAXSCORE") and highest:
            return interactions.as_points(number(highest)) or Decimal(1)
    return Decimal(1)


def order(item: Item, node: Node, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    texts = {one.attributes.get("identifier", ""): item.markdown(one.children) for one in named(node, "simplechoice")}
    draft, points = interactions.order(declared(scorer, node), texts)
    return stem_of(item, body, node), draft, points


def match(item: Item, node: Node, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    sets = [
        {
            one.attributes.get("identifier", ""): item.markdown(one.children)
            for one in named(half, "simpleassociablechoice")
        }
        for half in named(node, "simplematchset")
    ]
    draft, points = interactions.match(declared(scorer, node), sets)
    return stem_of(item, body, node), draft, points


def text_entry(item: Item, node: Node, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    """A blank within a sentence is a cloze text; one at the end, or alone, a short text or a number."""
    marked = item.markdown(replaced(body, lambda one: ["{{1}}"] if one is node else None).children)
    before, _, after = marked.partition("{{1}}")
    if after.strip(" .\n\\") or not before.strip() or before.endswith(("|", ">")):
        return cloze(item, body, scorer)
    draft, points = interactions.text_entry(declared(scorer, node))
    return before.rstrip(" \n\\"), draft, points


def cloze(item: Item, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    gaps: list[interactions.Gap] = []

    def change(node: Node) -> list[Node | str] | None:
        match node.tag:
            case "textentryinteraction" | "inlinechoiceinteraction":
                gaps.append(interactions.gap(declared(scorer, node)))
                return ["{{" + str(len(gaps)) + "}}"]
            case "choiceinteraction":
                gaps.append(interactions.gap(declared(scorer, node)))
                prompt = first(node, "prompt")
                put: list[Node | str] = [Node("div", {}, list(prompt.children))] if prompt else []
                return [*put, Node("p", {}, ["{{" + str(len(gaps)) + "}}"])]
            case "gapmatchinteraction":
                return change_gap_match(node)
        return None

    def change_gap_match(node: Node) -> list[Node | str]:
        added = interactions.gap_match(declared(scorer, node))
        gaps.extend(added.values())
        numbers = {name: len(gaps) - len(added) + place for place, name in enumerate(added, start=1)}

        def put(one: Node) -> list[Node | str] | None:
            if one.tag == "gap":
                return ["{{" + str(numbers[one.attributes.get("identifier", "")]) + "}}"]
            return [] if one.tag in ("gaptext", "gapimg") else None

        return [Node("div", {}, replaced(node, put).children)]

    marked = item.markdown(replaced(body, change).children)
    draft, points = interactions.scored(gaps, scorer)
    stem, draft = interactions.cloze(marked, gaps, draft)
    return stem, draft, points


ALONE: dict[str, Callable[[Item, Node, Node, Scorer], tuple[str, Draft, Decimal]]] = {
    "choiceinteraction": choice,
    "extendedtextinteraction": extended_text,
    "orderinteraction": order,
    "matchinteraction": match,
    "textentryinteraction": text_entry,
}
