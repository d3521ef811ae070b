"""Which questions of a bank a draft repeats. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessments.domain.near_duplicates.fingerprints import fingerprint, similarity

ALIKE = 0.55
MOST_SHOWN = 3


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
