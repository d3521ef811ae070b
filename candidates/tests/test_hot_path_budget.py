"""What a save and a page may cost. The figures are promises; raising one needs a reason."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.domain.faces import face_of
from assessments.tests.making import make_assessment, make_question
from candidates.domain import snapshots
from candidates.tests.making import make_attempt, sit_down
from interview_project.caches import bookmarks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]

STATEMENTS_PER_SAVE, STATEMENTS_PER_PAGE, CACHE_CALLS = 6, 3, 2


class CountingCache:
    """The real cache, with every call counted."""

    def __init__(self, real):
        self.real, self.calls = real, 0

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls += 1
            return getattr(self.real, name)(*args, **kwargs)

        return call


@pytest.fixture
def cache_calls(monkeypatch):
    counting = CountingCache(bookmarks())
    monkeypatch.setattr(snapshots, "bookmarks", lambda: counting)
    return counting


@pytest.fixture
def seated(client):
    attempt = make_attempt(
        make_assessment(*(make_question(type_) for type_ in ("short_text", "single_choice", "long_text")))
    )
    return sit_down(client, attempt), attempt


def post(client, attempt, *, number=1, value="text", revision=0, **headers):
    url = reverse("attempt-question", args=[attempt.pk, number])
    data = {"value": value, "base_revision": revision, "key": uuid4(), "go": "next"}
    return client.post(url, data, headers=headers)


def test_a_save_and_the_next_question_by_htmx_stay_in_the_budget(seated, cache_calls):
    client, attempt = seated
    htmx = {"HX-Request": "true", "HX-Target": "question-panel"}
    client.get(reverse("attempt-question", args=[attempt.pk, 1]))
    client.get(reverse("attempt-question", args=[attempt.pk, 2]))  # this process has seen both faces
    cache_calls.calls = 0
    with CaptureQueriesContext(connection) as statements:
        response = post(client, attempt, **htmx)
    assert response.headers["HX-Push-Url"] == reverse("attempt-question", args=[attempt.pk, 2])
    assert len(statements) <= STATEMENTS_PER_SAVE, [one["sql"][:80] for one in statements]
    assert cache_calls.calls <= CACHE_CALLS


def test_a_plain_save_stays_in_the_budget(seated, cache_calls):
    client, attempt = seated
    client.get(reverse("attempt-question", args=[attempt.pk, 1]))
    cache_calls.calls = 0
    with CaptureQueriesContext(connection) as statements:
        assert post(client, attempt).status_code == 302
    assert len(statements) <= STATEMENTS_PER_SAVE, [one["sql"][:80] for one in statements]
    assert cache_calls.calls <= CACHE_CALLS


@pytest.mark.parametrize("is_known", [True, False], ids=["snapshot held", "cache and process new"])
def test_a_question_page_stays_in_the_budget(seated, cache_calls, is_known):
    client, attempt = seated
    url = reverse("attempt-question", args=[attempt.pk, 1])
    if is_known:
        client.get(url)
    else:
        face_of.cache_clear()
        cache.clear()
    cache_calls.calls = 0
    with CaptureQueriesContext(connection) as statements:
        assert client.get(url).status_code == 200
    assert len(statements) <= STATEMENTS_PER_PAGE, [one["sql"][:80] for one in statements]
    assert cache_calls.calls <= CACHE_CALLS
