"""The pages around the questions: overview, start, review, submit, receipt, record, clock."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from assessments.domain.assembly import publish_assessment
from assessments.enums import FeedbackPolicy
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import attempts, interventions, receipts, scoring, snapshots
from candidates.enums import AttemptStatus
from candidates.models import Attempt
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save, sit_down

pytestmark = pytest.mark.django_db
CANARY = "canary-7d1f"
PAGES = ("attempt", "attempt-review", "attempt-submit", "attempt-receipt", "attempt-record", "attempt-clock")


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(make_assessment(make_question(), make_question(), duration_seconds=3600))


@pytest.fixture
def seat(client, attempt):
    return sit_down(client, attempt)


def page(seat, name: str, attempt: Attempt):
    return seat.get(reverse(name, args=[attempt.pk]))


def test_the_overview_starts_nothing_until_the_button_is_pressed(client):
    attempt = make_attempt(make_assessment(duration_seconds=3600), start=False)
    seat = sit_down(client, attempt)
    response = page(seat, "attempt", attempt)
    actions = re.findall(r'<form[^>]* action="(/attempts/[^"]+)"', response.text)
    assert (response.status_code, actions) == (200, [reverse("attempt-start", args=[attempt.pk])])
    attempt.refresh_from_db()
    assert (attempt.status, attempt.questions.count()) == (AttemptStatus.READY, 0)
    response = seat.post(reverse("attempt-start", args=[attempt.pk]))
    attempt.refresh_from_db()
    assert response.url == reverse("attempt-question", args=[attempt.pk, 1])
    assert attempt.status == AttemptStatus.IN_PROGRESS


def test_pressing_start_twice_keeps_the_bell(seat, attempt):
    seat.post(reverse("attempt-start", args=[attempt.pk]))
    assert Attempt.objects.get(pk=attempt.pk).deadline_at == attempt.deadline_at


def test_the_overview_leads_back_to_where_one_was(seat, attempt):
    save(attempt, "text", moves_to=2)
    assert reverse("attempt-question", args=[attempt.pk, 2]) in page(seat, "attempt", attempt).content.decode()


def test_the_review_lists_empties_first(seat, attempt):
    save(attempt, "answered this one")
    html = page(seat, "attempt-review", attempt).content.decode()
    first, second = (reverse("attempt-question", args=[attempt.pk, number]) for number in (1, 2))
    body = html[html.index("<main") :]
    assert body.index(second) < body.index(first)
    assert "answered this one" in body


def test_submitting_asks_first(seat, attempt):
    response = seat.post(reverse("attempt-submit", args=[attempt.pk]))
    attempt.refresh_from_db()
    assert response.status_code == 200
    assert 'name="confirmed"' in response.content.decode()
    assert attempt.status == AttemptStatus.IN_PROGRESS


def test_confirming_submits_and_shows_the_receipt(seat, attempt):
    response = seat.post(reverse("attempt-submit", args=[attempt.pk]), {"confirmed": "1"}, follow=True)
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.SUBMITTED
    assert response.redirect_chain[-1][0] == reverse("attempt-receipt", args=[attempt.pk])
    assert receipts.short_code(attempt.submit_receipt) in response.content.decode()


def test_confirming_twice_leads_to_the_same_receipt(seat, attempt):
    url = reverse("attempt-submit", args=[attempt.pk])
    first, second = (seat.post(url, {"confirmed": "1"}) for _ in range(2))
    assert first.url == second.url == reverse("attempt-receipt", args=[attempt.pk])


def test_submitting_after_the_bell_counts_as_run_out(seat, attempt):
    ring_the_bell(attempt, seconds_ago=100)
    seat.post(reverse("attempt-submit", args=[attempt.pk]), {"confirmed": "1"})
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_at) == (AttemptStatus.EXPIRED, attempt.deadline_at)


def test_what_holds_while_writing_is_not_told_after_the_end(client):
    late = make_attempt(make_assessment(make_question(), duration_seconds=3600, break_count=1))
    sit_down(client, late)
    rules = ("<h2>Good to know</h2>", "<li>You may take 1 break")
    for rule in rules:
        assertContains(page(client, "attempt", late), rule, count=1)
    ring_the_bell(late, seconds_ago=500)
    snapshots.forget(late.pk)
    for rule in rules:
        assertNotContains(page(client, "attempt", late), rule)


def test_an_attempt_voided_before_its_start_says_so(client, admin_user):
    voided = make_attempt(start=False)
    interventions.void(voided, reason="Sat by another", by=admin_user)
    sit_down(client, voided)
    assertContains(page(client, "attempt", voided), "The team has voided this attempt", count=1)


def test_a_section_nobody_began_keeps_its_own_time_after_the_end(client):
    made = make_assessment(make_question(), publish=False, duration_seconds=3600)
    add_section(made, make_question(), duration_seconds=600)
    late = make_attempt(publish_assessment(made))
    sit_down(client, late)
    ring_the_bell(late, seconds_ago=-510)
    snapshots.forget(late.pk)
    assertContains(page(client, "attempt", late), "· 8\xa0min\xa0", count=1)
    ring_the_bell(late, seconds_ago=500)
    snapshots.forget(late.pk)
    assertContains(page(client, "attempt", late), "· 10\xa0min of its own", count=1)


def test_the_record_shows_each_revision_with_its_hash(seat, attempt):
    hashes = [save(attempt, text, base_revision=n).receipt.hash for n, text in enumerate(("first words", "last words"))]
    attempts.submit(holder_of(attempt))
    html = page(seat, "attempt-record", attempt).content.decode()
    assert [part in html for part in ("first words", "last words", *hashes)] == [True] * 4


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (FeedbackPolicy.NONE, (False, False)),
        (FeedbackPolicy.SCORE, (True, False)),
        (FeedbackPolicy.QUESTIONS, (True, False)),
        (FeedbackPolicy.KEYS, (True, True)),
    ],
)
def test_results_are_released_by_policy_once_all_is_scored(client, policy, shown):
    question = make_question("short_text", key={"accepted": [{"text": CANARY}]}, explanation=f"Because {CANARY}.")
    attempt = make_attempt(make_assessment(question, feedback_policy=policy))
    seat = sit_down(client, attempt)
    save(attempt, "something else")
    attempts.submit(holder_of(attempt))
    before = page(seat, "attempt-record", attempt).content.decode()
    scoring.score_attempt(attempt.pk)
    after = page(seat, "attempt-record", attempt).content.decode()
    assert (CANARY in before, "0 of 1 points" in before) == (False, False)
    assert ("0 of 1 points" in after, CANARY in after) == shown


def test_no_page_of_a_running_attempt_bears_a_key(client):
    """Keys, explanations and levels hold a marker; the stem holds another, to show that this can find one."""
    questions = [
        make_question("short_text", key={"accepted": [{"text": CANARY}]}, explanation=CANARY, stem="marker-in-stem"),
        make_question("single_choice", key={"option": "b", "feedback": {"a": CANARY}}),
        make_question("long_text", key={"model_answer": CANARY}),
    ]
    attempt = make_attempt(make_assessment(*questions, feedback_policy=FeedbackPolicy.KEYS))
    seat = sit_down(client, attempt)
    urls = [reverse(name, args=[attempt.pk]) for name in PAGES]
    urls += [reverse("attempt-question", args=[attempt.pk, number]) for number in (1, 2, 3)]
    html = "".join(seat.get(url).content.decode() for url in urls)
    assert (CANARY in html, "marker-in-stem" in html) == (False, True)


def test_the_clock_tells_what_is_left_and_nothing_of_the_answers(seat, attempt):
    facts = page(seat, "attempt-clock", attempt).json()
    assert set(facts) == {
        "remaining_ms",
        "paused",
        "break_remaining_ms",
        "given_back",
        "status",
        "is_open",
        "is_elsewhere",
        "revision",
        "announcements",
    }
    assert 3_590_000 < facts["remaining_ms"] <= 3_600_000


def test_more_time_reaches_the_clock(seat, attempt, admin_user):
    interventions.extend(attempt, seconds=600, by=admin_user)
    assert page(seat, "attempt-clock", attempt).json()["remaining_ms"] > 4_100_000


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_nothing(client, attempt, name):
    stranger = sit_down(client, make_attempt())
    assert page(stranger, name, attempt).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_kept_private(seat, attempt, name):
    assert page(seat, name, attempt).headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize("name", ["attempt-start"])
def test_what_changes_things_is_no_get(seat, attempt, name):
    assert page(seat, name, attempt).status_code == 405


def test_a_pool_that_ran_dry_is_said_and_changes_nothing(client, admin_user):
    question = make_question()
    assessment = publish_assessment(make_assessment(question, publish=False))
    attempt = make_attempt(assessment, start=False)
    question.current_version = None
    question.save()
    response = sit_down(client, attempt).post(reverse("attempt-start", args=[attempt.pk]))
    attempt.refresh_from_db()
    assert (response.status_code, attempt.status) == (503, AttemptStatus.READY)
