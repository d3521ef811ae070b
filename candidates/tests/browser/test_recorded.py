"""What a real browser sends, keeps and runs, recorded: tokens on their way, what stays afterwards, hostile text on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Request, expect
from playwright.sync_api import Error as PlaywrightError

from assessments.domain import faces
from candidates.domain import invitations, passes
from candidates.tests.browser.test_whole_interview import submit
from candidates.tests.browser.watching import answer, expect_saved
from candidates.tests.making import holder_of
from candidates.tests.proof.hostile import MARK, endless, planted
from candidates.tests.proof.routes import routes
from candidates.tests.proof.test_hostile_text import say_something_everywhere
from candidates.tests.proof.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.nightly]
CONFIDENTIAL = "Confidential-4711-zebra"
KEPT = """async () => {
    const done = (asked) => new Promise((resolve, reject) => {
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
    });
    const rows = [];
    for (const {name} of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
            for (const row of await done(database.transaction(store).objectStore(store).getAll())) {
                const bytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value)
                    ? new TextDecoder("latin1").decode(value) : String(value);
                rows.push([name, store, row && typeof row === "object" ? Object.values(row).map(bytes) : bytes(row)]);
            }
        }
        database.close();
    }
    const cached = [];
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) cached.push(request.url);
    }
    const workers = (await navigator.serviceWorker?.getRegistrations() ?? []).map((one) => one.scope);
    return {local: {...localStorage}, session: {...sessionStorage}, rows, cached, workers,
        state: history.state, title: document.title, cookies: document.cookie, name: window.name};
}"""


# ---- The token ----


@dataclass
class Recorder:
    """Every request of a browser, with its headers as they went out."""

    context: BrowserContext
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.requests.append(request)

    def telling(self, token: str) -> list[str]:
        """What tells it, but for the visits of its own address and the form that hands it over."""
        return [
            f"{one.method} {one.url}: {', '.join(places)}"
            for one in self.requests
            if (places := [place for place, words in said(one).items() if token in words])
        ]


def said(request: Request) -> dict[str, str]:
    is_its_page = request.is_navigation_request() and "/i/" in request.url
    return {
        "address": "" if is_its_page else request.url,
        "body": request.post_data or "",
        **request.all_headers(),
    }


def go_the_whole_way(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    page.wait_for_url("**/attempts/*/")
    page.get_by_role("button", name="Start the clock").click()
    for number in range(1, 7):
        expect(page.locator("#question-panel")).to_have_attribute("data-number", str(number))
        answer(page, CONFIDENTIAL)
        expect_saved(page)
        page.get_by_role("button", name=re.compile("^Save and (continue|review)")).first.click()
    submit(page)
    page.get_by_role("link", name=re.compile("record", re.IGNORECASE)).first.click()
    page.wait_for_load_state("networkidle")


def test_after_the_exchange_no_request_and_nothing_kept_tells_the_token(page: Page, context, live_server, interview):
    """From the link to the receipt: every request as it went out, to whomever; and what the page can read of itself."""
    token, recorder = invitations.invite(interview, email="ada@example.org", name="Ada").token, Recorder(context)
    go_the_whole_way(page, f"{live_server.url}/i/{token}/")
    assert recorder.telling(token) == []
    assert {one.url for one in recorder.requests if not one.url.startswith(live_server.url)} == set()
    assert len(recorder.requests) > 40
    assert token not in str(page.evaluate(KEPT)) + page.url + page.evaluate("document.referrer") + page.content()
    assert token not in str(context.cookies())


def test_a_page_that_told_its_address_would_be_found(page: Page, context, live_server, interview):
    """Guard: with the policy that tells it to everybody, the pages and files that follow are told the token."""

    def loosened(route: Any) -> None:
        found = route.fetch(max_redirects=0)
        route.fulfill(response=found, headers={**found.headers, "referrer-policy": "unsafe-url"})

    token, recorder = invitations.invite(interview, email="ada@example.org", name="Ada").token, Recorder(context)
    page.route("**/i/*/", lambda route: loosened(route) if route.request.method == "GET" else route.continue_())
    page.goto(f"{live_server.url}/i/{token}/")
    page.wait_for_load_state("networkidle")
    told = recorder.telling(token)
    assert told
    assert all(one.endswith(": referer") for one in told)


# ---- What stays ----


def test_after_an_interview_the_browser_and_its_folder_hold_no_answer(
    browser_type: BrowserType, browser_type_launch_args, tmp_path: Path, live_server, interview
):
    """In every store a page can reach, and on the disk, in the letters of two encodings, once the browser is closed."""
    token = invitations.invite(interview, email="ada@example.org", name="Ada").token
    context = browser_type.launch_persistent_context(tmp_path / "profile", **browser_type_launch_args)
    page = context.new_page()
    go_the_whole_way(page, f"{live_server.url}/i/{token}/")
    kept = page.evaluate(KEPT)
    assert CONFIDENTIAL not in str(kept)
    assert (kept["rows"], kept["cached"], kept["workers"]) == ([], [], [])
    assert "htmx-history-cache" not in {**kept["local"], **kept["session"]}
    context.close()
    assert holding(tmp_path / "profile", CONFIDENTIAL) == []


def test_an_answer_that_was_kept_would_be_found(
    browser_type: BrowserType, browser_type_launch_args, tmp_path: Path, live_server
):
    """Guard: in a store of the page's and in the folder."""
    context = browser_type.launch_persistent_context(tmp_path / "profile", **browser_type_launch_args)
    page = context.new_page()
    page.goto(live_server.url)
    page.evaluate("(words) => localStorage.setItem('htmx-history-cache', words)", CONFIDENTIAL)
    assert CONFIDENTIAL in str(page.evaluate(KEPT))
    context.close()
    assert holding(tmp_path / "profile", CONFIDENTIAL) != []


