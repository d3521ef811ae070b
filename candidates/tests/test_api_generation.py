"""POST /api/v1/generate: who may, what comes, and every refusal. Gemini is a server that speaks its protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from assessments.api_generation import Generated
from assessments.domain import api_tokens, ledger
from assessments.domain.question_banks import import_questions
from assessments.enums import ApiScope
from assessments.formats.document import parse_document
from assessments.models import ApiToken, GenerationRequest, Question
from assessments.tests import fake_gemini as fake
from assessments.tests.fake_gemini import FakeGemini, answering
from assessments.tests.gemini_models import good, written
from assessments.tests.making import make_assessment, make_practice
from candidates.domain import attempts, entry, passes
from candidates.models import Attempt
from candidates.tests.making import holder_of, make_attempt

pytestmark = pytest.mark.django_db
URL = "/api/v1/generate"
ASK = {"topic": "databases", "difficulty": "easy", "question_type": "single_choice", "count": 2}


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with answering(good) as server:
        yield server


@pytest.fixture
def token(admin_user) -> str:
    return api_tokens.issue(name="nightly", scope=ApiScope.GENERATE, owner=admin_user, days=1).secret


@pytest.fixture
def practice() -> Attempt:
    attempt = entry.enter_practice(make_practice())
    return attempts.start(holder_of(attempt))


def ask(client: Any, token: str = "", **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(URL, {**ASK, **changes}, content_type="application/json", headers=headers)


# ---- Who may ----


def test_a_program_of_the_staffs_gets_drafts_with_their_keys(gemini, client, token):
    answer = ask(client, token)
    body = answer.json()
    Generated.model_validate(body)
    line = GenerationRequest.objects.get(pk=body["request_id"])
    first = body["questions"][0]
    assert (answer.status_code, len(body["questions"]), body["ended_early"]) == (200, 2, "")
    assert (first["question_type"], first["difficulty"], first["key"]["option"]) == ("single_choice", "easy", "a")
    assert [option["id"] for option in first["options"]] == ["a", "b", "c"]
    assert (first["verdict"], first["note"]) == ("agreed", "Written by AI and not reviewed by anybody.")
    assert (line.caller, line.requested_by) == (f"token:{ApiToken.objects.get().pk}", first_user())


def first_user() -> User:
    return User.objects.get()


def test_what_comes_can_be_imported_and_nothing_was_stored_before(gemini, client, token):
    body = ask(client, token, question_type="long_text").json()
    assert not Question.objects.exists()
    importable = {"parley": 1, "questions": [one["importable"] for one in body["questions"]]}
    report = import_questions(parse_document(importable, format="json", where=lambda n, _: str(n)), bank="Fresh")
    assert (report.imported, report.rejected) == (2, [])
    assert {question.status for question in Question.objects.all()} == {"draft"}


def test_somebody_signed_in_may_ask_with_csrf_alone(gemini, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert ask(client).status_code == 403
    client.cookies["csrftoken"] = "x" * 32
    answer = client.post(URL, ASK, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert (answer.status_code, "key" in answer.json()["questions"][0]) == (200, True)
    assert GenerationRequest.objects.latest("requested_at").caller == f"user:{admin_user.pk}"


def test_a_candidate_who_practises_gets_questions_without_keys(gemini, client, practice):
    answer = ask(client, passes.seal(holder_of(practice)))
    assert (answer.status_code, len(answer.json()["questions"])) == (200, 2)
    assert not {"key", "explanation", "importable", "verdict_words"} & set(answer.json()["questions"][0])
    assert {line.caller for line in GenerationRequest.objects.all()} == {f"attempt:{practice.pk}"}


def test_no_key_reaches_a_candidate(gemini, client, practice):
    canary = "canary-91be"
    options = [{"text": "This", "is_right": True, "why": canary}, {"text": "That", "is_right": False, "why": canary}]
    gemini.script = [fake.answer({"questions": [written("single_choice", options=options, explanation=canary)]})]
    answer = ask(client, passes.seal(holder_of(practice)), count=1)
    assert (answer.status_code, answer.json()["questions"][0]["options"][0]["text"]) == (200, "This")
    assert canary not in answer.content.decode()


def test_the_browsers_cookie_of_a_practice_serves_too(gemini, practice):
    client = Client(enforce_csrf_checks=True)
    client.cookies["parley_session"] = passes.seal(holder_of(practice))
    assert ask(client).status_code == 403
    client.cookies["csrftoken"] = "x" * 32
    answer = client.post(URL, ASK, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert answer.status_code == 200


def test_a_candidate_by_invitation_may_not(gemini, client):
    attempt = make_attempt(make_assessment())
    assert ask(client, passes.seal(holder_of(attempt))).status_code == 403
    assert gemini.asked == []


def test_a_practice_that_is_over_may_not(gemini, client, practice):
    attempts.submit(holder_of(practice))
    assert ask(client, passes.seal(holder_of(practice))).status_code == 403
    assert gemini.asked == []


@pytest.mark.parametrize("wrong", ["", "nonsense", "parley_" + "x" * 43])
def test_nobody_else_may(gemini, client, wrong):
    answer = ask(client, wrong)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="Parley"')
    assert gemini.asked == []


def test_a_revoked_token_may_not(gemini, client, token, admin_user):
    api_tokens.revoke(ApiToken.objects.get(), by=admin_user)
    assert ask(client, token).status_code == 401


def test_staff_who_may_not_write_questions_may_not_have_them_written(gemini, client, django_user_model):
    reviewer = django_user_model.objects.create_user("rev", password="p" * 16, is_staff=True)
    client.force_login(reviewer)
    secret = api_tokens.issue(name="x", scope=ApiScope.GENERATE, owner=reviewer, days=1).secret
    assert [ask(client).status_code, ask(Client(), secret).status_code] == [403, 403]
    assert gemini.asked == []


def test_a_signed_in_user_who_is_no_staff_may_not(gemini, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("eve", password="p" * 16))
    assert ask(client).status_code == 401


# ---- Refusals ----


def test_without_a_key_the_missing_setting_is_named(client, token, settings):
    settings.GEMINI_API_KEY = ""
    answer = ask(client, token)
    assert answer.status_code == 503
    assert "GEMINI_API_KEY" in answer.json()["detail"]


def test_the_sixth_call_within_a_minute_waits(gemini, client, token):
    answers = [ask(client, token, count=1) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 1 <= int(answers[5].headers["Retry-After"]) <= 60
    assert set(answers[5].json()) == {"detail"}


def test_each_caller_has_five_of_their_own(gemini, client, token, practice):
    for _ in range(5):
        ask(client, token, count=1)
    assert ask(client, passes.seal(holder_of(practice)), count=1).status_code == 200


def test_a_spent_budget_is_said(gemini, client, token, settings):
    settings.AI_DAILY_BUDGET = 1
    answer = ask(client, token)
    assert (answer.status_code, "budget" in answer.json()["detail"]) == (503, True)
    assert gemini.asked == []


def test_a_turned_switch_is_said(gemini, client, token):
    ledger.switch(is_stopped=True, reason="Over the holidays.")
    answer = ask(client, token)
    assert (answer.status_code, answer.json()["detail"]) == (503, "AI is stopped for now. Over the holidays.")


def test_a_failing_gemini_is_a_502_with_a_sentence(gemini, client, token):
    gemini.model = lambda asked: "no questions at all"
    answer = ask(client, token)
    assert answer.status_code == 502
    assert "Gemini" in answer.json()["detail"]
    assert fake.KEY not in json.dumps([answer.json(), dict(answer.headers)])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": ""}, "topic"),
        ({"topic": "\u200b"}, "topic"),
        ({"topic": "x" * 201}, "topic"),
        ({"topic": "a\x00b"}, "topic"),
        ({"count": 0}, "count"),
        ({"count": 11}, "count"),
        ({"count": "3"}, "count"),
        ({"difficulty": "brutal"}, "difficulty"),
        ({"question_type": "riddle"}, "question_type"),
        ({"model": "gemini-ultra"}, "model"),
    ],
)
def test_what_does_not_fit_is_named(gemini, client, token, changes, field):
    answer = ask(client, token, **changes)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert gemini.asked == []


@pytest.mark.needs_redis
def test_with_the_counter_away_nothing_that_costs_money_is_done(gemini, client, token, monkeypatch):
    from redis.exceptions import ConnectionError as RedisAway

    from interview_project import ratelimit

    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisAway

    monkeypatch.setattr(ratelimit, "get_usage", away)
    answer = ask(client, token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert gemini.asked == []
