"""Pictures and sounds that say nothing to whoever cannot see or hear them."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from assessments.domain import markup

SAID_IN = {"img": "alt", "audio": "title"}
MAY_SHOW = ("![", "<img", "<audio")


def undescribed(*parts: Any) -> int:
    """How many there are without a description in these texts, and in those within content and key."""
    return sum(_count(text) for part in parts for text in _texts(part))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _count(text: str) -> int:
    """As it is shown: what stands in code is no picture."""
    if not any(mark in text.lower() for mark in MAY_SHOW):
        return 0
    found = _Undescribed()
    found.feed(str(markup.render(text)))
    return found.count


class _Undescribed(HTMLParser):
    count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SAID_IN and not (dict(attrs).get(SAID_IN[tag]) or "").strip():
            self.count += 1
