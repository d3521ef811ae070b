"""The database's clock is the one: skewed app servers and nights on which clocks change have no say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from assessments.tests.making import make_assessment
from candidates.domain import attempts, clock, outages, pauses, snapshots
from candidates.domain.responses import AttemptClosed
from candidates.domain.seat import Seat
from candidates.models import Attempt, Outage, Pause, Pulse
from candidates.tests.making import began, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SPRING = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # in Berlin 01:30; half an hour later it is 03:00
AUTUMN = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # in Berlin 02:30; half an hour later it is 02:00 once more


@pytest.fixture(params=[-10, 10])
def skewed_host(request, monkeypatch):
    """This process's clock is ten minutes off; the database's is not."""
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=request.param))


def the_database_s_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


@pytest.mark.needs_postgresql
@pytest.mark.usefixtures("skewed_host")
class TestASkewedHost:
    def test_sets_no_bell_and_keeps_no_moment(self):
        attempt = make_attempt(make_assessment(duration_seconds=3600))
        assert abs(the_database_s_time() + HOUR - attempt.deadline_at) < timedelta(minutes=1)  # type: ignore[operator]
        receipt = save(attempt, "now").receipt
        assert abs(receipt.saved_at - the_database_s_time()) < timedelta(minutes=1)

    def test_neither_closes_early_nor_takes_what_is_late(self):
        attempt, late = (make_attempt(make_assessment(duration_seconds=3600)) for _ in range(2))
        ring_the_bell(attempt, seconds_ago=-60)
        ring_the_bell(late, seconds_ago=60)
        save(attempt, "a minute before")
        with pytest.raises(AttemptClosed):
            save(late, "a minute after")
        assert attempts.close_overdue() == 1

    def test_measures_no_outage_that_was_none_and_pauses_by_the_same_clock(self):
        outages.beat()
        Pulse.objects.update(beat_at=the_database_s_time() - timedelta(seconds=6))
        outages.beat()
        assert not Outage.objects.exists()
        attempt = make_attempt(make_assessment(duration_seconds=3600))
        pauses.pause([attempt.pk], by=None)
        pauses.resume([attempt.pk], by=None)
        assert abs(Pause.objects.get().began_at - the_database_s_time()) < timedelta(minutes=1)


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_an_hour_is_an_hour_on_the_night_the_clocks_change(night, zone):
    with timezone.override(zone):
        attempt = make_attempt(make_assessment(duration_seconds=3600))
        moved = night - began(attempt)
        assert attempt.deadline_at is not None
        assert attempt.grace_until is not None
        Attempt.objects.filter(pk=attempt.pk).update(
            started_at=night, deadline_at=attempt.deadline_at + moved, grace_until=attempt.grace_until + moved
        )
        attempt.refresh_from_db()
        seat = Seat(snapshots.build(attempt), at=night + timedelta(minutes=45), current=1)
        assert (seat.remaining_ms, seat.remaining_words) == (15 * 60_000, "15\xa0min left")
        assert (began(attempt), attempt.deadline_at) == (night, night + HOUR)


def test_a_pause_over_the_night_the_clocks_change_credits_the_seconds_that_passed():
    attempt = make_attempt(make_assessment(duration_seconds=3600))
    before = attempt.deadline_at
    pauses.pause([attempt.pk], by=None)
    began_at = clock.now() - 26 * HOUR
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=began_at)
    with timezone.override("Europe/Berlin"):
        pauses.resume([attempt.pk], by=None)
    attempt.refresh_from_db()
    assert attempt.deadline_at - before == Pause.objects.get().length  # type: ignore[operator]
