"""Which question of a file is which question of the bank.

A file's own ids settle it. Without them a question goes by its stem (and by its options where several share a stem);
numbers that only count rows help to find a question whose stem was reworded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assessments.domain.question_checks import CheckedQuestion, normal_text
from assessments.formats.base import Rejection, short
from assessments.models import QuestionBank

LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A question that has a name already, in this file or an earlier one of the same run."""

    file: str
    where: str
    question: CheckedQuestion


Claims = dict[str, Claim]


@dataclass(frozen=True, slots=True)
class Named:
    """A question with the identity it is looked up by, and the one it has from now on."""

    known_as: str
    identity: str
    question: CheckedQuestion


@dataclass
class Naming:
    named: list[Named] = field(default_factory=list)
    repeated: int = 0
    """Questions that an earlier file of the run brought word for word."""
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What the bank has."""

    identities: set[str]
    by_number: dict[str, str]
    options: dict[str, set[str]]
    in_file: set[str]


def name_questions(questions: Sequence[CheckedQuestion], *, bank: QuestionBank, file: str, claims: Claims) -> Naming:
    """What asks the same as an earlier question is rejected, and so is not asked twice. ``claims`` grows."""
    known = _known(questions, bank, file)
    naming = Naming()
    for item in questions:
        if earlier := claims.get(item.names[0]):
            if earlier.file != file and earlier.question.says_the_same(item):
                naming.repeated += 1
            else:
                naming.rejected.append(_same_as(earlier, item, file))
            continue
        identity = _identity(item, known, claims)
        known_as = _renumbered(item, identity, known, claims)
        claim = Claim(file, item.parsed.where, item)
        claims.update(dict.fromkeys((known_as, identity, item.names[0]), claim))
        naming.named.append(Named(known_as, identity, item))
    return naming


def _known(questions: Sequence[CheckedQuestion], bank: QuestionBank, file: str) -> _Known:
    identities = set(bank.questions.values_list("identity", flat=True))
    is_numbered = any(item.parsed.number for item in questions)
    doubtful = [item.names[-1] for item in questions if len(item.names) > 1 and item.names[0] not in identities]
    return _Known(
        identities=identities,
        by_number=_by_number(bank, file) if is_numbered else {},
        options=_options(bank, sorted(identities.intersection(doubtful))),
        in_file={name for item in questions for name in item.names},
    )


def _identity(item: CheckedQuestion, known: _Known, claims: Claims) -> str:
    """By stem alone, unless the options say that another question has this stem."""
    narrow, wide = item.names[0], item.names[-1]
    if narrow in known.identities or wide in claims:
        return narrow
    is_other = wide in known.options and not _are_alike(known.options[wide], option_texts(item.content))
    return narrow if is_other else wide


def _are_alike(some: set[str], others: set[str]) -> bool:
    """Half of the options in common: a question with corrections, and not another one with the same stem."""
    return 2 * len(some & others) >= min(len(some), len(others))


def _renumbered(item: CheckedQuestion, identity: str, known: _Known, claims: Claims) -> str:
    """A stem that is new, under a number whose old stem is gone from the file, is that question in other words."""
    before = "" if identity in known.identities else known.by_number.get(item.parsed.number, "")
    return before if before and before not in known.in_file and before not in claims else identity


def _by_number(bank: QuestionBank, file: str) -> dict[str, str]:
    """Identities by the number each had when this file was imported before."""
    rows = bank.questions.filter(provenance__file=file).values_list("identity", "provenance")
    return {str(provenance["number"]): identity for identity, provenance in rows if provenance.get("number")}


def _options(bank: QuestionBank, identities: Sequence[str]) -> dict[str, set[str]]:
    found = {}
    for start in range(0, len(identities), LOOKED_UP_AT_ONCE):
        rows = bank.questions.filter(identity__in=identities[start : start + LOOKED_UP_AT_ONCE])
        for identity, content in rows.values_list("identity", "current_version__content"):
            found[identity] = option_texts(content or {})
    return found


def option_texts(content: dict[str, Iterable[dict[str, str]]]) -> set[str]:
    return {normal_text(option["text"]) for option in content.get("options", ())}


def _same_as(earlier: Claim, item: CheckedQuestion, file: str) -> Rejection:
    is_named = bool(item.parsed.identity)
    begins = f'The id "{short(item.parsed.identity, 60)}" is that of' if is_named else "This asks the same as"
    place = earlier.where if earlier.file == file else f"{earlier.where} of {earlier.file}"
    differs = "" if item.content_hash == earlier.question.content_hash else ", with another key or content"
    return Rejection(item.parsed.where, short(item.parsed.title or item.parsed.stem), f"{begins} {place}{differs}.")
