"""Everything kept about a person, to be taken away: read off the models, so that a new table or field is in it unasked.

What belongs to a person is whatever would be erased with them: each table that leads to the candidate by keys that
cascade. A field is left out only if it is named here, with the reason, which the export repeats.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from assessments.domain.faces import face_of
from assessments.enums import FeedbackPolicy
from assessments.models import QuestionVersion
from candidates.domain import clock, results
from candidates.domain.records import released_to
from candidates.domain.sight import unseen
from candidates.models import (
    Announcement,
    Attempt,
    AttemptQuestion,
    Candidate,
    FreshSet,
    Invitation,
    Response,
    ResponseEvent,
    Score,
)

FORMAT = 1
TEAM = "a member of the team"
WITHHELD_TABLES = {
    "Suggestion": gettext_lazy(
        "What AI suggested to a reviewer is a working aid, sealed even from them at first. It decided nothing."
    ),
    "Review": gettext_lazy(
        "What reviewers noted for each other. The scores are in this file as far as they were released."
    ),
    "Outcome": gettext_lazy("What was decided is told to you by the team itself."),
}
WITHHELD_FIELDS = {
    "Invitation.token_hash": gettext_lazy("It stands for your link, which you have."),
    "Invitation.token_generation": gettext_lazy("It counts your links."),
    "Attempt.seed": gettext_lazy("Questions of other candidates could be worked out from it."),
    "Score.review": gettext_lazy("It leads to a table that is left out."),
}
RELEASED_SCORES = (FeedbackPolicy.QUESTIONS, FeedbackPolicy.KEYS)
ELSEWHERE = (
    gettext_lazy("The log of what the team did names rows by number, and no person."),
    gettext_lazy("The ledger of AI calls counts tokens, and holds no text of yours."),
    gettext_lazy(
        "Opinions given after the end were only counted. Whether you gave one is in this file; which was yours is not known."
    ),
)


@dataclass(frozen=True)
class Belonging:
    """A table whose rows belong to people, and how a row leads to its attempt and its candidate."""

    model: type[models.Model]
    to_attempt: str
    to_candidate: str

    @property
    def name(self) -> str:
        return self.model.__name__

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name_plural).capitalize()

    @property
    def fields(self) -> list[models.Field]:
        return [one for one in self.model._meta.concrete_fields if f"{self.name}.{one.name}" not in WITHHELD_FIELDS]

    def rows(self, *, candidate: Candidate, attempt: Attempt | None = None) -> models.QuerySet:
        """Of one attempt, its invitation and its person; without one, of the person."""
        by = {self.to_attempt: attempt.pk} if attempt else {self.to_candidate: candidate.pk}
        rows = self.model._default_manager.filter(**by).distinct()
        if self.model is Score and attempt is None:
            return rows.filter(attempt_question__attempt__in=[a for a in candidate.attempts.all() if _is_released(a)])
        return rows if self.model is not Score or (attempt and _is_released(attempt)) else rows.none()


class ExactEncoder(DjangoJSONEncoder):
    """Moments to the microsecond: the hash of a save is made from its own, and can be computed again from the file."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime) and timezone.is_aware(o):
            return o.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return super().default(o)


@dataclass
class Export:
    made_at: datetime
    scope: str
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    results: list[dict[str, str]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def as_page(self) -> list[tuple[str, list[list[tuple[str, str]]]]]:
        """Each table's title, and its rows as names and texts, for people."""
        return [
            (self.titles[name], [[(_name(key), _text(value)) for key, value in row.items()] for row in rows])
            for name, rows in self.tables.items()
        ]

    def text(self) -> str:
        """As JSON, to be taken away."""
        return json.dumps(self.as_json(), cls=ExactEncoder, ensure_ascii=False, indent=2)

    def as_json(self) -> dict[str, Any]:
        facts = ("made_at", "scope", "results", "tables", "left_out")
        return {"parley_export": FORMAT, **{name: getattr(self, name) for name in facts}}


def _name(key: str) -> str:
    return key.replace("_", " ")


def _text(value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"id", "is"}:
        return str(value["is"])
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S %Z}"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, cls=ExactEncoder) if value else ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "" if value is None else str(value)


