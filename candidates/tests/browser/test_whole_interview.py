"""A candidate's whole way, from the link in the mail to the receipt, in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from assessments.models import Assessment
from candidates.domain import invitations
from candidates.domain.links import invitation_link
from candidates.enums import AttemptStatus
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.browser.watching import Witness, answer, expect_saved, shown_revision

pytestmark = pytest.mark.browser

EXPECTED = ["b", ["b"], False, "42 ms", "42 ms"]


def begin(page: Page, live_server, assessment: Assessment) -> None:
    link = invitation_link(invitations.invite(assessment, email="ada@example.org", name="Ada Lovelace").token)
    page.goto(f"{live_server.url}/i/{link.rstrip('/').rpartition('/')[2]}/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.get_by_role("button", name="Start the clock").click()


def submit(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Submit 6 answers")).click()
    page.get_by_role("button", name="Submit for good").click()
    expect(page.get_by_role("heading", name="Your answers are in")).to_be_visible()


def values() -> list[object]:
    return [row.value for row in Response.objects.order_by("attempt_question__number")]


def test_with_scripts_through_refresh_second_tab_and_lost_network(
    page: Page, context, live_server, interview: Assessment, witness: Witness
):
    begin(page, live_server, interview)
    for number in range(1, 6):
        expect(page.locator("#question-panel")).to_have_attribute("data-number", str(number))
        answer(page)
        if number == 2:
            page.locator("#flag-button").click()
            expect(page.locator("#flag-button[aria-pressed=true]")).to_be_visible()
        page.get_by_role("button", name="Save and continue").first.click()

    # Types, and refreshes in the middle of a word.
    expect(page.locator("#question-panel")).to_have_attribute("data-number", "6")
    field = page.get_by_label("Your answer")
    field.press_sequentially("First I would mea")
    expect_saved(page)
    page.reload()
    expect(field).to_have_value("First I would mea")
    field.press("End")
    field.press_sequentially("sure")

    # The same question in a second tab: the later save gets both texts to choose from.
    expect(field).to_have_value("First I would measure")
    expect_saved(page)
    newest = shown_revision(page)
    other = context.new_page()
    other.goto(page.url)
    other.get_by_label("Your answer").fill("From the other tab")
    expect_saved(other, revision=newest + 1)
    field.fill("First I would measure it")
    conflict = page.get_by_role("region", name="This answer was also changed somewhere else")
    expect(conflict).to_contain_text("From the other tab")
    expect(conflict).to_contain_text("First I would measure it")
    page.get_by_role("button", name="Keep this one: from this page").click()
    expect_saved(page, revision=newest + 2)
    expect(conflict).to_have_count(0)

    # Offline, and back.
    context.set_offline(True)
    field.fill("First I would measure it, then guess")
    expect(page.locator("#save-state")).to_have_text("Offline, not sent yet")
    expect(page.locator("#seat-banner")).to_contain_text("Keep typing: your text is safe here")
    context.set_offline(False)
    expect_saved(page, revision=5)
    expect(page.locator("#seat-banner")).to_be_empty()

    page.get_by_role("button", name="Save and review").click()
    page.wait_for_url("**/review/")
    submit(page)
    assert Attempt.objects.get().status == AttemptStatus.SUBMITTED
    assert values() == [*EXPECTED, "First I would measure it, then guess"]
    assert ResponseEvent.objects.filter(kind="conflict").count() == 1
    witness.require_all_kept()

    # The record has every save to the second, and the same day as the receipt, in the browser's own zone.
    promised = re.search(r"You hear back by [^.]+\.", page.locator("main").inner_text())
    page.get_by_role("link", name="See your record").click()
    page.locator("#response-6 ~ details summary").click()
    last = ResponseEvent.objects.latest("sequence")
    expect(page.locator("#response-6 ~ details time").last).to_contain_text(
        re.compile(rf"\d\d:\d\d:{last.received_at:%S}")
    )
    assert promised is not None
    expect(page.locator("main")).to_contain_text(promised[0])
    witness.require_quiet()


def test_without_scripts_over_all_question_types(browser: Browser, live_server, interview: Assessment):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    begin(page, live_server, interview)
    for number in range(1, 7):
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"Question {number} of 6")
        answer(page, "Written without scripts.")
        if number == 2:
            page.locator("#flag-button").click()
            expect(page.locator("#flag-button[aria-pressed=true]")).to_be_visible()
        page.locator(".moves .primary").click()
    page.goto(page.url.replace("review/", "questions/6/"))
    expect(page.get_by_label("Your answer")).to_have_value("Written without scripts.")
    expect(page.locator("#save-state")).to_contain_text(re.compile(r"^Saved \d\d:\d\d:\d\d\xa0UTC$"))
    for hidden in page.locator(".js-only").all():
        expect(hidden).to_be_hidden()
    page.get_by_role("button", name="Save and review").click()
    submit(page)
    assert values() == [*EXPECTED, "Written without scripts."]
    context.close()


def test_without_scripts_a_stale_tab_gets_both_texts(browser: Browser, live_server, interview: Assessment):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    begin(page, live_server, interview)
    page.goto(page.url.replace("questions/1/", "questions/6/"))
    stale = context.new_page()
    stale.goto(page.url)
    for tab, text in ((page, "Sent first"), (stale, "Sent second")):
        tab.get_by_label("Your answer").fill(text)
        tab.get_by_role("button", name="Save and review").click()
    expect(stale.locator(".conflict")).to_contain_text("Sent first")
    expect(stale.locator(".conflict")).to_contain_text("Sent second")
    stale.get_by_role("button", name="Keep this one: from this page").click()
    expect(stale.get_by_label("Your answer")).to_have_value("Sent second")
    assert values()[5] == "Sent second"
    context.close()
