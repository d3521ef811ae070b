"""The questions of an import as its page shows them: some at a time, each as candidates will see it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.db.models.fields.json import KT
from django.urls import reverse

from assessments.admin.descriptions import description_wanted, undescribed_in
from assessments.admin.key_parts import ShownParts, scoring_words, shown_parts
from assessments.admin.question_forms import label_of
from assessments.domain import markup
from assessments.domain.faces import Face, face
from assessments.domain.near_duplicates.fingerprints import words_of
from assessments.enums import IMPORT_ADDS, ImportOutcome, OnConflict
from assessments.formats.base import short
from assessments.models import ImportLine, Question, QuestionImport, QuestionVersion
from assessments.models.question_import import ImportLineQuerySet
from assessments.question_types import get

SHOWN_AT_ONCE = 10
NOTE, UNREAD = "Note", "Not read"
NAMED_AT_ONCE = 50
SETTLED = Q(outcome__in=(ImportOutcome.OMITTED, ImportOutcome.UNDONE))
KINDS: dict[str, tuple[str, Q]] = {  # name in the address: heading, which lines
    "conflicts": ("Differs from the bank's", Q(is_conflict=True) & ~SETTLED),
    "new": ("New", Q(outcome__in=IMPORT_ADDS, is_conflict=False)),
    "retouched": ("New title, tags or the like", Q(outcome=ImportOutcome.RETOUCHED)),
    "same": ("Unchanged", Q(outcome__in=(ImportOutcome.SAME, ImportOutcome.LEFT), is_conflict=False)),
    "near": ("Nearly the same as others", ~Q(near=[])),
    "undescribed": ("Without a description of a picture or sound", Q(shown__undescribed__gt=0) & ~SETTLED),
    "omitted": ("Left out", Q(outcome=ImportOutcome.OMITTED)),
    "undone": ("Taken back", Q(outcome=ImportOutcome.UNDONE)),
    "kept": ("Not taken back", ~Q(reason="") & ~Q(outcome=ImportOutcome.REJECTED)),
    "rejected": ("Rejected", Q(outcome=ImportOutcome.REJECTED)),
}


@dataclass(frozen=True)
class Tab:
    name: str
    heading: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class Side:
    """A question as candidates see it, with its key for staff."""

    heading: str
    version: QuestionVersion
    face: Face
    rubric: str

    @property
    def widget(self) -> dict[str, Any]:
        return self.face.type.widget(self.face.widget, None, [])

    @property
    def key_words(self) -> str:
        return get(self.version.type).key_words(self.version.content, self.version.key)

    @property
    def parts(self) -> ShownParts | None:
        return shown_parts(self.version)

    @property
    def scoring(self) -> str:
        return scoring_words(self.version)

    @property
    def explanation_html(self) -> str:
        return markup.render(self.version.explanation)


@dataclass
class LineCard:
    """One question. Its pictures are the import's own until it is stored."""

    line: ImportLine
    question: Question | None
    """The bank's, where it is known."""
    pictures_url: str

    @property
    def sides(self) -> list[Side]:
        """What the bank asks now and what the file does, where a choice between them is due; else one."""
        theirs = Side("In the file", self.version, self.face, self.line.shown["rubric"])
        ours = self.line.question and self.line.question.current_version
        if not (self.line.is_conflict and ours and self.line.file.of.is_ready):
            return [theirs]
        rubric = ours.rubric.name if ours.rubric else ""
        return [Side(f"In the bank, version {ours.number}", ours, face(ours), rubric), theirs]

    @property
    def differences(self) -> str:
        """What of it is not the same, in words."""
        one, other = self.sides
        parts = (
            ("the type", one.version.type, other.version.type),
            ("the text", one.version.stem, self.line.shown["stem"]),
            ("what is answered", one.version.content, self.line.shown["content"]),
            ("the key", one.version.key, self.line.shown["key"]),
            ("the points", one.version.points, other.version.points),
            ("the explanation", one.version.explanation, self.line.shown["explanation"]),
            ("the rubric", one.rubric, other.rubric),
        )
        return ", ".join(name for name, ours, theirs in parts if ours != theirs)

    @cached_property
    def version(self) -> QuestionVersion:
        shown = json.loads(self._with_pictures(json.dumps(self.line.shown)))
        return QuestionVersion(
            type=shown["type"],
            stem=shown["stem"],
            content=shown["content"],
            key=shown["key"],
            points=Decimal(shown["points"]),
            explanation=shown["explanation"],
        )

    def _with_pictures(self, text: str) -> str:
        return text.replace("/media/", self.pictures_url)

    @property
    def is_rejected(self) -> bool:
        return self.line.outcome == ImportOutcome.REJECTED

    @property
    def title(self) -> str:
        if self.line.title or not self.line.shown:
            return self.line.title
        return short(markup.plain(self.line.shown["stem"]), 100)

    @cached_property
    def face(self) -> Face:
        shown = face(self.version)
        if self.version.content.get("show_criteria"):
            shown.widget["criteria"] = [
                {"name": name, "description": words} for name, words in self.line.shown["criteria"]
            ]
        return shown

    @property
    def type_label(self) -> str:
        return label_of(self.version.type)

    @property
    def description_wanted(self) -> str:
        """Once it is stored, of what the bank asks now: somebody may have written it."""
        version = self.question and self.question.current_version
        if self.line.file.of.is_ready or not version:
            return description_wanted(self.line.shown.get("undescribed", 0), None)
        return description_wanted(undescribed_in(version), self.question)

    @property
    def is_new_here(self) -> bool:
        """Whether the page's words are about something the bank did not have."""
        return self.line.outcome in IMPORT_ADDS


