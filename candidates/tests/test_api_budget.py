"""What the calls of the JSON API may cost. The same figures as the pages'; raising one needs a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.domain.faces import face_of
from assessments.tests.making import make_assessment, make_question
from candidates.domain import snapshots
from candidates.models import Attempt
from candidates.tests.making import make_attempt
from candidates.tests.test_api_sessions import Caller, caller_of, response_to
from candidates.tests.test_hot_path_budget import CACHE_CALLS, STATEMENTS_PER_SAVE, CountingCache
from interview_project.caches import bookmarks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]

STATEMENTS_PER_STATE = 2  # the attempt's row, and its questions where no snapshot is held
STATEMENTS_PER_FACE = 1  # once per process and question version


@pytest.fixture
def cache_calls(monkeypatch):
    counting = CountingCache(bookmarks())
    monkeypatch.setattr(snapshots, "bookmarks", lambda: counting)
    return counting


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(make_assessment(*(make_question(one) for one in ("short_text", "single_choice", "long_text"))))


@pytest.fixture
def caller(client, attempt) -> Caller:
    caller = caller_of(client, attempt)
    caller.get()  # this process has seen the faces
    return caller


def statements(captured: CaptureQueriesContext) -> list[str]:
    return [one["sql"][:90] for one in captured]


@pytest.mark.parametrize("more", [{}, {"current": 2}], ids=["staying", "moving on"])
def test_a_save_stays_in_the_budget(caller, cache_calls, more):
    cache_calls.calls = 0
    with CaptureQueriesContext(connection) as captured:
        assert caller.save(response_to(1, "text"), **more).status_code == 200
    assert len(captured) <= STATEMENTS_PER_SAVE, statements(captured)
    assert cache_calls.calls <= CACHE_CALLS


def test_each_further_response_costs_one_transaction_more(caller):
    with CaptureQueriesContext(connection) as one:
        caller.save(response_to(1, "text"))
    with CaptureQueriesContext(connection) as three:
        caller.save(response_to(1, "more", 1), response_to(2, "b"), response_to(3, "words"))
    assert len(three) <= 3 * len(one), statements(three)


@pytest.mark.parametrize("is_known", [True, False], ids=["snapshot held", "cache and process new"])
def test_the_state_stays_in_the_budget(caller, cache_calls, is_known):
    faces = 0
    if not is_known:
        face_of.cache_clear()
        cache.clear()
        faces = 3 * STATEMENTS_PER_FACE
    cache_calls.calls = 0
    with CaptureQueriesContext(connection) as captured:
        assert caller.get().status_code == 200
    assert len(captured) <= STATEMENTS_PER_STATE + faces, statements(captured)
    assert cache_calls.calls <= CACHE_CALLS


def test_a_token_loads_neither_user_nor_session(caller, admin_client: Any):
    caller.client = admin_client  # even where a browser's staff cookie comes along
    with CaptureQueriesContext(connection) as captured:
        caller.get()
        caller.save(response_to(1, "text"))
    assert not [sql for sql in statements(captured) if "auth_user" in sql or "django_session" in sql]


def test_a_wrong_token_asks_the_database_nothing(client, attempt):
    with CaptureQueriesContext(connection) as captured:
        assert Caller(client, "wrong", attempt.pk).get().status_code == 401
    assert statements(captured) == []
