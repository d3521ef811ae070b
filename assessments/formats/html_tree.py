"""HTML as a tree, however it is written; and XML that holds XHTML as the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

MAX_DEPTH = 100
"""Of elements within elements. Deeper ones count as siblings, so that no file can exhaust the stack."""
NUL = re.compile("\x00")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
CLOSED_BY_THE_NEXT = {
    "li": frozenset(("li",)),
    "p": frozenset(("p",)),
    "td": frozenset(("td", "th")),
    "th": frozenset(("td", "th")),
    "tr": frozenset(("tr", "td", "th")),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "option": frozenset(("option",)),
}
KNOWN = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "area",
        "article",
        "aside",
        "audio",
        "b",
        "base",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "map",
        "mark",
        "math",
        "meta",
        "nav",
        "nobr",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "p",
        "param",
        "pre",
        "q",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "select",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
        "mfenced",
        "mfrac",
        "mi",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
        "mphantom",
        "mroot",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
        "mtext",
        "mtr",
        "munder",
        "munderover",
        "semantics",
        "annotation",
    ]
)


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

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
        """Everything below."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.walk()


def parse_html(html: str) -> Node:
    reader = _Reader()
    reader.feed(NUL.sub("", html))
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    """A tag that HTML does not know is text: a question about ``List<String>`` or ``<html class="cool">`` speaks of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN:
            self.handle_data(self.get_starttag_text() or "")
            return
        closes = CLOSED_BY_THE_NEXT.get(tag, frozenset())
        if self.open[-1].tag in closes:
            self.open.pop()
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID and len(self.open) < MAX_DEPTH:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in KNOWN and tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in KNOWN:
            self.handle_data(f"</{tag}>")
            return
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
