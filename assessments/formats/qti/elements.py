"""The XML of QTI 2.2 and 3.0: the same elements under names of two kinds, and texts as the XHTML that both allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assessments.formats.html_tree import Node, parse_html
from assessments.formats.media import PREFIX, is_sound, type_of
from assessments.formats.omitting import CannotWrite, Omissions
from assessments.formats.shown import NOT_IN_XML, html_of, inline_html_of

BLOCK_NAMES = (
    "blockquote dd div dl dt figcaption figure h3 h4 h5 h6 hr li ol p pre table tbody td tfoot th thead tr ul caption"
)
INLINE_NAMES = (
    "a abbr b bdi bdo br cite code dfn em i img kbd q rp rt ruby samp small span strong sub sup var col colgroup"
)
BLOCKS = frozenset(BLOCK_NAMES.split())
KEPT = BLOCKS | frozenset(INLINE_NAMES.split())
LOOKS = frozenset(["u", "s", "del", "ins", "mark"])
KEPT_ATTRIBUTES = {
    "*": ("dir",),
    "a": ("href",),
    "code": ("class",),
    "td": ("class", "colspan", "rowspan"),
    "th": ("class", "colspan", "rowspan", "scope"),
    "col": ("span",),
    "colgroup": ("span",),
    "img": ("alt", "width", "height"),
}
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Put = Callable[[str], Iterable["Element | str"]]


@dataclass(frozen=True)
class Version:
    number: str
    namespace: str
    schema: str
    manifest: str
    resource: str
    """The type of an item in the manifest."""

    @property
    def is_third(self) -> bool:
        return self.number == "3.0"


SECOND = Version(
    "2.2",
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd",
    "QTIv2.2 Package",
    "imsqti_item_xmlv2p2",
)
THIRD = Version(
    "3.0",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    "QTI Package",
    "imsqti_item_xmlv3p0",
)


def element(name: str, attributes: dict[str, str] | None = None, *inside: Element | str) -> Element:
    """With elements and texts in it, in their order. Names are those of version 2.2."""
    made = Element(name, {key: clean(value) for key, value in (attributes or {}).items()})
    put(made, inside)
    return made


def put(into: Element, inside: Iterable[Element | str]) -> None:
    for one in inside:
        if isinstance(one, Element):
            into.append(one)
        elif len(into):
            into[-1].tail = (into[-1].tail or "") + clean(one)
        else:
            into.text = (into.text or "") + clean(one)


def clean(text: str) -> str:
    return NOT_IN_XML.sub(" ", text)


def document(root: Element, version: Version) -> bytes:
    """The whole as bytes, in the names of its version."""
    if version.is_third:
        rename(root)
    root.set("xmlns", version.namespace)
    root.set("xmlns:xsi", XSI)
    root.set("xsi:schemaLocation", f"{version.namespace} {version.schema}")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode() + b"\n"


def rename(root: Element) -> None:
    """``choiceInteraction`` with ``maxChoices`` is ``qti-choice-interaction`` with ``max-choices``; HTML stays as it is."""
    for one in root.iter():
        if one.tag in KEPT or one.tag in ("object", "audio"):
            continue
        one.tag = f"qti-{kebab(str(one.tag))}"
        for name in list(one.attrib):
            if not name.startswith(("{", "xml")):
                one.set(kebab(name), one.attrib.pop(name))


def kebab(name: str) -> str:
    return CAPITAL.sub("-", name).lower()


def indented(root: Element) -> Element:
    """For manifests, which hold no text whose blanks matter."""
    indent(root)
    return root


def child(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    made = SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
    made.text = clean(text) or None
    return made


# ---- Texts ----


@dataclass
class Texts:
    """The texts of one item, with what they show."""

    left: Omissions
    media: list[str] = field(default_factory=list)
    known: frozenset[str] = frozenset()
    """Names of pictures that can be put into the package."""

    def blocks(self, markdown: str, put_in: Put | None = None) -> list[Element]:
        """What stands between words in a line gets a paragraph."""
        return wrapped(self.convert(parse_html(html_of(markdown)).children, put_in))

    def inline(self, markdown: str) -> list[Element | str]:
        return self.convert(parse_html(inline_html_of(markdown)).children, None)

    def convert(self, nodes: Iterable[Node | str], put_in: Put | None) -> list[Element | str]:
        found: list[Element | str] = []
        for node in nodes:
            if isinstance(node, str):
                found += put_in(node) if put_in else [node]
            else:
                found += self.node(node, put_in)
        return found

    def node(self, node: Node, put_in: Put | None) -> list[Element | str]:
        inside = self.convert(node.children, put_in)
        if node.tag in ("img", "audio"):
            return [self.picture(node)]
        if node.tag in LOOKS:
            self.left.add("underlined, struck out or marked text")
            return inside
        if node.tag not in KEPT:
            return inside
        if node.attributes.get("title"):
            self.left.add("words shown when something is pointed at")
        if node.attributes.get("start", "1") != "1":
            self.left.add("the number a list begins with")
        made = element(node.tag, self.attributes(node))
        put(made, inside)
        return [made]

    def attributes(self, node: Node) -> dict[str, str]:
        names = (*KEPT_ATTRIBUTES["*"], *KEPT_ATTRIBUTES.get(node.tag, ()))
        kept = {name: node.attributes[name] for name in names if node.attributes.get(name)}
        if node.attributes.get("lang"):
            kept["xml:lang"] = node.attributes["lang"]
        return kept

    def picture(self, node: Node) -> Element:
        """Raises :class:`CannotWrite` where the server does not have it."""
        name = node.attributes.get("src", "").removeprefix(PREFIX)
        if name not in self.known:
            raise CannotWrite("it shows a picture that is not on this server")
        self.media.append(name)
        if is_sound(name):
            said = node.attributes.get("title", "")
            return element("object", {"data": f"../media/{name}", "type": type_of(name)}, said)
        return element("img", {"src": f"../media/{name}", "alt": "", **self.attributes(node)})


def wrapped(found: Iterable[Element | str]) -> list[Element]:
    """Only blocks, as the body of an item wants them."""
    blocks: list[Element] = []
    run: list[Element | str] = []
    for one in [*found, Element("p")]:
        if isinstance(one, str) or one.tag not in BLOCKS:
            run.append(one)
            continue
        if any(isinstance(part, Element) or part.strip() for part in run):
            blocks.append(element("p", None, *run))
        run = []
        blocks.append(one)
    return blocks[:-1]


def identifiers(ids: Iterable[str]) -> dict[str, str]:
    """Each id and what it is called in QTI, where names begin with a letter."""
    ids = list(ids)
    return {
        id_: id_ if IDENTIFIER.fullmatch(id_) else f"id{place}_{id_}"[:64] for place, id_ in enumerate(ids, start=1)
    }
