"""One row of everything that admin lists, each with relations of its own, so that a query per row would show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from assessments.domain import api_tokens
from assessments.domain.asks import Ask
from assessments.enums import ApiScope
from assessments.models import (
    AiControl,
    ApiToken,
    Assessment,
    Generation,
    GenerationRequest,
    Question,
    QuestionBank,
    Rubric,
    Section,
    Tag,
)
from assessments.tests.making import make_assessment, make_bank, make_question, make_rubric
from assessments.tests.pictures import png
from candidates import tasks
from candidates.domain import attempts, audit, outcomes, problem_reports, reviews, scoring, survey
from candidates.enums import OutcomeDecision, SurveyQuestion
from candidates.models import (
    Attempt,
    AuditEntry,
    Candidate,
    Event,
    Invitation,
    Outcome,
    ProblemReport,
    ResponseEvent,
    Review,
    Score,
    SurveyCount,
)
from candidates.tests.making import holder_of, make_attempt, save

NUMBERS = count(1)
ANSWER = "I would measure first."


def make_staff(*permissions: str, is_superuser: bool = False) -> User:
    """``"candidates.view_attempt"``; by way of a group, as a team would do it."""
    number = next(NUMBERS)
    user = User.objects.create(username=f"staff-{number}", is_staff=True, is_superuser=is_superuser)
    if permissions:
        group = Group.objects.create(name=f"group {number}")
        for label, codename in (one.split(".") for one in permissions):
            group.permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
        user.groups.add(group)
    return user


def signed_in(*permissions: str, is_superuser: bool = False) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(make_staff(*permissions, is_superuser=is_superuser))
    return client


def make_submitted(*, with_text: bool = True, **assessment_facts: Any) -> Attempt:
    """A long text judged by a rubric, and a short one scored by rule; both answered, submitted and scored."""
    questions = [
        make_question("long_text", rubric=make_rubric(), points=6),
        make_question("short_text", key={"accepted": [{"text": "index"}]}),
    ]
    attempt = make_attempt(make_assessment(*questions, **assessment_facts))
    if with_text:
        save(attempt, ANSWER)
    save(attempt, "index", number=2)
    attempts.submit(holder_of(attempt))
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def judge(attempt: Attempt, *, by: User, points: str = "2", number: int = 1, comment: str = "Clear.") -> Score:
    question = attempt.questions.get(number=number)
    rubric = question.version.rubric
    assert rubric is not None
    levels = {str(one.position): one.levels.get(points=points).points for one in rubric.criteria.all()}
    return reviews.review_response(question, reviewer=by, levels=levels, comment=comment)


def first(rows: Any) -> Any:
    found = rows.first()
    assert found is not None
    return found


def _tagged() -> Tag:
    tag = Tag.objects.create(name=f"tag {next(NUMBERS)}")
    make_question().tags.add(tag)
    return tag


def _question() -> Question:
    question = make_question("long_text", rubric=make_rubric())
    question.tags.add(Tag.objects.create(name=f"tag {next(NUMBERS)}"), Tag.objects.create(name=f"tag {next(NUMBERS)}"))
    return question


def _rubric() -> Rubric:
    rubric = make_rubric()
    make_question("long_text", rubric=rubric)
    return rubric


def _generation_request() -> GenerationRequest:
    return GenerationRequest.objects.create(
        caller="user:1", requested_by=make_staff(), requested_at=timezone.now(), model="m", prompt_hash="0" * 64
    )


def _generation() -> Generation:
    return Generation.objects.create(bank=make_bank(), ask=Ask(topic="indexes").as_json(), requested_by=make_staff())


def _problem_report() -> ProblemReport:
    return problem_reports.report(holder_of(make_attempt()), number=1, text=f"problem {next(NUMBERS)}")


def _survey_count() -> SurveyCount:
    assessment = make_assessment()
    for _ in range(survey.SMALLEST_NUMBER):
        survey.count(assessment.pk, {SurveyQuestion.FAIR: 4})
    survey.publish()
    return SurveyCount.objects.filter(assessment=assessment.pk)[0]


def _task_result() -> DBTaskResult:
    return DBTaskResult.objects.get(pk=tasks.score_attempt.enqueue("00000000-0000-0000-0000-000000000000").id)


def make_row(model: type[Model]) -> Any:
    """As the product makes it where that is said below; else a row of plain values, with relations of its own."""
    if model in MAKERS:
        return MAKERS[model]()
    needed = [one for one in model._meta.concrete_fields if not (one.has_default() or one.null)]
    wanted = [one for one in needed if one.related_model or not one.primary_key]
    return model._default_manager.create(**{one.name: _plain_value(one) for one in wanted})


def _plain_value(field: Any) -> Any:
    if field.related_model:
        return make_row(field.related_model)
    if field.choices:
        return field.choices[0][0]
    return field.clean(PLAIN_VALUES[field.get_internal_type()](), None)


PLAIN_VALUES: dict[str, Callable[[], Any]] = {
    "BinaryField": png,
    "BooleanField": lambda: False,
    "CharField": lambda: f"text {next(NUMBERS)}",
    "DateTimeField": timezone.now,
    "DecimalField": lambda: "1",
    "DurationField": lambda: timedelta(seconds=90),
    "JSONField": lambda: {"number": next(NUMBERS)},
    "PositiveIntegerField": lambda: next(NUMBERS),
    "PositiveSmallIntegerField": lambda: next(NUMBERS),
    "TextField": lambda: f"text {next(NUMBERS)}",
    "UUIDField": uuid4,
}
MAKERS: dict[type[Model], Callable[[], Any]] = {
    AiControl: lambda: AiControl.objects.get_or_create(pk=AiControl.THE_ONE)[0],
    ApiToken: lambda: api_tokens.issue(name="ci", scope=ApiScope.GENERATE, owner=make_staff(), days=5).token,
    Assessment: make_assessment,
    Attempt: make_submitted,
    AuditEntry: lambda: audit.record(action="tried", subject=make_bank(), by=make_staff()),
    Candidate: lambda: make_attempt().candidate,
    DBTaskResult: _task_result,
    Event: lambda: first(make_attempt().events),
    Generation: _generation,
    GenerationRequest: _generation_request,
    Group: lambda: Group.objects.create(name=f"group {next(NUMBERS)}"),
    Invitation: lambda: make_attempt(start=False).invitation,
    Outcome: lambda: outcomes.decide(
        make_submitted(), decision=OutcomeDecision.ADVANCE, reason="Clear thinking.", by=make_staff()
    ),
    ProblemReport: _problem_report,
    Question: _question,
    QuestionBank: lambda: make_question().bank,
    ResponseEvent: lambda: first(make_submitted().response_events),
    Review: lambda: judge(make_submitted(), by=make_staff()).review,
    Rubric: _rubric,
    Score: lambda: judge(make_submitted(), by=make_staff()),
    Section: lambda: first(make_assessment().sections),
    SurveyCount: _survey_count,
    Tag: _tagged,
    User: make_staff,
}
