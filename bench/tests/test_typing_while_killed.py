"""2,000 characters typed in a real browser while web, Redis and PostgreSQL are killed in turn; then the browser crashes, too."""

from __future__ import annotations

import threading
import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from bench.faults import KILL_POSTGRESQL, KILL_REDIS, KILL_WEB, Fault
from bench.stack import Stack, running_stack

pytestmark = [pytest.mark.browser, pytest.mark.nightly]

SENTENCE = "Each write must also update the index, and so it costs. "
TEXT = "".join(f"{number:03} {SENTENCE}" for number in range(40))[:2000]
BATCH, BATCH_SECONDS = 20, 0.4
FAULTS_AT: tuple[tuple[float, Fault], ...] = ((6, KILL_WEB), (16, KILL_REDIS), (26, KILL_POSTGRESQL))
MAY_BE_MISSING_SECONDS = 3.0
CLAIMS = """() => {
    window.claims = [];
    const look = () => {
        const { state, revision, receipt } = document.getElementById("save-state").dataset;
        if (state === "saved" && receipt) claims.push([Number(revision), receipt]);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def strike(stack: Stack, over: threading.Event, failed: list[Exception]) -> None:
    began = time.monotonic()
    try:
        for at, fault in FAULTS_AT:
            time.sleep(max(0.0, began + at - time.monotonic()))
            fault.strike(stack)
    except Exception as error:  # noqa: BLE001 - told by the test, which would else go on without the faults
        failed.append(error)
    over.set()


def sit_down(browser: Browser, stack: Stack) -> tuple[BrowserContext, str]:
    made = stack.prepare("seats", "--candidates", "1", "--started", "--prefix", "typing")
    number = next(one["number"] for one in made["questions"] if one["type"] == "long_text")
    seat, context = made["seats"][0], browser.new_context()
    root = f"http://localhost:{stack.port}/attempts/{seat['attempt']}/"
    context.add_cookies([{"name": "parley_attempt", "value": seat["pass"], "url": root}])
    return context, f"{root}questions/{number}/"


def type_in(page: Page) -> list[tuple[float, int]]:
    """Type it all, and note when how much of it was there."""
    field, typed, began = page.get_by_label("Your answer"), [], time.monotonic()
    field.focus()
    for place in range(0, len(TEXT), BATCH):
        page.keyboard.type(TEXT[place : place + BATCH])
        typed.append((time.monotonic(), place + BATCH))
        time.sleep(max(0.0, began + len(typed) * BATCH_SECONDS - time.monotonic()))
    return typed


def rows(stack: Stack) -> list[tuple[str, int, str, str]]:
    with stack.connect() as connection:
        query = "SELECT kind, revision, value, chain_hash FROM candidates_responseevent ORDER BY sequence"
        return [(kind, revision, value, receipt) for kind, revision, value, receipt in connection.execute(query)]


def test_typing_goes_on_while_everything_is_killed_and_nothing_is_lost_or_doubled(browser: Browser):
    over, failed = threading.Event(), list[Exception]()
    with running_stack() as stack:
        context, url = sit_down(browser, stack)
        page = context.new_page()
        page.goto(url)
        page.evaluate(CLAIMS)
        striking = threading.Thread(target=strike, args=(stack, over, failed))
        striking.start()
        typed = type_in(page)
        striking.join()
        assert not failed
        claims = page.evaluate("claims")
        crashed_at = time.monotonic()
        with pytest.raises(PlaywrightError, match="crash"):
            page.goto("chrome://crash")

        before = rows(stack)
        saved = before[-1][2]
        due = max(count for at, count in typed if at <= crashed_at - MAY_BE_MISSING_SECONDS)
        assert TEXT.startswith(saved)
        assert len(saved) >= due, f"{len(saved)} of {due} characters"

        back = context.new_page()
        back.goto(url)
        expect(back.get_by_label("Your answer")).to_have_value(TEXT)  # the rest was kept on the device
        expect(back.locator("#save-state")).to_have_attribute("data-state", "saved", timeout=15_000)
        after = rows(stack)
        assert after[-1][2] == TEXT
        assert [kind for kind, *_rest in after] == ["saved"] * len(after)
        assert [revision for _kind, revision, *_rest in after] == list(range(1, len(after) + 1))
        held = {(revision, receipt) for _kind, revision, _value, receipt in after}
        assert claims
        assert {(revision, receipt) for revision, receipt in claims} <= held
        checked = stack.manage("verify_attempts")
        assert checked.stdout.strip().endswith("1 attempts checked, 0 with problems; audit log whole.")
        context.close()
    print(
        f"{len(after)} saves, {len(claims)} times 'Saved' was shown, {len(TEXT) - len(saved)} characters unsaved at the crash"
    )
