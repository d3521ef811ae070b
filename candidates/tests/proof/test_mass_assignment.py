"""Fields that nobody offered: whatever else is sent along, nothing but what a form or a shape names is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.cache import cache
from ninja.operation import PathView
from pydantic import BaseModel

from candidates.domain import passes
from candidates.models import Attempt, AttemptQuestion, Response
from candidates.tests.making import holder_of
from candidates.tests.proof.routes import of_attempts
from candidates.tests.proof.tables import changed, contents
from interview_project.api import api

pytestmark = pytest.mark.django_db


def every_field() -> dict[str, str]:
    """Each column of each table, and each with ``_id``, set to something that would be noticed."""
    models = [model for label in ("assessments", "candidates") for model in apps.get_app_config(label).get_models()]
    names = {name for model in models for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return dict.fromkeys(names, "1") | {"status": "submitted", "points": "999", "is_open": "on", "purpose": "preview"}


NAMED = {"value", "base_revision", "key", "go"}
PROTECTED: tuple[str, ...] = (
    "status",
    "seed",
    "number",
    "purpose",
    "candidate_id",
    "assessment_id",
    "deadline_at",
    "grace_until",
)
PROTECTED += ("extra_seconds", "started_at", "closed_at", "submit_receipt", "outage_seconds", "breaks_taken", "device")


def protected(attempt: Attempt) -> dict[str, Any]:
    """What no candidate decides."""
    attempt.refresh_from_db()
    questions = list(
        AttemptQuestion.objects.filter(attempt=attempt).order_by("id").values_list("points", "version", "number")
    )
    return {**{name: getattr(attempt, name) for name in PROTECTED}, "questions": questions}


def test_a_save_takes_nothing_along(world):
    """All columns there are, beside the fields of the form: the answer is saved, and nothing else is different."""
    before, others = protected(world.mine), contents()
    url = f"/attempts/{world.mine.pk}/questions/1/"
    extra = {name: value for name, value in every_field().items() if name not in NAMED}
    assert len(extra) > 150
    sent = {**extra, "value": "my answer", "base_revision": "1", "key": str(uuid4()), "go": "stay"}
    assert world.candidate(world.mine).post(url, sent).status_code == 302
    response = Response.objects.get(attempt_question__attempt=world.mine, attempt_question__number=1)
    assert (response.value, response.revision) == ("my answer", 2)
    assert protected(world.mine) == before
    assert changed(others, contents()) == {"candidates.Attempt", "candidates.Response", "candidates.ResponseEvent"}


@pytest.mark.parametrize("route", of_attempts(), ids=lambda route: route.name)
def test_no_page_of_an_attempt_takes_a_column_from_its_form(world, route):
    """Every page that takes a POST: what it does, it does; what no candidate decides stays."""
    if route.name in {"attempt-question", "attempt-submit", "attempt-here"}:
        pytest.skip(
            "saving is looked at above; submitting and moving to another device are decisions of the candidate's"
        )
    cache.clear()
    before = protected(world.mine)
    answer = world.candidate(world.mine).post(route.url(world), every_field())
    assert answer.status_code < 500
    assert protected(world.mine) == before | (
        {"breaks_taken": world.mine.breaks_taken} if "break" in route.name else {}
    )


def bodies() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every shape that a call of the API takes as its body, or in its query."""
    for _, router in api._routers:
        for path, view in router.path_operations.items():
            assert isinstance(view, PathView)
            for operation in view.operations:
                for model in operation.models:
                    for name, field in model.model_fields.items():
                        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                            yield f"{operation.methods[0]} {path}: {name}", field.annotation


def test_no_shape_of_the_api_takes_what_it_does_not_name():
    found = dict(bodies())
    assert len(found) >= 3
    lenient = [
        f"{where}: {shape.__name__}"
        for where, body in found.items()
        for shape in [body, *inner(body)]
        if shape.model_config.get("extra") != "forbid"
    ]
    assert lenient == []


def inner(shape: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The shapes inside a shape."""
    for field in shape.model_fields.values():
        for one in getattr(field.annotation, "__args__", (field.annotation,)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield one
                yield from inner(one)


def test_a_call_with_a_field_too_many_saves_nothing(world):
    before = contents()
    response = {"number": 1, "value": "x", "base_revision": 1, "key": str(uuid4())}
    headers = {"authorization": f"Bearer {passes.seal(holder_of(world.mine))}"}
    client, url = world.anonymous(), f"/api/v1/sessions/{world.mine.pk}"
    for name in ("points", "status", "saved_at", "deadline_at", "is_final", "attempt_id", "revision"):
        for body in ({"responses": [response], name: 1}, {"responses": [{**response, name: 1}]}):
            assert client.post(url, json.dumps(body), "application/json", headers=headers).status_code == 422, name
    assert changed(before, contents()) == set()
