from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from assessments.domain.assembly import publish_assessment
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.models import Attempt
from candidates.tests.browser.watching import Witness, sit_down
from candidates.tests.making import make_attempt

QUIET_SECONDS = 0.1
PATIENCE_MS = 12_000  # what works is there at once; a busy machine may need a while
CHOSEN = ("single_choice", "multiple_choice", "true_false")
WRITTEN = ("numeric", "short_text", "long_text")


@pytest.fixture
def interview(transactional_db: None) -> Assessment:
    """Six questions: the choices in one section, what is written in another."""
    made = make_assessment(*map(make_question, CHOSEN), publish=False, duration_seconds=3600, organisation="ACME")
    add_section(made, *map(make_question, WRITTEN))
    return publish_assessment(made)


@pytest.fixture
def attempt(transactional_db: None) -> Attempt:
    """Two long texts and a choice, an hour's time."""
    questions = make_question("long_text"), make_question("single_choice"), make_question("long_text")
    return make_attempt(make_assessment(*questions, duration_seconds=3600))


class Traffic:
    """How many requests the server is busy with, and when it last was."""

    def __init__(self) -> None:
        self.under_way, self.last_at, self._lock = 0, time.monotonic(), threading.Lock()

    def begin(self, **_: Any) -> None:
        self._count(1)

    def end(self, **_: Any) -> None:
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self.under_way, self.last_at = self.under_way + change, time.monotonic()

    def is_quiet(self) -> bool:
        return self.under_way <= 0 and time.monotonic() - self.last_at > QUIET_SECONDS


@pytest.fixture(autouse=True)
def _server_at_rest(transactional_db: None) -> Iterator[None]:
    """A page that closes sends its last words; the tables are emptied only when they have arrived."""
    traffic = Traffic()
    request_started.connect(traffic.begin)
    request_finished.connect(traffic.end)
    yield
    give_up_at = time.monotonic() + 5
    while not traffic.is_quiet() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    request_started.disconnect(traffic.begin)
    request_finished.disconnect(traffic.end)


@pytest.fixture(autouse=True)
def _patience(context: BrowserContext) -> None:
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def witness(page: Page) -> Witness:
    return Witness(page)


@pytest.fixture
def open_question(
    page: Page, context: BrowserContext, live_server: LiveServer, attempt: Attempt
) -> Callable[..., Page]:
    """Open a question as the attempt's candidate, on this page or another one of the same browser."""
    sit_down(context, live_server, attempt)

    def open_(number: int = 1, *, on: Page | None = None) -> Page:
        tab = on or page
        tab.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/{number}/")
        return tab

    return open_
