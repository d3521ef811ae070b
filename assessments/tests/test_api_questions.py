"""GET /api/v1/questions: what anyone may read, and what nobody may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisAway

from assessments.api_shapes import QuestionList
from assessments.domain import open_questions, question_banks
from assessments.domain.assembly import close_assessment
from assessments.enums import Access, DrawKind, QuestionStatus
from assessments.models import Draw, Question, QuestionBank, QuestionVersion, Section, Tag
from assessments.tests.making import SHAPES, make_assessment, make_bank, make_practice, make_question
from interview_project.caches import Fuse

pytestmark = pytest.mark.django_db
URL = "/api/v1/questions"


@pytest.fixture
def bank() -> QuestionBank:
    bank = make_bank("Open bank")
    open_questions.set_open(bank, is_open=True)
    return bank


def listed(client: Any, **filters: Any) -> list[str]:
    """The titles, as a fresh reader gets them."""
    cache.clear()
    answer = client.get(URL, filters)
    assert answer.status_code == 200, answer.content
    QuestionList.model_validate(answer.json())
    return [one["title"] for one in answer.json()["results"]]


def tagged(question: Any, *names: str) -> Any:
    question.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])
    return question


# ---- What is listed ----


@pytest.mark.parametrize("type_", SHAPES)
def test_each_type_is_shown_without_its_key(client, bank, type_):
    question = make_question(type_, bank=bank, stem="Why *so*?", licence="CC0", competence="SQL")
    body = client.get(URL).json()
    only = body["results"][0]
    assert body["count"] == 1
    assert (only["id"], only["question_type"], only["stem"]) == (str(question.pk), type_, "Why *so*?")
    assert (only["licence"], only["competence"], only["bank"], only["points"]) == ("CC0", "SQL", "Open bank", 1.0)
    options = SHAPES[type_][0].get("options", [])
    assert only["options"] == options
    assert not {"key", "explanation", "rubric"} & (set(only) | set(only["details"]))


def test_only_approved_questions_of_open_banks_are_listed(client, bank):
    make_question(bank=bank, title="approved")
    make_question(bank=bank, title="draft", status=QuestionStatus.DRAFT)
    make_question(bank=bank, title="retired", status=QuestionStatus.RETIRED)
    make_question(title="of a closed bank")
    assert listed(client) == ["approved"]


def test_a_bank_is_closed_until_somebody_opens_it(client):
    bank = make_bank()
    make_question(bank=bank, title="one")
    assert listed(client) == []
    open_questions.set_open(bank, is_open=True)
    assert listed(client) == ["one"]
    open_questions.set_open(bank, is_open=False)
    assert listed(client) == []


@pytest.mark.parametrize("publish", [True, False], ids=["published", "being written"])
def test_what_an_invitation_names_is_not_listed(client, bank, publish):
    asked = make_question(bank=bank, title="asked")
    make_question(bank=bank, title="free")
    make_assessment(asked, publish=publish)
    assert listed(client) == ["free"]


def test_what_an_invitation_may_draw_is_not_listed(client, bank):
    tagged(make_question(bank=bank, title="in the pool"), "sql")
    tagged(make_question(bank=bank, title="elsewhere"), "http")
    pool_of(make_assessment(publish=False), tag=Tag.objects.get(name="sql"))
    assert listed(client) == ["elsewhere"]


def test_a_pool_of_everything_hides_everything(client, bank):
    make_question(bank=bank)
    pool_of(make_assessment(publish=False))
    assert listed(client) == []


def pool_of(assessment: Any, **conditions: Any) -> None:
    section = Section.objects.create(assessment=assessment, position=9, title="Pool")
    Draw.objects.create(section=section, position=1, kind=DrawKind.POOL, **conditions)


def test_what_practice_asks_is_listed(client, bank):
    make_practice(make_question(bank=bank, title="practised"))
    assert listed(client) == ["practised"]


def test_when_an_assessment_by_invitation_is_closed_its_questions_may_be_read(client, bank):
    assessment = make_assessment(make_question(bank=bank, title="was asked"))
    assert listed(client) == []
    close_assessment(assessment)
    assert listed(client) == ["was asked"]


# ---- Filters ----


def test_filters_restrict_and_go_together(client, bank):
    tagged(make_question(bank=bank, title="a", difficulty="easy", source="kaggle"), "Python")
    tagged(make_question("single_choice", bank=bank, title="b", difficulty="hard"), "python", "sql")
    make_question(bank=bank, title="c", stem="Unlike the others")
    assert listed(client, source="kaggle") == ["a"]
    assert sorted(listed(client, topic="PYTHON")) == ["a", "b"]
    assert listed(client, difficulty="hard") == ["b"]
    assert listed(client, question_type="single_choice") == ["b"]
    assert listed(client, search="unlike OTHERS") == ["c"]
    assert listed(client, topic="python", difficulty="easy") == ["a"]
    assert listed(client, source="standard", topic="", difficulty="", question_type="", search="") == ["b", "c"]
    assert listed(client, source="nobody") == []


def test_the_search_does_not_reach_keys(client, bank):
    make_question(bank=bank, key={"accepted": [{"text": "needle"}]}, explanation="needle")
    assert listed(client, search="needle") == []


def test_pages_follow_one_another(client, bank):
    for number in range(5):
        make_question(bank=bank, title=str(number))
    assert [listed(client, limit=2, offset=offset) for offset in (0, 2, 4, 6)] == [["0", "1"], ["2", "3"], ["4"], []]
    assert client.get(URL, {"limit": 2}).json()["count"] == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"offset": -1}, "offset"),
        ({"limit": "ten"}, "limit"),
        ({"difficulty": "brutal"}, "difficulty"),
        ({"question_type": "riddle"}, "question_type"),
        ({"search": "a\x00b"}, "search"),
        ({"topic": "x" * 201}, "topic"),
        ({"dificulty": "easy"}, "dificulty"),
        ({"key": "b"}, "key"),
    ],
)
def test_a_filter_that_does_not_fit_is_named(client, query, field):
    answer = client.get(URL, query)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert field in answer.json()["detail"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_statements_does_not_grow(client, bank, count):
    for number in range(count):
        tagged(make_question(bank=bank), f"tag {number}", "other")
        pool_of(make_assessment(publish=False), difficulty="hard")
    with CaptureQueriesContext(connection) as statements:
        assert client.get(URL).json()["count"] == count
    assert len(without_cache_table(statements)) == 5


def without_cache_table(statements: Any) -> list[str]:
    return [one["sql"] for one in statements if "parley_cache" not in one["sql"] and "SAVEPOINT" not in one["sql"]]


def test_keys_are_not_even_loaded(client, bank):
    make_question(bank=bank)
    with CaptureQueriesContext(connection) as statements:
        client.get(URL)
    sql = " ".join(without_cache_table(statements))
    assert '"content"' in sql
    assert '"key"' not in sql
    assert '"explanation"' not in sql


# ---- The cache ----


def test_the_second_time_it_comes_from_the_cache(client, bank):
    make_question(bank=bank)
    first = client.get(URL, {"search": "Index  WRITES"})
    with CaptureQueriesContext(connection) as statements:
        second = client.get(URL, {"search": "writes index", "topic": "", "limit": 20})
    assert [first.headers["X-Cache"], second.headers["X-Cache"]] == ["miss", "hit"]
    assert first.content == second.content
    assert without_cache_table(statements) == []


def test_other_filters_are_another_list(client, bank):
    make_question(bank=bank)
    answers = [client.get(URL, filters) for filters in ({}, {"limit": 1}, {"offset": 1}, {"source": "kaggle"})]
    assert [answer.headers["X-Cache"] for answer in answers] == ["miss"] * 4


CHANGES: dict[str, Callable[[Question], Any]] = {
    "approved": question_banks.approve,
    "retired": question_banks.retire,
    "returned to draft": question_banks.return_to_draft,
    "a new version": lambda question: question_banks.create_version(
        question, type="short_text", stem="Newer", content={}, key={"accepted": [{"text": "x"}]}
    ),
    "its bank closed": lambda question: open_questions.set_open(question.bank, is_open=False),
    "an import": lambda question: import_one(question.bank),
    "asked by invitation": make_assessment,
}


def import_one(bank: QuestionBank) -> None:
    from assessments.formats.base import Parsed, ParsedQuestion

    content, key = SHAPES["short_text"]
    one = ParsedQuestion(where="1", type="short_text", stem="Imported", content=content, key=key, identity="imported")
    question_banks.import_questions(Parsed(format="json", questions=[one]), bank=bank.name)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_ends_what_was_remembered(client, bank, change, django_capture_on_commit_callbacks):
    question = make_question(bank=bank)
    assert [client.get(URL).headers["X-Cache"] for _ in range(2)] == ["miss", "hit"]
    with django_capture_on_commit_callbacks(execute=True):
        CHANGES[change](question)
    assert client.get(URL).headers["X-Cache"] == "miss"


def test_a_list_made_while_a_change_commits_is_not_given_out_after_it(bank):
    filters = open_questions.Filters()

    def made_too_early() -> str:
        open_questions.fuse.run(open_questions._begin_generation, otherwise="")
        return "old"

    assert open_questions.remembered(filters, made_too_early) == ("old", False)
    assert open_questions.remembered(filters, lambda: "new") == ("new", False)
    assert open_questions.remembered(filters, lambda: "newer") == ("new", True)


def test_without_a_cache_it_is_answered_all_the_same(client, bank, monkeypatch):
    def away(*args: Any, **kwargs: Any) -> None:
        raise RedisAway

    make_question(bank=bank)
    monkeypatch.setattr(open_questions, "fuse", Fuse())
    monkeypatch.setattr(cache, "get", away, raising=False)
    answers = [client.get(URL) for _ in range(5)]
    assert [(one.status_code, one.headers["X-Cache"], one.json()["count"]) for one in answers] == [(200, "miss", 1)] * 5


# ---- ETag ----


def test_what_has_not_changed_is_not_sent_again(client, bank):
    make_question(bank=bank)
    first = client.get(URL)
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["X-Cache"]) == (304, b"", "hit")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"


def test_what_has_changed_is_sent(client, bank, django_capture_on_commit_callbacks):
    question = make_question(bank=bank)
    first = client.get(URL)
    with django_capture_on_commit_callbacks(execute=True):
        question_banks.retire(question)
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json()["count"]) == (200, 0)


# ---- Limits, methods, secrets ----


@pytest.mark.needs_redis
def test_a_flood_is_shed(client):
    statuses = [client.get(URL).status_code for _ in range(245)]
    assert statuses.count(200) in (120, 240)  # twice the rate where a window ends in between
    refused = next(answer for answer in (client.get(URL) for _ in range(250)) if answer.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert set(refused.json()) == {"detail"}


@pytest.mark.needs_redis
def test_lists_that_are_not_in_the_cache_are_shed_sooner(client):
    client.get(URL)
    statuses = [client.get(URL, {"offset": number}).status_code for number in range(1, 110)]
    assert statuses.count(200) < 109
    assert client.get(URL).status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_read(client, method):
    answer = getattr(client, method)(URL)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert set(answer.json()) == {"detail"}


def test_no_key_is_in_any_list(client, bank):
    canary = "canary-77aa"
    keys = {
        "short_text": {"accepted": [{"text": canary}]},
        "single_choice": {"option": "b", "feedback": {"a": canary}},
        "long_text": {"model_answer": canary},
        "true_false": {"value": True, "feedback": {"true": canary}},
    }
    for type_, key in keys.items():
        make_question(type_, bank=bank, key=key, explanation=canary)
    answers = [client.get(URL, filters) for filters in ({}, {"search": "index"}, {"limit": 2}, {"search": canary})]
    assert [answer.json()["count"] for answer in answers] == [4, 4, 4, 0]
    assert all(canary not in answer.content.decode() for answer in answers)
    assert all(canary in json.dumps(version.key) for version in QuestionVersion.objects.all())


def test_access_by_practice_alone_hides_nothing_and_shows_nothing_of_closed_banks(client):
    make_assessment(make_question(title="closed bank"), access=Access.PRACTICE)
    assert listed(client) == []
