"""No configured key gets out: not into a page, a script, a header, a log line, an error, a row or the API's description."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django.urls import NoReverseMatch, reverse

from assessments import gemini, injection, prompts
from assessments.domain import drafts
from assessments.models import GateRun, Generation, GenerationRequest
from assessments.tests import fake_gemini as fake
from assessments.tests.asking import any_prompt
from assessments.tests.fake_gemini import Asked, FakeGemini, Handler, answering
from assessments.tests.gemini_models import good
from assessments.tests.making import make_bank, make_practice
from candidates import tasks
from candidates.domain import entry
from candidates.models import FreshSet
from candidates.tests.making import sit_down
from candidates.tests.test_suggestions import TEXT, long_text_assessment, submitted

pytestmark = pytest.mark.django_db
CANARY = (
    "canary-7f3a9c21-like-no-key-of-googles"  # no pattern of the log's redaction knows it: nothing but care keeps it in
)


def parrot(handler: Handler, asked: Asked) -> None:
    """An error that quotes the request's headers, as some proxies do."""
    fake.send(handler, json.dumps({"error": {"message": str(asked.headers)}}).encode(), status=400)


def echo(asked: Asked) -> Any:
    """A model that writes the key into its questions: it cannot know it, but this is how such a leak would look."""
    answer = good(asked)
    for one in answer.get("questions", ()):
        one["explanation"] = CANARY
    return answer


BUSY = fake.status(503, headers={"Retry-After": "0"})
FAULTS = [parrot, fake.reset, BUSY, fake.raw(b"<html>"), fake.answer("no json"), fake.blocked]


@pytest.fixture(params=list(gemini.ADAPTERS))
def fake_gemini(request: pytest.FixtureRequest) -> Iterator[FakeGemini]:
    with answering(GEMINI_API_KEY=CANARY, GEMINI_SDK=request.param) as server:
        yield server


def use_ai(fake_gemini: FakeGemini, staff: Client, practising: Client, attempt: Any) -> None:
    """Every way there is to ask, each once in good order and once with each fault."""
    file, bank = prompts.load("suggest"), make_bank()
    facts = {"model": settings.GEMINI_MODEL, "prompt_version": file.version, "prompt_hash": file.hash, "passed": True}
    counts = {"attacks": 1, "shifted": 0, "flagged": 1, "honest": 1, "false_flags": 0}
    GateRun.objects.create(**facts, **counts, corpus_hash=injection.corpus_hash())
    for behaviour in [None, *FAULTS]:
        gemini.breaker.reset()
        GenerationRequest.objects.update(requested_at=F("requested_at") - timedelta(minutes=2))  # a new minute
        fake_gemini.script, fake_gemini.model = [behaviour] if behaviour else [], echo
        form = {"topic": "x", "question_type": "true_false", "count": "1", "language": "English", "bank": str(bank.pk)}
        staff.post("/admin/assessments/generation/add/", form)
        practising.post(f"/attempts/{attempt.pk}/fresh/", {"topic": "x", "question_type": "true_false"})
        for row in Generation.objects.filter(status="queued"):
            drafts.carry_out(row.pk)
        for fresh_set in FreshSet.objects.filter(status="queued"):
            tasks.write_fresh_questions.func(str(fresh_set.pk))
        fake_gemini.script = [behaviour] if behaviour else []
        tasks.suggest.func(submitted(TEXT, assessment=long_text_assessment()).pk)
        body = {"topic": "x", "difficulty": "easy", "question_type": "true_false", "count": 1}
        staff.post("/api/v1/generate", body, content_type="application/json")


def pages(staff: Client, practising: Client, attempt: Any) -> Iterator[tuple[str, str]]:
    for model in admin.site._registry:
        for name in ("changelist", "add"):
            try:
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}")
            except NoReverseMatch:
                continue
            yield url, seen(staff.get(url))
        for row in model._default_manager.all()[:5]:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            yield url, seen(staff.get(url))
    for url in ("/admin/", "/docs", "/api/v1/openapi.json", "/", "/healthz", "/readyz", "/metrics", "/nowhere"):
        yield url, seen(staff.get(url))
    for url in (f"/attempts/{attempt.pk}/", f"/attempts/{attempt.pk}/fresh/", f"/attempts/{attempt.pk}/record/"):
        yield url, seen(practising.get(url))
    for fresh_set in FreshSet.objects.all():
        url = f"/attempts/{attempt.pk}/fresh/{fresh_set.pk}/"
        yield url, seen(practising.get(url))
    yield "export", seen(staff.get(reverse("admin:assessments_aicontrol_export")))


def seen(response: Any) -> str:
    return f"{dict(response.items())}{response.cookies}{b''.join(response).decode(errors='replace')}"


def rows() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        for row in model._default_manager.values():
            yield model._meta.label, str(row)


def files() -> Iterator[tuple[str, str]]:
    for path in Path(settings.STATIC_ROOT).rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".json"}:
            yield path.name, path.read_text(encoding="utf-8", errors="replace")


def leaks(places: Iterator[tuple[str, str]]) -> list[str]:
    return [where for where, text in places if CANARY in text]


def test_the_key_gets_out_nowhere(fake_gemini, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    User.objects.create_superuser("root")
    staff, attempt = Client(raise_request_exception=False), entry.enter_practice(make_practice())
    staff.force_login(User.objects.get())
    practising = sit_down(Client(raise_request_exception=False), attempt)
    use_ai(fake_gemini, staff, practising, attempt)
    with pytest.raises((CommandError, SystemExit)) as ended:
        call_command("run_injection_gate", limit=1)
    assert leaks(iter([("command", str(ended.value))])) == []
    assert len(fake_gemini.asked) > 10
    assert all(asked.headers["x-goog-api-key"] == CANARY for asked in fake_gemini.asked)  # it could have got out
    assert leaks(pages(staff, practising, attempt)) == []
    assert leaks(rows()) == []
    assert leaks(files()) == []
    printed = capfd.readouterr()
    assert leaks(iter([("log", caplog.text), ("stdout", printed.out), ("stderr", printed.err)])) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_holds_it_nor_what_it_came_from(fake_gemini, fault):
    fake_gemini.script = [fault] * 3
    with pytest.raises(gemini.GeminiFailed) as failed:
        gemini.ask(any_prompt(seconds=5))
    chain: BaseException | None = failed.value
    while chain is not None:
        assert CANARY not in f"{chain!r}{chain}{chain.__dict__}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


def test_this_net_would_catch_one(fake_gemini, caplog, monkeypatch):
    """Guard: a failure that says what it was asked with is found in the row and in the log."""
    monkeypatch.setattr(gemini.errors.RequestRefused, "sentence", f"Refused with the key {CANARY}.")
    fake_gemini.script = [parrot]
    staff = Client()
    staff.force_login(User.objects.create_superuser("root"))
    form = {
        "topic": "x",
        "question_type": "true_false",
        "count": "1",
        "language": "English",
        "bank": str(make_bank().pk),
    }
    staff.post("/admin/assessments/generation/add/", form)
    row = Generation.objects.get()
    drafts.carry_out(row.pk)
    logging.getLogger("test").warning("key %s", CANARY)
    assert leaks(rows()) == ["assessments.Generation"]
    assert leaks(iter([("log", caplog.text)])) == ["log"]
