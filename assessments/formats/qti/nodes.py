"""QTI 2 and 3 say the same in two spellings: ``choiceInteraction`` with ``maxChoices``, ``qti-choice-interaction`` with
``max-choices``. Here both are ``choiceinteraction`` with ``maxchoices``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from xml.etree.ElementTree import Element

from assessments.formats.html_tree import MAX_DEPTH, Node, local


@lru_cache(1_000)
def normal(name: object) -> str:
    """The vocabulary is small, and a name of it is asked for again and again."""
    written = local(name)
    return written.removeprefix("qti-").replace("-", "").lower() if written else ""


def tree_of(element: Element, depth: int = 0) -> Node:
    node = Node(normal(element.tag), {normal(name): value for name, value in element.attrib.items()})
    if element.text:
        node.children.append(element.text)
    for child in element:
        if isinstance(child.tag, str):
            is_deep = depth >= MAX_DEPTH
            node.children.append("".join(child.itertext()) if is_deep else tree_of(child, depth + 1))
        if child.tail:
            node.children.append(child.tail)
    return node


def elements(node: Node | None) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)] if node else []


def named(node: Node | None, *tags: str) -> list[Node]:
    """Directly below."""
    return [child for child in elements(node) if child.tag in tags]


def first(node: Node | None, *tags: str) -> Node | None:
    return next(iter(named(node, *tags)), None)


def below(node: Node, *tags: str) -> list[Node]:
    """At any depth."""
    return [one for one in node.walk() if one.tag in tags]


def words(node: Node | str | None) -> str:
    text = node if isinstance(node, str) else node.text() if node else ""
    return " ".join(text.split())


def replaced(node: Node, change: Callable[[Node], list[Node | str] | None]) -> Node:
    """A copy in which some elements are others. ``None`` keeps an element and looks into it."""
    copy = Node(node.tag, node.attributes)
    for child in node.children:
        if isinstance(child, str):
            copy.children.append(child)
            continue
        other = change(child)
        copy.children += [replaced(child, change)] if other is None else other
    return copy
