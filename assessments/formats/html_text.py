"""HTML from other programs as the Markdown authors write here: paragraphs, lists, code and emphasis as Markdown, tables and
what else Markdown has no words for as HTML.

Safety is not decided here: everything is sanitized when it is shown. What is decided is that nothing is lost or changes its
meaning on the way: no star becomes emphasis, no blank line within a table ends it, code keeps its lines, ``List<String>`` its
words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from assessments.domain import markup
from assessments.formats import mathml
from assessments.formats.html_tree import Node, parse_html
from assessments.formats.markdown_text import BLANKS, BREAK, begins_list, code_span, escaped, guarded, with_dollars
from assessments.formats.media import SHOWN, is_sound
from assessments.formats.pictures import Gallery, Pictures

INLINE_NAMES = """abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small strong sub sup u var"""
INLINE_KEPT = frozenset(INLINE_NAMES.split())
SAME_AS = {"strike": "s", "tt": "code", "acronym": "abbr"}
RAW_BLOCKS = frozenset(("table", "dl", "figure"))
BLOCK_NAMES = """address article aside blockquote body caption center details dd div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"""
BLOCKS = frozenset(BLOCK_NAMES.split())
DROPPED_NAMES = "script style head title meta link template noscript colgroup col button input select textarea"
DROPPED = frozenset(DROPPED_NAMES.split())
HEADINGS = {f"h{level}": level for level in range(1, 7)}
HIGHEST = 3
"""Level at which they begin here, as they are shown. Where a text begins above it, all of its headings move down."""
BREAKS = re.compile(r" *\x00 *")
EMPTY_END = re.compile(r"(?:\x00[ \u00a0]*)+$")
WHITE = " \t\n\r\f\u00a0"
LISTS = frozenset(("ul", "ol"))
LANGUAGE = re.compile(r"(?:^|[\s;])(?:language-|lang-|brush:\s*|sourceCode\s+)([\w+#.-]{1,40})")
SHOWING = frozenset(("img", "object", "audio", "math"))
LINKED = re.compile(r"(?i)@@PLUGINFILE@@/.+|(?![a-z]+:|//|/|#)[^?#]+\.(?:mp3|ogg|wav|m4a|png|jpe?g|gif|webp|avif)")
"""Addresses of links that lead to what the text is about, and not away from it."""
CELL = {"td": ("colspan", "rowspan", "class"), "th": ("colspan", "rowspan", "scope", "class")}
HREF = re.compile(r"(?:https?://|mailto:)[^\x00-\x20\\]*", re.IGNORECASE)
EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")


NO_PICTURES = Gallery()
"""For a file that brings none: each that a text shows is missing, unless the text holds it."""


def html_to_markdown(html: str, pictures: Pictures = NO_PICTURES) -> str:
    return tree_to_markdown(parse_html(html).children, pictures)


def plain_to_markdown(text: str) -> str:
    """Text without any markup: its line breaks stay, its stars are stars."""
    return html_to_markdown(escape(text.strip(), quote=False).replace("\r\n", "\n").replace("\n", "<br>"))


def tree_to_markdown(nodes: Sequence[Node | str], pictures: Pictures = NO_PICTURES) -> str:
    return "\n\n".join(_Writer(pictures, nodes).blocks(nodes))


@dataclass
class _Writer:
    pictures: Pictures
    whole: Sequence[Node | str]
    lists: int = field(default=0)

    # ---- Blocks ----

    def blocks(self, nodes: Sequence[Node | str]) -> list[str]:
        found: list[str] = []
        run: list[Node | str] = []
        for node in nodes:
            if isinstance(node, str) or not is_block(node):
                run.append(node)
                continue
            found += self.paragraphs(run)
            run = []
            found += self.block(node)
        return [*found, *self.paragraphs(run)]

    def paragraphs(self, nodes: Sequence[Node | str]) -> list[str]:
        """Two line breaks in a row are meant as a new paragraph."""
        if not any(isinstance(node, Node) or node.strip(WHITE) for node in nodes):
            return []  # the indentation between blocks
        text = BREAKS.sub(BREAK, BLANKS.sub(" ", self.inline(nodes)))
        paragraphs = [EMPTY_END.sub("", part.strip(f" {BREAK}")) for part in re.split(f"{BREAK}{{2,}}", text)]
        return [guarded(part) for part in paragraphs if part.strip("\u00a0 ")]

    def block(self, node: Node) -> list[str]:
        tag = node.tag
        if tag in HEADINGS:
            text = " ".join(self.paragraphs(node.children)).replace("\\\n", " ")
            return [f"{'#' * self.heading(tag)} {text}"] if text else []
        if node.attributes.get("dir") and tag != "pre":
            return self.directed(node)
        match tag:
            case "pre":
                return [_fenced(node)] if node.text().strip() else []
            case "ul" | "ol":
                return self.list(node)
            case "blockquote":
                inside = "\n\n".join(self.blocks(node.children))
                return ["\n".join(f"> {line}".rstrip() for line in inside.split("\n"))] if inside else []
            case "hr":
                return ["***"]
        if tag in RAW_BLOCKS:
            return self.kept(node)
        return self.blocks(node.children)

    @cached_property
    def first_level(self) -> int:
        tags = (one.tag for one in Node("div", {}, list(self.whole)).walk())
        return min([HIGHEST, *(HEADINGS[tag] for tag in tags if tag in HEADINGS)])

    def heading(self, tag: str) -> int:
        lowest = len(HEADINGS) - HIGHEST + 1
        return min(HEADINGS[tag] - self.first_level + 1, lowest)

    def kept(self, node: Node) -> list[str]:
        return [_without_empty_lines(self.raw(node))] if _is_worth_it(node) else []

    def directed(self, node: Node) -> list[str]:
        """Markdown cannot say a direction: what has one stays HTML, each block within it for itself."""
        if node.tag in LISTS or not _has_blocks(node):
            return self.kept(node)
        direction, found, run = node.attributes["dir"], [], Node("p", {"dir": node.attributes["dir"]})
        for child in [*node.children, Node("p")]:
            if isinstance(child, str) or not is_block(child):
                run.children.append(child)
                continue
            found += self.kept(run) if run.text().strip() or run.has_any(SHOWING) else []
            run = Node("p", {"dir": direction})
            found += self.block(Node(child.tag, {"dir": direction, **child.attributes}, child.children))
        return found

    def list(self, node: Node) -> list[str]:
        items = [child for child in node.children if isinstance(child, Node)]
        written = [self.blocks(item.children if item.tag == "li" else [item]) for item in items]
        written = [item for item in written if item]
        if not written:
            return []
        self.lists += 1
        start = node.attributes.get("start", "")
        first = int(start) if start.isdigit() and len(start) < 7 else 1
        bullet = "-*"[self.lists % 2 == 0]  # so that a list right after another one is not the same list
        marks = [f"{first + place}. " if node.tag == "ol" else f"{bullet} " for place in range(len(written))]
        is_tight = all(len(item) == 1 or (len(item) == 2 and begins_list(item[1])) for item in written)
        texts = [
            mark + ("\n" if is_tight else "\n\n").join(item).replace("\n", "\n" + " " * len(mark))
            for mark, item in zip(marks, written, strict=True)
        ]
        return [re.sub(r"(?m)^ +$", "", ("\n" if is_tight else "\n\n").join(texts))]

    # ---- Within a line ----

    def inline(self, nodes: Sequence[Node | str]) -> str:
        return "".join(
            escaped(BLANKS.sub(" ", with_dollars(node))) if isinstance(node, str) else self.inline_node(node)
            for node in nodes
        )

    def inline_node(self, node: Node) -> str:  # noqa: C901 - a line for each kind of element
        tag = SAME_AS.get(node.tag, node.tag)
        if tag in DROPPED:
            return ""
        match tag:
            case "br":
                return BREAK
            case "img" | "image":
                return self.mathematics(node) or self.picture(node)
            case "object" | "embed" | "video" | "audio" | "iframe":
                return self.picture(node) or self.inline(node.children)
            case "svg":
                return escaped(self.pictures("data:image/svg+xml,", "").words)
            case "math":
                return mathml.to_tex(node)
            case "a" if HREF.fullmatch(node.attributes.get("href", "")):
                return f'<a href="{escape(node.attributes["href"])}">{self.inline(node.children)}</a>'
            case "a" if LINKED.fullmatch(node.attributes.get("href", "")):
                shown = Node("img", {"src": node.attributes["href"], "alt": " ".join(node.text().split())})
                return f"{self.inline(node.children)} {self.picture(shown)}"
            case "code" if not any(isinstance(child, Node) for child in node.children):
                return code_span(node.text()) if node.text() else ""
        if is_block(node):
            return f"{BREAK}{self.inline(node.children)}{BREAK}"
        inside = self.inline(node.children)
        attributes = _attributes(node)
        if not inside.strip() or not (tag in INLINE_KEPT or attributes):
            return inside
        return (
            f"<{tag if tag in INLINE_KEPT else 'span'}{attributes}>{inside}</{tag if tag in INLINE_KEPT else 'span'}>"
        )

    def mathematics(self, node: Node) -> str:
        """Of a picture that is drawn from TeX and says so; as text where it cannot stand between dollars."""
        tex = " ".join(mathml.tex_of_picture(node).split())
        if not tex:
            return ""
        return written if markup.MATHEMATICS.fullmatch(written := f"${tex}$") else escaped(tex)

    def picture(self, node: Node) -> str:
        source = node.attributes.get("src") or node.attributes.get("data") or _first_source(node)
        is_whole = node.tag in ("object", "audio", "video")
        description = node.attributes.get("alt") or (" ".join(node.text().split()) if is_whole else "")
        if not source:
            return escaped(description)
        shown = self.pictures(source, description)
        if not shown.source:
            return escaped(shown.words)
        if shown.source.startswith("data:audio/") or (SHOWN.fullmatch(shown.source) and is_sound(shown.source)):
            return f'<audio src="{escape(shown.source)}" title="{escape(shown.words)}"></audio>'
        size = "".join(
            f' {name}="{value}"'
            for name in ("width", "height")
            if re.fullmatch(r"\d{1,4}", value := node.attributes.get(name, "").removesuffix("px"))
        )
        return f'<img src="{escape(shown.source)}" alt="{escape(shown.words)}"{size}>'

    # ---- What stays HTML ----

    def raw(self, node: Node | str) -> str:
        if isinstance(node, str):
            return escape(with_dollars(node), quote=False)
        tag = SAME_AS.get(node.tag, node.tag)
        if tag in DROPPED:
            return ""
        if tag in ("img", "image", "math", "svg", "object", "audio", "video", "iframe", "embed"):
            written = self.inline_node(node)
            return written if written.startswith(("<img", "<audio")) else escape(written, quote=False)
        if tag == "br":
            return "<br>"
        inside = "".join(self.raw(child) for child in node.children)
        is_known = tag in markup.TAGS
        attributes = _attributes(node, CELL.get(tag, ())) if is_known else ""
        if tag == "a":
            href = node.attributes.get("href", "")
            attributes += f' href="{escape(href)}"' if HREF.fullmatch(href) else ""
        return f"<{tag}{attributes}>{inside}</{tag}>" if is_known else inside


def _first_source(node: Node) -> str:
    """Of a sound that comes in several kinds."""
    return next((one.attributes["src"] for one in node.walk() if one.tag == "source" and "src" in one.attributes), "")


def is_block(node: Node) -> bool:
    """Also what has blocks inside, such as a ``span`` around paragraphs."""
    return node.tag in BLOCKS or (node.tag not in ("object", "math", "video", "audio") and _has_blocks(node))


def _has_blocks(node: Node) -> bool:
    if node.has_blocks is None:
        inside = [child for child in node.children if isinstance(child, Node)]
        node.has_blocks = any([child.tag in BLOCKS or _has_blocks(child) for child in inside])  # noqa: C419 - all get to know
    return node.has_blocks


def _is_worth_it(node: Node) -> bool:
    return bool(node.text().strip("\u00a0 \n\t\r")) or node.has_any(SHOWING)


def _without_empty_lines(html: str) -> str:
    """An empty line would end the HTML for Markdown."""
    return EMPTY_LINES.sub(lambda match: "\n" + match[0][1:].replace("\n", "&#10;"), html)


def _attributes(node: Node, more: Sequence[str] = ()) -> str:
    return "".join(
        f' {name}="{escape(node.attributes[name])}"'
        for name in ("dir", "lang", *more)
        if (pattern := markup.VALUES.get(name)) is None or pattern.fullmatch(node.attributes.get(name, ""))
        if node.attributes.get(name)
    )


def _fenced(node: Node) -> str:
    text = node.text(breaks="\n").replace("\r\n", "\n").removeprefix("\n").rstrip()
    code = next((child for child in node.children if isinstance(child, Node) and child.tag == "code"), None)
    named = " ".join(one.attributes.get("class", "") for one in (node, code) if one)
    language = match[1] if (match := LANGUAGE.search(named)) else ""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
