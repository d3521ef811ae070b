"""One item of QTI 2.0, 2.1, 2.2 or 3.0 → one question.

The type follows from the interactions. How much each response earns is found by trying responses
(:mod:`assessments.formats.qti.processing`) and comparing with the schemes there are; what fits none is rejected.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from assessments.formats import keyed
from assessments.formats.base import ParsedQuestion
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake
from assessments.formats.pictures import Pictures
from assessments.formats.qti.bodies import FEEDBACK, Item, question_of
from assessments.formats.qti.declarations import declaration, value_of
from assessments.formats.qti.nodes import below, elements, first, named, replaced, words
from assessments.formats.qti.processing import Scorer
from assessments.formats.titles import without_made_title

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
TEMPLATES = ("match_correct", "map_response")


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
    question = keyed.finished(
        draft,
        where=where,
        stem=stem,
        explanation="\n\n".join(item.remarks),
        identity=root.attributes.get("identifier", ""),
        title=" ".join(root.attributes.get("title", "").split()),
        points=points,
        tags=tags,
    )
    notes[:] = list(dict.fromkeys(draft.notes))
    return without_made_title(question)


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
