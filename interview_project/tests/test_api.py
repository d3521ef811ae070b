"""What every call of the JSON API keeps to: errors as JSON with a sentence, and a description that tells the truth."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from django.db import OperationalError
from psycopg_pool import PoolTimeout

from assessments.tests.making import make_question
from candidates import api as sessions
from candidates.domain import passes
from candidates.tests.making import holder_of, make_attempt

pytestmark = pytest.mark.django_db
OPENAPI = "/api/v1/openapi.json"
CALLS = {
    ("post", "/api/v1/generate"),
    ("get", "/api/v1/questions"),
    ("post", "/api/v1/sessions"),
    ("get", "/api/v1/sessions/{session_id}"),
    ("post", "/api/v1/sessions/{session_id}"),
    ("post", "/api/v1/sessions/{session_id}/sections/{position}"),
    ("post", "/api/v1/sessions/{session_id}/announcements/{announcement_id}"),
    ("post", "/api/v1/sessions/{session_id}/submit"),
}


@pytest.fixture
def session() -> dict[str, Any]:
    """The address and the header of one that is under way."""
    attempt = make_attempt()
    headers = {"Authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    return {"path": f"/api/v1/sessions/{attempt.pk}", "headers": headers}


def is_problem(answer: Any) -> bool:
    return answer.headers["Content-Type"].startswith("application/json") and bool(answer.json()["detail"])


# ---- Errors ----


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/questions", "/api/v1/sessions/7"])
def test_what_is_not_there_is_json(client, settings, path, method, debug):
    settings.DEBUG = debug
    answer = getattr(client, method)(path)
    assert (answer.status_code, is_problem(answer)) == (404, True)
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("delete", "/api/v1/questions", {"GET"}),
        ("get", "/api/v1/sessions", {"POST"}),
        ("put", "/api/v1/sessions/00000000-0000-4000-8000-000000000000", {"GET", "POST"}),
        ("get", "/api/v1/generate", {"POST"}),
        ("post", OPENAPI, {"GET"}),
    ],
)
def test_a_wrong_method_is_json_and_says_which_are_right(client, method, path, allowed):
    answer = getattr(client, method)(path)
    assert (answer.status_code, is_problem(answer)) == (405, True)
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"responses": NaN}', b"[" * 100_000, b'{"a": ' + b"9" * 5000])
def test_what_is_no_json_is_a_400(client, session, body):
    answer = client.post(**session, data=body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"detail": "The body cannot be read as JSON."})


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_does_not_call_itself_json_is_a_415(client, session, content_type):
    answer = client.post(**session, data=b'{"responses": []}', content_type=content_type)
    assert (answer.status_code, is_problem(answer)) == (415, True)


def test_a_body_too_big_is_a_413(client, session, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = client.post(**session, data=b"[" + b" " * 200 + b"]", content_type="application/json")
    assert (answer.status_code, is_problem(answer)) == (413, True)


def test_an_empty_body_is_named(client, session):
    answer = client.post(**session, data=b"", content_type="application/json")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["body"])


@pytest.mark.parametrize("error", [OperationalError("db.example.org refused"), PoolTimeout("none left")])
@pytest.mark.parametrize("debug", [True, False])
def test_a_database_that_is_away_is_a_503_to_try_again(client, session, monkeypatch, settings, error, debug):
    def away(holder: Any) -> None:
        raise error

    settings.DEBUG = debug
    monkeypatch.setattr(sessions, "look_up", away)
    answer = client.get(**session)
    assert (answer.status_code, answer.headers["Retry-After"], is_problem(answer)) == (503, "2", True)
    assert "db.example.org" not in answer.content.decode()


@pytest.mark.parametrize("debug", [True, False])
def test_a_fault_of_ours_tells_no_internals(client, session, monkeypatch, settings, debug):
    def broken(holder: Any) -> None:
        raise RuntimeError("a secret detail")

    settings.DEBUG = debug
    client.raise_request_exception = False
    monkeypatch.setattr(sessions, "look_up", broken)
    answer = client.get(**session)
    assert (answer.status_code, is_problem(answer)) == (500, True)
    assert "secret" not in answer.content.decode()


@pytest.mark.needs_redis
def test_trying_tokens_is_limited(client):
    path = "/api/v1/sessions/00000000-0000-4000-8000-000000000000"
    statuses = [client.get(path, headers={"Authorization": f"Bearer {n}"}).status_code for n in range(125)]
    assert statuses.count(401) in (60, 120)  # twice the rate where a window ends in between
    assert set(statuses) == {401, 429}


def test_the_pages_keep_their_own_errors(client):
    answer = client.get("/nothing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


# ---- Its description ----


@pytest.fixture
def document(client) -> dict[str, Any]:
    answer = client.get(OPENAPI)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): call for path, calls in document["paths"].items() for method, call in calls.items()}


def test_every_call_is_described(document):
    assert set(operations(document)) == CALLS


def test_every_body_and_every_refusal_has_an_example(document):
    schemas = document["components"]["schemas"]
    for name, call in operations(document).items():
        if "requestBody" in call:
            body = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert schemas[body]["examples"], name
        for status, answer in call["responses"].items():
            if status != "304":
                content = answer["content"]["application/json"]
                shape = schemas[content["schema"]["$ref"].rpartition("/")[2]]
                assert "example" in content or "examples" in shape, (name, status)


def test_the_examples_fit_their_shapes(document):
    schemas = document["components"]
    checked = 0
    for shape in schemas["schemas"].values():
        for example in shape.get("examples", ()):
            jsonschema_rs.validate({**shape, "components": schemas}, example)
            checked += 1
    for call in operations(document).values():
        for answer in call["responses"].values():
            content = answer.get("content", {}).get("application/json", {})
            if "example" in content:
                jsonschema_rs.validate({**content["schema"], "components": schemas}, content["example"])
                checked += 1
    assert checked > 40


@pytest.mark.parametrize("call", sorted(CALLS))
def test_the_usual_refusals_are_documented(document, call):
    statuses = set(operations(document)[call]["responses"])
    wanted = {"429", "503"}
    wanted |= {"400", "413", "415", "422"} if "requestBody" in operations(document)[call] else set()
    wanted |= {"401", "403", "404"} if "session_id" in call[1] else set()
    assert wanted <= statuses


def test_no_shape_a_candidate_gets_has_a_place_for_a_key(document):
    """A save's own key is its name; drafts for staff have keys, and nothing else has."""
    with_key = {
        name for name, shape in document["components"]["schemas"].items() if "key" in shape.get("properties", {})
    }
    with_explanation = {
        name
        for name, shape in document["components"]["schemas"].items()
        if {"explanation", "rubric"} & set(shape.get("properties", {}))
    }
    assert (with_key, with_explanation) == ({"ResponseSent", "DraftWritten"}, {"DraftWritten"})


