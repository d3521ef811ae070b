"""Which questions of an import ask nearly what others ask, in whatever bank."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from assessments.domain import markup
from assessments.domain.near_duplicates.fingerprints import fingerprint, similarity, words_of
from assessments.enums import QuestionStatus
from assessments.formats.base import ParsedQuestion, short
from assessments.models import Question

ALIKE = 0.8
"""Share of what two questions have in common, out of all they have. More than where AI is kept from repeating: here each
match is a question that a person has to look at."""
MOST_SHOWN = 3
SHOWN = 140


@dataclass(frozen=True)
class NearMatch:
    """A question of the file, and one that is there."""

    path: str
    where: str
    title: str
    similarity: float
    question: str
    """The id of the one that is there."""
    bank: str
    stem: str
    """What it asks, beginning with its stem."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Place(NamedTuple):
    path: str
    where: str
    title: str


WORD_BIT = 1 << 43
PLACE_BITS = 20
"""Together with the 44 of a token they fit a machine word: a million questions at once."""


@dataclass
class Asked:
    """The questions of an import: some hundred bytes for each."""

    places: list[Place] = field(default_factory=list)
    prints: list[array[int]] = field(default_factory=list)

    def add(self, path: str, question: ParsedQuestion) -> None:
        words = words_of(question.stem, question.content)
        self.places.append(Place(path, question.where, short(question.title or words)))
        self.prints.append(tokens(words))

    def matches(self, *, but: frozenset[UUID] = frozenset()) -> Iterator[NearMatch]:
        """``but``: the import's own questions, where they are stored already."""
        if not self.prints:
            return
        index = self._index()
        found: Counter[int] = Counter()
        for pk, stem, text, bank in asked_elsewhere():
            if pk in but:
                continue
            words = words_of(stem, {"text": text})
            theirs = tokens(words)
            whole = frozenset(theirs)
            for number in {one for token in beginning(theirs) for one in listed(index, token)}:
                if found[number] >= MOST_SHOWN or not may_be_alike(len(self.prints[number]), len(whole)):
                    continue
                alike = similarity(frozenset(self.prints[number]), whole)
                if alike >= ALIKE:
                    found[number] += 1
                    place = self.places[number]
                    yield NearMatch(*place, round(alike, 2), str(pk), bank, markup.plain(words, limit=SHOWN))

    def _index(self) -> array[int]:
        """Token and number of question in one, in order."""
        pairs = (
            token << PLACE_BITS | number for number, print_ in enumerate(self.prints) for token in beginning(print_)
        )
        return array("Q", sorted(pairs))


def tokens(words: str) -> array[int]:
    """Hashes of the words and of the pairs of them, the pairs first: few questions share any."""
    return array("Q", sorted(hash(one) % WORD_BIT | (0 if " " in one else WORD_BIT) for one in fingerprint(words)))


def may_be_alike(one: int, other: int) -> bool:
    """By their lengths alone: no more can be shared than the shorter has."""
    return min(one, other) >= ALIKE * max(one, other)


def beginning(print_: array[int]) -> array[int]:
    """Of two that are alike enough, these parts share at least one token, since both are in the same order."""
    return print_[: len(print_) - ceil(ALIKE * len(print_)) + 1]


def listed(index: array[int], token: int) -> Iterator[int]:
    place = bisect_left(index, token << PLACE_BITS)
    while place < len(index) and index[place] >> PLACE_BITS == token:
        yield index[place] & ((1 << PLACE_BITS) - 1)
        place += 1


def asked_elsewhere() -> Iterable[tuple[UUID, str, str | None, str]]:
    """Everything that may still be asked."""
    questions = Question.objects.filter(current_version__isnull=False).exclude(status=QuestionStatus.RETIRED)
    fields = ("pk", "current_version__stem", "current_version__content__text", "bank__name")
    return questions.order_by().values_list(*fields).iterator(chunk_size=2000)
