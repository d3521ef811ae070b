"""Admin in Chromium: nothing against the CSP, nothing sideways, nothing axe finds, light and dark; and what scripts do."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assessments.domain import import_reading, import_requests
from assessments.domain.import_requests import Upload
from assessments.enums import DrawKind, OnConflict
from assessments.models import Draw, QuestionImport
from assessments.tests.making import SHAPES, make_assessment, make_question
from candidates.domain.links import invitation_link
from candidates.domain.tokens import token_of
from candidates.models import Attempt, Score
from candidates.tests.admin_rows import make_row, make_staff, make_submitted, signed_in
from candidates.tests.browser import watching
from candidates.tests.browser.watching import Witness
from candidates.tests.making import make_attempt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "pneumonoultramicroscopicsilicovolcanoconiosis" * 2
DJANGOS_OWN = {
    "label",  # select2's search field in a list of tags
    "list",  # and that list
    "aria-allowed-attr",
    "aria-input-field-name",
    "aria-prohibited-attr",  # the help sign of the list with two columns
    "empty-table-header",  # the first column of rows in a table
}


def enter(context: BrowserContext, live_server: Any) -> None:
    session = signed_in(is_superuser=True).cookies[settings.SESSION_COOKIE_NAME].value
    secure = f"https://{live_server.url.partition('://')[2]}"  # a cookie named __Host- must be called secure
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": secure, "secure": True}])


def registered_pages() -> list[str]:
    """Lists, pages to add and pages to change of all that is registered."""
    request, paths = RequestFactory().get("/"), []
    request.user = make_staff(is_superuser=True)
    for model, one in admin.site._registry.items():
        row, name = make_row(model), f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
        paths += [reverse(f"{name}_add")] if one.has_add_permission(request) else []
    return paths


def own_pages() -> list[str]:
    attempt, question = make_submitted(title=f"Work sample {LONG}"), make_question("long_text", title=LONG)
    draft = make_assessment(publish=False)
    Draw.objects.create(section=draft.sections.get(), position=2, kind=DrawKind.POOL, bank=question.bank)
    return [
        reverse("admin:index"),
        *(f"{reverse('admin:assessments_question_add')}?type={name}" for name in SHAPES),
        reverse("admin:assessments_question_preview", args=[question.pk]),
        reverse("admin:assessments_question_new_version", args=[question.pk]),
        reverse("admin:assessments_assessment_change", args=[draft.pk]),
        reverse("admin:assessments_assessment_publish", args=[draft.pk]),
        reverse("admin:assessments_section_change", args=[draft.sections.get().pk]),
        reverse("admin:assessments_questionimport_add"),
        import_that_waits().get_absolute_url(),
        reverse("admin:assessments_questionbank_export", args=[question.bank_id]),
        reverse("admin:candidates_attempt_changelist"),
        reverse("admin:candidates_attempt_change", args=[attempt.pk]),
        reverse("admin:candidates_attempt_waiting"),
        reverse("admin:candidates_attempt_score", args=[attempt.pk, 1]),
        reverse("admin:candidates_attempt_void", args=[attempt.pk]),
        reverse("admin:candidates_invitation_invite"),
        reverse("admin:candidates_candidate_delete", args=[attempt.candidate_id]),
    ]


def import_that_waits() -> QuestionImport:
    """With a conflict to decide about, and a long name."""
    known = make_question("true_false", stem="Was it?")
    found = {"id": known.identity, "type": "true_false", "title": LONG, "stem": "Is it?", "key": {"value": True}}
    data = json.dumps({"parley": 1, "questions": [found]}).encode()
    row = import_requests.request_import(
        [Upload(f"{LONG}.json", data)],
        bank_name=known.bank.name,
        source="",
        format="auto",
        on_conflict=OnConflict.VERSION,
        by=None,
    )
    import_reading.carry_out_reading(row.pk)
    return row


def test_every_page_of_the_registry_obeys_the_csp_and_fits(browser: Browser, live_server):
    assert problems_of(browser, live_server, registered_pages(), width=390, scheme="light", rules=None) == []


OF_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
"""Rules that may find other things in other colours, or at another width; the others see the same page twice."""


@pytest.mark.parametrize(("width", "scheme", "rules"), [(390, "dark", OF_LOOKS), (1280, "light", ())])
def test_pages_of_our_own_obey_the_csp_fit_and_pass_axe(
    browser: Browser, live_server, width: int, scheme: Any, rules: Sequence[str]
):
    assert problems_of(browser, live_server, own_pages(), width=width, scheme=scheme, rules=rules) == []


def problems_of(
    browser: Browser, live_server: Any, paths: list[str], *, width: int, scheme: Any, rules: Sequence[str] | None
) -> list[tuple[str, ...]]:
    """``rules`` are those of axe that look: all if there is none, and with ``None`` axe does not look."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    witness = Witness(page)
    problems: list[tuple[str, ...]] = []
    enter(context, live_server)
    for path in paths:
        page.goto(f"{live_server.url}{path}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            problems.append((path, "scrolls sideways"))
        problems += [(path, complaint) for complaint in witness.complaints]
        problems += [(path, *found) for found in violations(page, rules)] if rules is not None else []
        witness.complaints.clear()  # axe itself puts style elements into pages whose sheets import others
    context.close()
    return problems


def violations(page: Page, rules: Sequence[str] = ()) -> list[tuple[str, str]]:
    found = watching.violations(page, rules=rules)
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["id"] not in DJANGOS_OWN]


