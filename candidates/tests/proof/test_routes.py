"""What every address keeps: nothing private in any cache, nothing changed by looking, nothing done without its token, and
nothing told to the team of who has given an opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.utils.cache import cc_delim_re

from candidates.domain import attempts, survey
from candidates.enums import SurveyQuestion
from candidates.models import Attempt, Candidate, Invitation, SurveyCount, SurveyMark
from candidates.tests.making import holder_of
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


# ---- What the team is not to know: whether somebody has given an opinion ----

NEW_EACH_TIME = re.compile(r'csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"|\d+\s\w+\sago')
OTHERWISE_EACH_TIME = {
    "metrics": "measures the process itself",
    "readyz": "the same",
    "rehearsal-clock": "time goes on",
    "admin:assessments_generation_add": "its form bears a new key",
}
ABOUT_SOMEBODY = (Attempt, Candidate, Invitation, SurveyCount)


@pytest.fixture
def closed(world: World) -> World:
    attempts.submit(holder_of(world.mine))
    return world


def addresses(world: World, route: Route) -> Iterator[str]:
    """Of a page about one row, that of whoever answers; of the numbers, the row that the first answer makes."""
    number = next_number()
    ours = (world.mine.pk, world.mine.candidate_id, world.mine.invitation_id, number)
    rows: dict[Any, Any] = dict(zip(ABOUT_SOMEBODY, ours, strict=True))
    yield route.url(world, **({"object_id": rows[route.model]} if route.model in rows else {}))
    if route.name == "admin:view_on_site":
        for model, key in ((SurveyMark, world.mine.pk), (SurveyCount, number)):
            yield route.url(world, content_type_id=ContentType.objects.get_for_model(model).pk, object_id=key)


def next_number() -> int:
    """The key of the next row, which no transaction that was rolled back gives free again."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return SurveyCount.objects.latest("pk").pk + 1
        cursor.execute("SELECT last_value + 1 FROM pg_sequences WHERE sequencename = 'candidates_surveycount_id_seq'")
        return int(cursor.fetchone()[0])


def changed_by_an_opinion(world: World, some: Iterable[Route]) -> set[str]:
    """The pages that tell staff with every permission that ``mine`` has answered.

    What differs is looked at again without the opinion: a page may have changed because a minute is over.
    """
    client, urls = world.signed_in(world.root), [url for route in some for url in addresses(world, route)]
    before = looked_at(client, urls)
    with transaction.atomic():
        assert survey.answer(holder_of(world.mine), {SurveyQuestion.FAIR: 2})
        survey.publish()
        now = looked_at(client, urls)
        transaction.set_rollback(True)
    different = [url for url in urls if before[url] != now[url]]
    return {url for url, again in looked_at(client, different).items() if again != now[url]}


def looked_at(client: Client, urls: list[str]) -> dict[str, tuple[int, str, str]]:
    cache.clear()
    answers = {url: client.get(url) for url in urls}
    bodies = {
        url: NEW_EACH_TIME.sub("", one.getvalue().decode(errors="replace"))  # one may be streamed
        for url, one in answers.items()
    }
    return {url: (one.status_code, one.get("Location", ""), bodies[url]) for url, one in answers.items()}


def of_staff() -> list[Route]:
    return [route for route in routes() if not route.is_of_an_attempt and route.name not in OTHERWISE_EACH_TIME]


def about_somebody() -> list[Route]:
    """Django's own pages about what would lead to it."""
    also = {"admin:index", "admin:view_on_site"}
    return [route for route in of_staff() if (route.model in ABOUT_SOMEBODY and route.is_djangos) or route.name in also]


@pytest.mark.parametrize(
    "some", [about_somebody, pytest.param(of_staff, marks=pytest.mark.nightly)], ids=["about somebody", "every page"]
)
def test_no_page_of_the_team_tells_that_somebody_has_answered(closed, some):
    assert changed_by_an_opinion(closed, some()) == set()


def test_it_would_notice_a_list_of_what_goes_with_a_candidate(closed, monkeypatch):
    monkeypatch.setattr("candidates.admin.candidate.without_kept", lambda counts: counts)
    erasing = [route for route in about_somebody() if route.name == "admin:candidates_candidate_delete"]
    assert changed_by_an_opinion(closed, erasing) == {f"/admin/candidates/candidate/{closed.mine.candidate_id}/delete/"}


def test_it_would_notice_djangos_own_pages_about_a_number(closed, monkeypatch):
    monkeypatch.setattr(
        "candidates.admin.exchange.SurveyAdmin.get_queryset", lambda self, request: SurveyCount.objects.all()
    )
    history = [route for route in about_somebody() if route.name == "admin:candidates_surveycount_history"]
    assert len(changed_by_an_opinion(closed, history)) == 1
