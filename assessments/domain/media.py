"""Storing and finding the pictures and sounds of questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assessments.formats import media
from assessments.formats.base import ParsedQuestion
from assessments.formats.media import MediaRefused
from assessments.models import MediaFile
from interview_project.batching import batches


def missing_from(questions: Iterable[ParsedQuestion]) -> frozenset[str]:
    """Names that texts show, and neither a question brings along nor the server has. A statement for each 500."""
    wanted: set[str] = set()
    brought: set[str] = set()
    for question in questions:
        wanted.update(media.names_of(question))
        brought.update(question.media)
    wanted -= brought
    return frozenset(wanted) - _stored(wanted)


def store(questions: Iterable[ParsedQuestion]) -> int:
    """The pictures of questions that have just been stored, once each; how many were new. Part of the caller's transaction.

    Raises :class:`MediaRefused` for bytes that are not what their name says, which no reader hands over.
    """
    stored = 0
    seen: set[str] = set()
    for question in questions:
        for name in media.names_of(question):
            if name in question.media and name not in seen:
                seen.add(name)
                stored += _keep(name, question.media[name])
    return stored


def _keep(name: str, data: bytes) -> bool:
    """One at a time, so that the memory holds one at a time. Two imports at once store it once."""
    sha256, _, ending = name.partition(".")
    if MediaFile.objects.filter(sha256=sha256, ending=ending).exists():
        return False
    if media.name_of(data) != name:
        raise MediaRefused(f"its bytes are not those of {name}")
    MediaFile.objects.bulk_create(
        [MediaFile(sha256=sha256, ending=ending, size=len(data), data=data)], ignore_conflicts=True
    )
    return True


def find(name: str) -> MediaFile | None:
    sha256, _, ending = name.partition(".")
    return MediaFile.objects.filter(sha256=sha256, ending=ending).first()


class StoredMedia(Mapping[str, bytes]):
    """The pictures of an exported question: each is read as a writer asks for it, and not kept."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def __getitem__(self, name: str) -> bytes:
        found = find(name) if name in self.names else None
        if found is None:
            raise KeyError(name)
        return bytes(found.data)

    def __iter__(self) -> Iterator[str]:
        return iter(_stored(self.names))

    def __len__(self) -> int:
        return len(_stored(self.names))


def _stored(names: Iterable[str]) -> frozenset[str]:
    wanted = sorted(names)
    found: set[str] = set()
    for batch in batches(wanted):
        hashes = [name.partition(".")[0] for name in batch]
        rows = MediaFile.objects.filter(sha256__in=hashes).values_list("sha256", "ending")
        found |= {f"{sha256}.{ending}" for sha256, ending in rows}
    return frozenset(found) & frozenset(wanted)
