"""A reload, going back, or a browser that dies, at moments that nobody chose: what was saved is on the page again.

Each night at fifty of them. One SEED leads to the same ones, as far as the machine's pace allows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from candidates.domain import snapshots
from candidates.models import Attempt
from candidates.tests.browser.test_unsent import crash, value

pytestmark = [pytest.mark.browser, pytest.mark.nightly]

OpenQuestion = Callable[..., Page]
MOMENTS = 50
LONGEST_MS = 1_600  # twice the pause after which the page saves by itself
SEED = 20


def reload(page: Page) -> Page:
    page.reload()
    return page


def go_back(page: Page) -> Page:
    page.go_back()
    expect(page.locator("#question-heading")).to_contain_text("Question 3")
    page.go_forward()
    return page


def begins_with(text: str) -> re.Pattern[str]:
    return re.compile("^" + re.escape(text))


WAYS = (reload, go_back, crash)


def interrupted(open_question: OpenQuestion, chance: random.Random, *, moments: int) -> int:
    """Types on and on, is interrupted each time, and returns how often something was saved by then that had to be seen again."""
    page, shown, seen_again = open_question(1, on=open_question(3)), "", 0
    for moment in range(moments):
        field = page.get_by_label("Your answer")
        field.press("Control+End")
        more = f"Sentence {moment:02}, {chance.getrandbits(40):x}. "
        field.press_sequentially(more, delay=chance.uniform(0, 15))
        page.wait_for_timeout(chance.uniform(0, LONGEST_MS))
        saved, way = value() or "", chance.choice(WAYS)
        after = way(page)
        page = open_question(1, on=open_question(3, on=after)) if way is crash else after
        expect(page.locator("#question-heading")).to_contain_text("Question 1")
        expect(page.get_by_label("Your answer")).to_have_value(begins_with(str(saved)), timeout=3_000)
        typed, shown = shown + more, page.get_by_label("Your answer").input_value()
        assert typed.startswith(shown), way.__name__
        seen_again += more in str(saved)
    return seen_again


def test_at_fifty_moments_what_was_saved_is_there_again(open_question: OpenQuestion):
    seen_again = interrupted(open_question, random.Random(SEED), moments=MOMENTS)
    assert MOMENTS * 0.2 < seen_again < MOMENTS  # both before the save and after it


def test_a_page_that_trusted_its_bookmark_would_be_found(open_question: OpenQuestion, monkeypatch):
    """Guard: the snapshot is shown whatever its revision, and saves no longer renew it."""

    def first_one(attempt: Attempt) -> snapshots.Snapshot:
        return snapshots.peek(attempt.pk) or rebuild(attempt)

    rebuild = snapshots.rebuild
    snapshots.rebuild(Attempt.objects.get())
    monkeypatch.setattr(snapshots, "load", first_one)
    monkeypatch.setattr(snapshots, "store", lambda snapshot: None)
    with pytest.raises(AssertionError, match="expected to have value"):
        interrupted(open_question, random.Random(SEED), moments=8)
