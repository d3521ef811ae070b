"""What a browser test looks at besides the page: what was sent, what was acknowledged, what went wrong unseen."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from candidates.domain import passes
from candidates.models import Attempt, ResponseEvent
from candidates.tests.making import holder_of

DRAFTS = """async () => {
    const done = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
    const database = await done(indexedDB.open("parley", 1));
    const rows = await done(database.transaction("drafts").objectStore("drafts").getAll());
    database.close();
    return rows.map((row) => [row.id, new TextDecoder("latin1").decode(row.sealed)]);
}"""
EXPECTED_NOISE = "Failed to load resource"  # how Chromium comments on each 409, 503 and lost connection


@dataclass
class Witness:
    """Watches one page. Every save the server acknowledged is noted by its key."""

    page: Page
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("download", lambda download: self.downloads.append(download.url))
        self.page.on("request", self._request)
        self.page.on("requestfinished", self._finished)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and EXPECTED_NOISE not in message.text:
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        if "/questions/" in request.url and request.method == "POST":
            self.keys.append(posted(request)["key"][0])

    def _finished(self, request: Request) -> None:
        if "/questions/" not in request.url or request.method != "POST":
            return
        response = request.response()
        if response is not None and response.status in (200, 204, 302):
            fields = posted(request)
            self.acknowledged[fields["key"][0]] = fields.get("value", [])

    def require_quiet(self) -> None:
        assert self.complaints == []
        assert self.downloads == []

    def require_all_kept(self) -> None:
        """Every save that was acknowledged is in the database as it was sent."""
        kept = {str(event.key): event.value for event in ResponseEvent.objects.filter(kind="saved")}
        assert self.acknowledged
        for key, sent in self.acknowledged.items():
            assert key in kept
            assert as_sent(kept[key]) == [text for text in sent if text]


def posted(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.post_data or "", keep_blank_values=True)


def as_sent(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [str(value).lower()]
    return value if isinstance(value, list) else [str(value)]


def expect_saved(page: Page, *, revision: int | None = None) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    if revision is not None:
        expect(page.locator("#save-state")).to_have_attribute("data-revision", str(revision))


def until(is_so: Callable[[], bool], *, page: Page | None = None, seconds: float = 12) -> None:
    """Wait for what no page shows. What a page tells by an event is heard only while that page is waited for."""
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up_at
        page.wait_for_timeout(50) if page else time.sleep(0.05)


def drafts(page: Page) -> list[list[str]]:
    """What this browser keeps of texts that are not saved: the question's id and the sealed text of each."""
    found: list[list[str]] = page.evaluate(DRAFTS)
    return found


def shown_revision(page: Page) -> int:
    """Of the newest save that the page knows of. Who types for longer than a second is saved more than once."""
    return int(page.locator("#save-state").get_attribute("data-revision") or 0)


def answer(page: Page, text: str = "It depends on the workload.") -> None:
    """Some answer to whatever the page asks."""
    if page.locator(".option").count():
        page.locator(".option").nth(1).click()
    else:
        page.locator("#value").fill("42 ms" if page.locator("input#value").count() else text)


def sit_down(context: BrowserContext, live_server: LiveServer, attempt: Attempt) -> None:
    sealed = passes.seal(holder_of(attempt))
    context.add_cookies(
        [{"name": "parley_attempt", "value": sealed, "url": f"{live_server.url}/attempts/{attempt.pk}/"}]
    )


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What axe finds, by all its rules or by some."""
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}  # it lists nothing else
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return found


COLOURS_IN = """async (picture) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (one) => one.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const pixels = new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
    return new Set(pixels).size;
}"""
WORDS_AT = """(button) => {
    const words = document.createRange();
    words.selectNodeContents(button);
    const {x, y, width, height} = (button.firstChild ? words : button).getBoundingClientRect();
    if (button.firstChild) return {x, y, width, height};
    return {x: x + width / 3, y: y + height / 2 - 4, width: width / 3, height: 8}; // an input's are nobody's to select
}"""


def colours_of_the_words(button: Locator) -> int:
    """Browsers lay a plate under words in the system's own colours. Axe computes colours and sees no plate, so what is
    painted is counted: with one colour alone there is nothing to read."""
    words = button.page.screenshot(clip=button.evaluate(WORDS_AT))
    found: int = button.page.evaluate(COLOURS_IN, base64.b64encode(words).decode())
    return found


def require_sound(
    browser: Browser,
    live_server: LiveServer,
    addresses: Iterable[tuple[str, Attempt | None]],
    *,
    width: int,
    scheme: Any,
) -> None:
    """Each page, as the candidate whose attempt it is of: it fits, obeys the CSP, and axe finds nothing."""
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    witness = Witness(page)
    problems: list[tuple[str, ...]] = []
    for path, attempt in addresses:
        if attempt:
            sit_down(context, live_server, attempt)
        page.goto(f"{live_server.url}{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            problems.append((path, "scrolls sideways"))
        problems += [(path, found["id"], found["nodes"][0]["html"]) for found in violations(page)]
    context.close()
    assert not problems, "\n".join(map(str, problems))
    witness.require_quiet()
