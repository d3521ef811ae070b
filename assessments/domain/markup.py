r"""What authors write (Markdown, with HTML allowed in) as HTML that is safe to show, or as plain text.

Two libraries, one pass each: markdown-it-py parses, nh3 removes whatever is not on the list below. Safety rests on
nh3 alone; what is done before it only decides how things look.

- A tag that is neither allowed nor merely about looks is shown as text, not dropped: ``List<String>`` and a
  question about ``<iframe>`` keep their words.
- Mathematics (``$x_1$``, ``$$…$$``, ``\(…\)``, ``\[…\]``) becomes MathML. What cannot be converted stays as it was typed; so
  does what has ``{{…}}`` in it, which may be a gap. Mathematics that an author wrote as tags is text.
- Headings start at h3: the page has its own h1 and h2.
- Images and sounds come from this site (``/media/…``), images also with the text (``data:``); nothing is fetched from
  elsewhere, and no sound begins by itself.
- A link opens in a new tab: no click may take a candidate away from a running attempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from html import unescape
from html.parser import HTMLParser

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from assessments.domain import mathematics
from assessments.domain.linear_mathematics import on_one_line

INLINE_TAGS = """a abbr audio b bdi bdo br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small span strong sub
    sup u var wbr"""
BLOCK_TAGS = """blockquote caption col colgroup dd div dl dt figcaption figure h3 h4 h5 h6 hr li ol p pre table tbody td
    tfoot th thead tr ul"""
DROPPED_TAGS = "big center font h1 h2 strike tt"
"""Looks from old pages: the words stay, the tag goes without a trace."""
TAGS = {*INLINE_TAGS.split(), *BLOCK_TAGS.split()}
ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href"},
    "audio": {"src"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "td": {"colspan", "rowspan", "class"},
    "th": {"colspan", "rowspan", "scope", "class"},
}
VALUES = {  # the whole value must match, else the attribute goes
    "class": re.compile(r"language-[\w+#.-]{1,40}|align-(?:left|center|right)|math"),
    "dir": re.compile(r"ltr|rtl|auto", re.IGNORECASE),
    "href": re.compile(r"(?:https?://|mailto:|/(?![/\\])|[#?])[^\x00-\x20\\]*", re.IGNORECASE),
    "lang": re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*"),
    "src": re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+|/(?![/\\])[^\x00-\x20\\]*"),
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "span"), re.compile(r"\d{1,4}")),
    "start": re.compile(r"-?\d{1,6}"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
}
LONE_MARK = re.compile(r"\s*(?:[-+*_=#>~`]{1,6}|\d{1,9}[.)])\s*")
MARK = re.compile(r"[-+*_=#>~`.)]")
NOT_A_TAG = re.compile(rf"<(?!/?(?:{'|'.join([*TAGS, *DROPPED_TAGS.split()])})(?=[\s/>])|!--)", re.IGNORECASE)
A_TAG = re.compile(r"(<[^<>]*>)")
ALIGNED = re.compile(r"text-align:(left|center|right)")
MATHEMATICS = re.compile(
    r"""(?<![\\$]) \$\$ (?!\$) [^`]+? \$\$
    | (?<![0-9A-Za-z_\\$]) \$ (?![\s$]) [^$`]*? (?<![\s\\$]) \$
      (?![0-9A-Z_{]) (?: (?![a-z]) | (?<=[0-9A-Za-z})]\$) )  # $HOME:$path and f($a, $b) are no mathematics, $n$th is""",
    re.VERBOSE,
)
BRACKETED = re.compile(r"\\\((?=\s*[^\s\\]|\s*\\[a-z])([^`$]{1,1000}?)\\\)|\\\[([^`$]{1,1000}?)\\\](?!\()")
LIKE_TEX = re.compile(r"\\[a-zA-Z]|[\^_=]")
GAP = re.compile(r"\{\{\w+\}\}")
MOST_MATHEMATICS = 20_000
"""Characters of it in one text. What is beyond stays as typed."""
MOST_LINES = 60
BLOCKS = {"br", *BLOCK_TAGS.split()}
TAG_OR_TEXT = re.compile(r"""<[^<>"]*(?:"[^"]*"[^<>"]*)*>|[^<]+""")  # as the sanitizer writes it: one kind of quote
TAG_NAME = re.compile(r"<([a-z][a-z0-9]*)")
VOID_TAGS = {"br", "col", "hr", "img", "wbr"}