def belongings(registry: Apps = apps) -> list[Belonging]:
    """Every table that leads to a candidate by keys that cascade, the nearest first."""
    found = {
        Attempt: Belonging(Attempt, "pk", "candidate"),
        Invitation: Belonging(Invitation, "attempts", "candidate"),
        Candidate: Belonging(Candidate, "attempts", "pk"),
    }
    while new := [one for model in registry.get_models() if model not in found for one in _leads(model, found)]:
        found |= {one.model: one for one in reversed(new)}
    return list(found.values())


def _leads(model: type[models.Model], found: dict[Any, Belonging]) -> Iterator[Belonging]:
    """By its first key that cascades to a table found already; to the attempt rather than past it."""
    keys = [one for one in model._meta.concrete_fields if _cascades(one) and one.related_model in found]
    order = list(found)
    for one in sorted(keys, key=lambda key: order.index(key.related_model))[:1]:
        target = found[one.related_model]
        yield Belonging(model, f"{one.name}__{target.to_attempt}", f"{one.name}__{target.to_candidate}")


def _cascades(one: models.Field) -> bool:
    return isinstance(one, models.ForeignKey) and one.remote_field.on_delete is models.CASCADE


def export_of(candidate: Candidate, *, attempt: Attempt | None = None) -> Export:
    """Everything of a person, or of one attempt of theirs with its invitation."""
    export = Export(made_at=clock.now(), scope="attempt" if attempt else "candidate")
    attempts = [attempt] if attempt else list(candidate.attempts.all())
    hidden = set().union(*(unseen(each) for each in attempts))
    for one in belongings():
        if one.name in WITHHELD_TABLES:
            continue
        rows = one.rows(candidate=candidate, attempt=attempt).order_by("pk")
        export.tables[one.name] = [_row(one, row) for row in rows if not _is_of(row, hidden)]
        export.titles[one.name] = one.title
    export.results = [_result(each) for each in attempts]
    export.left_out = list(_left_out(attempts))
    if hidden:
        why = gettext("Questions that are not shown at the moment. They are here as soon as you have come to them.")
        export.left_out.append({"what": "AttemptQuestion", "why": why})
    return export


def _is_of(row: models.Model, hidden: set[int]) -> bool:
    """Of a question that is not to be seen yet: nothing was said to it either."""
    about = row.report if isinstance(row, Announcement) else row
    number = about.pk if isinstance(about, AttemptQuestion) else getattr(about, "attempt_question_id", None)
    return number in hidden


def _row(one: Belonging, row: models.Model) -> dict[str, Any]:
    shown = {each.name: _value(each, row) for each in one.fields}
    if isinstance(row, FreshSet):
        shown["questions"] = row.questions[: len(row.values)]  # with their keys, which were shown after each answer
    if isinstance(row, (Response, ResponseEvent)):
        face = face_of(row.attempt_question.version_id)
        shown["words"] = face.type.words(row.value, face.content)
    return shown


def _value(one: models.Field, row: models.Model) -> Any:
    if not isinstance(one, models.ForeignKey):
        return getattr(row, one.attname)
    key, target = getattr(row, one.attname), one.related_model
    if key is None:
        return None
    if target is get_user_model():
        return TEAM
    if target in {each.model for each in belongings()}:
        return key
    return {"id": key, "is": _label(target, row, one)}


def _label(target: Any, row: models.Model, one: models.Field) -> str:
    """What the row of another table is to the reader; of a question the stem, and never the key."""
    key = getattr(row, one.attname)
    return face_of(key).stem if target is QuestionVersion else str(getattr(row, one.name))


def _is_released(attempt: Attempt) -> bool:
    return released_to(attempt) in RELEASED_SCORES


def _result(attempt: Attempt) -> dict[str, str]:
    released = released_to(attempt)
    words = results.total_of(attempt).words if released != FeedbackPolicy.NONE else ""
    return {"attempt": str(attempt.pk), "assessment": str(attempt.assessment), "result": words}


def _left_out(attempts: list[Attempt]) -> Iterator[dict[str, str]]:
    for name, why in {**WITHHELD_TABLES, **WITHHELD_FIELDS}.items():
        yield {"what": name, "why": str(why)}
    if not all(_is_released(attempt) for attempt in attempts):
        yield {"what": "Score", "why": gettext("Scores that have not been released, or are not released by question.")}
    for words in ELSEWHERE:
        yield {"what": "", "why": str(words)}
