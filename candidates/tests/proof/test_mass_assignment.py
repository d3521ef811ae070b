"""Fields that nobody offered: whatever else is sent along, nothing but what a form or a shape names is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from ninja.operation import PathView
from pydantic import BaseModel

from candidates.access import AttemptRequest, PassRequest, attempt_required, pass_required
from candidates.domain import passes
from candidates.models import AttemptQuestion, Candidate, ProblemReport, Response
from candidates.tests.making import holder_of
from candidates.tests.proof.columns import every_field, sendings
from candidates.tests.proof.routes import Route, routes
from candidates.tests.proof.tables import changed, contents, writing, written
from candidates.tests.proof.world import World
from interview_project.api import api

pytestmark = pytest.mark.django_db


NAMED = {"value", "base_revision", "key", "go"}
MAY_WRITE: dict[str, set[str]] = {  # what each page is for; ``+``: a new row
    "invitation": {"candidates.Event+"},
    "attempt-section-start": {
        "candidates.Attempt.revision",
        "candidates.AttemptSection.started_at",
        "candidates.Event+",
    },
    "attempt-handover": {"candidates.HandoverCode+"},
    "attempt-problem": {"candidates.ProblemReport+"},
    "attempt-acknowledge": {"candidates.Attempt.revision", "candidates.Acknowledgement+", "candidates.Event+"},
    "attempt-explain": {"candidates.Signal.explained_at", "candidates.Signal.explanation"},
}
MAY_TAKE = {  # the columns whose value is the candidate's own
    "attempt-problem": {"candidates.ProblemReport.text"},
    "attempt-explain": {"candidates.Signal.explanation"},
}
MAY_COINCIDE = {
    "candidates.Acknowledgement.announcement_id",  # there is only one such row in the world, so its number is the right one
    "candidates.Event.kind",  # what has happened to nobody yet is sent, and may be what happens now
}
SAVED = {("candidates.Response", "value"), ("candidates.Response", "revision")}
SAVED |= {("candidates.Attempt", "revision"), ("candidates.Attempt", "chain_head")}


def test_a_save_takes_nothing_along(world):
    """All columns there are, beside the fields of the form: the answer is saved, and nothing else is different."""
    url, client, before = f"/attempts/{world.mine.pk}/questions/1/", world.candidate(world.mine), contents()
    for extra in sendings(world.mine):
        own = {"value": "my answer", "base_revision": "1", "key": str(uuid4()), "go": "stay"}
        with transaction.atomic():
            assert client.post(url, {**extra, **own}).status_code == 302
            response = Response.objects.get(attempt_question__attempt=world.mine, attempt_question__number=1)
            found = {(label, column) for label, column, _ in written(before, contents())}
            transaction.set_rollback(True)
        assert (response.value, response.revision) == ("my answer", 2)
        assert {one for one in found if one[0] != "candidates.ResponseEvent"} == SAVED


def with_forms() -> list[Route]:
    return [route for route in routes() if not route.is_admin and not route.is_api]


def taken(world: World, route: Route, sendings: list[dict[str, str]]) -> set[str]:
    """What a POST of every column there is has written although the page is not for that, or as it was sent."""
    client, url, before, found = world.candidate(world.mine), route.url(world), contents(), set()
    for sent in sendings:
        cache.clear()
        with transaction.atomic(), writing() as has_written:
            answer = client.post(url, sent)
            now = written(before, contents()) if has_written() and answer.status_code < 500 else set()
            transaction.set_rollback(True)
        found |= {"it broke"} if answer.status_code >= 500 else set()
        for label, column, value in now:
            name = f"{label}+" if column.startswith("+") else f"{label}.{column}"
            if name not in MAY_WRITE.get(route.name, set()):
                found.add(name)
            own = f"{label}.{column.removeprefix('+')}"
            if (
                value == as_stored(sent.get(column.removeprefix("+"), ""))
                and own not in MAY_TAKE.get(route.name, set()) | MAY_COINCIDE
            ):
                found.add(f"{own} = {value}")
    return found


def as_stored(sent: str) -> str:
    """As Python writes a moment."""
    return sent.replace("T00:00", " 00:00")


def test_no_page_takes_a_column_that_its_form_does_not_have(world):
    """Every page but those of staff, every column of every table, whole rows of all tables compared."""
    assert len(every_field()) > 150
    every = list(sendings(world.mine))
    found = {route.name: taken(world, route, every) for route in with_forms()}
    assert {name: some for name, some in found.items() if some} == {}


def test_what_a_page_may_write_is_about_pages_that_are_there():
    assert set(MAY_WRITE) | set(MAY_TAKE) <= {route.name for route in with_forms()}


def test_what_is_sent_along_differs_from_all_there_is(world):
    """So that taking it would show: a value that is there already would change nothing."""
    candidate = world.mine.candidate
    for column in ("time_factor", "extra_breaks", "name", "is_untimed"):
        assert {sent[column] for sent in sendings(world.mine)} - {str(getattr(candidate, column))} != set()


# ---- Guards ----


@pass_required
def resume(request: PassRequest) -> HttpResponse:
    taken_along = {name: request.POST[name] for name in ("time_factor", "extra_breaks") if name in request.POST}
    Candidate.objects.filter(pk=request.holder.candidate_id).update(**taken_along)
    return HttpResponse("")


@attempt_required
def report(request: AttemptRequest) -> HttpResponse:
    question = AttemptQuestion.objects.get(attempt=request.attempt, number=1)
    ProblemReport.objects.create(
        attempt=request.attempt,
        attempt_question=question,
        text="Broken.",
        reported_at=request.POST["reported_at"],
    )
    return HttpResponse("")


def only(name: str) -> Route:
    return next(route for route in routes() if route.name == name)


def test_it_would_see_an_accommodation_that_a_candidate_gives_themselves(world, with_also):
    with_also(path("attempts/<uuid:attempt_id>/go-on/", resume, name="go-on"))
    seen = taken(world, only("go-on"), list(sendings(world.mine)))
    assert {"candidates.Candidate.time_factor", "candidates.Candidate.extra_breaks"} <= seen


def test_it_would_see_a_column_of_a_new_row(world, with_also, monkeypatch):
    """Although the page may make such a row."""
    with_also(path("attempts/<uuid:attempt_id>/report/", report, name="report"))
    monkeypatch.setitem(MAY_WRITE, "report", {"candidates.ProblemReport+"})
    assert taken(world, only("report"), list(sendings(world.mine))) == {
        "candidates.ProblemReport.reported_at = 2031-01-01 00:00:00+00:00"
    }


# ---- The API ----


def bodies() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every shape that a call of the API takes as its body, or in its query."""
    for _, router in api._routers:
        for place, view in router.path_operations.items():
            assert isinstance(view, PathView)
            for operation in view.operations:
                for model in operation.models:
                    for name, field in model.model_fields.items():
                        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                            yield f"{operation.methods[0]} {place}: {name}", field.annotation


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
