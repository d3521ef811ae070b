"""One clock for everybody: exact at the bell, by every way in; judged by arrival; whatever the servers' own clocks say."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assessments.models import Assessment
from assessments.tests.making import make_assessment
from candidates.domain import attempts, clock, passes
from candidates.domain.attempts import bell_of
from candidates.domain.responses import AttemptClosed
from candidates.models import Attempt
from candidates.tests.making import began, holder_of, make_attempt, ring_the_bell, save, sit_down
from candidates.tests.racing import at_once

GRACE = 30.0


def timed() -> Attempt:
    return make_attempt(make_assessment(duration_seconds=3600, grace_seconds=int(GRACE)))


# ---- At the bell, to the millisecond ----


def by_page(attempt: Attempt, **headers: str) -> bool:
    url = f"/attempts/{attempt.pk}/questions/1/"
    data = {"value": "text", "base_revision": "0", "key": str(uuid4()), "go": "stay"}
    status = sit_down(Client(), attempt).post(url, data, headers=headers).status_code
    assert status in {200, 302, 410}
    return bool(status != 410)


def by_htmx(attempt: Attempt) -> bool:
    return by_page(attempt, **{"hx-request": "true", "hx-target": "save-state"})


def by_api(attempt: Attempt) -> bool:
    response = {"number": 1, "value": "text", "base_revision": 0, "key": str(uuid4())}
    headers = {"authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    url, body = f"/api/v1/sessions/{attempt.pk}", json.dumps({"responses": [response]})
    status = Client().post(url, body, "application/json", headers=headers).status_code
    assert status in {200, 410}
    return bool(status == 200)


def by_domain(attempt: Attempt) -> bool:
    try:
        save(attempt, "text")
    except AttemptClosed:
        return False
    return True


@pytest.mark.django_db
@pytest.mark.needs_postgresql  # one transaction, so one moment: what the database calls now stands still
@pytest.mark.parametrize("way", [by_page, by_htmx, by_api, by_domain])
@pytest.mark.parametrize(
    ("seconds_ago", "is_taken"),
    [(-0.001, True), (0.0, True), (GRACE - 0.001, True), (GRACE, True), (GRACE + 0.001, False)],
)
def test_at_the_bell_every_way_in_agrees_to_the_millisecond(way, seconds_ago, is_taken):
    attempt = timed()
    ring_the_bell(attempt, seconds_ago=seconds_ago)
    assert way(attempt) is is_taken


@pytest.mark.django_db
@pytest.mark.needs_postgresql
@pytest.mark.parametrize(("seconds_ago", "is_taken"), [(GRACE - 0.001, True), (GRACE, True), (GRACE + 0.001, False)])
def test_a_section_with_a_clock_of_its_own_ends_to_the_millisecond_too(seconds_ago, is_taken):
    attempt = make_attempt(make_assessment(grace_seconds=int(GRACE), section={"duration_seconds": 600}))
    attempts.start_section(holder_of(attempt), position=1)
    ends = clock.now() - timedelta(seconds=seconds_ago) + timedelta(seconds=GRACE)
    attempt.sections.update(deadline_at=ends - timedelta(seconds=GRACE), grace_until=ends)
    Attempt.objects.filter(pk=attempt.pk).update(revision=F("revision") + 1)
    assert by_domain(attempt) is is_taken


# ---- Waiting is not being late ----


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
@pytest.mark.parametrize(("seconds_left", "is_taken"), [(0.6, True), (-0.1, False)])
def test_a_save_that_waits_for_a_lock_across_the_bell_is_judged_by_its_arrival(seconds_left, is_taken):
    attempt, locked = timed(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Attempt.objects.select_for_update().get(pk=attempt.pk)
            ring_the_bell(attempt, seconds_ago=GRACE - seconds_left)
            locked.set()
            time.sleep(1.2)

    def write() -> Any:
        locked.wait(10)
        return save(attempt, "sent in time")

    _, outcome = at_once(hold, write)
    attempt.refresh_from_db()
    assert attempt.grace_until is not None
    assert isinstance(outcome, AttemptClosed) is not is_taken
    assert not is_taken or outcome.receipt.saved_at <= attempt.grace_until < clock.now()


# ---- Servers whose clocks are wrong ----


@pytest.mark.django_db
@pytest.mark.needs_postgresql
@pytest.mark.parametrize("minutes", [10, -10])
def test_a_server_whose_clock_is_wrong_moves_no_bell_and_stamps_no_save(minutes):
    right = clock.now()
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        attempt = timed()
        saved = save(attempt, "text")
        facts = sit_down(Client(), attempt).get(f"/attempts/{attempt.pk}/clock/").json()
        closed = attempts.submit(holder_of(attempt))
    assert (began(attempt), attempt.deadline_at) == (right, right + timedelta(hours=1))
    assert (saved.receipt.saved_at, closed.closed_at) == (right, right)
    assert abs(facts["remaining_ms"] - 3_600_000) < 2000


@pytest.mark.django_db
@pytest.mark.needs_postgresql
def test_a_view_that_asked_its_own_clock_would_be_found(monkeypatch):
    """Guard: what the test above compares does depend on which clock is asked."""
    monkeypatch.setattr(clock, "read_stamped", stamped_by_this_server(clock.read_stamped))
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        attempt = timed()
    assert began(attempt) - clock.now() > timedelta(minutes=9)


def stamped_by_this_server(read: Any) -> Any:
    def reading(*args: Any, **kwargs: Any) -> Any:
        row = read(*args, **kwargs)
        row.arrived_at = timezone.now()
        return row

    return reading


# ---- Nights that are an hour shorter or longer ----

NIGHTS = [
    ("Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 6, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2026, 12, 31, 9, 30, tzinfo=UTC)),
    ("UTC", datetime(2026, 12, 31, 23, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "begins"), NIGHTS)
@hypothesis_settings(max_examples=25)
@given(seconds=st.integers(1, 6 * 3600))
def test_an_hour_is_an_hour_whatever_the_night(zone, begins, seconds):
    attempt = Attempt(assessment=Assessment(grace_seconds=30))
    with timezone.override(ZoneInfo(zone)):
        bell, grace = bell_of(timezone.localtime(begins), seconds, attempt)
        passed = (bell.astimezone(UTC) - begins, grace.astimezone(UTC) - bell.astimezone(UTC))
    assert passed == (timedelta(seconds=seconds), timedelta(seconds=30))
