"""Taking an import back: the questions and versions it made go, as far as nothing was built upon them.

Titles, tags and the like become what they were, unless somebody changed them since. What stays says why, at its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CASCADE, SET_NULL, Exists, ForeignObjectRel, Max, Model, OuterRef, Q, QuerySet, Subquery

from assessments.domain import beginnings, open_questions
from assessments.domain.import_plans import NEWEST
from assessments.domain.import_restoring import restore
from assessments.domain.import_stages import begin, finish
from assessments.enums import ImportOutcome, ImportStage, QuestionStatus
from assessments.models import ImportLine, Question, QuestionImport, QuestionVersion
from interview_project.batching import BATCH

HARMLESS = (CASCADE, SET_NULL)
"""Relations that go or let go when a row goes; what any other points at is in use."""
EDITED = "It was changed since, so it stays."
APPROVED = "It is {status}, so it stays. Take it back to draft first."
USED = "It is in use ({name}), so it stays."


def carry_out_undoing(import_id: UUID) -> int:
    """Batch by batch, each whole or not at all; how much went. Begun again, it goes on with what is left."""
    row = begin(import_id, ImportStage.UNDOING)
    if row is None:
        return 0
    last = 0
    lines = ImportLine.objects.filter(file__of=row).undoable().order_by("pk").defer("shown", "near")
    while batch := list(lines.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        _take_back(batch)
        QuestionImport.objects.filter(pk=row.pk).update(done=row.total - lines.filter(pk__gt=last).count())
    gone = ImportLine.objects.filter(file__of=row, outcome=ImportOutcome.UNDONE).count()
    finish(row, ImportStage.UNDONE, _summary(gone, lines.count()))
    return gone


@dataclass(frozen=True)
class _Made:
    """What a line made, as it is now."""

    line: ImportLine
    version: QuestionVersion
    newest: int
    user: str
    """Who uses it, where somebody does."""

    @property
    def is_whole(self) -> bool:
        """A question, and not only a version of one."""
        return self.version.number == 1

    @property
    def reason(self) -> str:
        """Why it stays; empty if it does not."""
        status = QuestionStatus(self.version.question.status)
        if self.user:
            return USED.format(name=self.user)
        if self.newest > self.version.number:
            return EDITED
        if self.is_whole and status != QuestionStatus.DRAFT:
            return APPROVED.format(status=status.label.lower())
        return ""


@transaction.atomic
def _take_back(lines: Sequence[ImportLine]) -> None:
    known = _locked(lines)
    made = _made([line for line in lines if line.version_id], known)
    for one in made:
        one.line.reason = one.reason
    going = [one for one in made if not one.reason]
    restore([one.line for one in going if not one.is_whole], known)
    retouched = [line for line in lines if not line.version_id]
    restored = restore(retouched, known)
    for line in retouched:
        line.reason = "" if line.pk in restored else EDITED
    for line in lines:
        if not line.reason:
            line.outcome, line.version, line.before = ImportOutcome.UNDONE, None, {}
    ImportLine.objects.rewrite(lines, "outcome", "reason", "version_id", "before")
    Question.objects.filter(pk__in=[one.version.question_id for one in going if one.is_whole]).delete()
    stepped_back = [one.version.question_id for one in going if not one.is_whole]
    QuestionVersion.objects.filter(pk__in=[one.version.pk for one in going if not one.is_whole]).delete()
    Question.objects.filter(pk__in=stepped_back).update(current_version=Subquery(NEWEST.values("pk")[:1]))
    beginnings.renew(stepped_back)
    open_questions.changed()


def _locked(lines: Sequence[ImportLine]) -> dict[UUID, Question]:
    """Their questions, locked in order, so that none is approved or edited meanwhile."""
    made = QuestionVersion.objects.filter(pk__in=[line.version_id for line in lines if line.version_id])
    mine = Q(pk__in=made.values("question")) | Q(pk__in=[line.question_id for line in lines if not line.version_id])
    questions = Question.objects.filter(mine).order_by("pk").select_for_update()
    return {one.pk: one for one in questions.prefetch_related("tags")}


def _made(lines: Sequence[ImportLine], known: dict[UUID, Question]) -> list[_Made]:
    by_version = {line.version_id: line for line in lines}
    wanted = QuestionVersion.objects.filter(pk__in=by_version)
    newest = dict(Question.objects.filter(pk__in=known).values_list("pk").annotate(Max("versions__number")))
    used = _users(Question.objects.filter(pk__in=known)) | _users(wanted)
    made = []
    for version in wanted.only("number", "question_id"):
        version.question = known[version.question_id]
        user = used.get(version.pk, "") or (used.get(version.question_id, "") if version.number == 1 else "")
        made.append(_Made(by_version[version.pk], version, newest[version.question_id], user))
    return made


def _users(rows: QuerySet[Any]) -> dict[UUID, str]:
    """By question or version, what points at it and would not let it go."""
    found: dict[UUID, str] = {}
    for relation in _relations(rows.model):
        field = relation.remote_field
        theirs = field.model._default_manager.filter(**{field.name: OuterRef("pk")})
        name = str(field.model._meta.verbose_name_plural)
        found |= dict.fromkeys(rows.filter(Exists(theirs)).values_list("pk", flat=True), name)
    return found


def _relations(model: type[Model]) -> list[ForeignObjectRel]:
    """Those that forbid a row to go, in whatever app they are."""
    relations = [one for one in model._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    return [one for one in relations if one.one_to_many and one.on_delete not in HARMLESS]


def _summary(gone: int, stay: int) -> str:
    said = f"{gone} of {gone + stay}."
    return said if not stay else f"{said} {stay} {'stays' if stay == 1 else 'stay'}, each with its reason."
