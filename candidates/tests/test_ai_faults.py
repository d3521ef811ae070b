"""Whatever Gemini does: no exception escapes, whoever asked gets an answer, every task ends, interviews go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from assessments import gemini, injection, prompts
from assessments.domain import api_tokens, drafts
from assessments.domain.asks import Ask
from assessments.domain.generation_requests import request_questions
from assessments.enums import ApiScope
from assessments.models import GateRun, Generation, GenerationRequest
from assessments.tests import fake_gemini as fake
from assessments.tests.fake_gemini import Behaviour, FakeGemini, answering
from assessments.tests.making import make_bank, make_practice
from assessments.tests.test_gemini import FAULTS
from candidates import tasks
from candidates.domain import entry, fresh_requests, scoring
from candidates.models import FreshSet, Suggestion
from candidates.tests.making import sit_down
from candidates.tests.test_suggestions import submitted

pytestmark = pytest.mark.django_db
PATIENCE = 0.6
TESTED = {name: behaviour for name, (behaviour, _) in FAULTS.items()}


@pytest.fixture
def fake_gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGemini]:
    """Twenty seconds are a promise of the prompts; here they are less, so that the slow faults are soon over."""
    ask = gemini.ask
    monkeypatch.setattr(gemini, "ask", lambda prompt: ask(replace(prompt, seconds=PATIENCE)))
    with answering() as server:
        yield server


@dataclass
class House:
    """Each is asked for once; then whatever a person or a program gets to see of it."""

    author: User
    staff: Client
    token: str

    def drafts(self) -> str:
        ask, bank = Ask(topic="databases", count=1), make_bank()
        row = request_questions(ask, bank=bank, by=self.author)
        drafts.carry_out(row.pk)
        row.refresh_from_db()
        page = self.staff.get(f"/admin/assessments/generation/{row.pk}/change/")
        assert (row.status, page.status_code, escape(row.note) in page.content.decode()) == ("failed", 200, True)
        return str(row.note)

    def fresh_questions(self) -> str:
        attempt = entry.enter_practice(make_practice())
        row = fresh_requests.request_fresh(attempt, Ask(topic="databases", count=1))
        tasks.write_fresh_questions.func(str(row.pk))
        row.refresh_from_db()
        page = sit_down(Client(), attempt).get(f"/attempts/{attempt.pk}/fresh/{row.pk}/")
        assert (row.status, page.status_code, escape(row.note) in page.content.decode()) == ("failed", 200, True)
        return str(row.note)

    def api(self) -> str:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = Client().post("/api/v1/generate", {"topic": "x"}, content_type="application/json", headers=headers)
        assert (answer.status_code, set(answer.json())) == (502, {"detail"})
        return str(answer.json()["detail"])


@pytest.fixture
def house(admin_user: User, admin_client: Client) -> House:
    token = api_tokens.issue(name="nightly", scope=ApiScope.GENERATE, owner=admin_user, days=1).secret
    return House(admin_user, admin_client, token)


@pytest.mark.parametrize("fault", TESTED.values(), ids=TESTED)
def test_every_door_answers_with_the_same_sentence_and_every_task_ends(fake_gemini, house, fault: Behaviour):
    fake_gemini.script = [fault] * 3
    sentences = {house.drafts(), house.fresh_questions(), house.api()}
    assert (len(sentences), sentences.pop()[-1]) == (1, ".")
    lines = GenerationRequest.objects.values_list("result", flat=True)
    assert (list(lines), len(fake_gemini.asked)) == (["failed"] * 3, 3)
    assert (Generation.objects.filter(status="failed").count(), FreshSet.objects.filter(status="failed").count()) == (
        1,
        1,
    )


@pytest.mark.parametrize("fault", TESTED.values(), ids=TESTED)
def test_a_suggestion_ends_without_one_and_the_attempt_is_scored_as_ever(fake_gemini, settings, fault: Behaviour):
    file = prompts.load("suggest")
    facts: dict[str, Any] = {"model": settings.GEMINI_MODEL, "prompt_version": file.version, "prompt_hash": file.hash}
    counts = {"attacks": 1, "shifted": 0, "flagged": 1, "honest": 1, "false_flags": 0, "passed": True}
    GateRun.objects.create(**facts, **counts, corpus_hash=injection.corpus_hash())
    fake_gemini.script = [fault]
    question = submitted()
    assert tasks.suggest.func(question.pk) is False
    assert (Suggestion.objects.count(), len(fake_gemini.asked)) == (0, 1)
    scoring.score_attempt(question.attempt_id)
    question.attempt.refresh_from_db()
    assert question.attempt.status == "submitted"


def test_a_good_answer_would_have_come_through_each(fake_gemini, house):
    """Else the doors above might refuse for reasons of their own."""
    from assessments.tests.gemini_models import good

    fake_gemini.model = good
    with pytest.raises(AssertionError, match="done"):
        house.drafts()
    with pytest.raises(AssertionError, match="200"):
        house.api()
    assert fake.KEY not in str([asked.body for asked in fake_gemini.asked])