def test_no_link_of_the_dashboard_is_covered_on_a_telephone(context: BrowserContext, page: Page, live_server):
    enter(context, live_server)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/admin/")
    for name in ("Question banks", "Attempts", "Invitations"):
        page.locator("#content-main").get_by_role("link", name=name, exact=True).click(trial=True, timeout=5_000)


def test_the_words_on_the_main_buttons_can_be_seen_in_the_systems_own_colours(
    context: BrowserContext, page: Page, live_server
):
    enter(context, live_server)
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    imported = import_that_waits()
    void = reverse("admin:candidates_attempt_void", args=[make_attempt().pk])
    for path, selector in (
        (reverse("admin:assessments_questionimport_changelist"), "a.addlink"),
        (imported.get_absolute_url(), "button.default"),
        (void, "input.default.is-dangerous"),
    ):
        page.goto(f"{live_server.url}{path}")
        button = page.locator("#content").locator(selector)
        for hover in (False, True):
            if hover:
                button.hover()
            assert watching.colours_of_the_words(button) > 1, (selector, hover)


def test_every_field_of_a_row_can_be_reached_on_a_telephone(context: BrowserContext, page: Page, live_server):
    """Rows are wider than the window, and scroll in their box; what is around must not cut them off."""
    enter(context, live_server)
    page.set_viewport_size({"width": 390, "height": 844})
    draft = make_assessment(publish=False)
    page.goto(f"{live_server.url}{reverse('admin:assessments_assessment_change', args=[draft.pk])}")
    last = page.locator("input[name=sections-0-DELETE]")
    expect(last).not_to_be_in_viewport()
    last.focus()
    expect(last).to_be_in_viewport(ratio=1)
    last.click(timeout=5_000)


def test_the_theme_can_be_chosen_and_stays(context: BrowserContext, page: Page, live_server):
    enter(context, live_server)
    page.goto(f"{live_server.url}/admin/")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(3):
        page.locator(".theme-toggle").click()
        if page.locator("html").get_attribute("data-theme") == "dark":
            break
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_invitation_link_can_be_copied(context: BrowserContext, page: Page, live_server):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    enter(context, live_server)
    invitation = make_attempt(start=False).invitation
    assert invitation is not None
    page.goto(f"{live_server.url}{reverse('admin:candidates_invitation_change', args=[invitation.pk])}")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == invitation_link(token_of(invitation))


def test_a_question_is_chosen_by_searching_for_it(context: BrowserContext, page: Page, live_server):
    """The widget that searches writes style attributes; the policy must not be in its way."""
    enter(context, live_server)
    witness = Witness(page)
    wanted = make_question(title="Costs of an index")
    section = make_assessment(publish=False).sections.get()
    page.goto(f"{live_server.url}{reverse('admin:assessments_section_change', args=[section.pk])}")
    page.locator(".field-question .select2-selection").first.click()
    page.locator(".select2-search__field").fill("costs of")
    page.locator(".select2-results__option", has_text="Costs of an index").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/assessment/"))
    assert section.draws.get().question == wanted
    witness.require_quiet()


def test_a_response_is_judged_with_the_keyboard_alone(context: BrowserContext, page: Page, live_server):
    enter(context, live_server)
    attempt: Attempt = make_submitted()
    page.goto(f"{live_server.url}{reverse('admin:candidates_attempt_score', args=[attempt.pk, 1])}")
    page.locator('input[name="criterion-1"]').first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Sound.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/waiting/"))
    assert Score.objects.get(attempt_question__number=1).points == 3


def test_a_levels_digit_chooses_it_and_ctrl_enter_goes_on(context: BrowserContext, page: Page, live_server):
    """The hands are at the first criterion already, where the response stands beside it; in the comment digits are digits."""
    enter(context, live_server)
    attempt: Attempt = make_submitted()
    page.set_viewport_size({"width": 1110, "height": 800})
    page.goto(f"{live_server.url}{reverse('admin:candidates_attempt_score', args=[attempt.pk, 1])}")
    below = "document.querySelector('.judgement').offsetTop > document.querySelector('.judged').offsetTop"
    assert page.evaluate(f"[{below}, document.activeElement === document.body]") == [True, True]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.reload()
    expect(page.locator('input[name="criterion-1"]').first).to_be_focused()
    page.keyboard.type("21")
    expect(page.get_by_role("button", name="Save and next")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("0 of 2")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/waiting/"))
    score = Score.objects.get(attempt_question__number=1)
    assert score.review is not None
    assert (list(score.review.levels.values()), score.review.comment) == (["2.00", "1.00"], "0 of 2")
