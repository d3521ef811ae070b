"""Two devices: the notice, the move, and the device that was left says so by itself and keeps what was typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from assessments.tests.making import make_assessment, make_question
from candidates.domain import handover, invitations
from candidates.models import Attempt, HandoverCode, Response, ResponseEvent
from candidates.tests.browser.watching import expect_saved

pytestmark = pytest.mark.browser


@pytest.fixture
def token(transactional_db: None) -> str:
    made = make_assessment(make_question("long_text"), make_question("long_text"), duration_seconds=3600)
    return invitations.invite(made, email="ada@example.org", name="Ada").token


def enter(context: BrowserContext, live_server: LiveServer, token: str) -> Page:
    page = context.new_page()
    page.goto(f"{live_server.url}/i/{token}/")
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Agree and go on").click()
        page.get_by_role("button", name="Start the clock").click()
    else:
        page.get_by_role("button", name="Go to my attempt").click()
    return page


def values() -> list[object]:
    return list(Response.objects.order_by("attempt_question__number").values_list("value", flat=True))


def tell_the_clock(page: Page) -> None:
    """What the clock's next question to the server would bring, now."""
    page.evaluate("""async () => {
        const answer = await fetch(document.getElementById("clock").dataset.url);
        document.dispatchEvent(new CustomEvent("parley:told", { detail: await answer.json() }));
    }""")


def test_the_code_on_the_page_stays_the_same_while_something_is_saved_elsewhere(
    context: BrowserContext, live_server: LiveServer, token: str
):
    page = enter(context, live_server, token)
    answers = context.new_page()
    answers.goto(page.url)
    page.goto(page.url.split("questions/")[0] + "handover/")
    page.get_by_role("button", name="Show me a code").click()
    code = page.locator(".receipt-code").inner_text()
    answers.get_by_label("Your answer").fill("In another tab")
    expect_saved(answers, revision=1)
    with page.expect_response(lambda response: "/clock/" in response.url):
        tell_the_clock(page)
    page.wait_for_timeout(500)
    expect(page.locator(".receipt-code")).to_have_text(code)
    assert HandoverCode.objects.get().code_hash == handover._hash(code.replace("-", ""))


def test_a_second_device_takes_over_and_nothing_typed_on_the_first_is_lost(
    browser: Browser, context: BrowserContext, live_server: LiveServer, token: str
):
    laptop = enter(context, live_server, token)
    laptop.get_by_label("Your answer").fill("From the laptop")
    expect_saved(laptop, revision=1)

    other = browser.new_context(user_agent="Mozilla/5.0 (Android 14; Mobile) Gecko/130.0 Firefox/130.0")
    phone = enter(other, live_server, token)
    expect(phone.get_by_role("heading", level=1)).to_have_text("This attempt is open on another device")
    phone.get_by_role("button", name="Continue on this device").click()
    expect(phone.get_by_label("Your answer")).to_have_value("From the laptop")
    phone.get_by_label("Your answer").fill("From the phone")
    expect_saved(phone, revision=2)

    # The laptop has heard nothing yet, and types on: refused, kept, said.
    laptop.get_by_label("Your answer").fill("From the laptop, and more")
    expect(laptop.locator("#question-heading")).to_have_text("This attempt is open on another device")
    expect(laptop.locator("#question-heading")).to_be_focused()
    expect(laptop.locator(".words")).to_have_text("From the laptop, and more")
    expect(laptop.get_by_text("Firefox · Android")).to_be_visible()
    assert values()[0] == "From the phone"

    # Taken back: the phone saved in between, so both texts are there to choose from.
    laptop.get_by_role("button", name="Continue on this device").click()
    expect(laptop.locator(".conflict .words")).to_have_text(["From the laptop, and more", "From the phone"])
    expect(laptop.locator(".conflict")).to_contain_text("Firefox · Android")
    laptop.get_by_role("button", name="Keep this one: from this page").click()
    expect_saved(laptop, revision=3)

    # The phone, with nothing unsent, becomes read-only when it hears of it.
    tell_the_clock(phone)
    expect(phone.locator("#question-heading")).to_have_text("This attempt is open on another device")
    expect(phone.locator("#response-form")).to_have_count(0)
    kinds = list(ResponseEvent.objects.order_by("sequence").values_list("kind", flat=True))
    assert kinds == ["saved", "saved", "elsewhere", "conflict", "saved"]
    assert list(Attempt.objects.get().events.filter(kind="moved").values_list("detail__words", flat=True)) == [
        "Firefox · Android",
        "Chrome · Linux",
    ]
    other.close()


def test_without_scripts_the_second_device_is_told_and_the_first_gets_its_text_back_to_copy(
    browser: Browser, live_server: LiveServer, token: str
):
    first, second = (browser.new_context(java_script_enabled=False) for _ in range(2))
    laptop = enter(first, live_server, token)
    phone = enter(second, live_server, token)
    phone.get_by_role("button", name="Continue on this device").click()
    laptop.get_by_label("Your answer").fill("Half a sentence")
    laptop.get_by_role("button", name="Save and continue →").click()
    expect(laptop.get_by_role("heading", level=1)).to_have_text("This attempt is open on another device")
    expect(laptop.locator(".words")).to_have_text("Half a sentence")
    laptop.get_by_role("button", name="Continue on this device").click()
    expect(laptop.get_by_label("Your answer")).to_have_value("")
    first.close()
    second.close()


def test_after_losing_every_cookie_the_link_brings_the_text_back(
    context: BrowserContext, live_server: LiveServer, token: str
):
    page = enter(context, live_server, token)
    page.get_by_label("Your answer").fill("Saved")
    expect_saved(page, revision=1)
    context.clear_cookies()
    page.get_by_label("Your answer").fill("Saved, and more")
    expect(page.locator("#seat-banner")).to_contain_text("open your link again in another tab")
    again = enter(context, live_server, token)
    again.get_by_role("button", name="Continue on this device").click()
    expect(again.get_by_label("Your answer")).to_have_value("Saved, and more")
    expect_saved(again, revision=2)
    assert values()[0] == "Saved, and more"
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # looked at again: it tries at once
    expect_saved(page, revision=2)
