"""Time that stands still: to the microsecond, whoever presses what at the same moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from assessments.tests.making import make_assessment, make_question
from candidates.domain import accommodations, attempts, clock, interventions, pauses, records, snapshots, verification
from candidates.domain.pauses import PauseRefused
from candidates.domain.responses import QuestionLocked, TimeStandsStill
from candidates.domain.seat import Seat
from candidates.enums import AttemptStatus, EventKind, PauseKind
from candidates.models import Attempt, AuditEntry, Pause, Response
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.racing import at_once

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def timed(**facts: Any) -> Attempt:
    return make_attempt(make_assessment(duration_seconds=3600, **facts))


def with_breaks(count: int = 1, seconds: int = 600) -> Attempt:
    return timed(break_count=count, break_seconds=seconds)


def fresh(attempt: Attempt) -> Any:
    return Attempt.objects.get(pk=attempt.pk)


def began_earlier(attempt: Attempt, by: timedelta) -> None:
    """As if the pause under way had begun that much sooner, and everything before it too."""
    one = fresh(attempt)
    moved = {
        name: getattr(one, name) - by
        for name in ("started_at", "deadline_at", "grace_until", "paused_at", "pause_until")
        if getattr(one, name) is not None
    }
    Attempt.objects.filter(pk=attempt.pk).update(**moved)


def seat(attempt: Attempt, at: datetime | None = None) -> Seat:
    return Seat(snapshots.build(fresh(attempt)), at=at or clock.now(), current=1)


# ---- By staff ----


def test_a_pause_credits_exactly_the_time_it_lasted(admin_user):
    attempt = timed()
    pauses.pause([attempt.pk], by=admin_user, reason="Fire alarm")
    began_earlier(attempt, 7 * MINUTE)
    before = fresh(attempt)
    assert pauses.resume([attempt.pk], by=admin_user) == 1
    after, written = fresh(attempt), Pause.objects.get()
    assert written.length >= 7 * MINUTE
    assert after.deadline_at - before.deadline_at == after.grace_until - before.grace_until == written.length
    assert (after.paused_at, written.kind, written.by) == (None, PauseKind.STAFF, admin_user)


def test_time_stands_still_while_it_lasts(admin_user):
    attempt = timed()
    pauses.pause([attempt.pk], by=admin_user)
    now = clock.now()
    shown = [seat(attempt, now + hours * 60 * MINUTE).remaining_ms for hours in (0, 5)]
    assert shown[0] == shown[1]
    assert shown[0] is not None
    assert fresh(attempt).accepts_saves(at=now + timedelta(days=1))
    assert not Attempt.objects.overdue(at=now + timedelta(days=1)).exists()


def stop(attempt: Attempt, kind: PauseKind, *, by: Any) -> None:
    if kind == PauseKind.STAFF:
        pauses.pause([attempt.pk], by=by)
    else:
        pauses.begin_break(holder_of(attempt))


def go_on(attempt: Attempt, kind: PauseKind, *, by: Any) -> None:
    if kind == PauseKind.STAFF:
        pauses.resume([attempt.pk], by=by)
    else:
        pauses.end_break(holder_of(attempt))


@pytest.mark.parametrize("kind", PauseKind)
def test_what_was_on_its_way_when_time_stopped_counts(admin_user, kind):
    """The page that is open learns of it within seconds; what was typed before must not be lost."""
    attempt = with_breaks()
    stop(attempt, kind, by=admin_user)
    began_earlier(attempt, timedelta(seconds=25))
    save(attempt, "typed before I knew")
    assert attempt.response_events.get().kind == "saved"


@pytest.mark.parametrize("kind", PauseKind)
def test_a_break_or_a_pause_is_no_time_to_write(admin_user, kind):
    """What is sent in it is kept aside; sent anew when time runs again, it counts."""
    attempt, key = with_breaks(), uuid4()
    save(attempt, "before")
    stop(attempt, kind, by=admin_user)
    began_earlier(attempt, timedelta(seconds=31))
    for _ in range(2):
        with pytest.raises(TimeStandsStill) as refused:
            save(attempt, "written meanwhile", base_revision=1, key=key)
        assert refused.value.is_kept
    assert Response.objects.get(attempt_question__attempt=attempt).value == "before"
    go_on(attempt, kind, by=admin_user)
    save(attempt, "written meanwhile", base_revision=1)
    assert [one.kind for one in attempt.response_events.all()] == ["saved", "still", "saved"]
    assert list(verification.problems_of(fresh(attempt))) == []


def test_a_break_that_ended_by_time_takes_saves_again():
    attempt = with_breaks()
    pauses.begin_break(holder_of(attempt))
    began_earlier(attempt, 11 * MINUTE)
    save(attempt, "back at work")
    assert attempt.response_events.get().kind == "saved"


def test_a_pause_moves_the_section_that_runs_and_no_other(admin_user):
    attempt = make_attempt(make_assessment(make_question(), section={"duration_seconds": 600}, duration_seconds=3600))
    section = attempts.start_section(holder_of(attempt), position=1)
    assert section.deadline_at is not None
    pauses.pause([attempt.pk], by=admin_user)
    before = fresh(attempt).deadline_at
    pauses.resume([attempt.pk], by=admin_user)
    moved = fresh(attempt).deadline_at - before
    assert attempt.sections.get().deadline_at == section.deadline_at + moved


def test_minutes_added_in_a_pause_reach_the_section_it_stopped_however_long_it_lasts(admin_user):
    attempt = make_attempt(make_assessment(make_question(), section={"duration_seconds": 60}, duration_seconds=3600))
    attempts.start_section(holder_of(attempt), position=1)
    pauses.pause([attempt.pk], by=admin_user)
    began_earlier(attempt, 30 * MINUTE)
    past = clock.now() - 29 * MINUTE
    attempt.sections.update(deadline_at=past, grace_until=past)
    interventions.extend(attempt, seconds=600, by=admin_user)
    assert attempt.sections.get().deadline_at == past + 10 * MINUTE


def test_pausing_twice_or_resuming_twice_changes_nothing(admin_user):
    attempt = timed()
    assert [pauses.pause([attempt.pk], by=admin_user) for _ in range(2)] == [1, 0]
    assert [pauses.resume([attempt.pk], by=admin_user) for _ in range(2)] == [1, 0]
    assert (Pause.objects.count(), attempt.events.filter(kind=EventKind.PAUSED).count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_resuming_eight_times_at_once_credits_once(admin_user):
    attempt = timed()
    pauses.pause([attempt.pk], by=admin_user)
    began_earlier(attempt, 7 * MINUTE)
    before = fresh(attempt).deadline_at
    counts = at_once(*[lambda: pauses.resume([attempt.pk], by=admin_user)] * 8)
    assert sorted(counts) == [0] * 7 + [1]
    assert fresh(attempt).deadline_at - before == Pause.objects.get().length


def test_submitting_in_a_pause_ends_it(admin_user):
    attempt = timed()
    pauses.pause([attempt.pk], by=admin_user)
    closed = attempts.submit(holder_of(attempt))
    assert (closed.status, closed.paused_at, Pause.objects.count()) == (AttemptStatus.SUBMITTED, None, 1)


def test_voiding_in_a_pause_ends_it(admin_user):
    attempt = timed()
    pauses.pause([attempt.pk], by=admin_user)
    assert interventions.void(attempt, reason="Sat by another", by=admin_user).paused_at is None


def test_many_at_once_are_one_entry_in_the_audit_and_one_event_each(admin_user):
    shared = make_assessment(duration_seconds=3600)
    running = [make_attempt(shared) for _ in range(3)]
    done = make_attempt(shared)
    attempts.submit(holder_of(done))
    ids = [one.pk for one in [*running, done]]
    assert pauses.pause(ids, by=admin_user, reason="Fire alarm") == 3
    assert interventions.extend_all(ids, seconds=300, by=admin_user, reason="To settle again") == 3
    assert pauses.resume(ids, by=admin_user) == 3
    assert [(entry.action, entry.subject, entry.detail.get("attempts")) for entry in AuditEntry.objects.all()[:3]] == [
        ("time resumed", f"assessment {shared.pk}", 3),
        ("time added", f"assessment {shared.pk}", 3),
        ("time stopped", f"assessment {shared.pk}", 3),
    ]
    assert {one.events.filter(kind=EventKind.EXTENDED).count() for one in running} == {1}
    assert not done.events.filter(kind=EventKind.EXTENDED).exists()


# ---- Breaks ----


def test_a_break_gives_its_length_and_coming_back_early_gives_back_the_rest():
    attempt = with_breaks()
    before = fresh(attempt).deadline_at
    pauses.begin_break(holder_of(attempt))
    assert fresh(attempt).deadline_at == before + 10 * MINUTE
    began_earlier(attempt, 4 * MINUTE)
    pauses.end_break(holder_of(attempt))
    used = Pause.objects.get().length
    assert 4 * MINUTE <= used < 5 * MINUTE
    assert fresh(attempt).deadline_at == before - 4 * MINUTE + used


def test_after_its_end_the_clock_runs_though_nobody_came_back():
    attempt = with_breaks()
    left = seat(attempt).remaining_ms
    assert left is not None
    pauses.begin_break(holder_of(attempt))
    until = fresh(attempt).pause_until
    assert (seat(attempt, until - MINUTE).is_paused, seat(attempt, until + MINUTE).is_paused) == (True, False)
    in_it, later = seat(attempt, until - MINUTE).remaining_ms, seat(attempt, until + MINUTE).remaining_ms
    assert in_it is not None
    assert later == in_it - 60_000
    assert left - in_it < 5_000


def test_a_break_that_ended_by_time_is_written_down_by_the_sweeper():
    attempt = with_breaks()
    pauses.begin_break(holder_of(attempt))
    began_earlier(attempt, 11 * MINUTE)
    before = fresh(attempt).deadline_at
    assert pauses.write_down_ended_breaks() == 1
    assert (Pause.objects.get().length, fresh(attempt).deadline_at) == (10 * MINUTE, before)
    assert pauses.write_down_ended_breaks() == 0


def test_no_more_breaks_than_allowed():
    attempt = with_breaks(count=1)
    pauses.begin_break(holder_of(attempt))
    pauses.end_break(holder_of(attempt))
    with pytest.raises(PauseRefused, match="no break left"):
        pauses.begin_break(holder_of(attempt))


def test_an_accommodation_adds_breaks_and_the_longer_length_holds(admin_user):
    attempt = timed()
    accommodations.accommodate(
        attempt.candidate,
        time_factor=attempt.candidate.time_factor,
        is_untimed=False,
        extra_breaks=2,
        break_seconds=1200,
        by=admin_user,
    )
    assert (seat(attempt).breaks_left, seat(attempt).break_words) == (2, "20\xa0min")
    before = fresh(attempt).deadline_at
    pauses.begin_break(holder_of(attempt))
    assert fresh(attempt).deadline_at == before + 20 * MINUTE


def test_where_no_clock_runs_there_is_no_break_to_take():
    attempt = make_attempt(make_assessment(break_count=3))
    assert seat(attempt).breaks_left == 0
    with pytest.raises(PauseRefused, match="No clock is running"):
        pauses.begin_break(holder_of(attempt))


def test_begun_eight_times_at_once_it_is_one_break_and_one_credit():
    attempt = with_breaks(count=8)
    before = fresh(attempt).deadline_at
    for _ in range(3):
        pauses.begin_break(holder_of(attempt))
    assert (fresh(attempt).breaks_taken, fresh(attempt).deadline_at) == (1, before + 10 * MINUTE)


@pytest.mark.django_db(transaction=True)
def test_begin_and_end_pressed_at_once_never_credit_more_than_was_used():
    attempt = with_breaks(count=8)
    before = fresh(attempt).deadline_at
    holder = holder_of(attempt)
    at_once(*[lambda: pauses.begin_break(holder), lambda: pauses.end_break(holder)] * 4)
    pauses.end_break(holder)
    used = sum((one.length for one in Pause.objects.all()), timedelta(0))
    assert fresh(attempt).deadline_at == before + used


def test_no_section_begins_in_a_break():
    attempt = make_attempt(
        make_assessment(make_question(), section={"duration_seconds": 600}, duration_seconds=3600, break_count=1)
    )
    pauses.begin_break(holder_of(attempt))
    with pytest.raises(QuestionLocked):
        attempts.start_section(holder_of(attempt), position=1)


@pytest.mark.django_db(transaction=True)
def test_a_pause_by_staff_ends_a_break_which_is_then_not_taken(admin_user):
    attempt = with_breaks(count=1)
    before = fresh(attempt).deadline_at
    pauses.begin_break(holder_of(attempt))
    pauses.pause([attempt.pk], by=admin_user)
    pauses.resume([attempt.pk], by=admin_user)
    used = sum((one.length for one in Pause.objects.all()), timedelta(0))
    assert (fresh(attempt).breaks_taken, fresh(attempt).deadline_at) == (0, before + used)


def test_the_record_tells_of_both(admin_user):
    attempt = with_breaks()
    pauses.begin_break(holder_of(attempt))
    began_earlier(attempt, 4 * MINUTE)
    pauses.end_break(holder_of(attempt))
    pauses.pause([attempt.pk], by=admin_user)
    pauses.resume([attempt.pk], by=admin_user)
    told = [one.words for one in records.record_of(fresh(attempt)).timeline]
    assert told[1:] == [
        "Break started",
        "Break ended, after 4\xa0min",
        "Paused by the team",
        "Resumed by the team, after 0\xa0seconds",
    ]


# ---- What the database refuses ----


def test_a_closed_attempt_is_not_paused():
    attempt = timed()
    attempts.submit(holder_of(attempt))
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(paused_at=clock.now())


def test_a_break_without_a_beginning_is_refused():
    attempt = timed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(pause_until=clock.now())
