"""HTML as a tree, however it is written; and XML that holds XHTML as the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

import nh3

MAX_DEPTH = 100
"""Of elements within elements. Deeper ones count as siblings, so that no file can exhaust the stack."""
MAX_TAGS = 10_000
"""In one text. More are an attack on the parser, and are shown as they are."""
NUL = re.compile("\x00")
LINE_END = re.compile("\r\n?")
VOID = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "param", "source", "track", "wbr"))
ATTRIBUTE_NAMES = """alt class close colspan data data-equation-content dir display height href lang open rowspan scope span src
    start title type width"""
NAMES = """a abbr acronym address area article aside audio b bdi bdo big blockquote br button caption center cite code col
    colgroup dd del details dfn div dl dt em embed fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i
    iframe img input ins kbd label legend li main map mark math nav nobr object ol optgroup option p param pre q rb rp rt rtc
    ruby s samp section select small source span strike strong sub summary sup svg table tbody td textarea tfoot th thead time tr
    track tt u ul var video wbr mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle
    msub msubsup msup mtable mtd mtext mtr munder munderover semantics annotation"""
KNOWN = frozenset(NAMES.split())
DROPPED = "base body head html link meta script style template title"
"""Known too, and left out: with what is in them, save for ``body`` and ``html``."""


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    has_blocks: bool | None = field(default=None, compare=False)
    """Once it is known."""

    def text(self, breaks: str = " ") -> str:
        parts = []
        for child in self.children:
            if isinstance(child, str):
                parts.append(child)
            elif child.tag == "br":
                parts.append(breaks)
            elif child.tag not in ("script", "style"):
                parts.append(child.text(breaks))
        return "".join(parts)

    def has_any(self, tags: frozenset[str]) -> bool:
        return any(node.tag in tags for node in self.walk())

    def walk(self) -> Iterator[Node]:
        """Everything below, in the order of the text."""
        waiting = [child for child in reversed(self.children) if isinstance(child, Node)]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += [child for child in reversed(node.children) if isinstance(child, Node)]


def parse_html(html: str) -> Node:
    """As browsers understand it, however it is written, in linear time.

    A tag that HTML does not know is text: a question about ``List<String>`` or ``<html class="cool">`` speaks of it.
    """
    plain = NUL.sub("", html).encode("utf-8", "replace").decode()
    if "<" not in plain and "&" not in plain:
        text = LINE_END.sub("\n", plain.removeprefix("\ufeff"))  # all that the parsers change of a text without tags
        return Node("", {}, [text] if text else [])
    written = NOT_A_TAG.sub("&lt;", NAMESPACE.sub("", plain))
    reader = _Reader()
    reader.feed(TIDY.clean(written) if written.count("<") <= MAX_TAGS else escape(written))
    reader.close()
    return reader.root


NOT_A_TAG = re.compile(rf"<(?!/?(?:{'|'.join([*sorted(KNOWN), *DROPPED.split()])})(?=[\s/>])|!--)", re.IGNORECASE)
NAMESPACE = re.compile(r"<\?xml:namespace[^<>]{0,500}>")
"""Left behind by word processors."""
TIDY = nh3.Cleaner(
    tags=set(KNOWN),
    clean_content_tags={"script", "style", "template", "title"},
    attributes={"*": set(ATTRIBUTE_NAMES.split())},
    url_schemes={"http", "https", "mailto", "data"},
    link_rel=None,
)
"""For its parser, which is that of a browser, and not for safety: that is seen to wherever a text is shown."""


class _Reader(HTMLParser):
    """Reads what has been tidied: every tag is known and closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.open) - 1, 0, -1):
            if self.open[place].tag == tag:
                del self.open[place:]
                return

    def handle_data(self, data: str) -> None:
        children = self.open[-1].children
        if children and isinstance(children[-1], str):
            children[-1] += data
        else:
            children.append(data)


def local(name: object) -> str:
    """The name of an XML element or attribute without its namespace."""
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def from_xml(element: Element, depth: int = 0) -> Node:
    """Comments and processing instructions are left out."""
    node = Node(local(element.tag).lower(), {local(name): value for name, value in element.attrib.items()})
    node.children = children_from_xml(element, depth)
    return node


def children_from_xml(element: Element, depth: int = 0) -> list[Node | str]:
    found: list[Node | str] = [element.text] if element.text else []
    for child in element:
        if isinstance(child.tag, str):
            found.append(from_xml(child, depth + 1) if depth < MAX_DEPTH else Node("", {}, ["".join(child.itertext())]))
        if child.tail:
            found.append(child.tail)
    return found
