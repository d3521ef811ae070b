from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts
from candidates.models import Attempt, Response
from candidates.tests.browser.watching import sit_down
from candidates.tests.making import holder_of, make_attempt, save

pytestmark = pytest.mark.browser


SAY_EVERY_STATE = """() => {
    const [place, said] = [document.getElementById("save-state"), document.getElementById("sentences").content];
    const [height, width] = [place.offsetHeight, place.clientWidth];
    return ["saving", "unsaved", "offline", "lost", "refused", "conflict", "closed", "elsewhere", "still"].filter((state) => {
        place.dataset.state = state;
        place.textContent = said.querySelector(`[data-name=${state}]`).textContent;
        return place.offsetHeight !== height || place.scrollWidth > width;
    });
}"""


def test_what_became_of_a_text_is_said_in_one_line_on_the_smallest_screen_in_each_language(
    page: Page, context: BrowserContext, live_server, attempt: Attempt
):
    save(attempt, "Saved")
    sit_down(context, live_server, attempt)
    page.set_viewport_size({"width": 320, "height": 600})
    too_long = {}
    for language, _ in settings.LANGUAGES:
        context.add_cookies([{"name": "parley_language", "value": language, "url": live_server.url}])
        page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
        expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}", re.IGNORECASE))
        too_long[language] = page.evaluate(SAY_EVERY_STATE)
    assert too_long == {language: [] for language, _ in settings.LANGUAGES}


def test_the_largest_letters_fit_the_smallest_screen_in_each_language(
    page: Page, context: BrowserContext, live_server, attempt: Attempt
):
    sit_down(context, live_server, attempt)
    page.set_viewport_size({"width": 320, "height": 600})
    widest = "text=larger&font=legible&spacing=wide"
    context.add_cookies([{"name": "parley_preferences", "value": widest, "url": live_server.url}])
    too_wide = []
    for language, _ in settings.LANGUAGES:
        context.add_cookies([{"name": "parley_language", "value": language, "url": live_server.url}])
        for path in ("", "questions/1/", "questions/3/", "review/", "submit/", "handover/", "questions/1/problem/"):
            page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
            expect(page.locator("html")).to_have_attribute("data-text", "larger")
            if page.evaluate("document.documentElement.scrollWidth") > 320:
                too_wide.append((language, path))
    assert too_wide == []


NUMBERS_READ = (
    """() => [...document.querySelectorAll("time, [data-count], [data-clock-words]")].map((one) => one.textContent)"""
)


def test_all_numbers_of_a_page_have_the_same_digits(browser: Browser, live_server, attempt: Attempt):
    """A browser from Egypt writes moments with other digits than this server, unless it is told."""
    context = browser.new_context(locale="ar-EG", timezone_id="Africa/Cairo")
    save(attempt, "كلمتان اثنتان")
    sit_down(context, live_server, attempt)
    page = context.new_page()
    for path, count in (("questions/1/", 3), ("record/", 4)):
        page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
        expect(page.locator("time[data-local]")).to_have_count(0)
        told = page.evaluate(NUMBERS_READ)
        assert len(told) >= count
        assert [words for words in told if not re.search("[0-9]", words) or re.search("[\u0660-\u0669]", words)] == []
    context.close()


def test_a_moment_with_its_day_names_the_zone_it_is_told_in(browser: Browser, live_server, attempt: Attempt):
    context = browser.new_context(locale="en-GB", timezone_id="Asia/Kolkata")
    started_at = attempt.events.get(kind="started").at.astimezone(ZoneInfo("Asia/Kolkata"))
    sit_down(context, live_server, attempt)
    page = context.new_page()
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/record/")
    expect(page.locator(".timeline time").first).to_have_text(f"{started_at:%-d %B %Y at %H:%M} GMT+5:30")
    context.close()


