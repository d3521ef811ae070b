"""Questions that ask nearly the same. Pure: no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

WORD = re.compile(r"\w+")
ALIKE = 0.55
MOST_SHOWN = 3
COMMON_WORDS = """
a an the of to in on for and or is are be which what how why when that this it its with by from as at you your does do
following best most true statement correct question answer would should
der die das und ist ein eine welche was
"""
FILLERS = frozenset(COMMON_WORDS.split())


@dataclass(frozen=True)
class Known:
    """A question there is already: ``id`` is whatever the caller knows it by."""

    id: str
    stem: str


@dataclass(frozen=True)
class NearDuplicate:
    id: str
    stem: str
    similarity: float


def near_duplicates(stem: str, known: Iterable[Known]) -> list[NearDuplicate]:
    """Those at least :data:`ALIKE`, the most alike first."""
    mine = fingerprint(stem)
    found = [NearDuplicate(one.id, one.stem, round(similarity(mine, fingerprint(one.stem)), 2)) for one in known]
    alike = sorted((one for one in found if one.similarity >= ALIKE), key=lambda one: -one.similarity)
    return alike[:MOST_SHOWN]


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


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared out of all, 0 to 1."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0
