"""The body of a QTI item → the text of a question, and a draft of it by the interactions in there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from assessments.formats.html_text import NO_PICTURES, tree_to_markdown
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.pictures import Pictures
from assessments.formats.qti import gaps, interactions, typed
from assessments.formats.qti.declarations import number
from assessments.formats.qti.interactions import Interaction
from assessments.formats.qti.nodes import below, first, named, replaced, words
from assessments.formats.qti.processing import Scorer

HERE = "\ufdd1"
"""Where the blank is; a noncharacter, which no text holds."""
FEEDBACK = ("feedbackinline", "feedbackblock")


@dataclass
class Item:
    root: Node
    pictures: Pictures = NO_PICTURES
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def markdown(self, nodes: list[Node | str]) -> str:
        return tree_to_markdown(nodes, self.pictures)


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
    marked = item.markdown(replaced(body, lambda one: [HERE] if one is node else None).children)
    before, _, after = marked.partition(HERE)
    if after.strip(" .\n\\") or not before.strip() or before.endswith(("|", ">")):
        return cloze(item, body, scorer)
    draft, points = typed.text_entry(declared(scorer, node))
    return before.rstrip(" \n\\"), draft, points


def cloze(item: Item, body: Node, scorer: Scorer) -> tuple[str, Draft, Decimal]:
    found: list[gaps.Gap] = []

    def change(node: Node) -> list[Node | str] | None:
        match node.tag:
            case "textentryinteraction" | "inlinechoiceinteraction":
                found.append(gaps.gap(declared(scorer, node)))
                return ["{{" + str(len(found)) + "}}"]
            case "choiceinteraction":
                found.append(gaps.gap(declared(scorer, node)))
                prompt = first(node, "prompt")
                put: list[Node | str] = [Node("div", {}, list(prompt.children))] if prompt else []
                return [*put, Node("p", {}, ["{{" + str(len(found)) + "}}"])]
            case "gapmatchinteraction":
                return change_gap_match(node)
        return None

    def change_gap_match(node: Node) -> list[Node | str]:
        added = gaps.gap_match(declared(scorer, node))
        found.extend(added.values())
        numbers = {name: len(found) - len(added) + place for place, name in enumerate(added, start=1)}

        def put(one: Node) -> list[Node | str] | None:
            if one.tag == "gap":
                return ["{{" + str(numbers[one.attributes.get("identifier", "")]) + "}}"]
            return [] if one.tag in ("gaptext", "gapimg") else None

        return [Node("div", {}, replaced(node, put).children)]

    marked = item.markdown(replaced(body, change).children)
    draft, points = gaps.scored(found, scorer)
    stem, draft = gaps.cloze(marked, found, draft)
    return stem, draft, points


ALONE: dict[str, Callable[[Item, Node, Node, Scorer], tuple[str, Draft, Decimal]]] = {
    "choiceinteraction": choice,
    "extendedtextinteraction": extended_text,
    "orderinteraction": order,
    "matchinteraction": match,
    "textentryinteraction": text_entry,
}
