"""A small installation in which there is at least one row of everything that has a page or a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model, Q
from django.test import Client
from django.utils import timezone

from assessments.domain import api_tokens
from assessments.domain.api_tokens import Issued
from assessments.enums import ApiScope, FeedbackPolicy, SignalKind
from assessments.models import Assessment, MediaFile, Rubric
from assessments.question_types import all_types
from assessments.tests.making import SHAPES, make_assessment, make_bank, make_practice, make_question, make_rubric
from assessments.tests.pictures import png
from candidates.domain import passes, tokens
from candidates.enums import SurveyQuestion
from candidates.models import Announcement, Attempt, FreshSet, ProblemReport, Signal, SurveyCount
from candidates.tests.admin_rows import make_row, make_staff
from candidates.tests.making import holder_of, make_attempt, save

OWN_APPS = ("assessments", "candidates")


@dataclass
class World:
    """``mine`` and ``theirs`` are attempts of two candidates, under way; ``mine`` is what addresses lead to."""

    mine: Attempt
    theirs: Attempt
    practice: Assessment
    token: Issued
    root: User
    rows: dict[type[Model], Any] = field(default_factory=dict)

    @cached_property
    def invitation_token(self) -> str:
        assert self.mine.invitation is not None
        return tokens.token_of(self.mine.invitation)

    def row(self, model: type[Model]) -> Any:
        if model not in self.rows:
            found = None if model in admin.site._registry else model._default_manager.order_by("pk").first()
            self.rows[model] = found or _made(model)
        return self.rows[model]

    def value(self, parameter: str, *, model: type[Model] | None) -> Any:
        """What a parameter of an address stands for."""
        if parameter == "object_id" and model is not None:
            return self.row(model).pk
        values = {
            "attempt_id": self.mine.pk,
            "session_id": self.mine.pk,
            "number": 1,
            "position": 1,
            "token": self.invitation_token,
            "slug": self.practice.slug,
            "form": "json",
            "signal_id": self.of_mine(Signal).pk,
            "fresh_id": self.of_mine(FreshSet).pk,
            "announcement_id": announcement_to(self.mine).pk,
            "name": self.row(MediaFile).name,
            "id": self.row(User).pk,
            "content_type_id": ContentType.objects.get_for_model(Assessment).pk,
            "object_id": self.practice.pk,
            "app_label": "candidates",
            "path": "nowhere",
            "url": "nowhere/",
        }
        assert parameter in values, (
            f"An address has a parameter <{parameter}>, and candidates/tests/proof/world.py does not know what it stands "
            "for. Add it to World.value; if it names an object, also to OF_AN_OBJECT of routes.py: another's must be a 404."
        )
        return values[parameter]

    def of_mine(self, model: type[Model]) -> Any:
        return model._default_manager.get(attempt=self.mine)

    def of_theirs(self, model: type[Model]) -> Any:
        return model._default_manager.get(attempt=self.theirs)

    # ---- Callers ----

    def anonymous(self) -> Client:
        return Client(headers={"host": "localhost"}, raise_request_exception=False)

    def candidate(self, attempt: Attempt, **options: Any) -> Client:
        """Whoever carries this attempt's pass, for the pages and for the API."""
        client = Client(headers={"host": "localhost"}, raise_request_exception=False, **options)
        client.cookies["parley_attempt"] = client.cookies["parley_session"] = passes.seal(holder_of(attempt))
        return client

    def staff(self, *, only: Any = (), all_but: Any = None, **options: Any) -> Client:
        """With these permissions alone, or with all there are but these (``"candidates.view_attempt"``)."""
        user = make_staff()
        chosen = named(only) if all_but is None else ~named(all_but)
        user.user_permissions.set(Permission.objects.filter(chosen))
        return self.signed_in(user, **options)

    def signed_in(self, user: User, **options: Any) -> Client:
        client = Client(headers={"host": "localhost"}, raise_request_exception=False, **options)
        client.force_login(user)
        return client


def announcement_to(attempt: Attempt) -> Announcement:
    return Announcement.objects.get(assessment=attempt.assessment_id)


def named(permissions: Any) -> Q:
    wanted = Q(pk__in=[])
    for label, _, codename in (one.partition(".") for one in permissions):
        wanted |= Q(content_type__app_label=label, codename=codename)
    return wanted


def make_world() -> World:
    practice = make_practice(make_question(bank=make_bank(), title="Open"))
    user = make_staff("assessments.add_question")
    token = api_tokens.issue(name="ci", scope=ApiScope.GENERATE, owner=user, days=5)
    world = World(_under_way(), _under_way(), practice, token, make_staff(is_superuser=True))
    for model, make in makers(world).items():
        world.rows[model] = make()
    for model in every_model():
        world.row(model)
    return world


def makers(world: World) -> dict[type[Model], Callable[[], Any]]:
    """Rows that plain values do not make."""
    data, now, attempt = png(), timezone.now(), world.mine
    sha256 = hashlib.sha256(data).hexdigest()
    question = attempt.questions.get(number=1)
    return {
        MediaFile: lambda: MediaFile.objects.create(sha256=sha256, ending="png", size=len(data), data=data),
        ProblemReport: lambda: ProblemReport.objects.create(
            attempt=attempt, attempt_question=question, text="A typing error?", reported_at=now
        ),
        SurveyCount: lambda: SurveyCount.objects.create(
            assessment=world.practice.pk, question=SurveyQuestion.FAIR, answer=5, count=1
        ),
    }


def _made(model: type[Model]) -> Any:
    try:
        return make_row(model)
    except (KeyError, ValidationError, IntegrityError) as error:
        raise AssertionError(
            f"There is no row of {model._meta.label} to walk the pages with, and plain values make none ({error}). Add "
            "how one is made to MAKERS in candidates/tests/admin_rows.py or to makers() in candidates/tests/proof/world.py."
        ) from error


def every_model() -> list[type[Model]]:
    """What admin lists and what the apps store."""
    return [*admin.site._registry, *(model for label in OWN_APPS for model in apps.get_app_config(label).get_models())]


def _under_way() -> Attempt:
    """A question of every type, the first one answered; one thing noticed, one set of fresh questions."""
    rubric: Rubric = make_rubric(f"Rubric {uuid4()}")
    questions = [make_question("short_text", key={"accepted": [{"text": "index"}]})]
    questions += [
        make_question(one.name, rubric=rubric if one.name == "long_text" else None)
        for one in all_types()
        if one.name in SHAPES
    ]
    facts: dict[str, Any] = {"feedback_policy": FeedbackPolicy.NONE, "duration_seconds": 3600, "watches_focus": True}
    attempt = make_attempt(make_assessment(*questions, **facts))
    save(attempt, f"an answer that nobody else gives, {uuid4()}", number=1)
    Signal.objects.create(attempt=attempt, kind=SignalKind.FOCUS_LOST, key=uuid4(), at=timezone.now())
    FreshSet.objects.create(attempt=attempt, ask={"topic": "x", "count": 1}, request_id=uuid4())
    Announcement.objects.create(assessment=attempt.assessment, text="Ten minutes more.", announced_at=timezone.now())
    attempt.refresh_from_db()
    return attempt
