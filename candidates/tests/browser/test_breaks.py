"""Time that stands still, seen from the seat: covered and uncovered without a reload, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assessments.tests.making import make_assessment, make_question
from candidates.domain import clock, outages, pauses
from candidates.models import Attempt, Pause, Pulse
from candidates.tests.browser.test_unsent import crash, cut_off
from candidates.tests.browser.watching import Witness, drafts, expect_saved, sit_down, until, violations
from candidates.tests.making import holder_of, make_attempt

pytestmark = pytest.mark.browser
OpenQuestion = Callable[..., Page]


@pytest.fixture
def attempt(transactional_db: None) -> Attempt:
    questions = make_question("long_text"), make_question("long_text")
    return make_attempt(make_assessment(*questions, duration_seconds=3600, break_count=2, break_seconds=600))


def test_a_pause_covers_an_open_page_and_gives_it_back_as_it_was(
    open_question: OpenQuestion, page: Page, attempt: Attempt, admin_user, witness: Witness
):
    page.clock.install()
    open_question()
    page.evaluate("window.isStillThisPage = true")
    page.get_by_label("Your answer").fill("Before the alarm")
    pauses.pause([attempt.pk], by=admin_user, reason="Fire alarm")
    page.clock.run_for(11_000)
    expect(page.get_by_role("heading", name="The team has stopped the clock")).to_be_focused()
    expect(page.locator("#main")).to_be_hidden()
    expect(page.locator("#announcer")).to_have_text("Your time stands still.")
    until(attempt.response_events.exists)  # it leaves with the clock of the page, and arrives with that of the machine
    assert attempt.response_events.get().value == "Before the alarm"
    shown = page.locator("#clock").inner_text()
    page.clock.run_for(300_000)
    assert page.locator("#clock").inner_text() == shown
    pauses.resume([attempt.pk], by=admin_user)
    page.clock.run_for(11_000)
    expect(page.get_by_label("Your answer")).to_have_value("Before the alarm")
    expect(page.get_by_label("Your answer")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Your time runs again.")
    assert page.evaluate("window.isStillThisPage")
    witness.require_quiet()


def test_what_comes_too_late_into_a_pause_stays_on_the_page_and_counts_afterwards(
    open_question: OpenQuestion, page: Page, attempt: Attempt, admin_user
):
    """The question on the page, and one whose text could not be sent before the browser crashed."""
    page.clock.install()
    open_question(2)
    page = crashed_while_typing(page, "Left behind")
    open_question(on=page)
    pauses.pause([attempt.pk], by=admin_user)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=clock.now() - timedelta(minutes=1))
    page.unroute_all()
    page.route("**/clock/**", lambda route: route.abort())  # the page does not hear of it
    page.get_by_label("Your answer").fill("Typed meanwhile")
    page.clock.run_for(2000)
    expect(page.locator("#save-state")).to_have_text("Your time stands still.")
    page.clock.run_for(14_000)
    until(lambda: kinds(attempt) == ["still", "still"])
    page.unroute("**/clock/**")
    page.clock.run_for(11_000)
    expect(page.get_by_role("heading", name="The team has stopped the clock")).to_be_visible()
    pauses.resume([attempt.pk], by=admin_user)
    page.clock.run_for(11_000)
    expect_saved(page, revision=1)
    expect(page.get_by_label("Your answer")).to_have_value("Typed meanwhile")
    until(lambda: kinds(attempt) == ["still", "still", "saved", "saved"])
    assert texts(attempt) == ["Typed meanwhile", "Left behind"]

    # Whoever comes back in a pause sends nothing into it either: it waits on the device.
    page = crashed_while_typing(page, "Typed meanwhile, and more")
    page.unroute_all()
    pauses.pause([attempt.pk], by=admin_user)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=clock.now() - timedelta(minutes=1))
    open_question(on=page)
    expect(page.get_by_role("heading", name="The team has stopped the clock")).to_be_visible()
    page.clock.run_for(11_000)
    assert (kinds(attempt)[4:], len(drafts(page))) == ([], 1)
    pauses.resume([attempt.pk], by=admin_user)
    page.clock.run_for(11_000)
    until(lambda: texts(attempt) == ["Typed meanwhile, and more", "Left behind"])
    assert kinds(attempt)[4:] == ["saved"]


def crashed_while_typing(page: Page, text: str) -> Page:
    """The tab that comes after it; nothing it sends arrives yet."""
    cut_off(page)
    page.get_by_label("Your answer").fill(text)
    until(lambda: len(drafts(page)) == 1)
    tab = crash(page)
    page.close()
    cut_off(tab)
    return tab


def kinds(attempt: Attempt) -> list[str]:
    return [one.kind for one in attempt.response_events.order_by("sequence")]


def texts(attempt: Attempt) -> list[object]:
    return [one.response.value for one in attempt.questions.select_related("response").order_by("number")]


def test_a_break_with_scripts(open_question: OpenQuestion, page: Page, attempt: Attempt, witness: Witness):
    page.clock.install()
    open_question()
    page.get_by_label("Your answer").fill("Before the break")
    page.get_by_role("button", name="Take a break").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take a break?")
    page.get_by_role("button", name="Begin the break").click()
    expect(page.get_by_role("heading", name="You are on a break")).to_be_visible()
    expect(page.locator("[data-break-words]")).to_contain_text("10 min left")
    assert [one["id"] for one in violations(page)] == []
    page.clock.run_for(60_000)
    expect(page.locator("[data-break-words]")).to_contain_text(re.compile("(9|10)\xa0min left"))
    page.get_by_role("button", name="Go on now").click()
    expect(page.get_by_label("Your answer")).to_have_value("Before the break")
    assert Pause.objects.filter(attempt=attempt, kind="break").count() == 1
    witness.require_quiet()


def test_a_break_that_ends_by_itself_leads_back_to_the_question(
    open_question: OpenQuestion, page: Page, attempt: Attempt
):
    pauses.begin_break(holder_of(attempt))
    page.clock.install()
    open_question()
    expect(page.get_by_role("heading", name="You are on a break")).to_be_visible()
    past = clock.now() - timedelta(minutes=11)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=past, pause_until=past + timedelta(minutes=10), revision=50)
    page.clock.run_for(11_000)
    expect(page.get_by_label("Your answer")).to_be_visible()


def test_a_break_without_scripts(browser: Browser, live_server, attempt: Attempt):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    sit_down(context, live_server, attempt)
    page = context.new_page()
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/2/")
    page.get_by_label("Your answer").fill("Before the break")
    page.get_by_role("button", name="Take a break").click()
    page.get_by_role("button", name="Begin the break").click()
    expect(page.get_by_role("heading", name="You are on a break")).to_be_visible()
    expect(page.locator("main")).to_contain_text("10 min left")
    page.get_by_role("button", name="Go on now").click()
    expect(page.get_by_label("Your answer")).to_have_value("Before the break")
    context.close()


def test_time_given_back_is_said_on_an_open_page(open_question: OpenQuestion, page: Page, attempt: Attempt):
    page.clock.install()
    open_question()
    Pulse.objects.create(beat_at=clock.now() - timedelta(minutes=5))
    Attempt.objects.filter(pk=attempt.pk).update(started_at=clock.now() - timedelta(minutes=6))
    outages.beat_and_settle()
    page.clock.run_for(11_000)
    expect(page.locator("#given-back")).to_have_text("5 min given back: our servers were away")
    expect(page.locator("#announcer")).to_have_text("5 min given back: our servers were away")
    expect(page.locator("#clock")).to_contain_text("1 h 5 min left")
    assert [one["id"] for one in violations(page)] == []
    page.get_by_label("Your answer").fill("Going on")
    expect_saved(page, revision=1)


def test_both_pages_fit_and_pass_axe(browser: Browser, live_server, attempt: Attempt, admin_user):
    problems: list[tuple[str, str]] = []
    context: BrowserContext
    for width, scheme in ((320, "light"), (1280, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)  # type: ignore[arg-type]
        sit_down(context, live_server, attempt)
        page = context.new_page()
        for path in ("break/", "questions/1/", ""):
            page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
            problems += [(path, one["id"]) for one in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems.append((path, "scrolls sideways"))
        pauses.pause([attempt.pk], by=admin_user)
        context.close()
    assert problems == []