def render(markdown: str, *, tex: bool = False) -> SafeString:
    """With ``tex``, mathematics stays between its dollars: for words alone, and for other programs."""
    return _clean(PARSER.render(_readable(markdown), {"tex": tex}))


def render_message(markdown: str) -> SafeString:
    """What the team says to candidates. A line ends where it was ended: it is written as a letter is, in a hurry."""
    return _clean(PARSER.render(_readable(markdown), {"tex": False, "keeps_lines": True}))


def render_inline(markdown: str, *, tex: bool = False) -> SafeString:
    """Like :func:`render`, without the paragraph around a text that is only one: for options and table cells."""
    environment: EnvType = {"tex": tex}
    tokens = PARSER.parse(_readable(markdown).strip(" \t\r\n"), environment)
    if [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]:
        tokens = tokens[1:2]
    return _clean(PARSER.renderer.render(tokens, PARSER.options, environment))


def plain(markdown: str, limit: int | None = None) -> str:
    """The words alone, at most ``limit`` characters of them, cut between words and then ending in ``…``."""
    words = _words(render(markdown, tex=True))
    if limit is None or len(words) <= limit:
        return words
    head = words[: limit - 1]
    whole_words = head if words[limit - 1] == " " else head.rpartition(" ")[0] or head
    return f"{whole_words.rstrip()}…"


def label(markdown: str) -> str:
    """The words alone, and mathematics on one line: what a list that drops down can show."""
    return _words(_clean(PARSER.render(_readable(markdown), {"tex": True, "on_one_line": True})))


def _words(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.parts).split())


def texts(html: str) -> Iterator[tuple[str, set[str]]]:
    """The runs of text of sanitized HTML, still escaped, each with the elements around it."""
    around: list[str] = []
    for piece in TAG_OR_TEXT.findall(html):
        if not piece.startswith("<"):
            yield piece, set(around)
        elif piece.startswith("</"):
            around.pop()
        elif (name := TAG_NAME.match(piece)) and name[1] not in VOID_TAGS:
            around.append(name[1])


def cut(html: str, marker: re.Pattern[str]) -> list[str]:
    """Sanitized HTML cut wherever ``marker`` is in its text, as ``re.split`` cuts: HTML, group 1, HTML, and so on.

    Never within a tag, so that whatever is put between the pieces stands where text stood.
    """
    pieces = [""]
    for piece in TAG_OR_TEXT.findall(html):
        head, *rest = [piece] if piece.startswith("<") else marker.split(piece)
        pieces[-1] += head
        pieces += rest
    kind = type(html)  # pieces of what was declared safe are as safe as the whole
    return [kind(piece) if place % 2 == 0 else piece for place, piece in enumerate(pieces)]


def _clean(html: str) -> SafeString:
    """The one place where HTML is declared safe: it has just left the sanitizer."""
    return SafeString(SANITIZER.clean(html).strip())


