"""Every state of a question's page, light, dark and in the system's own colours: nothing axe finds, nothing out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from candidates.domain import snapshots
from candidates.models import Attempt
from candidates.tests.browser.watching import colours_of_the_words, drafts, until, violations
from candidates.tests.making import ring_the_bell, save

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]


def fails(page: Page) -> None:
    page.route("**/questions/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())


def states(page: Page, open_question: OpenQuestion, context: BrowserContext, attempt: Attempt) -> Iterator[str]:
    """Bring the page into one state after another; each is looked at before the next."""
    field, state = page.get_by_label("Your answer"), page.locator("#save-state")
    open_question()
    field.fill("Saved")
    expect(state).to_have_attribute("data-state", "saved")
    yield "saved"
    page.get_by_label("Options", exact=True).click()
    yield "menu open"
    page.get_by_role("button", name="Show all keys").click()
    yield "keys shown"
    page.keyboard.press("Escape")
    save(attempt, "From elsewhere", base_revision=1)
    field.fill("From here")
    expect(page.locator(".conflict")).to_be_visible()
    yield "conflict"
    page.get_by_role("button", name="Keep this one: from this page").click()
    expect(state).to_have_attribute("data-state", "saved")
    field.fill("x" * 20_001)
    expect(page.get_by_role("alert").filter(has_text="Not saved")).to_be_visible()
    yield "refused"
    field.fill("Short again")
    expect(state).to_have_attribute("data-state", "saved")
    context.set_offline(True)
    field.fill("Typed in a tunnel")
    expect(state).to_have_attribute("data-state", "offline")
    yield "offline"
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#seat-banner")).to_contain_text("has not been opened before")
    yield "not to be opened offline"
    context.set_offline(False)
    expect(state).to_have_attribute("data-state", "saved")
    fails(page)
    field.fill("The server is away")
    expect(state).to_have_attribute("data-state", "unsaved")
    until(lambda: len(drafts(page)) == 1)
    page.reload()
    expect(page.locator("#restored")).to_be_visible()
    yield "restored, and still unsaved"
    page.unroute_all()
    expect(state).to_have_attribute("data-state", "saved")
    Attempt.objects.filter(pk=attempt.pk).update(device="another one's")
    field.fill("Typed where it does not count")
    expect(page.locator("[data-elsewhere]")).to_be_visible()
    yield "open elsewhere"
    Attempt.objects.filter(pk=attempt.pk).update(device="")
    open_question()
    cookies = context.cookies()
    context.clear_cookies()
    field.fill("Typed where it does not count, nor here")
    expect(page.locator("#seat-banner")).to_contain_text("has lost its way in")
    yield "lost its way in"
    context.add_cookies([{**one} for one in cookies])  # type: ignore[typeddict-item]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(state).to_have_attribute("data-state", "saved")
    open_question(3)
    ring_the_bell(attempt, seconds_ago=60)
    field.fill("Too late to count")
    expect(page.get_by_text("Kept aside.")).to_be_visible()
    yield "too late"
    ring_the_bell(attempt, seconds_ago=5)
    snapshots.forget(attempt.pk)
    open_question()
    expect(page.locator("#time-up").get_by_text("Time is up.", exact=True)).to_be_visible()
    yield "time is up"


OF_COLOURS = ("color-contrast", "link-in-text-block")  # the other rules see no colours, and find the same in each look
LOOKS: tuple[dict[str, Any], ...] = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
)


def test_every_state_passes_axe_and_fits_a_window_zoomed_to_400_percent(
    page: Page, context: BrowserContext, open_question: OpenQuestion, attempt: Attempt
):
    page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024 at 400 %
    page.on("dialog", lambda dialog: dialog.accept())
    seen: list[str] = []
    problems: list[tuple[Any, ...]] = []
    for state in states(page, open_question, context, attempt):
        seen.append(state)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            problems.append((state, "scrolls sideways"))
        for looks, rules in zip(LOOKS, ((), OF_COLOURS, OF_COLOURS), strict=True):
            page.emulate_media(reduced_motion="reduce", **looks)  # no colour on its way to another
            found = violations(page, rules=rules)
            problems += [(state, looks, one["id"], one["nodes"][0]["html"]) for one in found]
    assert len(seen) == 12
    assert not problems, "\n".join(map(str, problems))


def test_letters_easier_to_tell_apart_are_loaded_only_when_chosen_and_remembered(open_question: OpenQuestion):
    page = open_question()
    fonts: list[str] = []
    page.on("response", lambda response: fonts.append(response.url) if response.url.endswith(".woff2") else None)
    page.wait_for_load_state("networkidle")
    assert fonts == []
    page.get_by_label("Options", exact=True).click()
    with page.expect_response("**/*.woff2"):
        page.get_by_label("Letters that are easier to tell apart").check()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-font", "legible")
    assert "Atkinson Hyperlegible" in page.evaluate("getComputedStyle(document.body).fontFamily")


def test_the_words_on_every_button_can_be_seen_in_the_systems_own_colours(open_question: OpenQuestion):
    page = open_question()
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    buttons = page.locator("main button:visible:not(.visually-hidden, .dot)").all()
    assert len(buttons) >= 5
    for button in buttons:
        for hover in (False, True):
            if hover:
                button.hover()
            assert colours_of_the_words(button) > 1, (button.inner_text(), hover)
