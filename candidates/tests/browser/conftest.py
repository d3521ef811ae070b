from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from assessments.domain.assembly import publish_assessment
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.models import Attempt
from candidates.tests.browser.watching import Witness, sit_down
from candidates.tests.making import make_attempt

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
