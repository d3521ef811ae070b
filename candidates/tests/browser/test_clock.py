"""The clock is the server's: it is shown, announced, set right, extended, and it rings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from assessments.tests.making import make_assessment, make_question
from candidates.domain import announcements, attempts, clock, interventions, pauses, scoring, snapshots
from candidates.models import Attempt, Response, Score
from candidates.tests.browser.watching import Witness, drafts, expect_saved, sit_down, until, violations
from candidates.tests.making import make_attempt, ring_the_bell, save

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]


def let_it_end_in(attempt: Attempt, seconds: int) -> None:
    ring_the_bell(attempt, seconds_ago=-seconds)
    attempt.refresh_from_db()
    snapshots.rebuild(attempt)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_wrong_device_clock_changes_nothing(open_question: OpenQuestion, page: Page, attempt: Attempt, minutes: int):
    page.clock.set_system_time(clock.now() + timedelta(minutes=minutes))
    open_question()
    expect(page.locator("#clock")).to_contain_text("1 h left")
    page.get_by_label("Your answer").fill("Saved all the same")
    expect_saved(page, revision=1)
    assert abs(attempt.response_events.get().received_at - clock.now()) < timedelta(minutes=1)


def test_a_laptop_that_slept_shows_and_rings_by_the_server(open_question: OpenQuestion, page: Page, attempt: Attempt):
    """Its timers jump by ten minutes; for the server, not even one has passed."""
    let_it_end_in(attempt, 400)
    page.clock.install()
    open_question()
    page.clock.fast_forward("10:00")
    expect(page.locator("#clock")).to_contain_text("7 min left")
    expect(page.locator("#time-up")).to_be_hidden()
    expect(page.get_by_label("Your answer")).to_be_editable()


def test_minutes_that_staff_add_are_on_an_open_page_within_15_seconds(
    open_question: OpenQuestion, page: Page, attempt: Attempt, admin_user
):
    page.clock.install()
    open_question()
    expect(page.locator("#clock")).to_contain_text("1 h left")
    interventions.extend_all([attempt.pk], seconds=1200, by=admin_user, reason="Fire alarm")
    page.clock.run_for(11_000)
    expect(page.locator("#clock")).to_contain_text("1 h 20 min left")
    expect(page.locator("#announcer")).to_have_text("You have more time now: 1 h 20 min left.")
    expect(page.locator("#more-time")).to_have_text("You have more time now: 1 h 20 min left.")
    expect(page.locator("#more-time")).to_be_visible()


def test_what_staff_do_reaches_whoever_types_without_a_pause(
    open_question: OpenQuestion, page: Page, attempt: Attempt, admin_user
):
    """Each save brings the time left, but neither what the team says nor that time stands still."""
    page.clock.install()
    open_question()

    def type_for(seconds: int, *, until: str) -> bool:
        """True if it is there while the typing still goes on."""
        for second in range(seconds):
            if page.locator(until).is_visible():
                return True
            page.evaluate(
                "(letter) => { const field = document.getElementById('value'); field.value += letter;"
                " field.dispatchEvent(new Event('input', { bubbles: true })); }",
                str(second % 10),
            )
            page.clock.run_for(1000)
            page.wait_for_timeout(60)
        return False

    type_for(4, until="#time-up")
    announcements.announce(attempt.assessment, text="The fire alarm is a test.", by=admin_user)
    assert type_for(15, until="#announcements section")
    expect(page.locator("#announcements")).to_contain_text("The fire alarm is a test.")
    type_for(4, until="#time-up")
    pauses.pause([attempt.pk], by=admin_user)
    assert type_for(15, until="#paused")
    expect(page.get_by_role("heading", name="The team has stopped the clock")).to_be_visible()
    assert attempt.response_events.filter(kind="saved").count() > 5


def test_a_page_asks_no_more_often_than_it_must(open_question: OpenQuestion, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/clock/" in request.url else None)
    page.clock.install()
    open_question()
    for _ in range(6):
        page.clock.run_for(10_000)
        page.wait_for_timeout(100)
    assert 4 <= len(asked) <= 6


def test_a_screen_reader_hears_ten_five_and_one_and_no_ticks(open_question: OpenQuestion, page: Page, attempt: Attempt):
    """Twelve minutes in three seconds, without the server, which would set it right again."""
    let_it_end_in(attempt, 700)
    page.clock.install()
    open_question()
    page.route("**/clock/**", lambda route: route.abort())
    page.evaluate(
        "window.heard = []; new MutationObserver(() => heard.push(document.getElementById('announcer').textContent))"
        ".observe(document.getElementById('announcer'), {childList: true, characterData: true, subtree: true})"
    )
    page.clock.run_for(690_000)
    assert page.evaluate("heard") == ["10 minutes left.", "5 minutes left.", "1 minute left."]


def test_a_browser_that_died_at_the_bell_is_scored_by_its_last_acknowledged_words(
    page: Page, context: BrowserContext, live_server, witness: Witness
):
    question = make_question("short_text", key={"accepted": [{"text": "index"}]})
    attempt = make_attempt(make_assessment(question, duration_seconds=600, grace_seconds=0))
    sit_down(context, live_server, attempt)
    let_it_end_in(attempt, 20)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.get_by_label("Your answer").fill("index")
    expect_saved(page, revision=1)
    page.get_by_label("Your answer").fill("index, no, a sequence")
    with pytest.raises(PlaywrightError, match="crash"):
        page.goto("chrome://crash")
    ring_the_bell(attempt, seconds_ago=1)
    assert attempts.close_overdue() == 1
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    assert list(witness.acknowledged.values()) == [["index"]]
    assert Response.objects.get(attempt_question__attempt=attempt).value == "index"
    assert (attempt.status, str(Score.objects.get().points)) == ("expired", "1.00")


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
    expect(page.locator("#time-up")).to_be_focused()
    expect(page.locator("#time-up")).to_be_in_viewport()
    assert Response.objects.get(attempt_question__number=1).value == "The last words"
    page.get_by_role("link", name="See what comes next").click()
    expect(page).to_have_url(re.compile(rf"/attempts/{attempt.pk}/$"))
    box = page.locator("#time-over")
    expect(box).to_contain_text("Time is up.")
    expect(box).to_contain_text("Your receipt is being made")
    for gone in ("Continue with question", "Continue on another device", "Review your answers"):
        expect(page.get_by_role("link", name=gone)).to_have_count(0)
    let_it_end_in(attempt, -60)
    assert attempts.close_overdue() == 1
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("link", name="Your receipt")).to_be_visible()


def test_once_the_last_words_are_saved_the_page_goes_on_by_itself(open_question: OpenQuestion, attempt: Attempt):
    let_it_end_in(attempt, 3)
    page = open_question()
    page.get_by_label("Your answer").fill("The last words")
    expect(page.locator("#goes-on")).to_be_visible()
    assert Response.objects.get(attempt_question__number=1).value == "The last words"
    page.wait_for_timeout(6_000)
    page.keyboard.press("Shift")  # somebody is still at it
    page.wait_for_timeout(6_000)
    expect(page.locator("#time-up")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/attempts/{attempt.pk}/#time-over$"), timeout=8_000)


def test_what_did_not_get_through_at_the_bell_keeps_the_page(open_question: OpenQuestion, page: Page, attempt: Attempt):
    let_it_end_in(attempt, 3)
    open_question()
    page.route("**/questions/1/", lambda route: route.abort())
    page.get_by_label("Your answer").fill("The last words")
    expect(page.locator("#time-up")).to_contain_text("Your last words are not saved yet.")
    page.wait_for_timeout(11_000)
    expect(page.locator("#time-up")).to_be_visible()
    expect(page.locator("#goes-on")).to_be_hidden()
    page.unroute("**/questions/1/")
    expect(page.locator("#goes-on")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("path", ["", "review/", "submit/", "break/"])
def test_at_the_bell_a_page_without_a_question_goes_on_to_what_comes_next(
    page: Page, context: BrowserContext, live_server, path: str, transactional_db
):
    attempt = make_attempt(make_assessment(duration_seconds=600, break_count=1))
    sit_down(context, live_server, attempt)
    let_it_end_in(attempt, 2)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
    expect(page.locator("#time-over")).to_contain_text("Time is up.")
    expect(page.locator("#time-over")).to_be_focused()
    expect(page.locator("#bell")).to_be_hidden()
    expect(page).to_have_url(re.compile(rf"/attempts/{attempt.pk}/#time-over$"))


def test_at_the_bell_a_report_that_is_being_written_stays_and_the_page_says_so(
    page: Page, context: BrowserContext, live_server, attempt: Attempt
):
    """It stays over a reload, too, and goes from the device when the team has it."""
    page.set_viewport_size({"width": 390, "height": 800})
    sit_down(context, live_server, attempt)
    let_it_end_in(attempt, 3)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/problem/")
    words, notice = page.get_by_label("What is wrong"), page.locator("#bell")
    words.fill("The picture is missing")
    page.evaluate("window.isStillThisPage = true")
    save(attempt, "b", number=2)  # which the page hears of when it asks before it rings
    expect(notice).to_contain_text("Time is up.")
    expect(page.locator("#announcer")).to_contain_text("Time is up.")
    expect(notice.get_by_role("link", name="See what comes next")).to_be_visible()
    expect(words).to_have_value("The picture is missing")
    box = notice.bounding_box()
    assert box is not None
    assert (box["x"], box["x"] + box["width"]) == (16, 374)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert [(found["id"], found["nodes"][0]["html"]) for found in violations(page)] == []
    assert page.evaluate("window.isStillThisPage")
    [[name, sealed]] = drafts(page)
    assert (name, "picture" in sealed) == (f"{attempt.pk}/problem-1", False)
    page.reload()
    expect(page.locator("#restored")).to_be_visible()
    expect(words).to_have_value("The picture is missing")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, the team has it")
    until(lambda: drafts(page) == [])
    assert attempt.problem_reports.get().text == "The picture is missing"


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
    expect(page.locator("#clock")).to_contain_text(re.compile(r"4:5\d left"))


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
