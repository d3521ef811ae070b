"""Time that was lost because we were away comes back: to everybody it was taken from, once, and before anybody is closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from assessments.domain.assembly import publish_assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates import metrics
from candidates.domain import attempts, clock, outages, pauses, records
from candidates.domain.responses import AttemptClosed
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, AuditEntry, Outage, OutageCredit, Pulse
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save
from candidates.tests.racing import at_once
from interview_project.diagnosis import Level

pytestmark = pytest.mark.django_db
AWAY = timedelta(seconds=90)


def silence(length: timedelta = AWAY) -> datetime:
    """The last heartbeat was so long ago; everything under way was begun before it."""
    last = clock.now() - length
    Pulse.objects.update_or_create(pk=Pulse.THE_ONE, defaults={"beat_at": last})
    Attempt.objects.filter(started_at__isnull=False).update(started_at=last - timedelta(minutes=10))
    return last


def timed(**facts: Any) -> Attempt:
    return make_attempt(make_assessment(duration_seconds=3600, **facts))


def come_back() -> Outage:
    outages.beat_and_settle()
    return Outage.objects.get()


def bell_of(attempt: Attempt) -> Any:
    return Attempt.objects.values_list("deadline_at", flat=True).get(pk=attempt.pk)


# ---- Measuring ----


def test_the_first_heartbeat_ever_ends_no_outage():
    assert outages.beat() is None
    assert (Pulse.objects.count(), Outage.objects.count()) == (1, 0)


@pytest.mark.parametrize(("seconds", "expected"), [(2, 0), (5, 0), (6, 1), (90, 1)])
def test_only_a_gap_longer_than_late_heartbeats_is_an_outage(seconds, expected):
    silence(timedelta(seconds=seconds))
    outages.beat()
    assert Outage.objects.count() == expected


def test_an_outage_lasts_from_the_last_heartbeat_to_the_first_one_after_it():
    last = silence()
    outage = come_back()
    assert outage.began_at == last
    assert outage.ended_at == Pulse.objects.get().beat_at
    assert outage.length >= AWAY


def test_while_another_process_lives_a_restart_is_no_outage():
    """The one that has been away leaves no gap that the other one's heartbeats did not fill."""
    silence(timedelta(seconds=4))
    outages.beat()
    outages.beat_and_settle()  # the one that comes back
    assert not Outage.objects.exists()


def test_a_heartbeat_beside_another_process_s_costs_a_look_and_writes_nothing():
    outages.beat()
    with CaptureQueriesContext(connection) as seen:
        outages.beat()
    assert [query["sql"][:6] for query in seen if "candidates_pulse" in query["sql"]] == ["SELECT"]


@pytest.mark.django_db(transaction=True)
def test_processes_that_come_back_together_find_one_outage_and_credit_it_once():
    attempt = timed()
    silence()
    before = bell_of(attempt)
    assert [one for one in at_once(*[outages.beat_and_settle] * 6) if one is not None] == []
    outage = Outage.objects.get()
    assert bell_of(attempt) - before == outage.length
    assert OutageCredit.objects.count() == AuditEntry.objects.filter(action="outage credited").count() == 1


# ---- Giving back ----


def test_ninety_seconds_away_come_back_to_exactly_the_twenty_that_were_open():
    shared = make_assessment(duration_seconds=3600)
    running = [make_attempt(shared) for _ in range(20)]
    closed, untimed = make_attempt(shared), make_attempt(shared, is_untimed=True)
    attempts.submit(holder_of(closed))
    ready = make_attempt(shared, start=False)
    held = make_attempt(shared)
    over = make_attempt(shared)
    pauses.pause([held.pk], by=None)
    last = silence()
    Attempt.objects.filter(pk=held.pk).update(paused_at=last - timedelta(minutes=1))
    Attempt.objects.filter(pk=over.pk).update(deadline_at=last - timedelta(60), grace_until=last - timedelta(59))
    others = [closed, untimed, ready, held, over]
    before = {one.pk: bell_of(one) for one in [*running, *others]}
    outage = come_back()
    assert {one.pk: bell_of(one) - before[one.pk] for one in running} == {one.pk: outage.length for one in running}
    assert outage.length >= AWAY
    assert [bell_of(one) == before[one.pk] for one in others] == [True] * 5
    assert set(OutageCredit.objects.values_list("attempt", flat=True)) == {one.pk for one in running}
    assert (outage.attempt_count, outage.settled_at is not None) == (20, True)


def test_settling_again_gives_nothing_more():
    attempt = timed()
    silence()
    come_back()
    after = bell_of(attempt)
    Outage.objects.update(settled_at=None)
    assert outages.settle() == 0
    assert bell_of(attempt) == after


def test_the_database_refuses_a_second_credit_for_the_same_outage():
    attempt = timed()
    silence()
    outage = come_back()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutageCredit.objects.create(outage=outage, attempt=attempt, credit=AWAY)


