"""Every word on a candidate's page is either marked for translation or marked as what somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.base import Lexer, TokenType
from django.test import Client
from django.utils import translation

from candidates.domain import rehearsals, seat
from candidates.templatetags import shared
from candidates.tests.browser import test_told
from candidates.tests.browser.test_every_page import LONG, addresses, make_awkward
from candidates.tests.making import sit_down

ROOT = Path(__file__).resolve().parents[2] / "templates"
STAFF = ("admin", "api")
READ_ALOUD = ("alt", "aria-label", "aria-description", "placeholder", "title", "label")
ASIDE = ("script", "style", "kbd")
NAMES = {"Parley"}
LETTERS = re.compile(r"[^\W\d_]{2,}")
SPEAKING = re.compile(
    r"\b(?:default|default_if_none|yesno|pluralize|add|legend|title|label|words)[:=](\"[^\"]*\"|'[^']*')"
)


def templates() -> list[Path]:
    found = [path for path in ROOT.rglob("*") if path.suffix in (".html", ".txt")]
    return sorted(path for path in found if path.relative_to(ROOT).parts[0] not in STAFF)


class Words(HTMLParser):
    """What a page says: its texts, and the attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in READ_ALOUD and value]
        if tag in ASIDE:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.said.append(data)


def literals(source: str) -> Iterator[str]:
    """The words of a template that no translator ever gets to see."""
    text, is_marked, is_comment = "", False, False
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ")[0]
        if token.token_type == TokenType.BLOCK:
            is_marked = name == "blocktranslate" or (is_marked and name != "endblocktranslate")
            is_comment = name == "comment" or (is_comment and name != "endcomment")
            yield from (match[1] for match in SPEAKING.finditer(token.contents) if spoken(match[1]))
        elif token.token_type == TokenType.VAR:
            yield from (match[1] for match in SPEAKING.finditer(token.contents) if spoken(match[1]))
        elif token.token_type == TokenType.TEXT and not (is_marked or is_comment):
            text += token.contents
    page = Words()
    page.feed(text)
    page.close()
    yield from (said.strip() for said in page.said if spoken(said))


def spoken(text: str) -> bool:
    return bool(set(LETTERS.findall(text)) - NAMES) and not text.strip('"').startswith((" is-", "is-"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_word_of_a_template_is_marked(path: Path):
    assert list(literals(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "<p>Hello</p>",
        '<a href="/" aria-label="Open">→</a>',
        "{% if x %}Flagged{% endif %}",
        '{{ who|default:"The team" }}',
        '{% include "x.html" with legend="Choose one" %}',
        "{% blocktranslate %}Marked{% endblocktranslate %}, but this is not",
    ],
)
def test_an_unmarked_word_is_found(planted: str):
    assert list(literals(planted)) != []


@pytest.mark.parametrize(
    "fine",
    [
        '{% translate "Hello" %}',
        "{% comment %} Said to nobody. {% endcomment %}<!DOCTYPE html>",
        '{% include "x.html" with legend=_("Choose one") %}',
        '<p class="prose {{ one }}" data-state="saved">{{ words }} · 1</p>',
        "{% blocktranslate %}All <b>of</b> it{% endblocktranslate %}",
    ],
)
def test_what_is_marked_is_not_complained_about(fine: str):
    assert list(literals(fine)) == []


# ---- Rendered: what comes from Python, too ----

KEPT = (shared._rendered, seat._left, rehearsals.faces)
"""Words that are put together once for each language."""


class Shown(HTMLParser):
    """What a page says outside of «marks»; neither what somebody wrote nor moments, codes and keys."""

    EMPTY = ("meta", "link", "input", "br", "img", "path", "hr", "wbr", "source")
    CODES = {"hash", "receipt-code"}

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.stack: list[tuple[str, bool]] = []
        self.depth = 0

    @property
    def is_aside(self) -> bool:
        return bool(self.stack) and self.stack[-1][1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        is_content = "lang" in named or named.get("dir") == "auto" or self.CODES & set(named.get("class", "").split())
        is_aside = self.is_aside or tag in (*ASIDE, "time") or bool(is_content and tag != "html")
        if tag not in self.EMPTY:
            self.stack.append((tag, is_aside))
        if not is_aside:
            self.said += [_outside(named[name])[0] for name in READ_ALOUD if name in named]

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        """A mark may begin in one element and end in another: a sentence has its emphasis and its moments inside."""
        text, self.depth = _outside(data, self.depth)
        if not self.is_aside:
            self.said.append(text)


def _outside(text: str, depth: int = 0) -> tuple[str, int]:
    left = ""
    for character in text:
        depth += (character == "«") - (character == "»")
        left += "" if depth or character == "»" else character
    return left, depth


def unmarked(html: str, *, written: Iterable[str]) -> list[str]:
    """What a page says that neither a translator nor an author of ``written`` has said."""
    page = Shown()
    page.feed(html)
    known = re.compile("|".join(re.escape(one) for one in sorted(written, key=len, reverse=True)) or "$^")
    return [text.strip() for said in page.said if spoken(text := known.sub("", said))]


@pytest.fixture
def _pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language in which everything that is marked stands «so». It goes by English's name, so nothing kept may outlive it."""
    for kept in KEPT:
        kept.cache_clear()
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        original = getattr(translation._trans, name)  # type: ignore[attr-defined]
        monkeypatch.setattr(translation._trans, name, partial(_quoted, original))  # type: ignore[attr-defined]
    yield
    for kept in KEPT:
        kept.cache_clear()


def _quoted(original: Callable[..., str], *arguments: Any) -> str:
    return f"«{original(*arguments)}»"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_pseudo")
def test_every_word_of_every_page_is_marked_or_somebody_wrote_it(client: Client, admin_user: Any):
    awkward, problems = make_awkward(), []
    for path, attempt in addresses(awkward, staff=admin_user):
        if attempt:
            sit_down(client, attempt)
        page = client.get(path, follow=True)
        written = (
            awkward.title,
            awkward.organisation,
            awkward.contact,
            awkward.purpose,
            f"Ada {LONG}",
            "Part 1",
            "Part 2",
            "Part 3",
        )
        problems += [(path, words) for words in unmarked(page.content.decode(), written=written)]
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_pseudo")
def test_every_word_of_what_candidates_are_told_is_marked_or_somebody_wrote_it(client: Client, admin_user: Any):
    written, problems = ("ACME", "Ada", "Backend engineer", "jobs@acme.example", "Which unit?", "Part 1"), []
    for path, attempt in test_told.addresses(admin_user):
        if attempt:
            sit_down(client, attempt)
        page = client.get(path, follow=True)
        problems += [(path, words) for words in unmarked(page.content.decode(), written=written)]
    export = client.get(f"{path.removesuffix('/')}.html").content.decode()
    written = (*written, *re.findall(r"<dd [^>]*>(.*?)</dd>", export, re.DOTALL))
    problems += [("export", words) for words in unmarked(export, written=written)]
    assert "«What is left out, and why»" in export
    assert not problems, "\n".join(map(str, problems))


@pytest.mark.usefixtures("_pseudo")
def test_an_unmarked_word_on_a_page_is_found():
    marked = f"<p>{translation.gettext('Time')}: 3</p><p lang='fr'>Bonjour</p>«all <i>of</i> it»"
    assert unmarked(marked, written=()) == []
    assert unmarked(f"{marked}<p title='Written so'>x</p><b>And so</b>", written=()) == ["Written so", "And so"]
