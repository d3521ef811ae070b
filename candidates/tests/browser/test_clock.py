"""The clock is the server's: it is shown, announced, set right, extended, and it rings."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from assessments.tests.making import make_assessment
from candidates.domain import interventions, snapshots
from candidates.models import Attempt, Response
from candidates.tests.browser.watching import expect_saved, sit_down
from candidates.tests.making import make_attempt, ring_the_bell

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]


def let_it_end_in(attempt: Attempt, seconds: int) -> None:
    ring_the_bell(attempt, seconds_ago=-seconds)
    attempt.refresh_from_db()
    snapshots.rebuild(attempt)


def test_a_wrong_device_clock_changes_nothing(open_question: OpenQuestion, page: Page):
    page.clock.set_system_time("2031-01-01T00:00:00Z")
    open_question()
    expect(page.locator("#clock")).to_contain_text("1 h left")


def test_at_the_bell_what_is_typed_is_saved_and_nothing_after_it(open_question: OpenQuestion, attempt: Attempt):
    let_it_end_in(attempt, 4)
    page = open_question()
    field = page.get_by_label("Your answer")
    field.fill("The last words")
    expect(page.locator("#time-up")).to_contain_text(
        re.compile(r"Time is up.\s+Your last words were saved at \d\d:\d\d:\d\d")
    )
    expect(page.locator("#clock")).to_contain_text("Time is up")
    expect(page.locator("#announcer")).to_contain_text("Time is up.")
    expect(field).not_to_be_editable()
    expect(page.locator(".moves")).to_be_hidden()
    assert Response.objects.get(attempt_question__number=1).value == "The last words"
    page.get_by_role("link", name="See what comes next").click()
    expect(page).to_have_url(re.compile(rf"/attempts/{attempt.pk}/$"))


def test_time_that_is_added_reaches_an_open_page(open_question: OpenQuestion, attempt: Attempt, admin_user):
    let_it_end_in(attempt, 2)
    page = open_question()
    expect(page.locator("#time-up")).to_be_visible()
    interventions.extend(attempt, seconds=600, by=admin_user)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#clock")).to_contain_text("10 min left")
    expect(page.locator("#time-up")).to_be_hidden()
    page.get_by_label("Your answer").fill("With the time that was added")
    expect_saved(page, revision=1)


def test_a_save_after_the_grace_is_kept_aside_and_said_to_be(open_question: OpenQuestion, attempt: Attempt):
    page = open_question()
    let_it_end_in(attempt, -60)
    page.get_by_label("Your answer").fill("Too late to count")
    expect(page.get_by_role("heading", level=1)).to_have_text("This came too late to count")
    expect(page.locator("#question-panel")).to_contain_text("Kept aside.")
    expect(page.locator("#question-panel")).to_contain_text("Too late to count")
    assert attempt.response_events.get().value == "Too late to count"


def test_the_last_minutes_are_said_once_each_and_show_seconds(open_question: OpenQuestion, attempt: Attempt):
    let_it_end_in(attempt, 301)
    page = open_question()
    expect(page.locator("#announcer")).to_have_text("5 minutes left.")
    expect(page.locator("#clock")).to_contain_text(re.compile(r"4:5\d min left"))


def test_a_hidden_clock_stays_hidden_until_the_last_minutes(open_question: OpenQuestion, attempt: Attempt):
    page = open_question()
    page.get_by_label("Options", exact=True).click()
    page.get_by_label("Hide the time until the last 5 minutes").check()
    expect(page.locator("[data-clock-words]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-clock-words]")).to_be_hidden()
    let_it_end_in(attempt, 200)
    page.reload()
    expect(page.locator("[data-clock-words]")).to_be_visible()


def test_an_attempt_without_a_limit_shows_no_clock(page: Page, live_server, context):
    untimed = make_attempt(make_assessment())
    sit_down(context, live_server, untimed)
    page.goto(f"{live_server.url}/attempts/{untimed.pk}/questions/1/")
    expect(page.locator("#clock")).to_be_empty()
