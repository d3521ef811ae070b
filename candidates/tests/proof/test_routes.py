"""What every address keeps: nothing private in any cache, nothing changed by looking, nothing done without its token."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.cache import cc_delim_re

from candidates.tests.proof.routes import Route, routes
from candidates.tests.proof.tables import changed, contents
from candidates.tests.proof.world import World

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
FOREIGN = "https://elsewhere.example"

MAY_BE_KEPT = {  # by a shared cache, or by the browser after the candidate has left
    "openapi": "the same for everybody",
    "api-v1:list_questions": "the same for everybody",
    "media-file": "in the browser alone; its name is a hash that only a question tells",
    "admin:jsi18n": "Django's own words",
}
WITHOUT_CSRF = {  # they ask neither a session nor a cookie, so another site's form gains nothing
    "api-v1:start_session": "whoever has the invitation may start, and nobody's cookie helps",
    "api-v1:list_questions": "only read",
    "api/<path:path>": "a 404",
}


def of_everything(world: World, **options: Any) -> Client:
    """Signed in as a superuser, and carrying the pass of an attempt: whatever a browser could carry at once."""
    client = world.candidate(world.mine, **options)
    client.force_login(world.root)
    return client


def walk(world: World, client: Client) -> dict[str, Any]:
    """What each address answers to a GET."""
    cache.clear()
    return {route.name: client.get(route.url(world)) for route in routes()}


# ---- Looking ----


def test_looking_at_everything_changes_nothing_and_leaves_nothing_behind(world):
    """One walk, three promises: no row of any table differs, nothing breaks, and no cache keeps what is somebody's."""
    client = of_everything(world)
    before = contents()
    answers = walk(world, client)
    assert changed(before, contents()) == set()
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code >= 500} == {}
    kept = {name: answer["Cache-Control"] for name, answer in answers.items() if may_be_kept(answer)}
    assert {name for name in kept if name not in MAY_BE_KEPT} == set()
    of_attempts = [route.name for route in routes() if route.is_of_an_attempt]
    promised = {name: private(answers[name]) for name in of_attempts if answers[name].status_code not in {404, 405}}
    assert promised == dict.fromkeys(promised, ("no-store, private", True, False, False))
    assert len(promised) > 10


def may_be_kept(answer: Any) -> bool:
    """Only what says so is; without a word, browsers and proxies may guess, so a page that is somebody's must speak."""
    directives = set(cc_delim_re.split(answer.get("Cache-Control", "").lower()))
    return bool({"public", "immutable"} & directives) or any(
        one.startswith(("max-age=", "s-maxage=")) and one.partition("=")[2] != "0" for one in directives
    )


def private(answer: Any) -> tuple[str, bool, bool, bool]:
    names = {one.strip() for one in answer.get("Vary", "").split(",")}
    return answer["Cache-Control"], "Cookie" in names, answer.has_header("ETag"), answer.has_header("Last-Modified")


def test_pages_of_the_team_are_kept_by_nobody(world):
    client = world.signed_in(world.root)
    some = [route for route in routes() if route.is_admin and route.page in {"add", ""}]
    stored = [route.name for route in some if "no-store" not in client.head(route.url(world)).get("Cache-Control", "")]
    assert set(stored) - set(MAY_BE_KEPT) == set()


def test_it_would_notice_a_page_that_changes_something_when_it_is_looked_at(world):
    """Guard: the walk is not blind."""
    from candidates.models import Candidate

    before = contents()
    Candidate.objects.filter(pk=world.mine.candidate_id).update(name="Somebody looked")
    assert changed(before, contents()) == {"candidates.Candidate"}


# ---- Cross-site requests ----


def test_without_its_token_nothing_unsafe_is_done(world):
    """Of a browser that carries everything it could. Refused before any view runs, so nothing has changed, either."""
    client, before = of_everything(world, enforce_csrf_checks=True), contents()
    got_through = [
        f"{method.upper()} {route.name}: {status}"
        for route in routes()
        for method in UNSAFE
        if route.name not in WITHOUT_CSRF and (status := unsafe(client, route, world, method)) not in {403, 405}
    ]
    assert got_through == []
    assert changed(before, contents()) == set()


def unsafe(client: Client, route: Route, world: World, method: str, **headers: str) -> int:
    answer = getattr(client, method)(route.url(world), "{}", content_type="application/json", headers=headers)
    return int(answer.status_code)


def test_what_needs_no_token_reads_no_cookie(world):
    """It answers the same to a browser that carries everything and to one that carries nothing."""
    everything, nothing = of_everything(world, enforce_csrf_checks=True), world.anonymous()
    some = [route for route in routes() if route.name in WITHOUT_CSRF]
    assert {route.name for route in some} == set(WITHOUT_CSRF)
    for route in some:
        assert unsafe(everything, route, world, "post") == unsafe(nothing, route, world, "post"), route.name


def test_a_form_of_another_site_is_refused_although_it_has_the_token(world):
    client = of_everything(world, enforce_csrf_checks=True)
    client.get("/")
    token = client.cookies["csrftoken"].value
    some = [route for route in routes() if route.name not in WITHOUT_CSRF and not route.is_api]
    headers = {"x-csrftoken": token, "origin": FOREIGN}
    statuses = {unsafe(client, route, world, "post", **headers) for route in some}
    assert statuses <= {403, 405}


def test_with_its_token_the_same_client_is_let_in(world):
    """So the tests above refused something that was right but for its token."""
    client = of_everything(world, enforce_csrf_checks=True)
    client.get("/")
    token = client.cookies["csrftoken"].value
    url = f"/attempts/{world.mine.pk}/ai/"
    assert client.post(url).status_code == 403
    assert client.post(url, headers={"x-csrftoken": token}).status_code == 302
