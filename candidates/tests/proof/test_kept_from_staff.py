"""Whether somebody has given an opinion is kept from the team: every page of theirs is the same with it and without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection

from candidates.domain import attempts, survey
from candidates.enums import SurveyQuestion
from candidates.models import Attempt, Candidate, Invitation, SurveyCount, SurveyMark
from candidates.tests.making import holder_of
from candidates.tests.proof.routes import Route, routes
from candidates.tests.proof.world import World

pytestmark = pytest.mark.django_db
NEW_EACH_TIME = re.compile(r'csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"')
OF_THE_PROCESS = {"metrics", "readyz"}
"""They count and measure this process itself."""
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
    """The pages that tell staff with every permission that ``mine`` has answered."""
    client, urls = world.signed_in(world.root), [url for route in some for url in addresses(world, route)]

    def seen() -> list[tuple[int, str, str]]:
        cache.clear()
        answers = [client.get(url) for url in urls]
        bodies = (NEW_EACH_TIME.sub("", one.getvalue().decode(errors="replace")) for one in answers)
        return [(one.status_code, one.get("Location", ""), body) for one, body in zip(answers, bodies, strict=True)]

    before = seen()
    assert survey.answer(holder_of(world.mine), {SurveyQuestion.FAIR: 2})
    survey.publish()
    return {url for url, then, now in zip(urls, before, seen(), strict=True) if then != now}


def of_staff() -> list[Route]:
    return [route for route in routes() if not route.is_of_an_attempt and route.name not in OF_THE_PROCESS]


def about_somebody() -> list[Route]:
    also = {"admin:index", "admin:view_on_site"}
    return [route for route in of_staff() if route.model in ABOUT_SOMEBODY or route.name in also]


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
