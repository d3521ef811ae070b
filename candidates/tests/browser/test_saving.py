"""What is typed stays, whatever the network and the server do, and what the page says about it is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Dialog, Page, Route, expect

from assessments.domain.assembly import publish_assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.browser.watching import Witness, expect_saved, posted, sit_down, until
from candidates.tests.making import make_attempt, save

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]
QUESTION = "**/questions/*/"


def only_posts(handle: Callable[[Route], None]) -> Callable[[Route], None]:
    return lambda route: handle(route) if route.request.method == "POST" else route.continue_()


def saved_value(number: int = 1) -> object:
    return Response.objects.get(attempt_question__number=number).value


def test_a_server_that_is_busy_gets_the_same_save_again(open_question: OpenQuestion, witness: Witness):
    page, answers = open_question(), [503, 503]

    def busy(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, body="<h1>Busy</h1>")
        else:
            route.continue_()

    page.route(QUESTION, only_posts(busy))
    page.get_by_label("Your answer").fill("Kept through it")
    expect(page.locator("#save-state")).to_have_text("Not saved, trying again")
    expect_saved(page, revision=1)
    assert len(witness.keys) == 3
    assert len(set(witness.keys)) == 1
    assert saved_value() == "Kept through it"


def test_an_answer_that_was_lost_on_the_way_back_is_not_saved_twice(open_question: OpenQuestion, witness: Witness):
    page = open_question()
    lost: list[APIResponse] = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())  # the server has it; the browser never hears
            route.abort()

    page.route(QUESTION, only_posts(lose_first))
    page.get_by_label("Your answer").fill("Once")
    expect_saved(page, revision=1)
    assert len(witness.keys) == 2
    assert ResponseEvent.objects.count() == 1


def test_what_is_typed_during_a_save_follows_it(open_question: OpenQuestion, witness: Witness):
    page = open_question()
    field = page.get_by_label("Your answer")

    def slow(route: Route) -> None:
        if posted(route.request)["value"] == ["First"]:
            field.fill("First and second")
        route.continue_()

    page.route(QUESTION, only_posts(slow))
    field.fill("First")
    expect_saved(page, revision=2)
    events = ResponseEvent.objects.order_by("sequence")
    assert [(event.kind, event.value) for event in events] == [("saved", "First"), ("saved", "First and second")]
    witness.require_all_kept()


TYPE_AND_CLICK = """(button, text) => {
    const field = document.getElementById("value");
    field.value = text;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    button.focus();
    button.click();
}"""
"""At once: on a busy machine a second goes by between two steps, and the text is saved before it is carried."""


def test_going_on_carries_what_was_just_typed(open_question: OpenQuestion, witness: Witness):
    page = open_question()
    page.get_by_role("button", name="Save and continue →").evaluate(TYPE_AND_CLICK, "Typed and gone")
    expect(page.locator("#question-heading")).to_be_focused()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    assert page.url.endswith("/questions/2/")
    expect(page).to_have_title("Question 2 of 3 · Backend engineer · Parley")
    assert page.evaluate("scrollY") == 0
    assert saved_value() == "Typed and gone"
    assert ResponseEvent.objects.count() == 1
    witness.require_quiet()


def test_going_back_in_the_browser_shows_what_the_server_has(open_question: OpenQuestion):
    page = open_question()
    page.get_by_label("Your answer").fill("Before")
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    page.locator("#flag-button").click()  # is no step of its own
    expect(page.locator("#flag-button")).to_have_attribute("aria-pressed", "true")
    page.go_back()
    expect(page.get_by_label("Your answer")).to_have_value("Before")
    revision = Response.objects.get(attempt_question__number=1).revision  # 2 where the autosave came before the click
    expect(page.locator("[name=base_revision]")).to_have_value(str(revision))


def test_going_on_without_network_stays_and_says_so(open_question: OpenQuestion, context):
    page = open_question()
    context.set_offline(True)
    page.get_by_label("Your answer").fill("Written on a train")
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#seat-banner")).to_contain_text(
        "You are offline, and this question has not been opened before"
    )
    expect(page.locator("#question-heading")).to_contain_text("Question 1")
    expect(page.get_by_label("Your answer")).to_have_value("Written on a train")
    expect(page.get_by_label("Your answer")).to_be_editable()
    context.set_offline(False)
    expect_saved(page, revision=1)
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    assert saved_value() == "Written on a train"


def test_going_on_into_a_timed_section_stops_at_its_door(page: Page, context, live_server):
    made = make_assessment(make_question(), publish=False)
    add_section(made, make_question(), duration_seconds=600)
    attempt = make_attempt(publish_assessment(made))
    sit_down(context, live_server, attempt)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.get_by_label("Your answer").fill("Before the door")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Begin this section").click()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    expect(page.locator("#clock")).to_contain_text("10 min left")
    assert saved_value() == "Before the door"


def test_a_choice_is_saved_at_once_and_can_be_cleared(open_question: OpenQuestion):
    page = open_question(2)
    page.locator(".option").nth(1).click()
    expect_saved(page, revision=1)
    expect(page.locator(".dot.is-current")).to_have_attribute("aria-label", "Question 2, you are here, answered")
    page.get_by_text("Clear choice").click()
    expect_saved(page, revision=2)
    expect(page.locator(".dot.is-current")).to_have_attribute("aria-label", "Question 2, you are here, empty")
    assert saved_value(2) is None


def test_leaving_the_page_takes_the_last_words_along(open_question: OpenQuestion):
    page = open_question()
    page.get_by_label("Your answer").fill("Closed too early")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    until(lambda: saved_value() == "Closed too early")


@pytest.mark.parametrize(("is_saved", "asks"), [(False, 1), (True, 0)])
def test_leaving_asks_only_while_something_is_unsaved(open_question: OpenQuestion, context, is_saved, asks):
    page = open_question()
    dialogs: list[str] = []

    def accept(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    if not is_saved:
        context.set_offline(True)
    page.get_by_label("Your answer").fill("Text")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved" if is_saved else "offline")
    page.close(run_before_unload=True)
    another = context.new_page()
    another.wait_for_timeout(200)  # for one that should not come
    until(lambda: len(dialogs) >= asks, page=another)
    assert dialogs == ["beforeunload"] * asks


def test_a_text_that_is_refused_stays_and_its_reason_is_said(open_question: OpenQuestion):
    page = open_question()
    page.get_by_label("Your answer").fill("x" * 20_001)
    expect(page.get_by_role("alert").filter(has_text="Not saved")).to_contain_text("Nothing was cut")
    expect(page.locator("[data-count]")).to_contain_text("Characters too many: 1")
    expect(page.locator("#save-state")).to_have_text("Not saved")
    page.get_by_label("Your answer").fill("x" * 20_000)
    expect_saved(page, revision=1)
    expect(page.locator("#response-error")).to_be_empty()


def test_a_browser_that_lost_its_way_in_keeps_the_text_until_it_is_back(
    open_question: OpenQuestion, context, attempt: Attempt
):
    page, passport = open_question(), context.cookies()
    context.clear_cookies()
    page.get_by_label("Your answer").fill("Nearly lost")
    expect(page.locator("#seat-banner")).to_contain_text("open your link again in another tab")
    context.add_cookies(passport)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect_saved(page, revision=1)
    assert saved_value() == "Nearly lost"


def test_a_csrf_cookie_that_changed_costs_nothing(open_question: OpenQuestion, context):
    page = open_question()
    context.clear_cookies(name="csrftoken")
    page.get_by_label("Your answer").fill("Saved with a fresh one")
    expect_saved(page, revision=1)


def test_keeping_the_version_saved_elsewhere(open_question: OpenQuestion, attempt: Attempt):
    page = open_question()
    save(attempt, "From the phone")
    page.get_by_label("Your answer").fill("From this page")
    page.get_by_role("link", name="Keep this one: saved elsewhere").click()
    expect(page.get_by_label("Your answer")).to_have_value("From the phone")
    expect(page.locator(".conflict")).to_have_count(0)
    assert saved_value() == "From the phone"


def test_going_on_from_a_stale_page_shows_both_texts_and_stays(open_question: OpenQuestion, attempt: Attempt):
    page = open_question()
    save(attempt, "From the phone")
    page.get_by_label("Your answer").fill("From this page")
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#conflict-heading")).to_be_focused()
    expect(page.locator(".conflict .words")).to_have_text(["From this page", "From the phone"])
    expect(page.get_by_label("Your answer")).to_have_value("From this page")
    page.get_by_label("Your answer").fill("From this page, and more")
    page.get_by_role("button", name="Keep this one: from this page").click()
    expect_saved(page, revision=2)
    assert saved_value() == "From this page, and more"


def test_a_page_that_is_not_from_the_server_is_no_saved_answer(open_question: OpenQuestion):
    page = open_question()
    page.route(QUESTION, only_posts(lambda route: route.fulfill(status=200, body="<h1>Welcome to the hotel</h1>")))
    page.get_by_label("Your answer").fill("From the lobby")
    expect(page.locator("#save-state")).to_have_text("Not saved, trying again")
    page.get_by_role("button", name="Save and continue →").click()
    page.unroute_all()
    expect_saved(page, revision=1)
    expect(page.locator("#question-heading")).to_contain_text("Question 1")


def test_the_same_words_are_told_again(open_question: OpenQuestion):
    """A live region that keeps its words has not changed, and nothing would be read out."""
    page = open_question()
    page.evaluate(
        "window.told = []; new MutationObserver(() => told.push(document.getElementById('announcer').textContent))"
        ".observe(document.getElementById('announcer'), {childList: true})"
    )
    for _ in range(2):
        page.evaluate("parley.announce('The text was changed elsewhere.')")
        expect(page.locator("#announcer")).to_have_text("The text was changed elsewhere.")
    assert page.evaluate("told") == ["The text was changed elsewhere.", "", "The text was changed elsewhere."]
