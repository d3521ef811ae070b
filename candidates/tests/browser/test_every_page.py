"""Every page a candidate can come to: nothing sideways at 320 px, nothing against the CSP, nothing axe finds, light and dark."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.models import Assessment
from assessments.tests.making import SHAPES, add_section, make_assessment, make_practice, make_question
from candidates.domain import attempts, invitations, pauses
from candidates.models import Attempt
from candidates.tests.browser.watching import require_sound, sit_down, violations
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.making import sit_down as seated

pytestmark = pytest.mark.browser

COLD, WARM, MOST_REQUESTS = 60_000, 6_000, 26
LONG = "pneumonoultramicroscopicsilicovolcanoconiosis" * 4
CODE = f"Read this:\n\n```sql\nSELECT {LONG} FROM orders;\n```\n\n| a | b | c |\n|---|---|---|\n| {LONG} | 2 | 3 |"


@pytest.fixture
def awkward(transactional_db: None) -> Assessment:
    return make_awkward()


def make_awkward() -> Assessment:
    """Every type, words that never end, wide code and tables, a timed and a one-way section."""
    made = make_assessment(
        *(make_question(type_, stem=CODE) for type_ in SHAPES),
        publish=False,
        title=f"Backend engineer {LONG}",
        organisation="ACME",
        purpose="A look at how you think.",
        instructions="- Take your time.",
        contact="hiring@acme.example",
        duration_seconds=3600,
    )
    add_section(made, make_question(), duration_seconds=600, instructions="Any **dialect** will do.")
    add_section(made, make_question(), make_question(), navigation=Navigation.ONE_WAY)
    return publish_assessment(made)


def addresses(assessment: Assessment, *, staff: Any = None) -> Iterator[tuple[str, Attempt | None]]:
    """Each page's path, and whose it is. What it takes to get there is done on the way."""
    make_practice(title="Practice", purpose="Try it.", duration_seconds=600)
    token = invitations.invite(assessment, email="ada@example.org", name=f"Ada {LONG}").token
    yield from ((path, None) for path in ("/", f"/i/{token}/", "/i/unknown/", "/nowhere/", "/receipts/", "/options/"))
    attempt = make_attempt(assessment, start=False)
    root = f"/attempts/{attempt.pk}/"
    yield root, attempt
    attempts.start(holder_of(attempt))
    types, last = list(SHAPES), len(SHAPES) + 3  # one timed, two one-way
    save(attempt, "b", number=types.index("single_choice") + 1, toggles_flag=True)
    save(attempt, LONG, number=types.index("long_text") + 1)
    save(attempt, "x", number=last - 1, moves_to=last)
    yield from ((f"{root}questions/{number}/", attempt) for number in range(1, last + 1))
    yield from ((f"{root}{page}", attempt) for page in ("", "review/", "submit/", "handover/"))
    Attempt.objects.filter(pk=attempt.pk).update(device="another one's")
    yield f"{root}questions/1/", attempt
    Attempt.objects.filter(pk=attempt.pk).update(device="")
    pauses.pause([attempt.pk], by=staff)
    yield from ((f"{root}{page}", attempt) for page in ("", "questions/1/"))
    pauses.resume([attempt.pk], by=staff)
    attempts.start_section(holder_of(attempt), position=2)
    attempts.submit(holder_of(attempt))
    yield from ((f"{root}{page}", attempt) for page in ("", "receipt/", "record/", "questions/1/"))


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_every_page_fits_obeys_the_csp_and_passes_axe(
    browser: Browser, live_server, awkward: Assessment, admin_user, width: int, scheme: Any
):
    require_sound(browser, live_server, addresses(awkward, staff=admin_user), width=width, scheme=scheme)


def test_what_is_taken_away_reads_well_without_us(page: Page, client: Client, attempt: Attempt):
    """The export as a page of its own, from the disk: no style sheet of ours lies beside it."""
    save(attempt, LONG)
    attempts.submit(holder_of(attempt))
    page.set_viewport_size({"width": 320, "height": 700})
    page.set_content(seated(client, attempt).get(f"/attempts/{attempt.pk}/record.html").content.decode())
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    expect(page.locator("main")).to_contain_text(LONG)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []


def test_a_question_page_weighs_little(context: BrowserContext, page: Page, live_server, awkward: Assessment):
    """Everything an empty browser loads for it, as gzip leaves it: below 60 kB; with everything cached, 6."""
    attempt, loaded = make_attempt(awkward), Loaded()
    page.on("response", loaded.note)
    sit_down(context, live_server, attempt)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.wait_for_load_state("networkidle")
    sizes = {one.url.rpartition("/")[2] or "page": compressed(one) for one in loaded}
    assert 10 <= len(loaded) <= MOST_REQUESTS, sorted(sizes)
    assert sum(sizes.values()) < COLD, sizes
    assert sizes["page"] < WARM
    assert all(one.url.startswith(live_server.url) for one in loaded)


def test_the_next_question_weighs_next_to_nothing(open_question: Callable[..., Page]):
    """One request, and the panel alone: everything else is on the page."""
    page, loaded = open_question(), Loaded()
    page.get_by_label("Your answer").fill("Saved with the move")
    page.wait_for_load_state("networkidle")
    page.on("response", loaded.note)
    page.get_by_role("button", name="Save and continue →").click()
    expect(page.locator("#question-heading")).to_contain_text("Question 2")
    saves = [one for one in loaded if one.request.method == "POST"]
    assert [one.url for one in loaded if one.request.method != "POST" and not one.url.endswith(".svg")] == []
    assert len(saves) <= 2
    assert sum(map(compressed, saves)) < WARM


class Loaded(list[Response]):
    """Playwright takes functions written in Python only, so ``append`` alone will not do."""

    def note(self, response: Response) -> None:
        self.append(response)


def compressed(response: Response) -> int:
    return len(gzip.compress(response.body(), 6))
