"""What staff may do to an attempt, with its sections."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from assessments.domain.assembly import close_assessment, publish_assessment
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import accommodations, attempts, clock, entry, interventions, invitations, snapshots
from candidates.domain.attempts import StartRefused, TransitionRefused
from candidates.domain.responses import AttemptClosed
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, AttemptSection
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.django_db
TEN_MINUTES = timedelta(minutes=10)


def timed_sections(*seconds: int | None, whole: int | None = None) -> Attempt:
    """An attempt of one question a section, the first of them begun where it is timed."""
    assessment = make_assessment(
        make_question(), section={"duration_seconds": seconds[0]}, publish=False, duration_seconds=whole
    )
    for length in seconds[1:]:
        add_section(assessment, make_question(), duration_seconds=length)
    attempt = make_attempt(publish_assessment(assessment))
    if seconds[0]:
        attempts.start_section(holder_of(attempt), position=1)
    return Attempt.objects.get(pk=attempt.pk)


def section(attempt: Attempt, position: int = 1) -> AttemptSection:
    return attempt.sections.get(position=position)


def bell(clocked: Attempt | AttemptSection) -> datetime:
    assert clocked.deadline_at is not None
    return clocked.deadline_at


def end_section(attempt: Attempt, position: int = 1) -> None:
    past = clock.now() - timedelta(hours=1)
    attempt.sections.filter(position=position).update(deadline_at=past, grace_until=past)
    Attempt.objects.filter(pk=attempt.pk).update(revision=100)


def test_more_time_moves_the_whole_and_the_section_that_runs(admin_user):
    attempt = timed_sections(900, whole=600)
    before = bell(section(attempt))
    extended = interventions.extend(attempt, seconds=600, by=admin_user)
    assert (extended.deadline_at, section(attempt).deadline_at) == (
        bell(attempt) + TEN_MINUTES,
        before + TEN_MINUTES,
    )
    built = snapshots.build(Attempt.objects.get(pk=attempt.pk))
    assert built.sections[0].deadline_at == before + TEN_MINUTES


def test_more_time_moves_a_section_that_is_the_only_clock(admin_user):
    attempt = timed_sections(900)
    before = bell(section(attempt))
    interventions.extend(attempt, seconds=600, by=admin_user)
    assert section(attempt).deadline_at == before + TEN_MINUTES


def test_more_time_leaves_a_section_that_is_over_as_it_is(admin_user):
    attempt = timed_sections(300, None, whole=3600)
    end_section(attempt)
    before = bell(section(attempt))
    interventions.extend(attempt, seconds=600, by=admin_user)
    assert section(attempt).deadline_at == before


def test_too_little_time_for_an_attempt_long_over_is_refused(admin_user):
    attempt = make_attempt(make_assessment(duration_seconds=600))
    ring_the_bell(attempt, seconds_ago=3600)
    with pytest.raises(TransitionRefused):
        interventions.extend(attempt, seconds=60, by=admin_user)


def test_a_reopened_attempt_takes_saves_in_the_section_the_bell_cut_short(admin_user):
    attempt = timed_sections(900, whole=600)
    past = clock.now() - timedelta(hours=1)
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=past, grace_until=past)
    attempt.sections.update(deadline_at=past, grace_until=past)
    attempts.close_overdue()
    interventions.reopen(attempt, seconds=600, by=admin_user)
    save(attempt, "thank you")


def test_sections_that_are_all_over_close_an_attempt_without_a_bell_of_its_own():
    attempt, other = timed_sections(300, 300), timed_sections(300, 300)
    attempts.start_section(holder_of(attempt), position=2)
    end_section(attempt, 1)
    end_section(attempt, 2)
    end_section(other, 1)  # its second one has not been begun
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    assert (attempt.status, attempt.closed_at) == (AttemptStatus.EXPIRED, section(attempt, 2).deadline_at)


def test_staff_may_close_what_no_clock_will_end(admin_user):
    attempt = make_attempt()
    save(attempt, "all I know")
    interventions.close_now(attempt, by=admin_user)
    attempt.refresh_from_db()
    assert attempt.status == AttemptStatus.EXPIRED
    assert attempt.events.filter(kind=EventKind.CLOSED).exists()
    with pytest.raises(AttemptClosed):
        save(attempt, "more", base_revision=1)


def test_an_accommodation_reaches_the_section_not_begun_yet(admin_user):
    attempt = timed_sections(None, 600)
    candidate = attempt.candidate
    snapshots.rebuild(attempt)
    accommodations.accommodate(candidate, time_factor=Decimal(2), is_untimed=False, by=admin_user)
    shown = snapshots.load(Attempt.objects.get(pk=attempt.pk))
    assert shown.sections[1].allowed_seconds == 1200


# ---- Coming in is not starting ----


def ready_attempt() -> Attempt:
    return make_attempt(make_assessment(duration_seconds=600), start=False)


def test_an_assessment_closed_since_then_cannot_be_started():
    attempt = ready_attempt()
    close_assessment(attempt.assessment)
    with pytest.raises(StartRefused):
        attempts.start(holder_of(attempt))


def test_a_window_that_is_over_cannot_be_started_in():
    attempt = ready_attempt()
    Assessment.objects.filter(pk=attempt.assessment_id).update(closes_at=clock.now() - TEN_MINUTES)
    with pytest.raises(StartRefused):
        attempts.start(holder_of(attempt))


def test_a_revoked_invitation_starts_nothing(admin_user):
    attempt = ready_attempt()
    assert attempt.invitation is not None
    invitations.revoke(attempt.invitation, by=admin_user)
    with pytest.raises(StartRefused):
        attempts.start(holder_of(attempt))


def test_staff_may_try_what_is_not_published(admin_user):
    attempt = entry.enter_preview(make_assessment(publish=False), by=admin_user)
    assert attempts.start(holder_of(attempt)).status == AttemptStatus.IN_PROGRESS
