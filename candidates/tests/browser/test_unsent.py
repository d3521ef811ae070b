"""Text that the server has not acknowledged outlives the page, the network and the browser, and lies on the disk unreadable."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from playwright.sync_api import Error as PlaywrightError
from pytest_django.live_server_helper import LiveServer

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, snapshots
from candidates.models import Response, ResponseEvent
from candidates.tests.browser.test_journeys import EXPECTED, choose_answer
from candidates.tests.browser.watching import Witness, drafts, expect_saved, sit_down, until
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]
AGED = """async () => {
    const done = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
    const database = await done(indexedDB.open("parley", 1));
    const store = database.transaction("drafts", "readwrite").objectStore("drafts");
    const [row] = await done(store.getAll());
    await done(store.put({ ...row, id: "another/1", attempt: "another" }));
    await done(store.put({ ...row, until: row.until - 7 * 24 * 3600_000 }));
    database.close();
}"""
ORDER = "(positions) => positions.map((one) => one.value.split('=')[0])"


def value(number: int = 1) -> object:
    return Response.objects.get(attempt_question__number=number).value


def cut_off(page: Page) -> None:
    """Nothing this page sends arrives."""
    page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())


def crash(page: Page) -> Page:
    """The tab dies with what it knew, without a word; the browser goes on with a new one."""
    with pytest.raises(PlaywrightError, match="crash"):
        page.goto("chrome://crash")
    return page.context.new_page()


def lost(page: Page, text: str) -> Page:
    """What was written did not arrive before the tab died, and lies on the device alone."""
    cut_off(page)
    page.get_by_label("Your answer").fill(text)
    until(lambda: len(drafts(page)) == 1)
    return crash(page)


def events() -> list[tuple[str, object]]:
    return list(ResponseEvent.objects.order_by("sequence").values_list("kind", "value"))


def test_unsent_text_lies_on_the_device_encrypted_and_goes_when_it_is_saved(
    open_question: OpenQuestion, context, attempt
):
    page = open_question()
    context.set_offline(True)
    page.get_by_label("Your answer").fill("Confidential")
    until(lambda: len(drafts(page)) == 1)
    [[name, sealed]] = drafts(page)
    assert name == f"{attempt.pk}/1"
    assert len(sealed) > 100
    assert "Confidential" not in sealed
    assert "Confidential" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    context.set_offline(False)
    expect_saved(page, revision=1)
    until(lambda: drafts(page) == [])


def test_a_page_that_was_lost_is_filled_again_and_saved_under_the_same_key(
    open_question: OpenQuestion, witness: Witness
):
    page = open_question()
    cut_off(page)
    page.get_by_label("Your answer").fill("Written before the crash")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "unsaved")
    until(lambda: len(drafts(page)) == 1)
    tab = crash(page)
    again = Witness(tab)
    open_question(on=tab)
    expect(tab.get_by_label("Your answer")).to_have_value("Written before the crash")
    expect_saved(tab, revision=1)
    assert {*witness.keys} == {*again.keys}
    assert events() == [("saved", "Written before the crash")]


def test_what_is_a_week_old_is_removed_and_not_filled_in(open_question: OpenQuestion, live_server):
    """By a page of any attempt, and by those where candidates come in; what is not as old stays."""
    page = lost(open_question(), "A week ago")
    page.goto(f"{live_server.url}/accessibility/")  # which removes nothing
    page.evaluate(AGED)
    assert len(drafts(page)) == 2
    open_question(on=page)
    until(lambda: [name for name, _ in drafts(page)] == ["another/1"])
    expect(page.get_by_label("Your answer")).to_have_value("")
    expect(page.locator("#restored")).to_be_hidden()
    page.evaluate(AGED)
    page.goto(live_server.url)
    until(lambda: drafts(page) == [])


def test_what_was_saved_elsewhere_in_the_meantime_is_not_overwritten(open_question: OpenQuestion, attempt):
    page = lost(open_question(), "From before")
    save(attempt, "From another tab")
    open_question(on=page)
    expect(page.locator(".conflict .words")).to_have_text(["From before", "From another tab"])
    page.get_by_role("link", name="Keep this one: saved elsewhere").click()
    expect(page.get_by_label("Your answer")).to_have_value("From another tab")
    expect(page.locator(".conflict")).to_have_count(0)
    assert drafts(page) == []
    assert events() == [("saved", "From another tab"), ("conflict", "From before")]


def test_text_of_another_question_is_sent_by_the_overview_before_anybody_submits(open_question: OpenQuestion, attempt):
    page = lost(open_question(3), "Left behind")
    page.goto(open_question(1, on=page).url.replace("questions/1/", "review/"))
    expect(page.get_by_text("Left behind")).to_be_visible()
    assert value(3) == "Left behind"
    save(attempt, "On its way while the list was written")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it asks at once, not in ten seconds
    expect(page.get_by_text("On its way")).to_be_visible()


def test_after_submitting_nothing_stays_on_the_device(open_question: OpenQuestion, attempt):
    page = lost(open_question(), "Too late to count")
    attempts.submit(holder_of(attempt))
    page.goto(open_question(on=page).url.replace("questions/1/", "receipt/"))
    until(lambda: drafts(page) == [])
    assert events() == [("late", "Too late to count")]  # not counted, but in the record


def test_offline_the_questions_seen_before_open_and_all_texts_arrive_afterwards(open_question: OpenQuestion, context):
    page = open_question(3)
    page.locator(".dot[value='1']").click()
    heading, field = page.locator("#question-heading"), page.get_by_label("Your answer")
    expect(heading).to_contain_text("Question 1")
    context.set_offline(True)
    field.fill("First, in a tunnel")
    page.locator(".dot[value='2']").click()
    expect(page.locator("#seat-banner")).to_contain_text("this question has not been opened before")
    page.locator(".dot[value='3']").click()
    expect(heading).to_contain_text("Question 3")
    expect(heading).to_be_focused()
    assert page.url.endswith("/questions/3/")
    field.fill("Third, in a tunnel")
    expect(page.locator("#save-state")).to_have_attribute("data-state", "offline")
    page.go_back()
    expect(heading).to_contain_text("Question 1")
    expect(field).to_have_value("First, in a tunnel")
    page.locator(".dot[value='3']").click()
    expect(field).to_have_value("Third, in a tunnel")
    context.set_offline(False)
    until(lambda: value(1) == "First, in a tunnel")
    until(lambda: value(3) == "Third, in a tunnel")
    expect_saved(page)
    texts = [text for kind, text in events() if kind == "saved" and text]
    assert sorted(map(str, texts)) == ["First, in a tunnel", "Third, in a tunnel"]  # each once
    page.get_by_role("button", name="Save and review").click()
    page.wait_for_url("**/review/")


@pytest.mark.parametrize(
    ("seconds_ago", "kind", "counts"),
    [(5, "saved", "Typed at the bell"), (300, "late", None)],
    ids=["grace", "too late"],
)
def test_a_browser_that_crashed_at_the_bell_sends_its_text_when_it_is_back(
    open_question: OpenQuestion, attempt, seconds_ago: int, kind: str, counts: str | None
):
    page = open_question()
    cut_off(page)
    page.get_by_label("Your answer").fill("Typed at the bell")
    until(lambda: len(drafts(page)) == 1)
    tab = crash(page)
    ring_the_bell(attempt, seconds_ago=seconds_ago)
    snapshots.forget(attempt.pk)
    open_question(on=tab)
    until(lambda: events() == [(kind, "Typed at the bell")])  # in the record either way
    assert value() == counts
    until(lambda: drafts(tab) == [])


@pytest.mark.parametrize("type_", ["multiple_choice", "matching", "ordering", "cloze", "numeric"])
def test_answers_of_every_shape_come_back(page: Page, context: BrowserContext, live_server: LiveServer, type_: str):
    """Choices, lists, orders and gaps, not only text: what is filled in again is what was there."""
    attempt = make_attempt(make_assessment(make_question(type_), duration_seconds=3600))
    sit_down(context, live_server, attempt)
    url = f"{live_server.url}/attempts/{attempt.pk}/questions/1/"
    page.goto(url)
    cut_off(page)
    if type_ == "ordering":
        page.locator("[data-move='1']").first.click()
    else:
        choose_answer(page, type_)
    expected = page.locator(".order-item select").evaluate_all(ORDER) or EXPECTED[type_]
    until(lambda: len(drafts(page)) == 1 and page.locator("#save-state").get_attribute("data-state") == "unsaved")
    page = crash(page)
    page.goto(url)
    expect_saved(page)
    until(lambda: drafts(page) == [])
    assert value() == expected
    before = page.locator(".answer").inner_text()
    page.reload()
    assert page.locator(".answer").inner_text() == before  # the server draws it as the script had


@pytest.fixture
def browser_on_disk(
    browser_type: BrowserType, chromium_path: Path, tmp_path: Path
) -> Iterator[Callable[[], BrowserContext]]:
    """A browser with a profile of its own, which can be killed and started again."""
    opened: list[BrowserContext] = []

    def start() -> BrowserContext:
        (tmp_path / "SingletonLock").unlink(missing_ok=True)  # left by the one that was killed
        opened.append(
            browser_type.launch_persistent_context(
                tmp_path, executable_path=chromium_path, args=["--no-sandbox"], headless=True
            )
        )
        return opened[-1]

    yield start
    opened[-1].close()


def kill_browser(profile: Path) -> None:
    """As when its machine fails: no chance to say last words."""
    wanted = f"--user-data-dir={profile}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _command_line(entry):
            os.kill(int(entry.name), signal.SIGKILL)


def _command_line(entry: Path) -> list[bytes]:
    try:
        return (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def test_text_outlives_a_killed_browser(
    browser_on_disk, tmp_path: Path, live_server: LiveServer, transactional_db: None
):
    attempt = make_attempt(make_assessment(make_question("long_text"), duration_seconds=3600))
    context = browser_on_disk()
    sit_down(context, live_server, attempt)
    page = context.pages[0]
    url = f"{live_server.url}/attempts/{attempt.pk}/questions/1/"
    page.goto(url)
    context.set_offline(True)
    page.get_by_label("Your answer").fill("The last words before the crash")
    until(lambda: len(drafts(page)) == 1)
    kill_browser(tmp_path)
    with pytest.raises(Exception, match="closed"):
        page.wait_for_timeout(3000)
    context = browser_on_disk()
    sit_down(context, live_server, attempt)
    page = context.pages[0]
    page.goto(url)
    expect(page.get_by_label("Your answer")).to_have_value("The last words before the crash")
    expect_saved(page)
    assert value() == "The last words before the crash"
