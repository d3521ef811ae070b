"""Somebody else's objects: named in an address, in a query or in a form, they look like none, and their words stay theirs."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from candidates.access import AttemptRequest, attempt_required, public
from candidates.domain import attempts
from candidates.models import Attempt, FreshSet, Response, ResponseEvent, Signal
from candidates.tests.making import holder_of, save
from candidates.tests.proof.columns import every_field
from candidates.tests.proof.routes import OF_AN_OBJECT, Route, of_objects, routes
from candidates.tests.proof.seeing import said
from candidates.tests.proof.tables import changed, contents, rows_of, words_of, writing
from candidates.tests.proof.world import World, announcement_to

pytestmark = pytest.mark.django_db

NOT_OF_AN_OBJECT = {"number", "position", "form", "token", "slug", "name", "path", "url", "app_label"}
"""Numbers count within the attempt; a token is itself the right; the others name what is open to anyone."""
OF_ADMIN = {"object_id", "content_type_id", "id"}
"""Behind permissions, which do not tell one row from another."""


def test_every_parameter_is_known_to_name_an_object_or_not():
    known = OF_AN_OBJECT | NOT_OF_AN_OBJECT | OF_ADMIN
    unknown = {f"<{name}> of {route.name}" for route in routes() for name in route.parameters if name not in known}
    assert unknown == set(), (
        "Say in test_other_peoples.py whether it names an object; what does belongs in OF_AN_OBJECT of routes.py."
    )


def theirs(world: World, name: str) -> Any:
    if name == "announcement_id":
        return announcement_to(world.theirs).pk
    objects = {"signal_id": Signal, "fresh_id": FreshSet}
    return world.of_theirs(objects[name]).pk if name in objects else world.theirs.pk


def nobodys(name: str) -> Any:
    return 2**31 - 1 if name == "signal_id" else uuid4()


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_candidates_object_looks_like_one_that_does_not_exist(world, method):
    client, tried, before = world.candidate(world.mine), 0, contents()
    for route in of_objects():
        for name in OF_AN_OBJECT & set(route.parameters):
            cache.clear()
            one, none = (route.url(world, **{name: value}) for value in (theirs(world, name), nobodys(name)))
            answers = [getattr(client, method)(url) for url in (one, none)]
            answered = [
                (answer.status_code, told_by(answer, url)) for answer, url in zip(answers, (one, none), strict=True)
            ]
            assert answered[0] == answered[1], (route.name, name)
            assert answered[0][0] in {302, 404, 405, 415}, (route.name, name)
            tried += 1
    assert tried >= 25
    assert changed(before, contents()) == set()


def told_by(answer: Any, url: str) -> tuple[str, str]:
    """Without the address, which the asker knows, and the token of whatever form is on it, which is new each time."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", answer.content.decode())
    return text.replace(url, ""), answer.get("Location", "")


def test_a_key_of_another_candidates_save_is_a_key_like_any(world):
    """Idempotency keys are counted within an attempt: another's neither gives their receipt nor stops one's own save."""
    event = ResponseEvent.objects.get(attempt=world.theirs)
    saved = save(world.mine, "my own", base_revision=1, key=UUID(str(event.key)))
    assert (saved.is_replay, saved.receipt.hash != event.chain_hash) == (False, True)


# ---- Words of the first candidate, for the second one and for a stranger ----

OF_WHOEVER_HAS_THE_LINK = {
    "invitation": "the token is the right to see whom it invites",
    "invitation-decline": "the same",
}
NAMES_LIKELY = "of id pk key attempt attempt_id candidate candidate_id session session_id invitation invitation_id user"
NAMES_LIKELY += " owner who for next ref uuid object object_id target source from to compare with parent receipt q"
METHODS = ("get", "post")


def strangers(world: World) -> dict[str, Client]:
    return {"a stranger": world.anonymous(), "another candidate": world.candidate(world.theirs)}


def not_of_admin() -> list[Route]:
    return [route for route in routes() if not route.is_admin and route.name not in OF_WHOEVER_HAS_THE_LINK]


def asked(client: Client, method: str, url: str, sent: dict[str, Any] | None = None) -> str:
    """What is answered, with whatever it changed taken back."""
    cache.clear()
    with transaction.atomic():
        answer = said(getattr(client, method)(url, sent or {}))
        transaction.set_rollback(True)
    return answer


def told(answer: str, words: Iterable[str], *, known: str = "") -> list[str]:
    """Which of these words are in it, but those that the asker sent."""
    return [word for word in words if word in answer and word not in known]


def addresses(route: Route, world: World) -> Iterator[str]:
    """That of the first candidate's object; and each of their numbers in place of whatever else is text."""
    yield route.url(world)
    keys = (world.mine.pk, world.mine.candidate_id, world.mine.invitation_id)
    for name in set(route.parameters) - OF_AN_OBJECT:
        if route.takes_text(name):
            yield from (route.url(world, **{name: key}) for key in keys)


def overheard(world: World, some: list[Route]) -> list[str]:
    words = words_of(world.mine, but=world.theirs)
    assert len(words) > 10
    return [
        f"{who}: {method.upper()} {route.name}: {found}"
        for who, client in strangers(world).items()
        for route in some
        for url in addresses(route, world)
        for method in METHODS
        if (found := told(asked(client, method, url), words, known=url))
    ]