def test_it_holds_nothing_of_this_installation(client, settings):
    make_question(stem="canary-21f0", key={"accepted": [{"text": "canary-21f0"}]})
    text = client.get(OPENAPI).content.decode()
    assert "canary-21f0" not in text
    assert settings.SECRET_KEY not in text
    assert not re.findall(r"https?://(?!json-schema\.org)", text)


def test_it_is_sent_once(client):
    first = client.get(OPENAPI)
    again = client.get(OPENAPI, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_documentation_page_has_no_inline_script_and_no_other_host(client):
    answer = client.get("/docs")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"<(?:script|style)\b(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", html) == []
    assert re.findall(r"\son\w+=|\sstyle=", html) == []
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert json.dumps("unsafe")[1:-1] not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/api/v1/questions", "/api/v1/questions?limit=x", "/api/v1/openapi.json", "/api/v1/no"]
)
def test_head_is_get_without_its_body(client, path):
    whole, head = client.get(path), client.head(path)
    kept = {name: head[name] for name in ("Content-Type", "Cache-Control")}
    assert (head.status_code, kept) == (whole.status_code, {name: whole[name] for name in kept})
    assert (head.content, head["Content-Length"], head.get("ETag")) == (b"", str(len(whole.content)), whole.get("ETag"))


def test_head_of_an_unchanged_list_says_so(client):
    etag = client.get("/api/v1/questions")["ETag"]
    head = client.head("/api/v1/questions", headers={"If-None-Match": etag})
    assert (head.status_code, head.content) == (304, b"")


def test_head_where_only_post_is_taken_is_a_405(client):
    head = client.head("/api/v1/generate")
    assert (head.status_code, head["Allow"], head.content) == (405, "POST", b"")