PARTED = """() => [...document.querySelectorAll("time, [data-clock-words]")].map((one) => one.textContent)
    .filter((words) => /\\d [a-z]|:\\d\\d [A-Z]/i.test(words.replace(/ (à|at|um|às|a las) /, "\u00a0")))"""


@pytest.mark.parametrize("locale", ["de-DE", "fr-FR", "es-ES", "pt-BR"])
def test_no_line_ends_between_a_day_and_its_month_or_a_time_and_its_zone(
    browser: Browser, live_server, attempt: Attempt, locale: str
):
    context = browser.new_context(locale=locale, timezone_id="Asia/Kolkata")
    save(attempt, "Saved")
    sit_down(context, live_server, attempt)
    page = context.new_page()
    for path in ("questions/1/", "record/"):
        page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
        expect(page.locator("html")).to_have_attribute("lang", locale[:2])
        expect(page.locator("time[data-local]")).to_have_count(0)
        assert page.evaluate(PARTED) == []
    context.close()


BESIDE = """() => [...document.querySelectorAll(".option")].map((option) => {
    const words = document.createRange();
    words.selectNodeContents(option.querySelector(".option-text"));
    const [letter, text] = [option.querySelector(".option-letter").getBoundingClientRect(), words.getClientRects()[0]];
    return Math.round(Math.max(letter.left - text.right, text.left - letter.right));
})"""


def test_the_words_of_an_option_stand_beside_its_letter_whichever_way_they_read(
    page: Page, context: BrowserContext, live_server, transactional_db: None
):
    words = ("Reads take a lock", "42", "القراءة تنتظر")
    content = {"options": [{"id": name, "text": text} for name, text in zip("abc", words, strict=True)]}
    attempt = make_attempt(make_assessment(make_question("single_choice", content=content)))
    sit_down(context, live_server, attempt)
    for language in ("ar", "en"):
        context.add_cookies([{"name": "parley_language", "value": language, "url": live_server.url}])
        page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
        assert all(0 <= distance < 40 for distance in page.evaluate(BESIDE)), language


def test_choosing_a_language_in_the_middle_of_a_sentence_loses_no_word(
    open_question: Callable[..., Page], attempt: Attempt
):
    page = open_question(1)
    page.locator("#value").fill("typed a moment ago")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#save-state")).to_contain_text("Gespeichert")
    expect(page.locator("#value")).to_have_value("typed a moment ago")
    expect(page.locator("[data-count]")).to_contain_text("Wörter: 4")
    assert (
        Response.objects.get(attempt_question__attempt=attempt, attempt_question__number=1).value
        == "typed a moment ago"
    )


def test_a_language_chosen_while_a_save_is_on_its_way_comes_when_it_has_arrived(
    open_question: Callable[..., Page], attempt: Attempt
):
    page = open_question(1)
    held: list[Route] = []
    page.route("**/questions/1/", lambda route: held.append(route) if not held else route.continue_())
    page.locator("#value").fill("on its way")
    with page.expect_request(lambda request: request.method == "POST"):
        pass
    page.locator("#value").press_sequentially(", and more")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Deutsch").click()
    page.wait_for_timeout(200)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    held[0].continue_()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#value")).to_have_value("on its way, and more")


def test_without_scripts_a_language_is_chosen_on_every_page_but_a_questions(
    browser: Browser, live_server, attempt: Attempt
):
    attempts.start(holder_of(attempt))
    context: BrowserContext = browser.new_context(java_script_enabled=False)
    sit_down(context, live_server, attempt)
    page = context.new_page()
    for path in ("", "review/", "submit/"):
        page.goto(f"{live_server.url}/attempts/{attempt.pk}/{path}")
        assert page.get_by_role("button", name="Deutsch").count() == 1
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert page.url.endswith("/submit/")
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    assert page.get_by_role("button", name="français").count() == 0
    page.goto(f"{live_server.url}/")
    page.locator(".language-menu summary").click()
    page.get_by_role("button", name="français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    context.close()
