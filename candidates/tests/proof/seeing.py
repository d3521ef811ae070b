"""Everything a candidate can bring the server to say about their attempt: pages, fragments, refusals, calls, exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.test import Client

from candidates.domain import passes
from candidates.models import Attempt
from candidates.tests.making import holder_of
from candidates.tests.proof.routes import of_attempts, routes
from candidates.tests.proof.world import World

FRAGMENTS = ("question-panel", "save-state", "conflict")
BAD_SAVES: dict[str, dict[str, Any]] = {
    "stale": {"value": "x", "base_revision": 0},
    "nonsense": {"value": ["no", "such", "option", "\x00"], "base_revision": "x"},
    "wrong": {"value": "no such option", "base_revision": 99},
}
Seen = Iterator[tuple[str, str]]


def said(answer: Any) -> str:
    """All of an answer: status, headers, cookies, body."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.status_code}{dict(answer.items())}{answer.cookies}{body.decode(errors='replace')}"


def everything(world: World, attempt: Attempt) -> Seen:
    cache.clear()  # how often one may ask is another test's concern
    client = world.candidate(attempt)
    yield from of_questions(client, attempt)
    for route in of_attempts():
        url = route.url(world, attempt_id=attempt.pk)
        yield f"GET {route.name}", said(client.get(url))
        yield f"GET {route.name} by htmx", said(client.get(url, headers={"hx-request": "true"}))
    for form in ("json", "html"):
        yield f"export as {form}", said(client.get(f"/attempts/{attempt.pk}/record.{form}"))
    yield from of_anyone(world, client)
    yield from of_the_api(world, attempt)


def of_questions(client: Client, attempt: Attempt) -> Seen:
    """Each question, whole and in parts, and everything that may be said to a save that is not taken."""
    for number in range(1, attempt.questions.count() + 2):
        url = f"/attempts/{attempt.pk}/questions/{number}/"
        yield f"question {number}", said(client.get(url))
        for fragment in FRAGMENTS:
            headers = {"hx-request": "true", "hx-target": fragment}
            yield f"question {number}, {fragment}", said(client.get(url, headers=headers))
        for name, save in BAD_SAVES.items():
            yield f"question {number}, {name}", said(client.post(url, {**save, "key": str(uuid4()), "go": "stay"}))
        cache.clear()  # reports are counted
        yield f"problem with question {number}", said(client.get(f"{url}problem/"))
        yield f"problem with question {number}, no words", said(client.post(f"{url}problem/", {"text": ""}))


def of_anyone(world: World, client: Client) -> Seen:
    for route in routes():
        if route.who_may_call == "anyone" or route.is_api:
            yield f"GET {route.name}", said(client.get(route.url(world)))
    yield "search", said(client.get("/api/v1/questions", {"search": "canary"}))
    yield "wrong filter", said(client.get("/api/v1/questions", {"nothing": "1"}))


def of_the_api(world: World, attempt: Attempt) -> Seen:
    client = world.anonymous()
    headers = {"authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    url = f"/api/v1/sessions/{attempt.pk}"
    yield "session", said(client.get(url, headers=headers))
    for number in range(1, attempt.questions.count() + 1):
        for base in (0, 99):
            response = {"number": number, "value": "no such option", "base_revision": base, "key": str(uuid4())}
            body = json.dumps({"responses": [response]})
            yield f"save {number}", said(client.post(url, body, "application/json", headers=headers))
