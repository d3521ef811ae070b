"""Inviting candidates, and what becomes of an invitation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext

from assessments.enums import Access
from assessments.models import Assessment
from candidates import tasks
from candidates.domain import audit, clock, mails, windows
from candidates.domain.tokens import derived, hash_of, token_of
from candidates.enums import INVITATION_TRANSITIONS, InvitationStatus, MailKind
from candidates.models import Candidate, Invitation, InvitationMail
from interview_project.batching import BATCH, batches


class InvitationRefused(Exception):
    """The invitation cannot be made; the text says why."""


class DeclineRefused(Exception):
    """It has been started, or was declined or revoked before; the text is for the candidate."""


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    token: str
    is_new: bool
    is_moved: bool = False
    """Invited before, and the window is another one now."""


def find(token: str) -> Invitation | None:
    """The invitation of a token, looked up by hash, so that timing tells nothing."""
    return (
        Invitation.objects.for_landing()
        .filter(token_hash=hash_of(token))
        .exclude(status=InvitationStatus.REVOKED)
        .first()
    )


@transaction.atomic
def invite(assessment: Assessment, *, email: str, name: str = "", by: Any = None, **window: Any) -> Invited:
    """Offer the assessment to a person. Inviting the same address again returns the same invitation, name mended, and
    with the new window where one is given.

    Raises :class:`InvitationRefused`.
    """
    require_invitable(assessment)
    (invited,) = _offer(assessment, [(email, name)], by=by, **window)
    if invited.is_new or invited.is_moved:
        audit.record(action="invited" if invited.is_new else "window moved", subject=invited.invitation, by=by)
    return invited


def require_invitable(assessment: Assessment) -> None:
    if not assessment.is_published:
        raise InvitationRefused(f"“{assessment}” is not published, so nobody can be invited to it.")
    if assessment.access != Access.INVITATION:
        raise InvitationRefused(f"“{assessment}” is open to practice and takes no invitations.")


def require_startable(
    assessment: Assessment, *, opens_at: datetime | None = None, closes_at: datetime | None = None
) -> None:
    """Nobody is invited, nor written to, for a time that is over or that never comes."""
    if words := windows.never_words(assessment, opens_at=opens_at, closes_at=closes_at, after=clock.now()):
        raise InvitationRefused(words)


@transaction.atomic
def invite_many(
    assessment: Assessment, people: Iterable[tuple[str, str]], *, send_mail: bool, by: Any = None
) -> list[Invited]:
    """Invite (mail, name) pairs, all or nothing; the new ones get a mail. Raises :class:`InvitationRefused`.

    In the order of addresses, and the audit when there is nobody left to wait for: two lists at once wait, not deadlock.
    """
    require_invitable(assessment)
    invited = _offer(assessment, list(people), by=by)
    new = [one.invitation for one in invited if one.is_new]
    if send_mail:
        order_mails(new)
    if new:
        audit.record_each(new, action="invited", by=by)
    return invited


def _offer(assessment: Assessment, people: Sequence[tuple[str, str]], *, by: Any, **window: Any) -> list[Invited]:
    """Within the caller's transaction; somebody else may be inviting the same people at the same moment."""
    addresses = [_address(email) for email, _ in people]
    names = dict.fromkeys(addresses, "")
    for address, (_, name) in zip(addresses, people, strict=True):
        names[address] = names[address] or name.strip()[:200]
    candidates = _candidates(names)
    known, made = _invitations(assessment, candidates, by=by, window=window)
    invited = []
    for address in addresses:
        invitation = known[candidates[address].pk]
        if invitation.status == InvitationStatus.REVOKED:
            raise InvitationRefused(
                f"The invitation of {address} was revoked. Offer it again in admin if that was a mistake."
            )
        is_new = invitation.pk in made
        made.discard(invitation.pk)  # the same address again, further down the list, is not new any more
        is_moved = not is_new and _move(invitation, window)
        invited.append(Invited(invitation, token_of(invitation), is_new, is_moved))
    return invited


