"""What an import would do, question by question. It reads the database and writes nothing.

A file is gone through twice: once to learn which questions it names, and once to compare each with the bank's. So no
more than a batch of whole questions is held at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import OuterRef, Subquery

from assessments.domain import media
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.domain.question_names import (
    Claims,
    Name,
    Naming,
    Outline,
    identities_of,
    name_questions,
    outline,
)
from assessments.enums import ImportOutcome, OnConflict
from assessments.formats.base import ParsedBank, ParsedQuestion, ParsedRubric, Rejection, short
from assessments.formats.media import names_of, shown_in
from assessments.models import Question, QuestionBank, QuestionVersion
from interview_project.batching import batches

T = TypeVar("T")
KEPT_IF_EMPTY = ("title", "difficulty", "competence", "licence")
"""A file that says nothing about these does not take away what the bank knows."""
NEWEST = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number")
NOWHERE = "it is neither in the file nor on this server"
IDENTITY_ROOM = 180
"""Of the identity of a copy; the rest tells copies apart."""


class Readable(Protocol):
    """What a file held: ``Parsed``, or a ``Reading`` from another process."""

    @property
    def format(self) -> str: ...
    @property
    def bank(self) -> ParsedBank: ...
    @property
    def rejected(self) -> list[Rejection]: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def questions(self) -> Iterable[ParsedQuestion]: ...
    @property
    def total(self) -> int: ...


@dataclass(frozen=True)
class Choices:
    """What becomes of questions that the bank has in other words: one rule, and others for some; what is left out."""

    default: OnConflict = OnConflict.VERSION
    by_identity: Mapping[str, OnConflict] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    """Positions."""

    def of(self, identity: str) -> OnConflict:
        return self.by_identity.get(identity, self.default)


@dataclass(slots=True)
class Step:
    """What becomes of one question."""

    position: int
    """Among the questions of its file, from 0."""
    item: CheckedQuestion
    name: Name
    outcome: ImportOutcome
    question: Question | None = None
    """The bank's; of a new one, once it is stored."""
    version_id: UUID | None = None
    """Of what was made, once it is stored."""
    changed: dict[str, str] = field(default_factory=dict)
    """What the file says of its row, where that differs."""
    has_new_tags: bool = False
    before: dict[str, list[Any]] = field(default_factory=dict)
    """What was written over, once it is: what each field was, and became."""
    is_conflict: bool = False
    """The bank has it with another content, whatever was chosen for such cases."""


@dataclass
class Sketch:
    """What one pass over a file leaves in memory."""

    outlines: list[Outline] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    """By the checks, not by the reader."""
    tags: list[tuple[str, ...]] = field(default_factory=list)
    rubrics: dict[str, ParsedRubric] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def sketch(reading: Readable) -> Sketch:
    found = Sketch()
    missing = media.missing_from(reading.questions)
    for position, parsed in enumerate(reading.questions):
        item = _complete(check_question(parsed), missing, found)
        if isinstance(item, Rejection):
            found.rejected.append(item)
            continue
        found.positions.append(position)
        found.outlines.append(outline(item))
        found.tags.append(item.parsed.tags)
        if item.parsed.rubric:
            found.rubrics[item.rubric_hash] = item.parsed.rubric
    return found


def _complete(item: CheckedQuestion | Rejection, missing: frozenset[str], found: Sketch) -> CheckedQuestion | Rejection:
    """As readers do it: without a picture of its text or options no question can be asked; elsewhere that is noted."""
    if isinstance(item, Rejection) or not missing:
        return item
    parsed = item.parsed
    needed = [name for name in shown_in(parsed.stem, parsed.content) if name in missing]
    title = short(parsed.title or parsed.stem)
    if needed:
        return Rejection(parsed.where, title, f"It shows {needed[0]}, which is missing: {NOWHERE}.")
    found.warnings += [
        f"{parsed.where} ({title}): Feedback shows {name}, which is missing: {NOWHERE}."
        for name in names_of(parsed)
        if name in missing
    ]
    return item


