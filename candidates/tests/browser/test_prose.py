"""What authors wrote, as it stands on the candidate's page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from assessments.tests.making import make_assessment, make_question
from candidates.models import Attempt
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.browser

OpenQuestion = Callable[..., Page]
HEADED = (
    "# One\n\nText\n\n## Two\n\nText\n\n### Three\n\nText\n\n<figure>\nSeen\n<figcaption>Said</figcaption>\n</figure>"
)


@pytest.fixture
def attempt(transactional_db: None) -> Attempt:
    options = [{"id": "a", "text": r"$$\frac{1}{2}$$"}, {"id": "b", "text": "$$x$$"}]
    question = make_question("single_choice", stem=HEADED, content={"options": options}, key={"option": "a"})
    return make_attempt(make_assessment(question))


def size(part: Locator) -> float:
    return float(part.evaluate("one => parseFloat(getComputedStyle(one).fontSize)"))


def left(part: Locator) -> float:
    box = part.bounding_box()
    assert box
    return box["x"]


def test_headings_are_no_smaller_than_the_text_below_them(open_question: OpenQuestion):
    stem = open_question().locator("#stem")
    first, second, third, text = (size(stem.locator(tag).first) for tag in ("h3", "h4", "h5", "p"))
    assert first > second >= third >= text
    assert left(stem.locator("figcaption")) == left(stem.locator("p").first)


def test_mathematics_of_an_option_stands_beside_its_letter(open_question: OpenQuestion):
    for option in open_question().locator(".option").all():
        assert left(option.locator("math > *").first) < left(option.locator(".option-text")) + 8
