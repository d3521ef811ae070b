"""What synthetic candidates answer, and what a page shows of it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

WORDS = ("index", "lock", "cache", "retry", "“quotes”", "naïve", "größer", "λ", "✓", "<b>bold</b>", "&", "timeout")
STATE = re.compile(r'data-revision="(\d+)".*?data-receipt="([0-9a-f]*)"', re.DOTALL)
RECEIPT = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Question:
    number: int
    type: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    fields: tuple[str, ...]
    """As a browser posts it."""
    value: Any
    """As it is stored."""


def invent(question: Question, chance: random.Random) -> Answer:
    """Another answer each time, so that no two saves can be taken for one another."""
    if question.type == "single_choice":
        option = chance.choice(question.options)
        return Answer((option,), option)
    if question.type == "multiple_choice":
        options = sorted(chance.sample(question.options, chance.randint(1, len(question.options))))
        return Answer(tuple(options), options)
    if question.type == "true_false":
        value = chance.random() < 0.5
        return Answer(("true" if value else "false",), value)
    if question.type == "numeric":
        number = f"{chance.randint(0, 10**9) / 1000}"
        return Answer((number,), number)
    count = 1 if question.type == "short_text" else chance.randint(20, 120)
    text = " ".join([f"{chance.getrandbits(48):x}", *chance.choices(WORDS, k=count)])
    return Answer((text,), text)


@dataclass
class Shown(HTMLParser):
    """The question on a page: its number, the revision it goes on from, and what is filled in."""

    number: int = 0
    base_revision: int = -1
    values: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._is_in_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("id") == "question-panel":
            self.number = int(found.get("data-number", "0"))
        if tag == "textarea" and found.get("name") == "value":
            self.values.append("")
            self._is_in_text = True
        if tag == "input":
            self._input(found)

    def _input(self, found: dict[str, str]) -> None:
        if found.get("name") == "base_revision":
            self.base_revision = int(found["value"])
        is_choice = found.get("type") in ("radio", "checkbox")
        if found.get("name") == "value" and (not is_choice or "checked" in found):
            self.values.append(found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._is_in_text = self._is_in_text and tag != "textarea"

    def handle_data(self, data: str) -> None:
        if self._is_in_text:
            self.values[-1] += data

    @property
    def fields(self) -> tuple[str, ...]:
        """As the same browser would post it; HTML drops a textarea's first line break."""
        return tuple(text for value in self.values if (text := value.removeprefix("\n")))


def shown_in(page: str) -> Shown:
    shown = Shown()
    shown.feed(page)
    shown.close()
    return shown
