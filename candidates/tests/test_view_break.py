"""Breaks and pauses as the candidate's pages and the API show them: nothing that is asked, and a way on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.domain.assembly import publish_assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import attempts, clock, passes, pauses
from candidates.models import Attempt, OutageCredit, Pause
from candidates.tests.making import holder_of, make_attempt, save, sit_down

pytestmark = pytest.mark.django_db
ASKED = "why can an index make writes slower?"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(
        make_assessment(make_question("long_text"), make_question("long_text"), duration_seconds=3600, break_count=2)
    )


@pytest.fixture
def candidate(client: Any, attempt: Attempt) -> Any:
    return sit_down(client, attempt)


def url(attempt: Attempt, page: str = "question", **more: Any) -> str:
    more = {"number": 1} if page == "question" and not more else more
    name = "attempt" if page == "overview" else f"attempt-{page}"
    return reverse(name, kwargs={"attempt_id": attempt.pk, **more})


def words_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_question_offers_a_break_where_one_is_left(candidate, attempt):
    assert 'value="break"' in words_of(candidate.get(url(attempt)))
    Attempt.objects.filter(pk=attempt.pk).update(breaks_taken=2, revision=50)
    assert 'value="break"' not in words_of(candidate.get(url(attempt)))


@pytest.mark.parametrize(("page", "headings"), [("overview", 1), ("break", 2)])
def test_a_page_of_a_break_has_one_headline(candidate, attempt, page, headings):
    pauses.begin_break(holder_of(attempt))
    shown = words_of(candidate.get(url(attempt, page)))
    assert (shown.count("<h1"), shown.count("You are on a break</h")) == (headings, 1)


def test_going_for_a_break_saves_what_is_typed_and_asks_first(candidate, attempt):
    fields = {"value": "Half a thought", "base_revision": "0", "key": str(uuid4()), "go": "break"}
    response = candidate.post(url(attempt), fields)
    assert response["Location"] == url(attempt, "break")
    assert attempt.response_events.get().value == "Half a thought"
    page = words_of(candidate.get(url(attempt, "break")))
    assert "Your time stands still for up to 10 min." in page
    assert "You have 2 breaks left." in page
    assert not Attempt.objects.filter(paused_at__isnull=False).exists()


@pytest.mark.parametrize("page", ["question", "review", "submit", "record", "break", "overview"])
def test_nothing_that_is_asked_is_shown_in_a_break(candidate, attempt, page):
    save(attempt, "What I wrote so far")
    before = words_of(candidate.get(url(attempt, page)))
    candidate.post(url(attempt, "break"))
    shown = words_of(candidate.get(url(attempt, page)))
    assert (ASKED in shown, "What I wrote so far" in shown) == (False, False)
    if page in ("question", "review", "record"):  # it would have been
        assert ASKED in before


def test_a_break_says_how_long_it_lasts_and_leads_back(candidate, attempt):
    candidate.post(url(attempt, "break"))
    page = words_of(candidate.get(url(attempt)))
    assert "You are on a break" in page
    assert "10 min left" in page
    response = candidate.post(url(attempt, "resume"))
    assert response["Location"] == url(attempt)
    assert ASKED in words_of(candidate.get(url(attempt)))
    assert Pause.objects.count() == 1


def test_a_pause_by_staff_says_so_and_cannot_be_ended_by_the_candidate(candidate, attempt, admin_user):
    pauses.pause([attempt.pk], by=admin_user)
    assert '<div data-paused="staff" >' in words_of(candidate.get(url(attempt)))
    candidate.post(url(attempt, "resume"))
    assert ASKED not in words_of(candidate.get(url(attempt)))


def test_the_next_question_waits_behind_a_pause_and_the_text_does_not(candidate, attempt, admin_user):
    pauses.pause([attempt.pk], by=admin_user)
    fields = {"value": "Typed before I knew", "base_revision": "0", "key": str(uuid4()), "go": "next"}
    headers = {"HX-Request": "true", "HX-Target": "question-panel"}
    response = candidate.post(url(attempt), fields, headers=headers)
    assert ASKED not in response.content.decode()
    assert response["HX-Redirect"] == url(attempt, number=2)
    assert attempt.response_events.get().kind == "saved"


def test_pressed_without_a_break_left_it_leads_to_the_overview(candidate, attempt):
    Attempt.objects.filter(pk=attempt.pk).update(breaks_taken=2, revision=50)
    assert candidate.get(url(attempt, "break"))["Location"] == url(attempt, "overview")
    assert candidate.post(url(attempt, "break"))["Location"] == url(attempt, "overview")
    assert not Attempt.objects.filter(paused_at__isnull=False).exists()


def test_opening_the_page_begins_nothing_and_strangers_find_nothing(candidate, client, attempt):
    candidate.get(url(attempt, "break"))
    assert candidate.get(url(attempt, "resume")).status_code == 405
    client.cookies["parley_attempt"] = passes.seal(holder_of(make_attempt()))
    assert [client.get(url(attempt, "break")).status_code, client.post(url(attempt, "resume")).status_code] == [
        404,
        404,
    ]
    assert not Attempt.objects.filter(paused_at__isnull=False).exists()


def test_what_is_sent_in_a_break_is_kept_aside_and_said_to_be(candidate, attempt):
    candidate.post(url(attempt, "break"))
    now = clock.now()
    Attempt.objects.update(paused_at=now - MINUTE, pause_until=now + 9 * MINUTE)
    fields = {"value": "Written in the break", "base_revision": "0", "key": str(uuid4())}
    response = candidate.post(url(attempt), fields)
    assert (response.status_code, "data-still" in words_of(response)) == (409, True)
    for words in ("Your time stands still", "Kept aside.", "Written in the break"):
        assert words in words_of(response)
    assert "too late" not in words_of(response)
    sent = {"responses": [{"number": 1, "value": "Again", "base_revision": 0, "key": str(uuid4())}]}
    token = {"Authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    address = f"/api/v1/sessions/{attempt.pk}"
    refused = candidate.post(address, sent, content_type="application/json", headers=token)
    assert (refused.status_code, refused.json()["too_late"]) == (410, [{"number": 1, "kept": True}])
    assert refused.json()["detail"].startswith("Time stands still.")
    moved = candidate.post(address, {"responses": [], "current": 2}, content_type="application/json", headers=token)
    assert (moved.status_code, moved.json()["detail"]) == (410, refused.json()["detail"])


def test_the_clock_tells_that_time_stands_still_and_since_what_it_was(candidate, attempt, admin_user):
    running = candidate.get(url(attempt, "clock")).json()
    assert (running["paused"], running["break_remaining_ms"], running["given_back"]) == ("", None, "")
    candidate.post(url(attempt, "break"))
    resting = candidate.get(url(attempt, "clock")).json()
    assert (resting["paused"], 590_000 < resting["break_remaining_ms"] <= 600_000) == ("break", True)
    assert running["remaining_ms"] - resting["remaining_ms"] < 5_000
    pauses.pause([attempt.pk], by=admin_user)
    assert candidate.get(url(attempt, "clock")).json()["paused"] == "staff"


@pytest.mark.needs_redis  # the embedded cache is a table, and its bookmark another statement
def test_the_clock_costs_one_statement(candidate, attempt, django_assert_num_queries):
    candidate.get(url(attempt))
    with django_assert_num_queries(1):
        candidate.get(url(attempt, "clock"), {"question": "1"})


def test_time_that_was_given_back_is_said_on_the_page(candidate, attempt):
    Attempt.objects.filter(pk=attempt.pk).update(outage_seconds=95, revision=50)
    assert not OutageCredit.objects.exists()
    assert "1 min 35 s given back: our servers were away" in words_of(candidate.get(url(attempt)))
    told = candidate.get(url(attempt, "clock")).json()["given_back"]
    assert told == "1\xa0min\xa035\xa0s given back: our servers were away"


def test_a_break_that_is_over_shows_the_question_though_nobody_ended_it(candidate, attempt):
    candidate.post(url(attempt, "break"))
    past = clock.now() - 11 * MINUTE
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=past, pause_until=past + 10 * MINUTE, revision=50)
    assert ASKED in words_of(candidate.get(url(attempt)))


def test_the_api_shows_no_question_while_time_stands_still(client, attempt, admin_user):
    token = {"Authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    address = f"/api/v1/sessions/{attempt.pk}"
    assert ASKED in client.get(address, headers=token).json()["questions"][0]["stem"]
    pauses.pause([attempt.pk], by=admin_user)
    state = client.get(address, headers=token).json()
    assert (state["paused"], state["questions"][0]["is_shown"], state["questions"][0]["stem"]) == ("staff", False, None)


# ---- What is not shown yet, on pages that are not a question's own ----


@pytest.fixture
def part_seen() -> Attempt:
    """The first question is seen; the second comes later in a one-way section; the third waits in a timed one."""
    made = make_assessment(
        make_question(stem="Seen first"),
        make_question(stem="Comes later"),
        section={"navigation": "one_way"},
        publish=False,
        duration_seconds=3600,
        break_count=1,
    )
    add_section(made, make_question(stem="Waits behind its clock"), duration_seconds=600)
    return make_attempt(publish_assessment(made))


def shown_in_record(client: Any, attempt: Attempt) -> list[list[bool]]:
    pages = (url(attempt, "record"), url(attempt, "export", form="json"), url(attempt, "export", form="html"))
    texts = [client.get(page).content.decode() for page in pages]
    return [[stem in text for stem in ("Seen first", "Comes later", "Waits behind its clock")] for text in texts]


def test_record_and_export_show_no_question_before_its_time(client, part_seen):
    sit_down(client, part_seen)
    assert shown_in_record(client, part_seen) == [[True, False, False]] * 3
    client.post(url(part_seen, "break"))
    assert shown_in_record(client, part_seen) == [[False, False, False]] * 3
    client.post(url(part_seen, "resume"))
    attempts.submit(holder_of(part_seen))
    assert shown_in_record(client, part_seen) == [[True, True, True]] * 3


def test_reporting_a_problem_in_a_break_shows_no_question(candidate, attempt):
    address = url(attempt, "problem", number=1)
    assert ASKED in words_of(candidate.get(address))
    candidate.post(url(attempt, "break"))
    assert ASKED not in words_of(candidate.get(address))
