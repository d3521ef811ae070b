from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from assessments.domain import ledger
from assessments.tests import fake_gemini as fake
from assessments.tests.fake_gemini import FakeGemini, answering
from assessments.tests.gemini_models import contrary, good
from assessments.tests.making import make_practice
from candidates import tasks
from candidates.domain import entry, fresh
from candidates.models import Attempt, FreshSet, Score
from candidates.tests.making import make_attempt, sit_down

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with answering(good) as server:
        yield server


@pytest.fixture
def practising(client: Any) -> tuple[Any, Attempt]:
    attempt = entry.enter_practice(make_practice())
    return sit_down(client, attempt), attempt


def ask(client: Any, attempt: Attempt, **facts: str) -> Any:
    fields = {"topic": "databases", "question_type": "single_choice", "difficulty": "easy", **facts}
    return client.post(f"/attempts/{attempt.pk}/fresh/", fields)


def written(client: Any, attempt: Attempt, **facts: str) -> str:
    page: str = ask(client, attempt, **facts).url
    tasks.write_fresh_questions.func(*DBTaskResult.objects.latest("enqueued_at").args_kwargs["args"])
    return page


def test_asking_is_a_task_and_a_page_that_asks_for_itself(fake_gemini, practising):
    client, attempt = practising
    answer = ask(client, attempt)
    assert answer.status_code == 302
    page = client.get(answer.url).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "Written by AI, reviewed by nobody." in page
    assert fake_gemini.asked == []


def test_htmx_gets_the_fragment_alone(fake_gemini, practising):
    client, attempt = practising
    page = ask(client, attempt).url
    part = client.get(page, headers={"HX-Request": "true", "HX-Target": "fresh"}).content.decode()
    assert part.strip().startswith('<div id="fresh"')


def test_questions_come_one_after_the_other_and_keys_only_after_answering(fake_gemini, practising):
    client, attempt = practising
    page = written(client, attempt)
    before = client.get(page).content.decode()
    assert "Question 1" in before
    for hidden in ("Question 2", "It says what changed.", "Because.", "✓"):
        assert hidden not in before
    client.post(page, {"number": "1", "value": "a"})
    after = client.get(page).content.decode()
    for shown in ("✓ As the key says.", "Because.", "Question 2"):
        assert shown in after


POSTED = {
    "multiple_choice": ["a", "c"],
    "true_false": ["true"],
    "matching": ["1=b", "2=c"],
    "ordering": ["d=1", "a=2", "c=3", "b=4"],
    "numeric": ["4"],
    "short_text": ["GET"],
    "cloze": ["1=\n", "seq", "2=\n", "b"],
}


def test_all_types_that_need_nobody_to_judge_are_offered():
    assert {*POSTED, "single_choice"} == set(fresh.TYPES)


@pytest.mark.parametrize("type_", POSTED)
def test_every_type_is_asked_answered_and_resolved(fake_gemini, practising, type_):
    client, attempt = practising
    page = written(client, attempt, question_type=type_)
    row = FreshSet.objects.get()
    assert fresh.shown(row) == fresh.shown(row)  # in one order, however often it is looked at
    client.post(page, {"number": "1", "value": POSTED[type_]})
    assert "✓ As the key says." in client.get(page).content.decode()


def test_what_is_to_be_ordered_is_not_shown_in_its_order(fake_gemini, practising):
    client, attempt = practising
    text = client.get(written(client, attempt, question_type="ordering")).content.decode()
    steps = ["Write to both columns", "Copy what is there", "Read the new one", "Drop the old one"]
    assert sorted(steps, key=text.index) != steps


def test_a_wrong_answer_shows_the_key_and_a_disputed_one_says_so(fake_gemini, practising):
    fake_gemini.model = contrary
    client, attempt = practising
    page = written(client, attempt)
    client.post(page, {"number": "1", "value": "c"})
    text = client.get(page).content.decode()
    assert "✗ The key says: The query&#x27;s plan" in text
    assert "A second AI came to another answer" in text


def test_all_answered_ends_in_a_count_and_leaves_no_score(fake_gemini, practising):
    client, attempt = practising
    page = written(client, attempt)
    for number, value in (("1", "a"), ("2", "b"), ("2", "a"), ("3", ""), ("9", "a")):
        client.post(page, {"number": number, "value": value})
    assert "1 of 3 as the key says." in client.get(page).content.decode()
    assert (FreshSet.objects.get().values, Score.objects.count()) == (["a", "b", None], 0)


def test_the_limit_is_the_attempts_own(fake_gemini, practising):
    client, attempt = practising
    for _ in range(5):
        assert ask(client, attempt).status_code == 302
    refused = ask(client, attempt)
    assert (refused.status_code, 50 <= int(refused["Retry-After"]) <= 60) == (429, True)
    assert f"Ask again in {refused['Retry-After']} seconds." in refused.content.decode()
    another = entry.enter_practice(attempt.assessment)
    assert ask(sit_down(client, another), another).status_code == 302


@pytest.mark.parametrize(("fault", "words"), [(fake.blocked, "safety filter"), (fake.reset, "connection broke")])
def test_a_failure_is_said_on_the_page(fake_gemini, practising, fault, words):
    fake_gemini.script = [fault]
    client, attempt = practising
    assert words in client.get(written(client, attempt)).content.decode()


def test_a_task_that_runs_again_asks_for_nothing_again(fake_gemini, practising):
    client, attempt = practising
    written(client, attempt)
    calls = len(fake_gemini.asked)
    tasks.write_fresh_questions.func(str(FreshSet.objects.get().pk))
    assert len(fake_gemini.asked) == calls


def test_without_a_key_the_page_names_the_setting(practising, settings):
    settings.GEMINI_API_KEY = ""
    client, attempt = practising
    assert "GEMINI_API_KEY" in client.get(f"/attempts/{attempt.pk}/fresh/").content.decode()
    assert (ask(client, attempt).status_code, FreshSet.objects.count()) == (503, 0)


def test_when_ai_is_stopped_the_page_says_so(fake_gemini, practising):
    ledger.switch(is_stopped=True)
    client, attempt = practising
    assert "AI is stopped for now." in ask(client, attempt).content.decode()


def test_an_invited_candidate_has_no_such_page(fake_gemini, client):
    attempt = make_attempt()
    sit_down(client, attempt)
    assert client.get(f"/attempts/{attempt.pk}/fresh/").status_code == 404
    assert "fresh" not in client.get(f"/attempts/{attempt.pk}/").content.decode()


def test_a_strangers_fresh_questions_are_not_found(fake_gemini, practising, client):
    own_client, attempt = practising
    page = written(own_client, attempt)
    stranger = entry.enter_practice(attempt.assessment)
    sit_down(client, stranger)
    assert client.get(page).status_code == 404
    own_set = page.rstrip("/").rpartition("/")[2]
    assert client.get(f"/attempts/{stranger.pk}/fresh/{own_set}/").status_code == 404


def test_practice_leads_there(fake_gemini, practising):
    client, attempt = practising
    assert f"/attempts/{attempt.pk}/fresh/" in client.get(f"/attempts/{attempt.pk}/").content.decode()
