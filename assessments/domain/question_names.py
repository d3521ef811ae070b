"""Which question of a file is which question of the bank.

A file's own ids settle it. Without them a question goes by its stem (and by what else it shows where several share a stem);
numbers that only count rows, and titles, help to find a question whose stem was reworded in the same file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments import question_types
from assessments.domain.near_duplicates.fingerprints import fingerprint, similarity, words_of
from assessments.domain.question_checks import MADE, CheckedQuestion, normal_text
from assessments.formats.base import Rejection, short
from assessments.models import QuestionBank

LOOKED_UP_AT_ONCE = 500
NO_KIND = ("", "")
FILED = ("title", "difficulty", "source", "competence", "licence")
PLACES_NAMED = 20
SAME_PASSAGE = 0.5
SAME_FILE = 0.75
"""Of the questions of both, if one is the other under a new name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a question shows below its stem, as hashes that are good for as long as this process lives."""

    lists: tuple[frozenset[int], ...] = ()
    """Of the texts of each of its lists: options; prompts and choices; items."""
    passage: frozenset[int] = frozenset()
    """Of its words and pairs of words."""

    def is_like(self, other: Shown) -> bool:
        """A question with corrections, and not another one with the same stem: of each list half is in common, and of a
        passage half of its words and pairs, out of all that either has."""
        lists = zip(self.lists, other.lists, strict=False)  # in the bank its type may have been changed
        return all(2 * len(some & others) >= min(len(some), len(others)) for some, others in lists) and (
            self.passage == other.passage or similarity(self.passage, other.passage) >= SAME_PASSAGE
        )


def shown_by(type_: str, content: dict[str, Any]) -> Shown:
    question_type = question_types.get(type_)
    passage = question_type.passage(content)
    words = fingerprint(words_of("", {"text": passage})) or {normal_text(passage)}  # where all words are common ones
    return Shown(
        tuple(frozenset(hash(normal_text(text)) for text in listed) for listed in question_type.lists(content)),
        frozenset(map(hash, words)) if passage else frozenset(),
    )


NOTHING_SHOWN = Shown()


@dataclass(frozen=True, slots=True)
class Outline:
    """As much of a checked question as naming it takes. Ten thousand of these fit where their texts would not."""

    where: str
    title: str
    number: str
    given_id: str
    names: tuple[str, ...]
    content_hash: str
    filed: tuple[int, ...]
    """Hashes of what it is filed under: title, tags and the like; 0 for what the file does not say."""
    shown: Shown
    """What may have to tell it from another with the same stem."""
    kind: tuple[str, str]
    """Type and title, where the file gives a title and no id."""


def outline(item: CheckedQuestion) -> Outline:
    parsed = item.parsed
    return Outline(
        where=parsed.where,
        title=short(parsed.title or words_of(parsed.stem, item.content)),
        number=parsed.number,
        given_id=short(parsed.identity, 60),
        names=item.names,
        content_hash=item.content_hash,
        filed=tuple(
            hash(said) if said else 0 for said in (*(getattr(parsed, name) for name in FILED), frozenset(parsed.tags))
        ),
        shown=shown_by(parsed.type, item.content) if len(item.names) > 1 else NOTHING_SHOWN,
        kind=(parsed.type, parsed.title) if parsed.title.strip() and not parsed.identity else NO_KIND,
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A question that has a name already, in this file or an earlier one of the same run."""

    file: str
    where: str
    content_hash: str
    filed: tuple[int, ...]


Claims = dict[str, Claim]


@dataclass(frozen=True, slots=True)
class Name:
    """The identity a question is looked up by, and the one it has from now on."""

    known_as: str
    identity: str


@dataclass
class Naming:
    names: list[Name | None] = field(default_factory=list)
    """One for each outline; none for what is repeated or rejected."""
    repeated: int = 0
    """Questions that an earlier file of the run brought with the same content."""
    otherwise_filed: list[str] = field(default_factory=list)
    """The places of those of them that come with another title, other tags or the like."""
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        if not (places := self.otherwise_filed):
            return []
        come = "1 question comes" if len(places) == 1 else f"{len(places)} questions come"
        return [f"{come} otherwise filed in an earlier file (title, tags or the like), which counts: {listed(places)}."]


@dataclass(frozen=True)
class _Known:
    """What the bank has."""

    identities: set[str]
    by_number: dict[str, str]
    by_title: dict[tuple[str, str], str]
    shown: dict[str, Shown]
    """By identity, where a question of the file may be that one or another with its stem."""
    in_file: set[str]
    """Identities of those that stand in the file."""


def listed(places: Sequence[str]) -> str:
    return ", ".join(places[:PLACES_NAMED]) + (", …" if len(places) > PLACES_NAMED else "")


def identities_of(bank: QuestionBank | None) -> set[str]:
    return set(bank.questions.values_list("identity", flat=True)) if bank else set()