def _invitations(
    assessment: Assessment, candidates: Mapping[str, Candidate], *, by: Any, window: dict[str, Any]
) -> tuple[dict[UUID, Invitation], set[UUID]]:
    """By candidate, and which of them are made now."""
    in_order = {candidates[address].pk: candidates[address] for address in sorted(candidates, key=str.lower)}
    known = _of_candidates(assessment, in_order)
    new = [_new(assessment, one, by=by, window=window) for pk, one in in_order.items() if pk not in known]
    if new:
        require_startable(assessment, **window)
        Invitation.objects.bulk_create(new, ignore_conflicts=True)
        known = _of_candidates(assessment, in_order)
    return known, {one.pk for one in new}


def _new(assessment: Assessment, candidate: Candidate, *, by: Any, window: dict[str, Any]) -> Invitation:
    new = Invitation(assessment=assessment, candidate=candidate, created_by=by, **window)
    new.token_hash = hash_of(derived(new))
    return new


def _of_candidates(assessment: Assessment, by_id: Mapping[UUID, Candidate]) -> dict[UUID, Invitation]:
    found = {}
    for batch in batches(by_id):
        for invitation in Invitation.objects.filter(assessment=assessment, candidate__in=batch):
            invitation.assessment, invitation.candidate = assessment, by_id[invitation.candidate_id]
            found[invitation.candidate_id] = invitation
    return found


def _move(invitation: Invitation, window: dict[str, Any]) -> bool:
    """Give it the window it was offered with this time; False if it has that already, or none was named."""
    changed = [name for name, at in window.items() if at is not None and at != getattr(invitation, name)]
    if not changed:
        return False
    require_startable(invitation.assessment, **window)
    invitation.opens_at, invitation.closes_at = window.get("opens_at"), window.get("closes_at")
    invitation.save(update_fields=["opens_at", "closes_at"])
    return True


def order_mail(invitation: Invitation, kind: MailKind = MailKind.INVITATION) -> InvitationMail:
    """Within the caller's transaction: it is sent in the background, and what becomes of it stands in its row."""
    (mail,) = order_mails([invitation], kind)
    return mail


def order_mails(invitations: Iterable[Invitation], kind: MailKind = MailKind.INVITATION) -> list[InvitationMail]:
    ordered = InvitationMail.objects.bulk_create(InvitationMail(invitation=one, kind=kind) for one in invitations)
    for mail in ordered:
        tasks.deliver_mail.enqueue(str(mail.pk))
    return ordered


@transaction.atomic
def decline(invitation: Invitation) -> None:
    """The candidate says no. Saying so again changes nothing. Raises :class:`DeclineRefused` once it was started."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.status == InvitationStatus.DECLINED:
        return
    require_declinable(locked)
    locked.declined_at = clock.now()
    locked.save(update_fields=["declined_at"])
    _become(locked, InvitationStatus.DECLINED, action="invitation declined", by=None)


def require_declinable(invitation: Invitation) -> None:
    if invitation.attempts.filter(started_at__isnull=False).exists():
        raise DeclineRefused(gettext("You have started it already. To have it set aside, ask the team."))


@transaction.atomic
def renew_link(invitation: Invitation, *, by: Any) -> str:
    """A new token; the old link ends at once."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    locked.token_generation += 1
    locked.token_hash = hash_of(derived(locked))
    locked.save(update_fields=["token_generation", "token_hash"])
    audit.record(action="link renewed", subject=locked, by=by)
    return token_of(locked)


@transaction.atomic
def revoke(invitation: Invitation, *, by: Any) -> None:
    """Its link opens nothing from now on. An attempt under way goes on. Revoking again changes nothing.

    Whoever was written to is told, and their calendar with them. A window that is over is over in the calendar, too.
    """
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if _become(locked, InvitationStatus.REVOKED, action="invitation revoked", by=by):
        _tell(locked)


@transaction.atomic
def offer_again(invitation: Invitation, *, by: Any) -> bool:
    """Undo a revocation, or ask once more after a no: the same link works again. It changes nothing where there was neither.

    Whoever was told of the revocation is told of this, and their calendar with them: whether a mail is on its way.
    """
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.status in (InvitationStatus.REVOKED, InvitationStatus.DECLINED):
        before = InvitationStatus.ACCEPTED if locked.accepted_at else InvitationStatus.OFFERED
        _become(locked, before, action="invitation offered again", by=by)
        return _tell(locked)
    return False


