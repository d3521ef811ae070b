"""The API's documentation page in Chromium: drawn from this host alone, under the strict Content-Security-Policy."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console and its policy say against the page."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error(event.violatedDirective, event.blockedURI))"
    )
    return heard


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_draws_every_call_without_a_complaint_or_another_host(
    page: Page, live_server: LiveServer, complaints: list[str], scheme
):
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live_server.url}/docs")
    expect(page.locator(".opblock")).to_have_count(8)
    page.locator("#operations-Sessions-save_responses .opblock-summary-control").click()
    expect(page.locator("#operations-Sessions-save_responses .responses-table").first).to_be_visible()
    assert complaints == []
    assert asked == {urlsplit(live_server.url).netloc}


@pytest.mark.django_db(transaction=True)
def test_a_call_can_be_tried_from_the_page(page: Page, live_server: LiveServer, complaints: list[str]):
    page.goto(f"{live_server.url}/docs")
    block = page.locator("#operations-Questions-list_questions")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    assert complaints == []
