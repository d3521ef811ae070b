"""QTI 1.2 in the dialects of Canvas, Blackboard and Common Cartridge → questions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from xml.etree.ElementTree import Element

from assessments.formats import keyed
from assessments.formats.base import Parsed, ParsedBank, ParsedQuestion, require_few, short
from assessments.formats.html_tree import Node
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.pictures import Gallery
from assessments.formats.qti.classic.choices import multiple, ordered, single
from assessments.formats.qti.classic.entries import long_text, numeric, short_text
from assessments.formats.qti.classic.item import ClassicItem, Scored
from assessments.formats.qti.classic.scoring import ClassicScorer
from assessments.formats.qti.classic.several import BLANK, several
from assessments.formats.qti.nodes import below, tree_of, words

UNSUPPORTED = {
    "calculated": "A formula, whose numbers are computed anew for each candidate.",
    "file upload": "Candidates hand in a file, which is not possible here.",
    "text only": "Text without a question.",
    "hot spot": "The type hot spot has no counterpart here.",
    "categorization": "The type categorization has no counterpart here.",
    "opinion scale": "An opinion scale has no key.",
    "quiz bowl": "The type quiz bowl has no counterpart here.",
    "jumbled sentence": "The type jumbled sentence has no counterpart here.",
    "pattern match": "The type pattern match has no counterpart here.",
}
CHOICES: dict[str, Callable[[ClassicItem, Node], Scored]] = {
    "single": single,
    "multiple": multiple,
    "ordered": ordered,
}


def read_classic(root: Element, parsed: Parsed, gallery: Gallery, where: str) -> None:
    tree = tree_of(root)
    titles = [one.attributes.get("title", "") for one in below(tree, "assessment", "objectbank")]
    if len(titles) == 1 and not parsed.bank.name:
        parsed.bank = ParsedBank(name=short(titles[0]))
    for place, node in enumerate(below(tree, "item"), start=1):
        identifier = node.attributes.get("ident", "") or words(next(iter(below(node, "bbmd_asi_object_id")), None))
        title = words(node.attributes.get("title", ""))
        spot = f"{where}, item {place}" if where else f"item {place}"
        require_few(parsed.total + 1)
        item = ClassicItem(node, gallery)
        try:
            question = question_of(item, where=spot, identifier=identifier, title=title)
        except CannotTake as reason:
            named_ = title if title and title != "Question" else words(item.stem()) or identifier
            parsed.rejected.append(keyed.rejection(spot, named_, reason))
            continue
        parsed.questions.append(question)
        called = short(question.title or question.stem, 40)
        parsed.warnings += [f"{spot} ({called}): {note}" for note in dict.fromkeys(item.notes)]


def question_of(item: ClassicItem, *, where: str, identifier: str, title: str) -> ParsedQuestion:
    stem, draft, points = read_item(item)
    question = keyed.finished(
        draft,
        where=where,
        stem=stem,
        explanation=item.explanation(),
        identity=identifier,
        title="" if title == "Question" else title,
        points=points,
    )
    item.notes += draft.notes
    return question


def read_item(item: ClassicItem) -> tuple[str, Draft, Decimal]:
    kind = item.kind
    for name, reason in UNSUPPORTED.items():
        if kind.startswith(name):
            raise CannotTake(reason)
    responses = item.responses
    if not responses:
        raise CannotTake("Text without a question: there is nothing to respond to.")
    for tags, reason in (
        (("response_xy", "render_hotspot"), UNSUPPORTED["hot spot"]),
        (("response_grp",), "A response that groups things has no counterpart here."),
        (("render_slider",), "The type slider has no counterpart here."),
    ):
        if below(item.presentation, *tags):
            raise CannotTake(reason)
    draft, points = (
        several(item, responses, kind)
        if len(responses) > 1 or ("blank" in kind and BLANK.search(item.stem())) or is_marked(item, responses[0])
        else read_response(item, responses[0], kind)
    )
    if draft.type == "cloze":
        return draft.content.pop("stem"), draft, points
    return item.stem(), draft, points


def is_marked(item: ClassicItem, response: Node) -> bool:
    """The text has a place for the response, by its name: a list within a text, and the only one."""
    name = response.attributes.get("ident", "")
    return name.startswith("response_") and f"[{name.removeprefix('response_')}]" in item.stem()


def read_response(item: ClassicItem, response: Node, kind: str) -> Scored:
    if response.tag == "response_lid":
        cardinality = response.attributes.get("rcardinality", "Single").lower()
        if cardinality not in CHOICES:
            raise CannotTake(f'A response of the cardinality "{cardinality[:20]}" has no counterpart here.')
        return CHOICES[cardinality](item, response)
    scorer = ClassicScorer(item.node)
    tests = [one for condition in scorer.conditions for one in below(condition, "varequal", "vargte", "vargt")]
    if kind.startswith(("essay", "short response")) or not tests:
        return long_text(item), item.points or Decimal(1)
    fib = next(iter(below(response, "render_fib")), None)
    is_number = fib is not None and fib.attributes.get("fibtype", "").lower() in ("decimal", "integer")
    if kind.startswith("numeric") or response.tag == "response_num" or is_number:
        return numeric(item, scorer, response)
    return short_text(item, scorer, response)