def test_an_attempt_whose_bell_rang_while_we_were_away_goes_on():
    attempt = timed()
    silence()
    ring_the_bell(attempt, seconds_ago=60)
    come_back()
    save(attempt, "I could not send this before")


def test_the_sweeper_gives_time_back_before_it_closes():
    """The outage is known and not settled: whoever sweeps first must not close what gets its time back."""
    attempt = timed()
    silence()
    ring_the_bell(attempt, seconds_ago=60)
    assert outages.beat() is not None
    assert attempts.close_overdue() == 0
    save(attempt, "still open")


def test_the_sweeper_closes_nothing_that_ended_while_nobody_knows_whether_we_were_there():
    """The worker lives, the web processes do not, and the bell has rung in the meantime."""
    attempt, long_over = timed(), timed()
    silence()
    ring_the_bell(attempt, seconds_ago=45)
    ring_the_bell(long_over, seconds_ago=600)
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.IN_PROGRESS
    come_back()
    save(attempt, "given back")


def test_without_the_two_guards_the_sweeper_would_have_closed_it(monkeypatch):
    attempt = timed()
    silence()
    ring_the_bell(attempt, seconds_ago=60)
    monkeypatch.setattr(outages, "known_until", lambda: None)
    monkeypatch.setattr(outages, "settle", lambda: 0)
    assert attempts.close_overdue() == 1


def test_without_giving_back_first_it_would_have_been_refused():
    attempt = timed()
    silence()
    ring_the_bell(attempt, seconds_ago=60)
    with pytest.raises(AttemptClosed):
        save(attempt, "too late, as far as anybody knows")


def test_a_section_that_ran_gets_the_same_and_one_that_was_over_nothing():
    made = make_assessment(make_question(), section={"duration_seconds": 900}, publish=False, duration_seconds=3600)
    add_section(made, make_question(), duration_seconds=900)
    attempt = make_attempt(publish_assessment(made))
    for position in (1, 2):
        attempts.start_section(holder_of(attempt), position=position)
    last = silence()
    past = last - timedelta(hours=1)
    attempt.sections.filter(position=1).update(deadline_at=past, grace_until=past)
    before = attempt.sections.get(position=2).deadline_at
    outage = come_back()
    assert attempt.sections.get(position=1).deadline_at == past
    assert attempt.sections.get(position=2).deadline_at == before + outage.length  # type: ignore[operator]


def test_a_section_that_is_the_only_clock_is_given_back_too():
    attempt = make_attempt(make_assessment(section={"duration_seconds": 900}))
    section = attempts.start_section(holder_of(attempt), position=1)
    assert section.deadline_at is not None
    silence()
    outage = come_back()
    assert attempt.sections.get().deadline_at == section.deadline_at + outage.length


def test_a_break_that_ended_meanwhile_gets_what_came_after_it():
    attempt, resting = (timed(break_count=1, break_seconds=600) for _ in range(2))
    for one in (attempt, resting):
        pauses.begin_break(holder_of(one))
    last = silence()
    Attempt.objects.filter(pk=attempt.pk).update(
        paused_at=last - timedelta(minutes=9), pause_until=last + timedelta(seconds=30)
    )
    before = bell_of(attempt)
    outage = come_back()
    assert bell_of(attempt) - before == outage.length - timedelta(seconds=30)
    assert not OutageCredit.objects.filter(attempt=resting).exists()


def test_the_candidate_reads_about_it_and_the_audit_has_it_once():
    attempt = timed()
    silence()
    outage = come_back()
    attempt.refresh_from_db()
    assert attempt.outage_seconds == round(outage.length.total_seconds())
    assert "1\xa0min\xa030\xa0s given back: our servers were away" in [
        one.words for one in records.record_of(attempt).timeline
    ]
    entry = AuditEntry.objects.get(action="outage credited")
    assert (entry.by, entry.subject, entry.detail["attempts"]) == (None, f"outage {outage.pk}", 1)
    assert attempt.events.get(kind=EventKind.OUTAGE_CREDITED).by is None


@pytest.mark.parametrize("count", [1, 12])
def test_what_it_costs_does_not_grow_with_the_attempts(count):
    shared = make_assessment(duration_seconds=3600)
    for _ in range(count):
        make_attempt(shared)
    silence()
    outages.beat()
    with CaptureQueriesContext(connection) as seen:
        outages.settle()
    writes = [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(writes) == 6  # credits, sections, attempts, events, the outage, the audit


# ---- Looking at them ----


def test_metrics_and_doctor_tell_about_outages():
    assert [line.words for line in metrics.outage_lines()] == [
        "none in the last 30 days",
        "no web process has run yet",
    ]
    silence()
    outage = come_back()
    gauges = {one.name: one.value for one in metrics.outage_gauges()}
    assert gauges["parley_outages_total"] == 1
    assert gauges["parley_outage_seconds_total"] == outage.length.total_seconds()
    assert gauges["parley_outages_unsettled"] == 0
    line = next(iter(metrics.outage_lines()))
    assert (line.level, "1 in the last 30 days, the longest 90 s" in line.words) == (Level.WARN, True)
