"""One XML document of any version of QTI, alone or as part of a package."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from xml.etree.ElementTree import Element

from assessments.formats import keyed
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion, Rejection, require_few, short
from assessments.formats.html_tree import Node, local
from assessments.formats.keyed import CannotTake
from assessments.formats.pictures import Gallery
from assessments.formats.qti.classic.reading import read_classic
from assessments.formats.qti.items import read_item
from assessments.formats.qti.nodes import first, named, tree_of
from assessments.formats.xml_text import attribute, descendants, parse_xml

ITEMS = frozenset(("assessmentItem", "qti-assessment-item"))
CLASSIC = frozenset(("questestinterop",))
OTHERS = {
    "assessmentTest": "a test, which lists items in other files",
    "qti-assessment-test": "a test, which lists items in other files",
    "assessmentStimulus": "a stimulus, which items in other files share",
    "qti-assessment-stimulus": "a stimulus, which items in other files share",
    "assessmentSection": "a section, which lists items in other files",
    "qti-assessment-section": "a section, which lists items in other files",
    "manifest": "the manifest of a package, without its files",
}
ASSESSMENT = re.compile(rb"<(?:assessment|objectbank)\s[^>]*?ident\s*=\s*[\"']([^\"']{1,200})")
Shared = Callable[[str], bytes | None]
ROOTS = ITEMS | CLASSIC | OTHERS.keys()


def nothing(href: str) -> bytes | None:
    return None


def read_document(data: bytes, *, gallery: Gallery | None = None, where: str = "", shared: Shared = nothing) -> Parsed:
    """``where`` is the document's place in its package, ``shared`` finds other files of it. Raises :class:`FileUnreadable`."""
    root = parse_xml(data)
    name = local(root.tag)
    parsed = Parsed("qti")
    if name in OTHERS:
        parsed.warnings.append(f"{_place(where)}This is {OTHERS[name]}; import the items or the whole package.")
        return parsed
    pictures = gallery or Gallery()
    if name in CLASSIC:
        read_classic(root, parsed, pictures, where)
        return parsed
    if name not in ITEMS:
        raise FileUnreadable(f"This is not QTI: it begins with <{short(name, 40)}>.")
    tree = tree_of(root)
    identifier, title = tree.attributes.get("identifier", ""), tree.attributes.get("title", "")
    place = where or f"item {short(identifier, 60)}"
    notes: list[str] = []
    try:
        with_stimuli(tree, shared)
        question = read_item(tree, where=place, pictures=pictures, notes=notes)
    except CannotTake as reason:
        parsed.rejected.append(keyed.rejection(place, title or identifier, reason))
        return parsed
    require_few(1)
    parsed.questions.append(question)
    parsed.warnings += [f"{short(place, 80)} ({short(question.title or question.stem, 40)}): {note}" for note in notes]
    return parsed


def with_stimuli(tree: Node, shared: Shared) -> None:
    """Put the texts that the item shares with others before its own. Raises :class:`CannotTake`."""
    body = first(tree, "itembody")
    for reference in reversed(named(tree, "assessmentstimulusref")):
        data = shared(reference.attributes.get("href", ""))
        if data is None or body is None:
            raise CannotTake(
                "The item shares a text with others, a stimulus, which is not here; import the whole package."
            )
        stimulus = first(tree_of(parse_xml(data)), "stimulusbody")
        if stimulus is not None:
            body.children.insert(0, Node("div", {}, stimulus.children))


Located = TypeVar("Located", ParsedQuestion, Rejection)


def placed(one: Located, where: str) -> Located:
    return replace(one, where=where)


def assessment_of(data: bytes) -> str:
    """The identifier of the quiz, or of the bank, that a document of QTI 1.2 holds."""
    match = ASSESSMENT.search(data)
    return match[1].decode("utf-8", "replace") if match else ""


def hrefs_of(manifest: Element) -> list[str]:
    """Of the files that it lists."""
    found = [attribute(one, "href") for one in descendants(manifest, "file")]
    return [href for href in dict.fromkeys(found) if href]


def items_of(manifest: Element) -> list[str]:
    """Addresses of what it calls items."""
    resources = (one for one in descendants(manifest, "resource") if "imsqti_item" in attribute(one, "type").lower())
    return [href for one in resources if (href := attribute(one, "href"))]


def _place(where: str) -> str:
    return f"{short(where, 80)}: " if where else ""