def holding(folder: Path, words: str) -> list[str]:
    wanted = words.encode(), words.encode("utf-16-le")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    return [str(path.relative_to(folder)) for path in files if any(one in path.read_bytes() for one in wanted)]


# ---- Hostile text ----

HOOKS = """
const note = (words) => window.noted(String(words).slice(0, 300));
for (const name of ["alert", "confirm", "prompt", "print", "open"])
    window[name] = (...given) => note(`${name}(${given})`);
addEventListener("securitypolicyviolation", (event) =>
    note(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""
POKE = """(most) => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    for (const one of [...document.body.querySelectorAll("*")].slice(0, most))
        for (const name of ["mouseover", "mouseenter", "focus", "focusin", "input", "pointerenter", "toggle"])
            one.dispatchEvent(new Event(name, {bubbles: true}));
    for (const one of document.querySelectorAll(".select2-selection"))
        one.dispatchEvent(new MouseEvent("mousedown", {bubbles: true}));
    return document.documentElement.outerHTML.length;
}"""


@dataclass
class Opened:
    """A browser that carries all a browser could, and what became of the pages it opened."""

    browser: Browser
    url: str
    noted: list[str] = field(default_factory=list)
    pages: int = 0
    held: int = 0

    def __post_init__(self) -> None:
        self.context = self.browser.new_context()
        self.context.set_default_timeout(20_000)
        self.context.expose_binding("noted", lambda _source, words: self.noted.append(words))
        self.context.add_init_script(HOOKS)
        self.page = self.context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)

    def _dialog(self, dialog: Any) -> None:
        self.noted.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.noted.append(f"request {request.url}")

    def sign_in(self, world: World) -> None:
        session = world.signed_in(world.root).cookies[settings.SESSION_COOKIE_NAME].value
        secure = f"https://{self.url.partition('://')[2]}"  # a cookie named __Host- must be called secure
        self.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": secure, "secure": True}]
        )
        sealed = passes.seal(holder_of(world.mine))
        for name in ("parley_attempt", "parley_session"):
            self.context.add_cookies([{"name": name, "value": sealed, "url": self.url}])

    def open(self, path: str) -> list[str]:
        """What ran, or would have if the policy had let it."""
        before = len(self.noted)
        try:
            answered = self.page.goto(f"{self.url}{path}", wait_until="load")
        except PlaywrightError:  # a file to take away
            return []
        if answered is None or "text/html" not in answered.headers.get("content-type", ""):
            return []
        try:
            self.page.evaluate(POKE, 1500)
            self.page.wait_for_timeout(50)
            self.held += MARK in self.page.content()
        except PlaywrightError:  # it went on by itself, as a page may
            self.page.wait_for_load_state()
        self.pages += 1
        return self.noted[before:]


@pytest.fixture
def opened(browser: Browser, live_server, transactional_db: None) -> Iterator[Opened]:
    found = Opened(browser, live_server.url)
    yield found
    found.context.close()
    faces.face_of.cache_clear()


@pytest.fixture
def hostile_world(transactional_db: None) -> World:
    made = make_world()
    say_something_everywhere()
    planted(endless())
    cache.clear()
    faces.face_of.cache_clear()
    return made


def test_no_page_runs_what_somebody_wrote(opened: Opened, hostile_world: World):
    """Every address, opened by a browser that reports each dialog, each call home and whatever the policy had to stop."""
    opened.sign_in(hostile_world)
    ran = {}
    for route in routes():
        cache.clear()  # how often one may ask is another test's concern
        if "logout" in route.name:
            continue
        if found := opened.open(route.url(hostile_world)):
            ran[route.name] = found
    assert ran == {}
    assert opened.pages > 100
    assert opened.held > 60


@pytest.mark.parametrize(
    "attack", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<img src=//x-canary.example/x.png>"]
)
def test_a_page_that_did_would_be_seen(opened: Opened, transactional_db: None, monkeypatch, attack: str):
    """Guard: with a page that believes a name."""
    from django.utils.safestring import mark_safe

    world = make_world()
    opened.sign_in(world)
    monkeypatch.setattr("candidates.models.Candidate.__str__", lambda self: mark_safe(attack))
    assert opened.open(f"/admin/candidates/attempt/{world.mine.pk}/change/") != []