def _tell(locked: Invitation) -> bool:
    kind = mails.due(locked)
    if kind is not None:
        order_mail(locked, kind)
    return kind is not None


def _become(locked: Invitation, status: InvitationStatus, *, action: str, by: Any) -> bool:
    """False where it is that already, or cannot become it."""
    if status not in INVITATION_TRANSITIONS[InvitationStatus(locked.status)]:
        return False
    locked.status = status
    locked.save(update_fields=["status"])
    audit.record(action=action, subject=locked, by=by)
    return True


@transaction.atomic
def send_again(invitation: Invitation, *, by: Any) -> None:
    """Mail the link, the same as before. Raises :class:`InvitationRefused`."""
    if invitation.status == InvitationStatus.REVOKED:
        raise InvitationRefused(f"The invitation of {invitation.candidate} is revoked. Offer it again first.")
    if not invitation.candidate.email:
        raise InvitationRefused(f"{invitation.candidate} has no mail address.")
    if invitation.status == InvitationStatus.DECLINED:
        raise InvitationRefused(f"{invitation.candidate} has declined. Offer it again first.")
    _require_open(invitation)
    order_mail(invitation)
    audit.record(action="invitation mailed", subject=invitation, by=by)


@transaction.atomic
def remind(invitation: Invitation, *, by: Any) -> None:
    """Mail a reminder. Raises :class:`InvitationRefused` for whoever has started, declined or been revoked."""
    if invitation.attempts.filter(started_at__isnull=False).exists():
        raise InvitationRefused(f"{invitation.candidate} has started already.")
    if invitation.status not in (InvitationStatus.OFFERED, InvitationStatus.ACCEPTED) or not invitation.candidate.email:
        raise InvitationRefused(
            f"{invitation.candidate} cannot be reminded: {invitation.get_status_display().lower()}."
        )
    _require_open(invitation)
    order_mail(invitation, MailKind.REMINDER)
    audit.record(action="reminded", subject=invitation, by=by)


def _require_open(invitation: Invitation) -> None:
    window = {"opens_at": invitation.opens_at, "closes_at": invitation.closes_at}
    if words := windows.never_words(invitation.assessment, **window, after=clock.now()):
        raise InvitationRefused(f"{invitation.candidate}: {words}")


def statuses(assessment: Assessment, emails: Iterable[str]) -> dict[str, InvitationStatus]:
    """Which of these addresses, in small letters, have an invitation already, and how it stands."""
    rows = Invitation.objects.filter(assessment=assessment).annotate(address=Lower("candidate__email"))
    found = rows.filter(address__in=[email.lower() for email in emails]).values_list("address", "status")
    return {address: InvitationStatus(status) for address, status in found}


def accept(invitation: Invitation) -> None:
    """Within the caller's transaction: the candidate has come in by the link."""
    Invitation.objects.filter(pk=invitation.pk, status=InvitationStatus.OFFERED).update(
        status=InvitationStatus.ACCEPTED, accepted_at=clock.now()
    )


def _address(text: str) -> str:
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvitationRefused(f"“{address}” is not a mail address.") from error
    return address


def _candidates(names: Mapping[str, str]) -> dict[str, Candidate]:
    """By address as it was given; whoever is not known yet is made, and a name that was missing is filled in."""
    known = _known(names)
    missing = sorted(names.keys() - known.keys(), key=str.lower)
    if missing:
        Candidate.objects.bulk_create(
            [Candidate(email=address, name=names[address]) for address in missing], ignore_conflicts=True
        )
        known |= _known(missing)
    unnamed = {known[address].pk: address for address, name in names.items() if name and not known[address].name}
    for address in unnamed.values():
        known[address].name = names[address]
    Candidate.objects.bulk_update([known[address] for address in unnamed.values()], ["name"], batch_size=BATCH)
    return known


def _known(addresses: Collection[str]) -> dict[str, Candidate]:
    """What is one address in two spellings is the database's to say."""
    found: dict[str, Candidate] = {}
    for batch in batches(addresses):
        rows = Candidate.objects.exclude(email="").annotate(lowered=Lower("email"))
        by_address = {one.email.lower(): one for one in rows.filter(lowered__in=[Lower(Value(one)) for one in batch])}
        found |= {address: by_address[address.lower()] for address in batch if address.lower() in by_address}
    return found
