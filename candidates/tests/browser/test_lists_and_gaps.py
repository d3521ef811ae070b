"""Matching, ordering and gaps: each way to answer is saved as the same answer, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assessments.tests.making import make_assessment, make_question
from candidates.models import Attempt, AttemptQuestion, Response, ResponseEvent
from candidates.tests.browser.watching import Witness, expect_saved, sit_down
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]
MATCHING, ORDERING, CLOZE = 1, 2, 3
TEXTS = {"a": "Commit", "b": "Edit", "c": "Push"}


@pytest.fixture
def attempt(transactional_db: None) -> Attempt:
    return make_attempt(make_assessment(*map(make_question, ("matching", "ordering", "cloze"))))


def saved(number: int) -> object:
    return Response.objects.get(attempt_question__number=number).value


def shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".order-item .option-text").all_inner_texts()]


def positions(page: Page) -> list[str]:
    return [select.locator("option:checked").inner_text() for select in page.locator(".order-item select").all()]


def position(page: Page, text: str) -> Locator:
    return page.get_by_role("combobox", name=f"Position {text}", exact=True)


def item(page: Page, text: str) -> Locator:
    return page.locator(".order-item").filter(has_text=text)


def test_items_are_moved_by_buttons_and_keep_the_focus(open_question: OpenQuestion, witness: Witness):
    page = open_question(ORDERING)
    first, second, third = shown(page)
    assert positions(page) == ["–"] * 3
    button = page.get_by_role("button", name=f"Move down {first}")
    button.press("Enter")
    assert (shown(page), positions(page)) == ([second, first, third], ["1", "2", "3"])
    expect(page.locator("#announcer")).to_have_text(f"{first}: position 2 of 3.")
    expect(button).to_be_focused()
    button.press("Enter")
    button.press("Enter")
    expect(page.locator("#announcer")).to_have_text(f"{first} is last already.")
    expect_saved(page)
    assert [TEXTS[id_] for id_ in saved(ORDERING)] == shown(page) == [second, third, first]  # type: ignore[attr-defined]
    expect(page.locator(".dot.is-current.is-answered")).to_be_visible()
    page.reload()
    assert (shown(page), positions(page)) == ([second, third, first], ["1", "2", "3"])
    page.get_by_role("button", name="Clear order").click()
    expect_saved(page)
    assert saved(ORDERING) is None
    expect(page.locator(".dot.is-current.is-answered")).to_have_count(0)
    witness.require_quiet()


def test_a_position_that_is_chosen_moves_the_item_there(open_question: OpenQuestion, witness: Witness):
    page = open_question(ORDERING)
    first, second, third = shown(page)
    position(page, third).select_option("1")
    assert (shown(page), positions(page)) == ([third, first, second], ["1", "2", "3"])
    expect_saved(page, revision=1)  # a whole order at once, never half of one
    position(page, third).select_option("–")
    assert positions(page) == ["–"] * 3
    expect_saved(page, revision=2)
    assert [event.value for event in ResponseEvent.objects.order_by("sequence")][1:] == [None]
    witness.require_quiet()


def test_items_are_dragged_and_dropped_and_escape_takes_it_back(open_question: OpenQuestion, witness: Witness):
    page = open_question(ORDERING)
    first, second, third = shown(page)

    def drag(text: str, onto: str) -> None:
        item(page, text).locator(".grip").hover()
        page.mouse.down()
        box = item(page, onto).bounding_box()
        assert box
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2 + 10, steps=8)

    drag(first, onto=third)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert (shown(page), positions(page)) == ([first, second, third], ["–"] * 3)
    drag(first, onto=third)
    page.mouse.up()
    assert (shown(page), positions(page)) == ([second, third, first], ["1", "2", "3"])
    expect_saved(page, revision=1)
    witness.require_quiet()


def test_the_order_that_is_shown_can_be_kept(open_question: OpenQuestion):
    page = open_question(ORDERING)
    before = shown(page)
    page.get_by_role("button", name="Keep this order").click()
    expect_saved(page, revision=1)
    assert [TEXTS[id_] for id_ in saved(ORDERING)] == before  # type: ignore[attr-defined]
    expect(position(page, before[0])).to_be_focused()


def test_a_match_is_saved_at_once_and_goes_along_to_the_next_question(open_question: OpenQuestion, witness: Witness):
    page = open_question(MATCHING)
    page.get_by_label("PUT").select_option("idempotent")
    expect_saved(page, revision=1)
    assert saved(MATCHING) == {"1": "a"}
    page.get_by_label("POST").select_option("neither")
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#question-panel")).to_have_attribute("data-number", "2")
    assert saved(MATCHING) == {"1": "a", "2": "b"}
    page.locator(".order-item [data-move='1']").first.click()  # the script knows what has just come onto the page
    expect_saved(page, revision=1)
    page.go_back()
    expect(page.get_by_label("PUT")).to_have_value("1=a")
    witness.require_quiet()


def test_gaps_are_saved_while_they_are_filled_in(open_question: OpenQuestion, witness: Witness):
    page = open_question(CLOZE)
    expect(page.locator("#save-state")).to_have_attribute("data-state", "empty")
    page.get_by_label("Gap 1 of 2").fill("2=")
    expect_saved(page, revision=1)
    assert saved(CLOZE) == {"1": "2="}
    page.get_by_label("Gap 2 of 2").select_option("speeds up")
    expect_saved(page, revision=2)
    page.reload()
    expect(page.get_by_label("Gap 1 of 2")).to_have_value("2=")
    expect(page.get_by_label("Gap 2 of 2")).to_have_value("b")
    page.wait_for_timeout(1500)  # nothing was changed, so nothing is sent
    assert ResponseEvent.objects.count() == 2
    page.get_by_label("Gap 1 of 2").fill("")
    page.get_by_label("Gap 2 of 2").select_option("…")
    expect_saved(page, revision=3)
    assert saved(CLOZE) is None
    expect(page.locator(".dot.is-current.is-answered")).to_have_count(0)
    witness.require_quiet()


@pytest.fixture
def plain(browser: Browser, live_server, attempt: Attempt) -> Page:
    """A page without scripts."""
    context = browser.new_context(java_script_enabled=False)
    sit_down(context, live_server, attempt)
    page = context.new_page()
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/{MATCHING}/")
    return page


def go_on(page: Page) -> None:
    page.locator(".moves .primary").click()


def test_without_scripts_all_of_it_is_answered_and_two_equal_positions_are_refused(plain: Page):
    plain.get_by_label("POST").select_option("neither")
    go_on(plain)
    order = shown(plain)
    for text in order:
        position(plain, text).select_option("2")
    go_on(plain)
    expect(plain.get_by_role("alert")).to_contain_text("Position 2 is given to")
    for text in order:  # they are named in alphabetical order, not as shown
        expect(plain.get_by_role("alert")).to_contain_text(f"“{text}”")
    assert (shown(plain), positions(plain)) == (order, ["2", "2", "2"])
    for place, text in enumerate(order):
        position(plain, text).select_option(str(3 - place))
    go_on(plain)
    plain.get_by_label("Gap 1 of 2").fill("O(1)")
    go_on(plain)
    assert saved(MATCHING) == {"2": "b"}
    assert [TEXTS[id_] for id_ in saved(ORDERING)] == order[::-1]  # type: ignore[attr-defined]
    assert saved(CLOZE) == {"1": "O(1)"}
    plain.context.close()


def test_what_is_shown_first_is_not_the_key(attempt: Attempt):
    question = AttemptQuestion.objects.select_related("version").get(number=ORDERING)
    assert sorted(question.option_order) == ["a", "b", "c"]
    assert question.option_order != question.version.key["order"]
