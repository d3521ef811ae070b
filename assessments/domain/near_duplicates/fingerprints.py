"""What two questions have in common. Pure: no database."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Any

from assessments.question_types.cloze import without_markers

WORD = re.compile(r"\w+")
COMMON_WORDS = """
a an the of to in on for and or is are be which what how why when that this it its with by from as at you your does do
following best most true statement correct question answer would should
der die das und ist ein eine welche was
"""
FILLERS = frozenset(COMMON_WORDS.split())


def words_of(stem: str, content: dict[str, Any]) -> str:
    """What is compared. The stem of a text with gaps says little more than that there are some."""
    return f"{stem}\n\n{without_markers(text)}" if (text := content.get("text")) else stem


def fingerprint(stem: str) -> frozenset[str]:
    """Its words without the common ones, and its pairs of neighbouring words: order counts, but not alone."""
    folded = unicodedata.normalize("NFKC", stem).casefold()
    words = [stemmed(word) for word in WORD.findall(folded) if word not in FILLERS]
    return frozenset(words) | frozenset(f"{one} {other}" for one, other in pairwise(words))


def stemmed(word: str) -> str:
    """Endings of English plurals and verbs off; crude, and the same on both sides."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def similarity(one: frozenset[Any], other: frozenset[Any]) -> float:
    """Shared out of all, 0 to 1."""
    common = len(one & other)
    together = len(one) + len(other) - common
    return common / together if together else 0.0
