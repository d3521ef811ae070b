"""Whole ways through an attempt of every question type: by keyboard alone, and without scripts. With nuisances on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect
from pytest_django.live_server_helper import LiveServer

from assessments.models import Assessment
from assessments.tests.making import SHAPES, make_assessment, make_question
from candidates.domain import invitations, pauses
from candidates.enums import AttemptStatus
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.browser.watching import Witness, expect_saved, sit_down

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]
MOST_TABS = 40
EXPECTED = {
    "single_choice": "b",
    "multiple_choice": ["b"],
    "true_false": False,
    "matching": {"1": "b", "2": "b"},
    "ordering": ["b", "a", "c"],
    "numeric": "42 ms",
    "short_text": "an index",
    "cloze": {"1": "constant", "2": "a"},
    "long_text": "It depends on the workload.",
}


@pytest.fixture
def every_type(transactional_db: None) -> Assessment:
    return make_assessment(*map(make_question, SHAPES), duration_seconds=3600)


def values() -> dict[str, object]:
    rows = Response.objects.order_by("attempt_question__number").select_related("attempt_question__version")
    return {row.attempt_question.version.type: row.value for row in rows}


# ---- By keyboard alone ----


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until what has the focus is called so."""
    wanted = re.compile(name if isinstance(name, re.Pattern) else f"^{re.escape(name)}")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.search(page.evaluate(NAME)):
            return
    raise AssertionError(f"Tab does not come to {name}.")


NAME = """() => {
    const focused = document.activeElement;
    const label = focused.getAttribute("aria-label") || focused.labels?.[0]?.textContent || focused.textContent || "";
    return label.replace(/\\s+/g, " ").trim();
}"""


def type_answer(page: Page, type_: str) -> None:
    if type_ in ("single_choice", "multiple_choice", "true_false"):
        page.keyboard.press("b")
    elif type_ == "matching":
        for prompt in ("PUT", "POST"):
            tab_to(page, prompt)
            page.keyboard.type("neither")
    elif type_ == "ordering":
        tab_to(page, "Move down")
        page.keyboard.press("Enter")
    elif type_ == "cloze":
        tab_to(page, "Gap 1")
        page.keyboard.type("constant")
        tab_to(page, "Gap 2")
        page.keyboard.press("ArrowDown")
    else:
        tab_to(page, "Your answer")
        page.keyboard.type(str(EXPECTED[type_]))


def test_the_whole_way_by_keyboard_alone(page: Page, live_server: LiveServer, every_type: Assessment):
    witness = Witness(page)
    page.goto(f"{live_server.url}/i/{invitations.invite(every_type, email='ada@example.org', name='Ada').token}/")
    tab_to(page, re.compile("agree"))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/attempts/*/")
    tab_to(page, "Start the clock")
    page.keyboard.press("Enter")
    for number, type_ in enumerate(SHAPES, start=1):
        expect(page.locator("#question-panel")).to_have_attribute("data-number", str(number))
        page.wait_for_load_state()
        if number > 1:
            expect(page.locator("#question-heading")).to_be_focused()
        type_answer(page, type_)
        expect_saved(page)
        page.keyboard.press("Alt+ArrowRight")
    page.wait_for_url("**/review/")
    page.wait_for_load_state("networkidle")  # what the last page had on its way is sent again, and the list renewed
    tab_to(page, "Submit 9 answers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Submit 9 answers?")
    tab_to(page, "Submit for good")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your answers are in")).to_be_visible()
    assert Attempt.objects.get().status == AttemptStatus.SUBMITTED
    found = values()
    assert [type_ for type_ in SHAPES if not found[type_]] == ["true_false"]  # which is answered by False
    assert {type_: found[type_] for type_ in ("single_choice", "numeric", "short_text", "long_text")} == {
        type_: EXPECTED[type_] for type_ in ("single_choice", "numeric", "short_text", "long_text")
    }
    witness.require_quiet()


# ---- Without scripts ----


def choose_answer(page: Page, type_: str) -> None:
    if type_ in ("single_choice", "multiple_choice", "true_false"):
        page.locator(".option").nth(1).click()
    elif type_ == "matching":
        for field in page.locator(".pair select").all():
            field.select_option(label="neither")
    elif type_ == "ordering":
        for item in page.locator(".order-item").all():
            place = ["Edit", "Commit", "Push"].index(item.locator(".option-text").inner_text().strip())
            item.locator("select").select_option(label=str(place + 1))
    elif type_ == "cloze":
        page.get_by_label("Gap 1 of 2").fill("constant")
        page.get_by_label("Gap 2 of 2").select_option(index=1)
    else:
        page.locator("#value").fill(str(EXPECTED[type_]))


def test_the_whole_way_without_scripts_over_every_question_type(
    browser: Browser, live_server: LiveServer, every_type: Assessment
):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/i/{invitations.invite(every_type, email='ada@example.org', name='Ada').token}/")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.get_by_role("button", name="Start the clock").click()
    for type_ in SHAPES:
        choose_answer(page, type_)
        page.locator(".moves .primary").click()
    page.get_by_role("button", name="Submit 9 answers").click()
    page.get_by_role("button", name="Submit for good").click()
    expect(page.get_by_role("heading", name="Your answers are in")).to_be_visible()
    found = values()
    assert [type_ for type_ in SHAPES if found[type_] is None] == []
    assert (found["ordering"], found["long_text"]) == (["b", "a", "c"], EXPECTED["long_text"])
    page.get_by_role("link", name="See your record").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Receipts as text").click()
    page.goto(f"{live_server.url}/receipts/")
    page.get_by_label("Or its file").set_input_files(downloading.value.path())
    page.get_by_role("button", name="Check this receipt").click()
    expect(page.get_by_role("heading", name="This receipt is genuine")).to_be_visible()
    context.close()


