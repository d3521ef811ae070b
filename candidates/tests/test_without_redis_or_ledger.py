"""Redis is killed, or the ledger cannot be read: nothing that costs money is done, each door says why, all else goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection
from django.test import Client

from assessments.domain import api_tokens
from assessments.enums import ApiScope
from assessments.models import Generation, GenerationRequest
from assessments.tests.fake_gemini import FakeGemini, answering
from assessments.tests.gemini_models import good
from assessments.tests.making import make_bank, make_practice, make_question
from candidates.domain import attempts, entry
from candidates.models import Attempt, FreshSet, Response
from candidates.tests.making import holder_of, sit_down
from interview_project.testing.services import Service

UNCOUNTED = "This server cannot count tries at the moment"
CANNOT_COUNT = "Calls cannot be counted at the moment, so nothing that costs is done. Try again in 5 seconds."
NO_LEDGER = "The AI ledger cannot be reached, so nothing is asked. Try again in a moment."


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with answering(good) as server:
        yield server


@pytest.fixture
def practice(db: None) -> Attempt:
    attempt = entry.enter_practice(make_practice(make_question("long_text"), make_question("single_choice")))
    return attempts.start(holder_of(attempt))


@pytest.fixture
def seat(practice: Attempt) -> Any:
    return sit_down(Client(), practice)


@pytest.fixture
def token(admin_user: Any) -> str:
    return api_tokens.issue(name="nightly", scope=ApiScope.GENERATE, owner=admin_user, days=1).secret


Doors = Callable[[], dict[str, Any]]


@pytest.fixture
def doors(fake_gemini: FakeGemini, seat: Any, practice: Attempt, admin_client: Any, token: str) -> Doors:
    """Every way to have AI asked, each tried once."""
    asked = {"topic": "databases", "question_type": "single_choice"}
    form = {**asked, "count": "1", "language": "English", "bank": str(make_bank().pk)}
    headers = {"Authorization": f"Bearer {token}"}
    body = {**asked, "count": 1}
    return lambda: {
        "program": Client().post("/api/v1/generate", body, content_type="application/json", headers=headers),
        "author": admin_client.post("/admin/assessments/generation/add/", form),
        "candidate": seat.post(f"/attempts/{practice.pk}/fresh/", asked),
    }


def nothing_was_asked(fake_gemini: FakeGemini) -> bool:
    rows = (GenerationRequest.objects.count(), Generation.objects.count(), FreshSet.objects.count())
    return (fake_gemini.asked, rows) == ([], (0, 0, 0))


def test_each_door_opens_while_all_is_well(doors, fake_gemini):
    """Else the tests below would prove nothing."""
    assert {name: answer.status_code for name, answer in doors().items()} == {
        "program": 200,
        "author": 302,
        "candidate": 302,
    }
    assert len(fake_gemini.asked) == 2


@pytest.fixture
def killed_redis(private_redis: Service, redis_settings: Callable[[str], None]) -> None:
    redis_settings(private_redis.url)
    os.kill(private_redis.server.pid, signal.SIGKILL)  # type: ignore[union-attr]


@pytest.mark.needs_redis
@pytest.mark.usefixtures("killed_redis")
def test_with_redis_killed_each_door_refuses_with_its_reason(doors, fake_gemini):
    answers = doors()
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 429)
    assert {name: answer["Retry-After"] for name, answer in answers.items()} == dict.fromkeys(answers, "5")
    assert answers["program"].json() == {"detail": CANNOT_COUNT}
    assert CANNOT_COUNT in answers["author"].content.decode()
    assert UNCOUNTED in answers["candidate"].content.decode()
    assert nothing_was_asked(fake_gemini)


@pytest.mark.needs_redis
@pytest.mark.usefixtures("killed_redis", "fake_gemini")
def test_with_redis_killed_an_interview_is_taken_to_its_end(seat, practice):
    page = f"/attempts/{practice.pk}"
    fields = {"value": "Kept.", "base_revision": "0", "key": str(uuid4()), "go": "next"}
    assert seat.get(f"{page}/questions/1/").status_code == 200
    assert seat.post(f"{page}/questions/1/", fields).status_code == 302
    assert "Kept." in seat.get(f"{page}/questions/1/").content.decode()
    assert seat.get(f"{page}/review/").status_code == 200
    assert seat.post(f"{page}/submit/", {"confirmed": "1"}, follow=True).status_code == 200
    practice.refresh_from_db()
    assert (practice.status, Response.objects.filter(value="Kept.").count()) == ("submitted", 1)


@pytest.mark.needs_redis
@pytest.mark.usefixtures("killed_redis", "fake_gemini")
def test_with_redis_killed_staff_visitors_and_programs_are_served(admin_client, practice):
    paths = ("/", "/admin/", "/admin/assessments/question/", "/admin/candidates/attempt/", "/docs")
    assert {path: admin_client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    questions = Client().get("/api/v1/questions")
    assert (questions.status_code, questions["X-Cache"]) == (200, "miss")
    session = Client().post(
        "/api/v1/sessions", {"assessment": practice.assessment.slug}, content_type="application/json"
    )
    assert session.status_code == 201
    ready = Client().get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")


@pytest.mark.needs_redis
def test_a_flush_of_redis_gives_nobody_new_calls_or_a_new_budget(
    fake_gemini, token, admin_user, private_redis, redis_settings, settings
):
    redis_settings(private_redis.url)
    another = api_tokens.issue(name="another", scope=ApiScope.GENERATE, owner=admin_user, days=1).secret
    body = {"topic": "databases", "count": 1}

    def ask(bearer: str = token) -> Any:
        headers = {"Authorization": f"Bearer {bearer}"}
        with redis.Redis.from_url(private_redis.url) as server:
            server.flushall()
        return Client().post("/api/v1/generate", body, content_type="application/json", headers=headers)

    assert [ask().status_code for _ in range(6)] == [200] * 5 + [429]
    settings.AI_DAILY_BUDGET = GenerationRequest.objects.all().spent()["tokens"]
    refused = ask(another)
    assert (refused.status_code, "today's AI budget" in refused.json()["detail"]) == (503, True)


@pytest.mark.needs_postgresql
def test_with_the_ledger_away_each_door_refuses_with_its_reason(doors, fake_gemini):
    """Its table is gone, as far as this transaction sees: PostgreSQL itself says no."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE assessments_aicontrol RENAME TO gone")
    answers = doors()
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "program": 503,
        "author": 429,
        "candidate": 429,
    }
    assert {name: answer["Retry-After"] for name, answer in answers.items()} == dict.fromkeys(answers, "5")
    assert answers["program"].json() == {"detail": NO_LEDGER}
    assert all(NO_LEDGER in answers[name].content.decode() for name in ("author", "candidate"))
    assert nothing_was_asked(fake_gemini)