def tabs_of(row: QuestionImport, chosen: str) -> list[Tab]:
    """Those with anything in them; the chosen one, or else the first, is current."""
    lines = ImportLine.objects.filter(file__of=row)
    counts = {name: lines.filter(which).count() for name, (_, which) in KINDS.items()}
    filled = [name for name, count in counts.items() if count]
    current = chosen if chosen in filled else next(iter(filled), "")
    headings = {name: heading for name, (heading, _) in KINDS.items()}
    if row.is_stored and not lines.filter(KINDS["new"][1], file__report__isnull=True).exists():
        headings["new"] = "Imported"
    return [Tab(name, headings[name], counts[name], name == current) for name in filled]


def outcome_of(line: ImportLine) -> str:
    """In words, before and after it is stored."""
    if line.is_left_out and line.outcome != ImportOutcome.REJECTED:
        return ImportOutcome.OMITTED.label
    if line.outcome != ImportOutcome.NEW or not line.file.of.is_over:
        return line.get_outcome_display()
    return "Imported" if line.file.report else "Not stored"


def page_of(row: QuestionImport, kind: str, number: str) -> Page[ImportLine]:
    lines = lines_of(row).filter(KINDS[kind][1]) if kind else ImportLine.objects.none()
    at_once = NAMED_AT_ONCE if kind == "rejected" else SHOWN_AT_ONCE
    return Paginator(lines, at_once).get_page(number)


def whole_list(row: QuestionImport, kind: str, *, is_left_out: bool) -> dict[int, bool]:
    """All that the tab lists, on whatever page."""
    lines = lines_of(row).filter(KINDS[kind][1]) if kind in KINDS else ImportLine.objects.none()
    return dict.fromkeys(lines.values_list("pk", flat=True), is_left_out)


def lines_of(row: QuestionImport) -> ImportLineQuerySet:
    lines = ImportLine.objects.filter(file__of=row).order_by("file__position", "position")
    return lines.select_related("file__of", "question__current_version__rubric")


def told(row: QuestionImport) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Everything that is said of each file: of the file, where it could not be read or stored, of each question, and notes.

    File, place, title or else the beginning of the question, outcome, reason, id.
    """
    lines = lines_of(row).defer("shown", "near").annotate(stem=KT("shown__stem"), passage=KT("shown__content__text"))
    for file in row.files.defer("data"):
        if file.error:
            yield file.name, "", "", UNREAD, file.error, ""
        for line in lines.filter(file=file).iterator(chunk_size=2000):
            asked = words_of(line.stem or "", {"text": line.passage})  # type: ignore[attr-defined]
            title = line.title or short(asked)
            yield file.name, line.where, title, outcome_of(line), line.reason, line.identity
        for note in file.warnings:
            yield file.name, "", "", NOTE, note, ""


def cards_of(row: QuestionImport, lines: Iterable[ImportLine]) -> list[LineCard]:
    url = reverse("admin:assessments_questionimport_picture", args=[row.pk, "name"]).removesuffix("name")
    lines = list(lines)
    known = questions_of(row, lines)
    return [LineCard(line, known.get(line.pk), url) for line in lines]


def questions_of(row: QuestionImport, lines: Iterable[ImportLine]) -> dict[int, Question]:
    """Of each line the bank's question, by the identity it has or, once copied, was given."""
    wanted = {line.pk: identity_of(line) for line in lines if line.shown}
    rows = Question.objects.filter(bank__name=row.bank_name, identity__in=set(wanted.values()))
    by_identity = {question.identity: question for question in rows.select_related("bank", "current_version")}
    return {pk: by_identity[identity] for pk, identity in wanted.items() if identity in by_identity}


def identity_of(line: ImportLine) -> str:
    if line.outcome == ImportOutcome.COPIED:
        return str(line.shown["copy"])
    return str(line.shown["identity"]) if line.outcome == ImportOutcome.NEW or not line.identity else line.identity


def to_write(row: QuestionImport) -> int:
    """How many questions the import would add or change, as things are decided."""
    lines = ImportLine.objects.filter(file__of=row, is_left_out=False)
    decided = lines.filter(is_conflict=True)
    skipped = decided.filter(choice=OnConflict.SKIP).count()
    retouched = lines.filter(outcome=ImportOutcome.RETOUCHED).count()
    if row.on_conflict == OnConflict.SKIP:
        skipped += decided.filter(choice="").count()
        retouched = 0
    return lines.filter(outcome__in=IMPORT_ADDS, is_conflict=False).count() + retouched + decided.count() - skipped