# ---- Nuisances ----


@pytest.mark.parametrize("has_scripts", [True, False])
def test_only_with_scripts_is_it_said_that_pages_save_and_go_on_by_themselves(
    browser: Browser, live_server: LiveServer, attempt: Attempt, admin_user, has_scripts: bool
):
    invited = invitations.invite(attempt.assessment, email="ada@example.org")
    context = browser.new_context(java_script_enabled=has_scripts)
    sit_down(context, live_server, attempt)
    page, root = context.new_page(), f"{live_server.url}/attempts/{attempt.pk}/"

    def says(address: str, words: str) -> bool:
        page.goto(address)
        return words in page.locator("main").inner_text()

    for address, words in ((f"{live_server.url}/i/{invited.token}/", "By itself"), (root, "saves itself")):
        assert (says(address, words), says(address, "whenever you press a button")) == (has_scripts, not has_scripts)
    pauses.pause([attempt.pk], by=admin_user)
    assert says(root, "The questions are hidden.")
    assert (says(root, "goes on by itself"), says(root, "See whether it goes on")) == (has_scripts, not has_scripts)
    context.close()


def test_a_csrf_token_changed_by_a_sign_in_in_another_tab_costs_nothing(
    open_question: OpenQuestion, context: BrowserContext, live_server: LiveServer, admin_user
):
    admin_user.set_password("password")
    admin_user.save()
    page = open_question()
    page.get_by_label("Your answer").fill("Before")
    expect_saved(page, revision=1)
    before = {cookie["name"]: cookie["value"] for cookie in context.cookies()}["csrftoken"]
    tab = context.new_page()
    tab.goto(f"{live_server.url}{reverse('admin:login')}")
    tab.locator("[name=username]").fill("admin")
    tab.locator("[name=password]").fill("password")
    tab.locator("[type=submit]").click()
    tab.wait_for_url("**/admin/")
    assert {cookie["name"]: cookie["value"] for cookie in context.cookies()}["csrftoken"] != before
    page.get_by_label("Your answer").fill("Before, and after")
    expect_saved(page, revision=2)
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")


def test_the_browsers_back_button_never_shows_or_posts_a_stale_answer(open_question: OpenQuestion, witness: Witness):
    page = open_question()
    page.get_by_label("Your answer").fill("First")
    expect_saved(page, revision=1)
    page.get_by_role("button", name="Instructions and overview").click()
    page.wait_for_url(re.compile(r"/attempts/[^/]+/$"))
    attempt = Attempt.objects.get()
    other = page.context.new_page()
    open_question(on=other)
    other.get_by_label("Your answer").fill("Second, from another tab")
    expect_saved(other)
    page.go_back()
    expect(page.get_by_label("Your answer")).to_have_value("Second, from another tab")
    page.get_by_label("Your answer").fill("Third")
    expect_saved(page)
    kinds = ResponseEvent.objects.filter(attempt=attempt).values_list("kind", flat=True)
    assert set(kinds) == {"saved"}
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")  # as from a frozen page
    page.wait_for_load_state()
    expect(page.get_by_label("Your answer")).to_have_value("Third")
    witness.require_all_kept()


def test_no_page_of_an_attempt_may_be_kept(open_question: OpenQuestion, attempt: Attempt, client: Client):
    page = open_question()
    for path in ("", "questions/1/", "review/", "submit/", "record/", "handover/"):
        response = page.goto(page.url.partition(str(attempt.pk))[0] + f"{attempt.pk}/{path}")
        assert response is not None
        assert response.headers["cache-control"] == "no-store, private"


def test_a_browser_that_keeps_pages_for_its_back_button_keeps_none_of_an_attempt(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], live_server: LiveServer, attempt: Attempt
):
    """Playwright switches that memory off; here it is on, and Chromium itself says why it did not use it."""
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"])
    context = browser.new_context()
    sit_down(context, live_server, attempt)
    page = context.new_page()
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.get_by_role("button", name="Instructions and overview").click()
    page.wait_for_url(re.compile(r"/attempts/[^/]+/$"))
    page.go_back()
    kept_not_for = page.evaluate(
        "performance.getEntriesByType('navigation')[0].notRestoredReasons.reasons.map(({ reason }) => reason)"
    )
    browser.close()
    assert "response-cache-control-no-store" in kept_not_for


def test_a_minute_offline_while_typing(open_question: OpenQuestion, context: BrowserContext, witness: Witness):
    """The minute is the browser's own clock, moved on: every retry that would have happened in it happens."""
    page = open_question()
    page.clock.install()
    context.set_offline(True)
    field = page.get_by_label("Your answer")
    text = ""
    for second in range(0, 60, 5):
        text += f"after {second} seconds; "
        field.press_sequentially(f"after {second} seconds; ", delay=0)
        page.clock.run_for(5000)
        expect(page.locator("#seat-banner")).to_contain_text("You are offline")
        assert page.locator("#save-state").get_attribute("data-state") == "offline"
    assert ResponseEvent.objects.count() == 0
    context.set_offline(False)
    page.clock.run_for(3000)
    expect_saved(page)
    expect(field).to_have_value(text)
    saved = list(ResponseEvent.objects.order_by("sequence").values_list("value", flat=True))
    assert saved[-1] == text
    assert len(saved) <= 2  # what was under way when the network went, and the newest
    assert len(set(witness.keys)) == len(saved)
    witness.require_quiet()
