"""Every page a candidate can come to: nothing sideways at 320 px, nothing against the CSP, nothing axe finds, light and dark."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.models import Assessment
from assessments.tests.making import SHAPES, add_section, make_assessment, make_practice, make_question
from candidates.domain import attempts, invitations
from candidates.models import Attempt
from candidates.tests.browser.watching import Witness, sit_down
from candidates.tests.making import holder_of, make_attempt, save

pytestmark = pytest.mark.browser

LONG = "pneumonoultramicroscopicsilicovolcanoconiosis" * 4
CODE = f"Read this:\n\n```sql\nSELECT {LONG} FROM orders;\n```\n\n| a | b | c |\n|---|---|---|\n| {LONG} | 2 | 3 |"


@pytest.fixture
def awkward(transactional_db: None) -> Assessment:
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


def addresses(assessment: Assessment) -> Iterator[tuple[str, Attempt | None]]:
    """Each page's path, and whose it is. What it takes to get there is done on the way."""
    make_practice(title="Practice", purpose="Try it.", duration_seconds=600)
    token = invitations.invite(assessment, email="ada@example.org", name=f"Ada {LONG}").token
    yield from (("/", None), (f"/i/{token}/", None), ("/i/unknown/", None), ("/nowhere/", None))
    attempt = make_attempt(assessment, start=False)
    root = f"/attempts/{attempt.pk}/"
    yield root, attempt
    attempts.start(holder_of(attempt))
    types, last = list(SHAPES), len(SHAPES) + 3  # one timed, two one-way
    save(attempt, "b", number=types.index("single_choice") + 1, toggles_flag=True)
    save(attempt, LONG, number=types.index("long_text") + 1)
    save(attempt, "x", number=last - 1, moves_to=last)
    yield from ((f"{root}questions/{number}/", attempt) for number in range(1, last + 1))
    yield from ((f"{root}{page}", attempt) for page in ("", "review/", "submit/"))
    attempts.submit(holder_of(attempt))
    yield from ((f"{root}{page}", attempt) for page in ("", "receipt/", "record/", "questions/1/"))


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_every_page_fits_obeys_the_csp_and_passes_axe(
    browser: Browser, live_server, awkward: Assessment, width: int, scheme: Any
):
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    witness = Witness(page)
    problems: list[tuple[str, ...]] = []
    for path, attempt in addresses(awkward):
        if attempt:
            sit_down(context, live_server, attempt)
        page.goto(f"{live_server.url}{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            problems.append((path, "scrolls sideways"))
        problems += [(path, found["id"], found["nodes"][0]["html"]) for found in violations(page)]
    context.close()
    assert not problems, "\n".join(map(str, problems))
    witness.require_quiet()


def violations(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return found


def test_a_question_page_weighs_little(context: BrowserContext, page: Page, live_server, awkward: Assessment):
    """Everything an empty browser loads for it, as gzip leaves it: below 60 kB."""
    attempt, loaded = make_attempt(awkward), Loaded()
    page.on("response", loaded.note)
    sit_down(context, live_server, attempt)
    page.goto(f"{live_server.url}/attempts/{attempt.pk}/questions/1/")
    page.wait_for_load_state("networkidle")
    sizes = {one.url.rpartition("/")[2] or "page": compressed(one) for one in loaded}
    assert len(sizes) >= 10
    assert sum(sizes.values()) < 60_000, sizes
    assert all(one.url.startswith(live_server.url) for one in loaded)


class Loaded(list[Response]):
    """Playwright takes functions written in Python only, so ``append`` alone will not do."""

    def note(self, response: Response) -> None:
        self.append(response)


def compressed(response: Response) -> int:
    return len(gzip.compress(response.body(), 6))
