"""An author has questions written, sees how far it is, and disputes, edits and approves in a real browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from playwright.sync_api import Page, expect

from assessments.domain import drafts
from assessments.models import AiOrigin, Generation, Question
from assessments.tests.fake_gemini import Asked, FakeGemini, answering
from assessments.tests.gemini_models import good
from assessments.tests.making import make_bank
from candidates.tests.browser.watching import Witness

PASSWORD = "only-for-tests-1234"


def slow_and_doubtful(asked: Asked) -> dict[str, Any]:
    """Takes its time, and disputes the first question of each batch."""
    time.sleep(0.8)
    answer = good(asked)
    for one in answer.get("answers", ())[:1]:
        one["value"] = ["b"]
    return answer


@pytest.fixture
def fake_gemini(transactional_db: None) -> Iterator[FakeGemini]:
    with answering(slow_and_doubtful) as server:
        yield server


def work() -> None:
    """What a worker does, as soon as there is something to do."""
    try:
        while not (row := Generation.objects.filter(status="queued").first()):
            time.sleep(0.05)
        drafts.carry_out(row.pk)
    finally:
        connection.close()


@pytest.fixture
def signed_in(page: Page, live_server: Any, transactional_db: None) -> Page:
    User.objects.create_superuser("author", password=PASSWORD)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("author")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def test_an_author_generates_disputes_edits_and_approves(signed_in, live_server, fake_gemini, witness: Witness):
    make_bank("Databases")
    page, worker = signed_in, threading.Thread(target=work)
    page.goto(f"{live_server.url}/admin/assessments/generation/add/")
    page.get_by_label("Bank").select_option(label="Databases")
    page.get_by_label("Topic").fill("reading query plans")
    page.get_by_label("Number").fill("6")
    page.get_by_role("button", name="Write drafts").click()
    expect(page.get_by_text("Waiting for a worker…")).to_be_visible()
    worker.start()
    expect(page.get_by_text("4 of 6 so far.")).to_be_visible()
    expect(page.get_by_text("6 written. 2 disputed.")).to_be_visible()
    worker.join()
    expect(page.locator(".draft")).to_have_count(6)
    expect(page.locator(".draft.is-disputed")).to_have_count(2)

    disputed = page.locator(".draft.is-disputed").first
    disputed.get_by_text("Edit", exact=True).click()
    disputed.get_by_label("Stem").fill("What do you look at before anything else?")
    disputed.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("was saved as a new version.")).to_be_visible()
    edited = page.locator(".draft", has_text="What do you look at before anything else?")
    expect(edited.get_by_text("Key not checked.")).to_be_visible()
    edited.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("1 draft was approved, in your name.")).to_be_visible()
    page.locator(".draft.is-disputed").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("1 draft was discarded.")).to_be_visible()
    page.get_by_role("button", name="Approve 4 drafts").click()
    expect(page.get_by_text("4 drafts were approved, in your name.")).to_be_visible()
    assert {one.status for one in Question.objects.all()} == {"approved"}
    assert AiOrigin.objects.filter(approved_by__username="author").count() == 5
    witness.require_quiet()
