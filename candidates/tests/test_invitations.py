"""Inviting, by several at once too, and what becomes of an invitation."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.tests.making import make_assessment
from candidates.domain import audit, entry, invitations
from candidates.enums import INVITATION_TRANSITIONS, InvitationStatus
from candidates.models import AuditEntry, Candidate, Invitation
from candidates.tests.racing import at_once

NEW = "new@example.org"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_known", [False, True])
def test_inviting_one_person_several_times_at_once_makes_one_invitation(is_known, admin_user):
    if is_known:
        Candidate.objects.create(email=NEW)
    invite = partial(invitations.invite, make_assessment(), email=NEW, by=admin_user)
    invited = at_once(*[invite] * 4)
    assert [one.invitation for one in invited] == [Invitation.objects.get()] * 4
    assert sorted(one.is_new for one in invited) == [False, False, False, True]
    assert AuditEntry.objects.get().action == "invited"


@pytest.mark.django_db(transaction=True)
def test_two_lists_of_the_same_people_at_once_do_not_deadlock(admin_user):
    people = [(f"c{number}@example.org", "") for number in range(20)]
    assessment = make_assessment()
    lists = (people, people[::-1])
    invite = [partial(invitations.invite_many, assessment, one, send_mail=False, by=admin_user) for one in lists]
    mails = [[one.invitation.candidate.email for one in outcome] for outcome in at_once(*invite)]
    assert mails == [[mail for mail, _ in one] for one in lists]
    assert (Invitation.objects.count(), AuditEntry.objects.count(), audit.first_broken_entry()) == (20, 20, None)


@pytest.mark.django_db
def test_an_address_twice_in_a_list_is_one_invitation():
    pairs = [("a@example.org", ""), ("A@example.org", "Ada")]
    first, second = invitations.invite_many(make_assessment(), pairs, send_mail=False)
    assert (first.invitation, first.is_new, second.is_new) == (second.invitation, True, False)
    assert Candidate.objects.get().name == "Ada"


@pytest.mark.django_db
def test_a_long_list_takes_few_more_statements_than_a_short_one(admin_user):
    assessment, statements = make_assessment(), []
    for count in (2, 60):
        people = [(f"of-{count}-{number}@example.org", "Ada") for number in range(count)]
        with CaptureQueriesContext(connection) as asked:
            invited = invitations.invite_many(assessment, people, send_mail=False, by=admin_user)
        statements.append(len(asked))
        assert [(one.invitation.candidate.email, one.is_new) for one in invited] == [(mail, True) for mail, _ in people]
        assert all(invitations.find(one.token) == one.invitation for one in invited)
    assert statements[0] == statements[1]
    assert (AuditEntry.objects.count(), audit.first_broken_entry()) == (62, None)


@pytest.mark.django_db
def test_a_name_that_was_missing_is_filled_in_and_one_that_is_there_stays():
    for name in ("Ada", ""):
        Candidate.objects.create(email=f"{name or 'nameless'}@example.org", name=name)
    people = [("ADA@example.org", "Eve"), ("nameless@example.org", "Bo"), ("nameless@example.org", "")]
    invitations.invite_many(make_assessment(), people, send_mail=False)
    assert sorted(Candidate.objects.values_list("name", flat=True)) == ["Ada", "Bo"]


# ---- Revoked, and offered again ----


@pytest.mark.django_db
@pytest.mark.parametrize("has_come_in", [False, True])
def test_what_is_offered_again_stands_as_it_did(has_come_in, admin_user):
    invitation = invitations.invite(make_assessment(), email=NEW).invitation
    if has_come_in:
        entry.enter_by_invitation(invitation)
    invitation.refresh_from_db()
    before = invitation.status
    for verb, after in ((invitations.revoke, "revoked"), (invitations.offer_again, before)):
        allowed = INVITATION_TRANSITIONS[InvitationStatus(invitation.status)]
        verb(invitation, by=admin_user)
        invitation.refresh_from_db()
        assert (invitation.status, after in allowed) == (after, True)


@pytest.mark.django_db
def test_revoking_or_offering_twice_is_audited_once(admin_user):
    invitation = invitations.invite(make_assessment(), email=NEW, by=admin_user).invitation
    for verb in (invitations.offer_again, invitations.revoke, invitations.revoke, *[invitations.offer_again] * 2):
        verb(invitation, by=admin_user)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["invited", "invitation revoked", "invitation offered again"]
