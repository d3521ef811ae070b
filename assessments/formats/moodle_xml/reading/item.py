"""One question element of Moodle XML: its texts with their pictures, and what it says in passing."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from assessments.formats.gift.texts import markdown as gift_markdown
from assessments.formats.html_text import html_to_markdown, plain_to_markdown, tree_to_markdown
from assessments.formats.html_tree import children_from_xml
from assessments.formats.media import MAX_SOUND
from assessments.formats.pictures import Gallery, Pictures
from assessments.formats.xml_text import child, children, words

FORMATS = {"html": "html", "1": "html", "plain_text": "plain", "2": "plain", "markdown": "markdown", "4": "markdown"}
FORMATS |= {"moodle_auto_format": "moodle", "0": "moodle"}


@dataclass
class Item:
    """One question element, and what is noted while it is read."""

    element: Element
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self, holder: Element | None, inherited: str = "html") -> str:
        """The text in an element such as ``questiontext``, with its pictures, as Markdown."""
        holds = child(holder, "text")
        if holder is None or holds is None:
            return ""
        pictures = Gallery(files_of(holder).get)
        if len(holds):
            return tree_to_markdown(children_from_xml(holds), pictures)
        given = (holder.get("format") or inherited).strip()
        return self.formatted(holds.text or "", FORMATS.get(given, "moodle"), pictures)

    def formatted(self, text: str, text_format: str, pictures: Pictures) -> str:
        match text_format:
            case "html":
                return html_to_markdown(text, pictures)
            case "plain":
                return plain_to_markdown(text)
        return gift_markdown(text, text_format)

    def raw(self, *path: str) -> str:
        """The text at the end of a path, as it is."""
        found = child(self.element, *path)
        return "".join(found.itertext()).strip() if found is not None else ""

    def is_set(self, name: str, default: bool = False) -> bool:
        found = child(self.element, name)
        return default if found is None else words(found).lower() in ("1", "true", "yes")

    @property
    def answers(self) -> list[Element]:
        return children(self.element, "answer")


def files_of(holder: Element | None) -> dict[str, bytes]:
    """Of the files inside a text, those that are small enough, by the addresses that name them."""
    found = {}
    for file in children(holder, "file"):
        text = "".join((file.text or "").split())
        if file.get("encoding") != "base64" or len(text) > 2 * MAX_SOUND:
            continue
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        path = f"{unquote(file.get('path', '/'))}{file.get('name', '')}".lstrip("/")
        found[f"@@PLUGINFILE@@/{path}"] = data
    return found


def stem_of(item: Item) -> str:
    return item.text(child(item.element, "questiontext"))