def _readable(text: str) -> str:
    """Half a surrogate pair cannot be handed to the sanitizer, which wants UTF-8. What is nothing but the mark of a quote,
    list, heading or rule is that mark: "which of these redirects: >".
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return MARK.sub(r"\\\g<0>", text) if LONE_MARK.fullmatch(text) else text


def _attribute(tag: str, name: str, value: str) -> str | None:
    pattern = (mathematics.VALUES if tag in mathematics.TAGS else VALUES).get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


def _demote_headings_and_align_cells(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        elif token.type in ("th_open", "td_open") and (aligned := ALIGNED.match(str(token.attrs.pop("style", "")))):
            token.attrs["class"] = f"align-{aligned[1]}"  # the Content-Security-Policy forbids style attributes


def _mathematics(state: StateInline, silent: bool) -> bool:
    """``$…$`` as Pandoc finds it: no blank inside the dollars, no digit after them, so "$5 or $6" is money."""
    pattern = {"$": MATHEMATICS, "\\": BRACKETED}.get(state.src[state.pos])
    if not pattern or not (match := pattern.match(state.src, state.pos, state.posMax)):
        return False
    if match[0].startswith("\\[") and not LIKE_TEX.search(match[2]):
        return False  # brackets with backslashes are brackets
    if not silent:
        token = state.push("mathematics", "math", 0)
        token.content = match[0]
        token.markup = "$$" if match[0].startswith(("$$", "\\[")) else "$"
        token.info = match[0].strip("$") if pattern is MATHEMATICS else match[1] or match[2]
    state.pos = match.end()
    return True


def _closes(state: StateBlock, line: int, start: int) -> bool:
    return state.eMarks[line] >= start + 4 and state.src.startswith("$$", state.eMarks[line] - 2)


def _displayed(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """``$$`` that begins a line, as one paragraph: a line with a sign first is no list."""
    start = state.bMarks[first] + state.tShift[first]
    if state.is_code_block(first) or not state.src.startswith("$$", start):
        return False
    closing = (line for line in range(first, min(last, first + MOST_LINES)) if _closes(state, line, start))
    line = next(closing, last)
    text = state.getLines(first, line + 1, state.blkIndent, False).strip() if line < last else ""
    if not MATHEMATICS.fullmatch(text):
        return False
    if not silent:
        state.line = line + 1
        state.push("paragraph_open", "p", 1).map = [first, state.line]
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = text, [first, state.line], []
        state.push("paragraph_close", "p", -1)
    return True


def _shown(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    token, tex = tokens[index], " ".join(tokens[index].info.split())
    if env.get("on_one_line") and (line := on_one_line(tex)):
        return escapeHtml(line)
    if env.get("tex"):
        dollars = f"{token.markup}{tex}{token.markup}" if token.content.startswith("\\") else ""
        return escapeHtml(dollars if MATHEMATICS.fullmatch(dollars) else token.content)
    return _mathml_or_typed(token.content, tex, env)


def _mathml_or_typed(typed: str, tex: str, env: EnvType) -> str:
    env["mathematics"] = env.get("mathematics", 0) + len(tex)
    is_left = env["mathematics"] > MOST_MATHEMATICS or GAP.search(tex)
    html = None if is_left else mathematics.mathml(tex, is_block=typed.startswith(("$$", "\\[")))
    return html or f'<code class="math">{escapeHtml(typed)}</code>'


def _softbreak(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return "<br>\n" if env.get("keeps_lines") else "\n"


def _html(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return NOT_A_TAG.sub("&lt;", tokens[index].content)


def _html_block(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Markdown means nothing within tags, mathematics does."""
    html = _html(renderer, tokens, index, options, env)
    if env.get("tex"):
        return html
    pieces, code = [], 0
    for piece in A_TAG.split(html):
        code += bool(re.match(r"<(?:code|pre)\b", piece)) - bool(re.match(r"</(?:code|pre)\b", piece))
        pieces.append(piece if code or piece.startswith("<") else MATHEMATICS.sub(partial(_in_html, env), piece))
    return "".join(pieces)


def _in_html(env: EnvType, match: re.Match[str]) -> str:
    typed = unescape(match[0])
    return _mathml_or_typed(typed, " ".join(typed.strip("$").split()), env)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("demote_headings_and_align_cells", _demote_headings_and_align_cells)
    parser.block.ruler.before("fence", "displayed", _displayed, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "mathematics", _mathematics)
    parser.add_render_rule("mathematics", _shown)
    parser.add_render_rule("softbreak", _softbreak)
    parser.add_render_rule("html_inline", _html)
    parser.add_render_rule("html_block", _html_block)
    return parser


class _Words(HTMLParser):
    """Text and the descriptions of images, with a blank where a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


PARSER = _parser()
SANITIZER = nh3.Cleaner(
    tags=TAGS | mathematics.TAGS,
    attributes=ATTRIBUTES | mathematics.ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "data"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}, "audio": {"controls": "", "preload": "none"}},
)