def name_questions(
    outlines: Sequence[Outline], *, bank: QuestionBank | None, identities: set[str], file: str, claims: Claims
) -> Naming:
    """What asks the same as an earlier question is rejected, and so is not asked twice. ``claims`` grows.

    Where an earlier file brought the same content, it is there already: nothing is lost, and nothing rejected.
    """
    known = _known(outlines, bank, identities, file)
    naming = Naming()
    for item in outlines:
        if earlier := claims.get(item.names[0]):
            if earlier.file != file and earlier.content_hash == item.content_hash:  # it is there, or will be
                naming.repeated += 1
                if any(said and said != before for said, before in zip(item.filed, earlier.filed, strict=True)):
                    naming.otherwise_filed.append(item.where)
            else:
                naming.rejected.append(_same_as(earlier, item, file))
            naming.names.append(None)
            continue
        identity = _identity(item, known, claims)
        known_as = _renumbered(item, identity, known, claims)
        claim = Claim(file, item.where, item.content_hash, item.filed)
        claims.update(dict.fromkeys((known_as, identity, item.names[0]), claim))
        naming.names.append(Name(known_as, identity))
    return naming


def _known(outlines: Sequence[Outline], bank: QuestionBank | None, identities: set[str], file: str) -> _Known:
    is_numbered = any(item.number for item in outlines)
    has_titles = any(item.kind != NO_KIND for item in outlines)
    files = _names_before(outlines, bank, identities, file) if bank and (is_numbered or has_titles) else {file}
    doubtful = {item.names[-1] for item in outlines if len(item.names) > 1 and item.names[0] not in identities}
    shown = _shown(bank, sorted(identities.intersection(doubtful))) if bank else {}
    return _Known(
        identities=identities,
        by_number=_by_number(bank, files) if is_numbered and bank else {},
        by_title=_by_title(outlines, bank, files) if bank else {},
        shown=shown,
        in_file={item.names[0] for item in outlines}
        | {item.names[-1] for item in outlines if not _is_other(item, item.names[-1], shown)},
    )


def _identity(item: Outline, known: _Known, claims: Claims) -> str:
    """By stem alone, unless what else is shown says that another question has this stem."""
    narrow, wide = item.names[0], item.names[-1]
    if narrow in known.identities or wide in claims:
        return narrow
    return narrow if _is_other(item, wide, known.shown) else wide


def _is_other(item: Outline, identity: str, shown: dict[str, Shown]) -> bool:
    return identity in shown and not shown[identity].is_like(item.shown)


def _renumbered(item: Outline, identity: str, known: _Known, claims: Claims) -> str:
    """A stem that is new, under a number or a title whose old stem is gone from the file, is that question in other words."""
    if identity in known.identities:
        return identity
    found = (known.by_number.get(item.number, ""), known.by_title.get(item.kind, ""))
    return next((one for one in found if one and one not in known.in_file and one not in claims), identity)


def _names_before(outlines: Sequence[Outline], bank: QuestionBank, identities: set[str], file: str) -> set[str]:
    """The file's name, and the one it had before: where it and the bank's file of that name share nearly all questions."""
    known = sorted({name for item in outlines for name in item.names} & identities)
    files: Counter[str] = Counter()
    for start in range(0, len(known), LOOKED_UP_AT_ONCE):
        rows = bank.questions.filter(identity__in=known[start : start + LOOKED_UP_AT_ONCE])
        files.update(str(provenance.get("file", "")) for provenance in rows.values_list("provenance", flat=True))
    common = files.pop(file, 0)
    if not files:
        return {file}
    before, count = files.most_common(1)[0]
    whole = max(len(outlines), bank.questions.filter(provenance__file__in=[before, file]).count())
    return {before, file} if common + count >= SAME_FILE * whole else {file}


def _by_number(bank: QuestionBank, files: set[str]) -> dict[str, str]:
    """Identities by the number each had when this file was imported before."""
    rows = bank.questions.filter(provenance__file__in=sorted(files)).values_list("identity", "provenance")
    return {str(provenance["number"]): identity for identity, provenance in rows if provenance.get("number")}


def _by_title(outlines: Sequence[Outline], bank: QuestionBank, files: set[str]) -> dict[tuple[str, str], str]:
    """Identities by the type and title each had when this file was imported before; not of titles that are there twice."""
    counts = Counter(item.kind for item in outlines)
    once = {kind for kind, count in counts.items() if count == 1 and kind != NO_KIND}
    if not once:
        return {}
    rows = bank.questions.filter(provenance__file__in=sorted(files), identity__startswith=MADE).exclude(title="")
    found: dict[tuple[str, str], list[str]] = {}
    for type_, title, identity in rows.values_list("current_version__type", "title", "identity"):
        found.setdefault((type_, title), []).append(identity)
    return {kind: names[0] for kind, names in found.items() if kind in once and len(names) == 1}


def _shown(bank: QuestionBank, identities: Sequence[str]) -> dict[str, Shown]:
    found = {}
    for start in range(0, len(identities), LOOKED_UP_AT_ONCE):
        rows = bank.questions.filter(identity__in=identities[start : start + LOOKED_UP_AT_ONCE])
        rows = rows.filter(current_version__isnull=False)
        for identity, type_, content in rows.values_list(
            "identity", "current_version__type", "current_version__content"
        ):
            found[identity] = shown_by(type_, content)
    return found


def _same_as(earlier: Claim, item: Outline, file: str) -> Rejection:
    begins = f'The id "{item.given_id}" is that of' if item.given_id else "This asks the same as"
    place = earlier.where if earlier.file == file else f"{earlier.where} of {earlier.file}"
    differs = "" if item.content_hash == earlier.content_hash else ", with another key or content"
    return Rejection(item.where, item.title, f"{begins} {place}{differs}.")
