"""What is said while a page is open, what scripts notice, and that the pages around an attempt pass axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from assessments.enums import SignalKind
from assessments.tests.making import make_assessment, make_question
from candidates.domain import announcements, attempts, invitations, problem_reports, signals
from candidates.domain.signals import Noticed
from candidates.models import Acknowledgement, Attempt, Signal
from candidates.tests.browser.watching import Witness, expect_saved, require_sound, sit_down
from candidates.tests.making import holder_of, make_attempt

pytestmark = pytest.mark.browser
LONG = "A long text from elsewhere. " * 20
PASTE = """text => {
    const data = new DataTransfer();
    data.setData("text", text);
    document.getElementById("value").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""
ASK = "document.dispatchEvent(new Event('visibilitychange'))"


def test_an_announcement_comes_to_an_open_page_and_is_read_without_touching_the_text(
    open_question: Callable[..., Page], attempt: Attempt, admin_user, witness: Witness
):
    page = open_question(1)
    page.locator("#value").fill("Half a sent")
    expect_saved(page)
    announcements.announce(attempt.assessment, text="The fire alarm is a test.", by=admin_user)
    page.evaluate(ASK)  # what the page does by itself every few seconds
    expect(page.get_by_role("heading", name="The team says")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("The fire alarm is a test.")
    page.locator("#value").press_sequentially("ence")
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("heading", name="The team says")).to_have_count(0)
    expect(page.locator("#value")).to_have_value("Half a sentence")
    assert Acknowledgement.objects.filter(attempt=attempt).count() == 1
    witness.require_quiet()


def test_a_long_paste_and_a_look_elsewhere_are_noticed_and_no_word_of_them_leaves(
    page: Page, context: BrowserContext, live_server, transactional_db
):
    attempt = make_attempt(make_assessment(make_question("long_text"), watches_focus=True, watches_paste=True))
    sent: list[Request] = []
    page.add_init_script("delete Crypto.prototype.randomUUID")  # as on plain http
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/signals/") else None)
    sit_down(context, live_server, attempt)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.evaluate(PASTE, "short")
    page.evaluate(PASTE, LONG)
    with page.expect_response(lambda response: response.url.endswith("/signals/")):
        page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert list(Signal.objects.values_list("kind", "characters", "number")) == [("large_paste", len(LONG), 1)]
    assert [one for one in sent if "from elsewhere" in (one.post_data or "")] == []


def test_nothing_is_listened_to_where_nothing_was_switched_on(open_question: Callable[..., Page]):
    page = open_question(1)
    assert page.locator("script[data-kinds]").count() == 0
    page.evaluate(PASTE, LONG)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert Signal.objects.count() == 0


def test_the_look_at_the_device_says_in_sentences_how_it_is(
    page: Page, live_server, transactional_db, witness: Witness
):
    page.add_init_script("const now = Date.now; Date.now = () => now() + 600_000;")
    page.goto(f"{live_server.url}/rehearsal/")
    expect(page.locator("[data-state=waiting]")).to_have_count(0)
    states = {
        one.get_attribute("data-check"): one.get_attribute("data-state")
        for one in page.locator("#system-check li").all()
    }
    assert states == {"scripts": "ok", "cookies": "ok", "storage": "ok", "connection": "ok", "clock": "ahead"}
    expect(page.locator("[data-check=clock]")).to_contain_text("600 s ahead of ours")
    witness.require_quiet()


def test_a_rehearsal_saves_by_itself_and_survives_a_reload(page: Page, live_server, transactional_db, witness: Witness):
    page.goto(f"{live_server.url}/rehearsal/")
    page.get_by_role("button", name="Begin the rehearsal").click()
    page.goto(f"{live_server.url}/rehearsal/questions/4/")
    page.locator("#value").fill("A sunny day.")
    expect_saved(page)
    page.reload()
    expect(page.locator("#value")).to_have_value("A sunny day.")
    page.get_by_role("button", name="Save and review").click()
    page.get_by_role("button", name="Submit 1 answer").click()
    page.get_by_role("button", name="Submit for good").click()
    expect(page.get_by_role("heading", name="That was the rehearsal")).to_be_visible()
    assert Attempt.objects.count() == 0
    witness.require_quiet()


def addresses(staff: Any) -> Iterator[tuple[str, Attempt | None]]:
    assessment = make_assessment(
        *(make_question(type_) for type_ in ("short_text", "long_text")),
        watches_focus=True,
        watches_paste=True,
        watches_address=True,
        watches_devices=True,
        contact="jobs@acme.example",
        organisation="ACME",
    )
    token = invitations.invite(assessment, email="ada@example.org", name="Ada").token
    yield from (
        (path, None) for path in ("/accessibility/", "/rehearsal/", "/rehearsal/done/", "/rehearsal/questions/1/")
    )
    yield from ((path, None) for path in (f"/i/{token}/", f"/i/{token}/decline/"))
    attempt = make_attempt(assessment)
    root = f"/attempts/{attempt.pk}/"
    announcements.announce(assessment, text="The fire alarm is a test.", by=staff)
    problem_reports.report(holder_of(attempt), number=1, text="Which unit?")
    signals.note(attempt, [Noticed(SignalKind.FOCUS_LOST, key=uuid4(), number=1, seconds=12)])
    yield from ((f"{root}{page}", attempt) for page in ("", "questions/1/", "questions/1/problem/", "review/"))
    yield f"{root}questions/1/problem/?reported=1", attempt
    attempts.submit(holder_of(attempt))
    yield from ((f"{root}{page}", attempt) for page in ("receipt/", "record/"))


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_what_is_told_fits_obeys_the_csp_and_passes_axe(
    browser: Browser, live_server, transactional_db, admin_user, width: int, scheme: Any
):
    require_sound(browser, live_server, addresses(admin_user), width=width, scheme=scheme)
