"""The whole question page by keyboard, and nothing surprising while somebody types."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from candidates.domain import attempts
from candidates.models import Attempt, Response
from candidates.tests.browser.watching import expect_saved, sit_down
from candidates.tests.making import holder_of

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]


def value(number: int) -> object:
    return Response.objects.get(attempt_question__number=number).value


@pytest.mark.parametrize(("key", "chosen"), [("b", "b"), ("C", "c"), ("1", "a")])
def test_letters_and_numbers_choose_options(open_question: OpenQuestion, key: str, chosen: str):
    page = open_question(2)
    page.keyboard.press(key)
    expect_saved(page, revision=1)
    assert value(2) == chosen


def test_letters_choose_nothing_once_that_is_switched_off(open_question: OpenQuestion):
    page = open_question(2)
    page.get_by_label("Options", exact=True).click()
    page.get_by_label("Don’t choose options by letter and number keys").check()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Options", exact=True)).to_be_focused()
    page.keyboard.press("b")
    expect(page.locator(".option :checked")).to_have_count(0)


def test_in_a_text_field_keys_only_type(open_question: OpenQuestion):
    page = open_question()
    page.get_by_label("Your answer").press_sequentially("b? 1")
    expect(page.get_by_label("Your answer")).to_have_value("b? 1")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_alt_and_arrows_go_on_and_back(open_question: OpenQuestion):
    page = open_question(2)
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#question-heading")).to_contain_text("Question 3")
    page.get_by_label("Your answer").press_sequentially("Last")
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    assert value(3) == "Last"


def test_enter_in_the_dialog_and_question_mark(open_question: OpenQuestion):
    page = open_question(2)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("b")  # the page behind it stays as it is
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".option :checked")).to_have_count(0)


def test_tab_reaches_everything_and_focus_is_never_under_the_bar(open_question: OpenQuestion):
    page = open_question(2)
    page.set_viewport_size({"width": 390, "height": 420})
    reached, hidden = [], []
    for _ in range(30):
        page.keyboard.press("Tab")
        name, under = page.evaluate(
            """() => {
                const focused = document.activeElement, bar = document.querySelector(".bar");
                const box = focused.getBoundingClientRect();
                const covered = !bar.contains(focused) && box.bottom < bar.getBoundingClientRect().bottom && box.height > 1;
                return [focused.value || focused.textContent.trim(), covered && !focused.matches(".skip")];
            }"""
        )
        reached.append(name)
        hidden += [name] * under
    assert hidden == []
    assert {"flag", "1", "3", "a", "previous", "next", "overview", "review"} <= {*reached}


def test_without_scripts_the_options_are_chosen_and_nothing_that_was_typed_is_lost(
    browser: Browser, live_server, attempt: Attempt
):
    attempts.start(holder_of(attempt))
    context = browser.new_context(java_script_enabled=False)
    sit_down(context, live_server, attempt)
    page = context.new_page()
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.get_by_label("Your answer").fill("half a sent")
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Larger").check()
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Remember these options").click()
    expect(page.get_by_label("Your answer")).to_have_value("half a sent")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-text", "larger")
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/review/")
    page.get_by_role("link", name="Options").click()
    expect(page.get_by_label("Larger")).to_be_checked()
    page.get_by_role("link", name="Back, change nothing").click()
    expect(page).to_have_url(re.compile("/review/$"))
    context.close()


def test_preferences_are_remembered_and_applied_before_the_first_paint(open_question: OpenQuestion):
    page = open_question()
    page.get_by_label("Options", exact=True).click()
    page.get_by_label("Larger").check()
    page.get_by_label("Dark").check()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "22.4px"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 24, 26)"
