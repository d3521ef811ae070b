"""An attempt from entry to end, and what staff may do to it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django_tasks_db.models import DBTaskResult

from assessments.domain.assembly import close_assessment
from assessments.tests.making import make_assessment, make_practice, make_question, make_rubric
from candidates.domain import attempts, clock, entry, interventions, invitations, results, reviews, scoring
from candidates.domain.receipts import is_genuine
from candidates.domain.responses import AttemptClosed
from candidates.enums import AttemptPurpose, AttemptStatus, EventKind, ScoreSource
from candidates.models import Attempt, AuditEntry, InvitationMail, Score
from candidates.tests.making import began, holder_of, make_attempt, ring_the_bell, save
from candidates.tests.racing import at_once

pytestmark = pytest.mark.django_db


def invite(**facts):
    return invitations.invite(make_assessment(**facts), email="sam@example.org").invitation


def test_entering_twice_by_one_link_leads_to_one_attempt():
    invitation = invite()
    assert entry.enter_by_invitation(invitation) == entry.enter_by_invitation(invitation)


@pytest.mark.django_db(transaction=True)
def test_entering_eight_times_at_once_leads_to_one_attempt():
    invitation = invite()
    entered = at_once(*[lambda: entry.enter_by_invitation(invitation)] * 8)
    assert {attempt.pk for attempt in entered} == {Attempt.objects.get().pk}


def test_a_used_up_invitation_leads_back_to_the_closed_attempt():
    invitation = invite()
    attempt = attempts.start(holder_of(entry.enter_by_invitation(invitation)))
    attempts.submit(holder_of(attempt))
    assert entry.enter_by_invitation(invitation).pk == attempt.pk


def test_a_second_attempt_is_made_where_the_assessment_allows_two():
    invitation = invite(max_attempts=2)
    first = attempts.start(holder_of(entry.enter_by_invitation(invitation)))
    attempts.submit(holder_of(first))
    second = entry.enter_by_invitation(invitation)
    assert (second.number, second.status) == (2, AttemptStatus.READY)


def test_nobody_enters_outside_the_window():
    tomorrow = clock.now() + timedelta(days=1)
    with pytest.raises(entry.EntryRefused):
        entry.enter_by_invitation(invite(opens_at=tomorrow))


def test_nobody_enters_a_closed_assessment_but_a_running_attempt_goes_on():
    invitation = invite()
    attempt = attempts.start(holder_of(entry.enter_by_invitation(invitation)))
    close_assessment(invitation.assessment)
    assert entry.enter_by_invitation(invitation).pk == attempt.pk
    save(attempt, "still here")


def test_starting_draws_the_questions_once_and_sets_the_bell():
    attempt = make_attempt(make_assessment(make_question(), make_question(), duration_seconds=600, grace_seconds=20))
    again = attempts.start(holder_of(attempt))
    assert again.deadline_at == attempt.deadline_at == began(attempt) + timedelta(seconds=600)
    assert attempt.grace_until == began(attempt) + timedelta(seconds=620)
    assert attempt.questions.count() == 2


@pytest.mark.parametrize(
    ("accommodation", "seconds"), [({"time_factor": Decimal("1.25")}, 750), ({"is_untimed": True}, None)]
)
def test_an_accommodation_changes_the_clock(accommodation, seconds):
    attempt = make_attempt(make_assessment(duration_seconds=600), **accommodation)
    expected = None if seconds is None else began(attempt) + timedelta(seconds=seconds)
    assert attempt.deadline_at == expected


def test_a_timed_section_has_its_own_bell_but_never_beyond_the_whole():
    attempt = make_attempt(make_assessment(duration_seconds=600, section={"duration_seconds": 900}))
    section = attempts.start_section(holder_of(attempt), position=1)
    assert section.deadline_at == attempt.deadline_at
    assert attempts.start_section(holder_of(attempt), position=1).started_at == section.started_at


def test_submitting_signs_every_response_and_asks_for_scores_in_the_same_transaction():
    attempt = make_attempt()
    save(attempt, "index")
    closed = attempts.submit(holder_of(attempt))
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    assert is_genuine(closed.submit_receipt, attempt.pk, rows)
    assert not is_genuine(closed.submit_receipt, attempt.pk, [(1, 1, "something else")])
    assert DBTaskResult.objects.get().args_kwargs["args"] == [str(attempt.pk)]


def test_submitting_twice_counts_once():
    attempt = make_attempt()
    first, second = attempts.submit(holder_of(attempt)), attempts.submit(holder_of(attempt))
    assert first.submit_receipt == second.submit_receipt
    assert attempt.events.filter(kind=EventKind.SUBMITTED).count() == DBTaskResult.objects.count() == 1


def test_nothing_is_saved_after_submitting():
    attempt = make_attempt()
    attempts.submit(holder_of(attempt))
    with pytest.raises(AttemptClosed):
        save(attempt, "one more thing")


def test_the_sweeper_closes_what_is_overdue_as_of_its_bell():
    attempt, other = (make_attempt(make_assessment(duration_seconds=600)) for _ in range(2))
    save(attempt, "last words")
    bell = ring_the_bell(attempt, seconds_ago=3600)
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    other.refresh_from_db()
    assert (attempt.status, attempt.closed_at, other.status) == ("expired", bell, "in_progress")


def test_without_a_sweeper_an_overdue_attempt_counts_as_closed():
    attempt = make_attempt(make_assessment(duration_seconds=600))
    ring_the_bell(attempt, seconds_ago=3600)
    with pytest.raises(AttemptClosed):
        save(attempt, "an hour late")
    assert attempts.submit(holder_of(attempt)).status == AttemptStatus.EXPIRED


@pytest.mark.django_db(transaction=True)
def test_sweepers_and_the_candidate_at_once_close_it_once():
    attempt = make_attempt(make_assessment(duration_seconds=600))
    ring_the_bell(attempt, seconds_ago=3600)
    at_once(attempts.close_overdue, attempts.close_overdue, lambda: attempts.submit(holder_of(attempt)))
    assert attempt.events.filter(kind=EventKind.EXPIRED).count() == DBTaskResult.objects.count() == 1
    attempt.refresh_from_db()
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    assert is_genuine(attempt.submit_receipt, attempt.pk, rows)


@pytest.mark.nightly
@pytest.mark.needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_five_hundred_are_each_closed_once_by_two_sweepers_and_their_candidates():
    assessment = make_assessment(duration_seconds=600)
    several = [make_attempt(assessment) for _ in range(500)]
    for attempt in several:
        ring_the_bell(attempt, seconds_ago=3600)

    def submit_all() -> None:
        for attempt in reversed(several):
            attempts.submit(holder_of(attempt))

    at_once(attempts.close_overdue, attempts.close_overdue, submit_all)
    assert {attempt.events.filter(kind=EventKind.EXPIRED).count() for attempt in several} == {1}
    tasks = Counter((one.task_path, *one.args_kwargs["args"]) for one in DBTaskResult.objects.all())
    assert tasks == {("candidates.tasks.score_attempt", str(attempt.pk)): 1 for attempt in several}
    receipts = set(Attempt.objects.values_list("submit_receipt", flat=True))
    assert len(receipts - {""}) == 500
    assert (InvitationMail.objects.count(), mail.outbox) == (0, [])  # whoever was closed reads it on the page


def test_more_time_moves_the_bell_and_is_audited(admin_user):
    attempt = make_attempt(make_assessment(duration_seconds=600))
    extended = interventions.extend(attempt, seconds=300, by=admin_user)
    assert extended.deadline_at == began(attempt) + timedelta(seconds=900)
    assert extended.revision > attempt.revision  # open pages and snapshots notice
    assert AuditEntry.objects.filter(action="time added", by=admin_user).count() == 1


def test_more_time_is_refused_where_there_is_no_bell(admin_user):
    with pytest.raises(attempts.TransitionRefused):
        interventions.extend(make_attempt(), seconds=300, by=admin_user)


def test_an_expired_attempt_can_be_reopened_and_a_submitted_one_not(admin_user):
    expired, submitted = (make_attempt(make_assessment(duration_seconds=600)) for _ in range(2))
    ring_the_bell(expired, seconds_ago=3600)
    attempts.close_overdue()
    attempts.submit(holder_of(submitted))
    interventions.reopen(expired, seconds=600, by=admin_user)
    save(expired, "thank you")
    with pytest.raises(attempts.TransitionRefused):
        interventions.reopen(submitted, seconds=600, by=admin_user)


def test_a_voided_attempt_counts_nowhere(admin_user):
    attempt = make_attempt()
    attempts.submit(holder_of(attempt))
    interventions.void(attempt, reason="power cut", by=admin_user)
    assert not Attempt.objects.counted().exists()


def test_a_preview_counts_nowhere_and_is_gone_after_a_day(admin_user):
    attempt = entry.enter_preview(make_assessment(publish=False), by=admin_user)
    attempts.start(holder_of(attempt))
    attempts.submit(holder_of(attempt))
    assert attempt.purpose == AttemptPurpose.PREVIEW
    assert not Attempt.objects.counted().exists()
    entry.remove_guests(previews_after=timedelta(minutes=-1))
    assert not Attempt.objects.exists()


def test_practice_needs_no_invitation_and_makes_a_guest():
    attempt = entry.enter_practice(make_practice())
    assert (attempt.candidate.email, attempt.invitation, attempt.purpose) == ("", None, "practice")


def test_practice_is_removed_when_its_assessment_said_so():
    old, fresh = (entry.enter_practice(make_practice(retention_days=30)) for _ in range(2))
    Attempt.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=31))
    entry.remove_guests()
    assert list(Attempt.objects.all()) == [fresh]


def test_nobody_practises_on_what_is_by_invitation():
    with pytest.raises(entry.EntryRefused):
        entry.enter_practice(make_assessment())


# ---- Scores ----


def closed_attempt(*types: str, values: dict[int, object], **facts) -> Attempt:
    attempt = make_attempt(make_assessment(*(make_question(one, **facts) for one in types)))
    for number, value in values.items():
        save(attempt, value, number=number)
    return attempts.submit(holder_of(attempt))


def test_scores_are_given_by_rule_and_once():
    attempt = closed_attempt("single_choice", "short_text", values={1: "b", 2: "wrong"})
    assert [scoring.score_attempt(attempt.pk), scoring.score_attempt(attempt.pk)] == [2, 0]
    assert results.total_of(attempt).words == "1 of 2 points (50 %)"


def test_a_long_text_waits_for_a_reviewer_unless_it_is_empty():
    attempt = closed_attempt("long_text", "long_text", values={1: "It depends."})
    scoring.score_attempt(attempt.pk)
    assert results.total_of(attempt).waiting == 1
    assert list(Score.objects.values_list("attempt_question__number", "points")) == [(2, Decimal(0))]


def test_a_reviewer_scores_by_rubric_scaled_to_the_points(admin_user):
    attempt = closed_attempt("long_text", values={1: "It depends."}, rubric=make_rubric(), points=Decimal(6))
    question = attempt.questions.get()
    score = reviews.review_response(question, reviewer=admin_user, levels={"1": Decimal(2), "2": Decimal(1)})
    assert (score.points, score.source, score.scored_by) == (Decimal("4.50"), ScoreSource.REVIEWER, admin_user)


def test_a_second_opinion_is_appended_and_the_newest_counts(admin_user):
    attempt = closed_attempt("long_text", values={1: "It depends."}, points=Decimal(6))
    for points in (2, 5):
        reviews.review_response(attempt.questions.get(), reviewer=admin_user, levels={}, points=Decimal(points))
    assert results.total_of(attempt).points == 5
    assert Score.objects.count() == 2
    assert Score.objects.current().get().points == 5


@pytest.mark.parametrize("levels", [{"1": Decimal(2)}, {"1": Decimal(2), "2": Decimal(9)}])
def test_a_review_by_rubric_needs_an_existing_level_for_every_criterion(admin_user, levels):
    attempt = closed_attempt("long_text", values={1: "It depends."}, rubric=make_rubric())
    with pytest.raises(reviews.ReviewRefused):
        reviews.review_response(attempt.questions.get(), reviewer=admin_user, levels=levels)


def test_nothing_is_reviewed_while_it_can_still_change(admin_user):
    attempt = make_attempt(make_assessment(make_question("long_text")))
    with pytest.raises(reviews.ReviewRefused):
        reviews.review_response(attempt.questions.get(), reviewer=admin_user, levels={}, points=Decimal(1))
