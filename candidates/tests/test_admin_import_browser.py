"""Importing in Chromium: drop a file, look, decide, import; by keyboard alone; and with no script at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assessments.domain import import_reading, import_storing, import_undoing
from assessments.models import Question, QuestionImport
from assessments.tests.making import SHAPES
from candidates.tests.browser.watching import Witness
from candidates.tests.test_admin_browser import enter, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADD = "/admin/assessments/questionimport/add/"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """One of each type, and one that is rejected."""
    made: list[dict[str, Any]] = [
        {"id": name, "type": name, "title": f"A {name}", "stem": f"The {name}?", "content": content, "key": key}
        for name, (content, key) in SHAPES.items()
    ]
    return written(tmp_path, [*made, {"id": "no", "type": "hotspot", "stem": "Click it."}])


def written(folder: Path, questions: list[dict[str, Any]]) -> Path:
    path = folder / "questions.json"
    path.write_text(json.dumps({"parley": 1, "questions": questions}))
    return path


def work() -> None:
    """What a worker does, as soon as there is something to do."""
    row = QuestionImport.objects.latest("requested_at")
    {
        "queued": import_reading.carry_out_reading,
        "storing": import_storing.carry_out_storing,
        "undoing": import_undoing.carry_out_undoing,
    }[row.stage](row.pk)


def drop(page: Page, path: Path) -> None:
    """As the browser itself gets it from the desktop."""
    box = page.locator("input[type=file]").bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def stops_inside(page: Page) -> int:
    """Fields and buttons of previews that take the focus."""
    found: int = page.locator(".shown").evaluate_all(
        """shown => shown.flatMap(one => [...one.shadowRoot.querySelectorAll("input, select, textarea, button")])
            .filter(one => (one.focus(), one.getRootNode().activeElement === one)).length"""
    )
    return found


def test_a_file_is_dropped_looked_at_and_imported(context: BrowserContext, page: Page, live_server, questions: Path):
    witness = Witness(page)
    enter(context, live_server)
    page.goto(f"{live_server.url}{ADD}")
    drop(page, questions)
    expect(page.locator(".chosen")).to_have_text("questions.json")
    page.get_by_label("Name of the new bank").fill("Dropped")
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("status").filter(has_text="Waiting for a worker")).to_be_visible()
    cancel = page.get_by_role("button", name="Cancel this import")
    cancel.focus()
    page.evaluate("document.getElementById('import').dataset.seen = 'yes'")
    expect(page.locator("#import:not([data-seen])")).to_be_visible()  # the page looked again
    expect(cancel).to_be_focused()
    work()
    expect(page.get_by_role("button", name="Import 9 questions")).to_be_visible()  # the page noticed by itself
    for kind, words in (("single_choice", "Reads take a lock"), ("cloze", "A hash index finds a key in")):
        shown = page.locator("article", has_text=f"A {kind}").locator(".shown")
        expect(shown.get_by_text(words)).to_be_visible()
    assert stops_inside(page) == 0
    assert witness.complaints == []
    assert violations(page) == []
    witness.complaints.clear()  # axe itself puts style elements into the page
    page.get_by_role("button", name="Rejected").click()
    expect(page.get_by_text("“hotspot”").or_(page.get_by_text('"hotspot"'))).to_be_visible()
    page.get_by_role("button", name="Import 9 questions").dblclick()
    page.wait_for_url("**/change/")
    work()
    expect(page.get_by_text("9 imported, 0 updated, 0 unchanged, 1 rejected.")).to_be_visible()
    assert Question.objects.count() == 9
    page.get_by_text("Take this import back").press("Enter")
    page.get_by_role("button", name="Take 9 back").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Taking it back")).to_be_visible()
    work()
    expect(page.get_by_text("Taken back. 9 of 9.")).to_be_visible()
    assert Question.objects.count() == 0
    assert witness.complaints == []


def test_a_conflict_is_decided_by_keyboard_alone(context: BrowserContext, page: Page, live_server, tmp_path: Path):
    one, two = ({"id": name, "type": "true_false", "stem": f"{name}?", "key": {"value": True}} for name in ("A", "B"))
    enter(context, live_server)
    for number, found in enumerate(([one, two], [{**one, "stem": "A, now?"}, {**two, "stem": "B, now?"}])):
        page.goto(f"{live_server.url}{ADD}")
        page.set_input_files("input[type=file]", written(tmp_path, found))
        page.locator("input[type=file]").focus()
        if number:
            page.keyboard.press("Tab")
            page.keyboard.press("ArrowDown")
        else:
            page.get_by_label("Name of the new bank").focus()
            page.keyboard.type("Keys")
        page.keyboard.press("Enter") if not number else page.get_by_role("button", name="Read the files").press("Enter")
        page.wait_for_url("**/change/")
        work()
        expect(page.get_by_role("button", name="Import 2 questions")).to_be_visible()
        if number:
            page.locator("article", has_text="A, now?").get_by_label("This one:").focus()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
        page.get_by_role("button", name="Import 2 questions").press("Enter")
        expect(page.get_by_role("status").filter(has_text="Importing")).to_be_visible()
        work()
        expect(page.get_by_role("status").filter(has_text="Imported")).to_be_visible()
    stems = set(Question.objects.values_list("current_version__stem", flat=True))
    assert stems == {"A?", "B, now?"}


def test_without_scripts_it_is_the_same(browser: Browser, live_server, questions: Path):
    context = browser.new_context(java_script_enabled=False)
    enter(context, live_server)
    page = context.new_page()
    page.goto(f"{live_server.url}{ADD}")
    page.set_input_files("input[type=file]", questions)
    page.fill("[name=new_bank]", "Plain")
    page.get_by_role("button", name="Read the files").click()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    work()
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("article", has_text="A matching").get_by_label("PUT")).to_be_visible()
    page.locator("article", has_text="A matching").get_by_label("Leave this one out").check()
    page.click("text=Import 9 questions")
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    work()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("8 imported, 0 updated, 1 unchanged, 1 rejected.")).to_be_visible()
    context.close()
