from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F

from assessments.models import Assessment
from assessments.tests.making import make_assessment
from candidates.domain import attempts, audit, clock, interventions, invitations, retention, verification
from candidates.management.commands import run_worker
from candidates.models import Attempt, AuditEntry, Candidate, Invitation, InvitationMail
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.racing import at_once


@pytest.mark.django_db
def test_erasing_twice_leaves_one_entry(admin_user):
    attempt = make_attempt()
    save(attempt, "A secret text.")
    attempt.refresh_from_db()
    retention.erase(attempt.candidate, by=admin_user)
    retention.erase(attempt.candidate, by=admin_user)
    stone = {"attempt": str(attempt.pk), "saves": 1, "chain": attempt.chain_head, "receipt": ""}
    assert list(AuditEntry.objects.filter(action="erased").values_list("subject", "detail")) == [
        (f"candidate {attempt.candidate_id}", {"attempts": 1, "records": [stone]})
    ]


@pytest.mark.django_db
def test_erasing_leaves_every_chain_whole(admin_user):
    kept, gone = make_attempt(), make_attempt()
    for attempt in (kept, gone):
        save(attempt, "A text.")
    call_command("erase_candidate", gone.candidate.email)
    kept.refresh_from_db()
    assert (audit.first_broken_entry(), list(verification.problems_of(kept))) == (None, [])
    assert list(Attempt.objects.values_list("pk", flat=True)) == [kept.pk]


@pytest.mark.django_db
def test_erasing_somebody_who_is_not_there_is_an_error():
    with pytest.raises(CommandError, match="No candidate"):
        call_command("erase_candidate", "nobody@example.org")


def aged(attempt: Attempt, *, days: int) -> Attempt:
    """As if everything had happened so long ago."""
    shift = timedelta(days=days)
    for rows, names in (
        (Attempt.objects.filter(pk=attempt.pk), ("created_at", "started_at", "consented_at", "closed_at")),
        (Invitation.objects.filter(attempts=attempt), ("created_at", "accepted_at")),
        (attempt.events.all(), ("at",)),
        (attempt.response_events.all(), ("received_at",)),
    ):
        rows.update(**{name: F(name) - shift for name in names})
    return attempt


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "is_due"), [(31, True), (29, False)])
def test_a_finished_attempt_goes_when_its_assessment_said_so(days, is_due):
    attempt = make_attempt(make_assessment(retention_days=30))
    attempts.submit(holder_of(attempt))
    aged(attempt, days=days)
    applied = retention.apply_due()
    assert (applied.attempts, applied.invitations, applied.candidates) == ((1, 1, 1) if is_due else (0, 0, 0))
    assert (Attempt.objects.exists(), Candidate.objects.exists()) == (not is_due, not is_due)
    assert audit.first_broken_entry() is None


@pytest.mark.django_db
def test_an_attempt_somebody_still_writes_in_stays_however_old_it_is():
    attempt = aged(make_attempt(make_assessment(retention_days=30)), days=400)
    save(attempt, "Still here.")
    assert (retention.apply_due().attempts, Attempt.objects.count()) == (0, 1)


@pytest.mark.django_db
def test_an_invitation_that_can_still_be_taken_up_stays_and_one_that_cannot_goes():
    open_one, over = make_assessment(retention_days=30), make_assessment(retention_days=30)
    for assessment in (open_one, over):
        invitations.invite(assessment, email="a@example.org")
    Invitation.objects.update(created_at=F("created_at") - timedelta(days=100))
    Assessment.objects.filter(pk=over.pk).update(closes_at=clock.now() - timedelta(days=40))
    applied = retention.apply_due()
    assert (applied.invitations, applied.candidates) == (1, 0)
    assert Invitation.objects.get().assessment == open_one


@pytest.mark.django_db
def test_a_dry_run_says_what_would_go_and_erases_nothing(capsys):
    attempt = make_attempt(make_assessment(retention_days=30))
    attempts.submit(holder_of(attempt))
    aged(attempt, days=31)
    call_command("apply_retention", dry_run=True)
    assert capsys.readouterr().out == "1 attempts, 1 invitations and 1 candidates would be erased.\n"
    assert (Attempt.objects.count(), AuditEntry.objects.filter(action="retention over").count()) == (1, 0)
    call_command("apply_retention")
    assert capsys.readouterr().out == "1 attempts, 1 invitations and 1 candidates erased.\n"
    assert Attempt.objects.count() == 0


@pytest.mark.django_db
def test_one_attempt_goes_and_the_candidate_with_another_stays():
    attempt = make_attempt(make_assessment(retention_days=30))
    attempts.submit(holder_of(attempt))
    aged(attempt, days=31)
    invitations.invite(make_assessment(), email=attempt.candidate.email)
    assert (retention.apply_due().candidates, Candidate.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_erasing_waits_for_whoever_holds_the_attempt_and_they_for_it(admin_user):
    for _ in range(8):
        attempt = make_attempt(make_assessment(duration_seconds=600))
        outcomes = at_once(
            partial(retention.erase, attempt.candidate, by=admin_user),
            partial(interventions.extend, attempt, seconds=60, by=admin_user),
            partial(save, attempt, "A text."),
        )
        refused = [type(one) for one in outcomes if isinstance(one, Exception)]
        assert (outcomes[0], set(refused) <= {Attempt.DoesNotExist}) == (None, True)
    assert (Candidate.objects.count(), audit.first_broken_entry()) == (0, None)


@pytest.mark.django_db
def test_the_worker_applies_it_and_orders_reminders_by_itself():
    attempt = make_attempt(make_assessment(retention_days=30))
    attempts.submit(holder_of(attempt))
    aged(attempt, days=31)
    closing = make_assessment(closes_at=clock.now() + timedelta(days=1), reminder_days=3)
    invitations.invite(closing, email="ada@example.org")
    run_worker.tidy()
    assert (Attempt.objects.count(), InvitationMail.objects.filter(kind="reminder").count()) == (0, 1)