@pytest.mark.parametrize("is_closed", [False, True])
def test_no_address_tells_anybody_else_what_a_candidate_said(world, is_closed):
    close(world, is_closed)
    assert overheard(world, not_of_admin()) == []


def close(world: World, is_closed: bool) -> None:
    """Receipts and results exist of what is closed."""
    for attempt in (world.mine, world.theirs) if is_closed else ():
        attempts.submit(holder_of(attempt))
        attempt.refresh_from_db()


def names_in(code: str) -> set[str]:
    """What is looked up in a query or a form."""
    looked_up = re.findall(r"\b(?:GET|POST|data|query)(?:\.(?:get|getlist|pop)\(|\[)\s*[\"'](\w+)[\"']", code)
    return {*looked_up, *re.findall(r"[\"'](\w+)[\"'] (?:not )?in [\w.]*(?:GET|POST)\b", code)}


@functools.cache
def names_read() -> set[str]:
    """By any view or form of ours, or likely to be."""
    sources = [
        one
        for app in ("assessments", "candidates", "interview_project")
        for one in Path(settings.BASE_DIR, app).rglob("*.py")
        if "tests" not in one.parts
    ]
    read = {name for one in sources for name in names_in(one.read_text())}
    return (
        read | set(NAMES_LIKELY.split()) | {name for form in forms() for name in form.base_fields} | set(every_field())
    )


def forms(of: type[Any] = BaseForm) -> Iterator[Any]:
    for form in of.__subclasses__():
        yield from forms(form)
        if hasattr(form, "base_fields"):
            yield form


def own_names(route: Route) -> set[str]:
    """What the module of its view looks up."""
    module = sys.modules.get(getattr(inspect.unwrap(route.view), "__module__", ""))
    return names_in(inspect.getsource(module)) if module and not route.is_api else set()


def numbers(attempt: Attempt) -> list[Any]:
    """One of each kind of row, by which another could ask for it."""
    one_of_each = {type(row): row.pk for row in rows_of(attempt)}
    return sorted(set(one_of_each.values()), key=str)


def sendings(route: Route, world: World) -> Iterator[dict[str, Any]]:
    """Each number under every name at once; and the attempt's under each name that the view's own module reads."""
    every = names_read()
    for number in numbers(world.mine):
        yield dict.fromkeys(every, number)
    for name in sorted(own_names(route)):
        yield {name: world.mine.pk}


def slipped(world: World, some: list[Route]) -> list[str]:
    """What another candidate gets to see or changes by sending the first one's numbers along to addresses of their own."""
    client, words = world.candidate(world.theirs), words_of(world.mine, but=world.theirs)
    before, found = snapshot(world.mine), []
    for route in some:
        url = route.url(world, **{name: theirs(world, name) for name in OF_AN_OBJECT & set(route.parameters)})
        for sent in sendings(route, world):
            known = " ".join({str(one) for one in sent.values()})
            for method in METHODS:
                cache.clear()
                with transaction.atomic(), writing() as has_written:
                    answer = getattr(client, method)(url, sent)
                    heard = told(said(answer), words, known=known)
                    is_changed = has_written() and snapshot(world.mine) != before
                    transaction.set_rollback(True)
                if heard or is_changed:
                    found.append(f"{method.upper()} {route.name}: {heard or 'changed'}")
    return found


def snapshot(attempt: Attempt) -> list[tuple[str, tuple[Any, ...]]]:
    return [
        (row._meta.label, tuple(getattr(row, field.attname) for field in row._meta.concrete_fields))
        for row in rows_of(attempt)
    ]


@pytest.mark.parametrize("is_closed", [False, True])
def test_another_candidates_number_sent_along_tells_and_changes_nothing(world, is_closed):
    close(world, is_closed)
    assert len(names_read()) > 200
    assert slipped(world, not_of_admin()) == []


# ---- Guards: what the walks above would notice ----


@public
def peek(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    values = Response.objects.filter(attempt_question__attempt=attempt_id).values_list("value", flat=True)
    return HttpResponse(str(list(values)))


@attempt_required
def compare(request: AttemptRequest) -> HttpResponse:
    other = Attempt.objects.get(pk=request.GET.get("of") or request.attempt.pk)
    return HttpResponse(other.submit_receipt)


@attempt_required
def rename(request: AttemptRequest) -> HttpResponse:
    other = Attempt.objects.get(pk=request.POST.get("against") or request.attempt.pk)
    other.candidate.name = "Mallory"
    other.candidate.save()
    return HttpResponse("")


def only(name: str) -> list[Route]:
    return [route for route in routes() if route.name == name]


def test_it_would_hear_a_page_that_tells_anybody(world, with_also):
    with_also(path("attempts/<uuid:attempt_id>/peek/", peek, name="peek"))
    assert {one.partition(" [")[0] for one in overheard(world, only("peek"))} == {
        f"{who}: {method} peek:" for who in strangers(world) for method in ("GET", "POST")
    }


def test_it_would_hear_what_a_number_in_the_query_brings(world, with_also):
    close(world, True)
    with_also(path("attempts/<uuid:attempt_id>/compare/", compare, name="compare"))
    assert f"GET compare: ['{world.mine.submit_receipt}']" in slipped(world, only("compare"))


def test_it_would_see_what_a_number_in_a_form_changes(world, with_also):
    with_also(path("attempts/<uuid:attempt_id>/rename/", rename, name="rename"))
    assert "POST rename: changed" in slipped(world, only("rename"))
