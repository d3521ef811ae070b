"""Who may make which call of the API: every call × every way of signing in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from ninja import NinjaAPI

from candidates.domain import passes
from candidates.tests.making import holder_of
from candidates.tests.proof.calls import CALLERS, Call, calls
from candidates.tests.proof.world import World

pytestmark = pytest.mark.django_db
OPEN_CALLS = {
    "GET /questions": "what anyone may practise with",
    "POST /sessions": "whoever has the invitation may start; its token is the right",
}


def unlisted(some: list[Call]) -> list[str]:
    return [
        f"{call} asks nobody who they are. Declare its auth, or say in OPEN_CALLS of candidates/tests/proof/test_calls.py why."
        for call in some
        if call.is_anonymous and str(call) not in OPEN_CALLS
    ]


def guarded() -> list[Call]:
    return [call for call in calls() if not call.is_anonymous]


def made(world: World) -> dict[str, tuple[Any, dict[str, str]]]:
    """A client and its headers for each way of signing in."""
    of_candidate, of_program = passes.seal(holder_of(world.mine)), world.token.secret
    return {
        "a candidate": (world.anonymous(), {"authorization": f"Bearer {of_candidate}"}),
        "a program": (world.anonymous(), {"authorization": f"Bearer {of_program}"}),
        "staff": (world.signed_in(world.root), {}),
    }


def test_every_call_says_who_may_make_it():
    assert unlisted(list(calls())) == []
    assert {str(call) for call in calls()} >= set(OPEN_CALLS)
    for call in guarded():
        assert call.callers <= set(CALLERS.values()), call


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic eDp4", "Bearer "])
def test_nobody_is_let_in_where_a_call_asks_who_they_are(world, header):
    statuses = {}
    for call in guarded():
        cache.clear()  # trying tokens is counted
        headers = {"authorization": header} if header else {}
        statuses[str(call)] = call.made_by(world.anonymous(), world, **headers).status_code
    assert len(statuses) >= 5
    assert statuses == dict.fromkeys(statuses, 401)


def test_whoever_a_call_does_not_name_is_not_let_in(world):
    """A program's token and staff's cookie open no session, and so on: every caller × every call that is not for them."""
    statuses = {}
    for name, (client, headers) in made(world).items():
        for call in guarded():
            cache.clear()
            status = call.made_by(client, world, **headers).status_code
            if name in call.callers:
                assert status != 401, (name, str(call))
            else:
                statuses[f"{call} by {name}"] = status
    assert len(statuses) >= 8
    assert statuses == dict.fromkeys(statuses, 401)


def test_another_candidates_token_opens_no_session(world):
    header = f"Bearer {passes.seal(holder_of(world.theirs))}"
    statuses = {}
    for call in (one for one in guarded() if one.is_of_a_session):
        cache.clear()
        statuses[str(call)] = call.made_by(world.anonymous(), world, authorization=header).status_code
    assert len(statuses) >= 4
    assert statuses == dict.fromkeys(statuses, 404)


def test_it_would_notice_a_call_that_forgot_to_ask():
    """Guard."""
    careless = NinjaAPI(urls_namespace="careless")

    @careless.get("/everything", auth=None)
    def everything(request: Any) -> dict[str, str]:
        return {}

    assert [one.partition(" asks")[0] for one in unlisted(list(calls(careless)))] == ["GET /everything"]