class Plan:
    """``bank`` may be none yet. Claims grow."""

    def __init__(
        self,
        reading: Readable,
        sketched: Sketch,
        *,
        bank: QuestionBank | None,
        file: str,
        source: str = "",
        choices: Choices = Choices(),
        claims: Claims,
    ) -> None:
        self.reading, self.sketched, self.bank = reading, sketched, bank
        self.source, self.choices = source, choices
        self.naming: Naming = name_questions(
            sketched.outlines, bank=bank, identities=identities_of(bank), file=file, claims=claims
        )
        named = zip(sketched.positions, self.naming.names, strict=True)
        names = {position: name for position, name in named if name is not None}
        self.left_out = sorted(choices.left_out & names.keys())
        self.names = {position: name for position, name in names.items() if position not in choices.left_out}

    @property
    def tags(self) -> set[str]:
        """Of all questions that come in."""
        pairs = zip(self.sketched.tags, self.sketched.positions, strict=True)
        return {tag for tags, position in pairs if position in self.names for tag in tags}

    @property
    def warnings(self) -> list[str]:
        return [*self.reading.warnings, *self.sketched.warnings, *self.naming.notes]

    @property
    def rejected(self) -> list[Rejection]:
        return [*self.reading.rejected, *self.sketched.rejected, *self.naming.rejected]

    def batches(self) -> Iterator[list[Step]]:
        """In the order of the file. Whoever stores one does so before asking for the next."""
        for batch in batches(self._checked()):
            yield self._steps(batch)

    def _checked(self) -> Iterator[tuple[int, CheckedQuestion]]:
        for position, parsed in enumerate(self.reading.questions):
            if position in self.names:
                item = check_question(parsed)
                assert isinstance(item, CheckedQuestion)  # noqa: S101 - as it was in the first pass
                yield position, item

    def _steps(self, batch: list[tuple[int, CheckedQuestion]]) -> list[Step]:
        known = self._known([self.names[position].known_as for position, _ in batch])
        steps = [
            self._step(position, item, self.names[position], known.get(self.names[position].known_as))
            for position, item in batch
        ]
        copies = self._known([step.name.identity for step in steps if step.outcome == ImportOutcome.COPIED])
        for step in steps:
            if step.outcome == ImportOutcome.COPIED and (copy := copies.get(step.name.identity)):
                step.outcome, step.question = ImportOutcome.SAME, copy
        return steps

    def _known(self, identities: list[str]) -> dict[str, Question]:
        if self.bank is None or not identities:
            return {}
        rows = (
            self.bank.questions.filter(identity__in=identities)
            .select_related("current_version")
            .prefetch_related("tags")
            .annotate(last_number=Subquery(NEWEST.values("number")[:1]))
        )
        return {question.identity: question for question in rows}

    def _step(self, position: int, item: CheckedQuestion, name: Name, question: Question | None) -> Step:
        if question is None:
            return Step(position, item, name, ImportOutcome.NEW)
        current, chosen = question.current_version, self.choices.of(name.known_as)
        is_conflict = current is None or current.content_hash != item.content_hash
        if is_conflict and chosen == OnConflict.COPY:
            return Step(position, item, copied(name, item), ImportOutcome.COPIED, is_conflict=True)
        step = Step(position, item, name, ImportOutcome.SAME, question, is_conflict=is_conflict)
        step.changed = self._changed_fields(question, item, name)
        step.has_new_tags = bool(item.parsed.tags) and {one.name for one in question.tags.all()} != set(
            item.parsed.tags
        )
        if is_conflict or step.changed or step.has_new_tags:
            changed = ImportOutcome.CHANGED if is_conflict else ImportOutcome.RETOUCHED
            step.outcome = ImportOutcome.LEFT if chosen == OnConflict.SKIP else changed
        return step

    def _changed_fields(self, question: Question, item: CheckedQuestion, name: Name) -> dict[str, Any]:
        wanted = {field: getattr(item.parsed, field) for field in KEPT_IF_EMPTY} | {
            "identity": name.identity,
            "source": self.source or item.parsed.source,
        }
        return {field: value for field, value in wanted.items() if value and value != getattr(question, field)}


def copied(name: Name, item: CheckedQuestion) -> Name:
    """Of a copy beside the bank's question. The same content again has the same name again."""
    identity = f"{name.identity[:IDENTITY_ROOM]}~{item.content_hash[:8]}"
    return Name(identity, identity)
