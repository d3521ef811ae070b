"""What staff do to one invitation, on its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest

from assessments.admin.object_actions import ObjectAction
from assessments.admin.pages import caller, counted
from candidates.domain import invitations, mails
from candidates.domain.invitations import InvitationRefused
from candidates.enums import InvitationStatus
from candidates.models import Invitation

CHANGE = "candidates.change_invitation"


def renew(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    invitations.renew_link(invitation, by=caller(request))
    return "There is a new link; the old one opens nothing any more. Send it by mail or copy it."


def revoke(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    invitations.revoke(invitation, by=caller(request))
    return "The invitation is revoked."


def offer_again(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    is_mailed = invitations.offer_again(invitation, by=caller(request))
    said = "The invitation is offered again; the same link works."
    return f"{said} As they were told that it was withdrawn, a mail is on its way." if is_mailed else said


def send(request: HttpRequest, invitation: Invitation, data: dict[str, Any]) -> str:
    invitations.send_again(invitation, by=caller(request))
    return "The mail is on its way."


def is_alive(invitation: Invitation) -> bool:
    return invitation.status in (InvitationStatus.OFFERED, InvitationStatus.ACCEPTED)


def is_ended(invitation: Invitation) -> bool:
    return not is_alive(invitation)


SEND = ObjectAction("send", "Send the link by mail", CHANGE, send, is_offered=is_alive, refusals=(InvitationRefused,))
OFFER_AGAIN = ObjectAction("offer-again", "Offer again", CHANGE, offer_again, is_offered=is_ended)
RENEW = ObjectAction(
    "renew",
    "Make a new link",
    CHANGE,
    renew,
    is_offered=is_alive,
    asks="The link sent so far stops working at once. Do this when it came into the wrong hands. "
    "Whoever is in an attempt already can go on.",
)
REVOKE = ObjectAction(
    "revoke",
    "Revoke",
    CHANGE,
    revoke,
    is_offered=is_alive,
    asks="Its link opens nothing from now on. An attempt under way goes on. Whoever was sent a mail and has not started "
    "gets one that says so and cancels the entry in their calendar. You can offer it again.",
    is_dangerous=True,
)


def revoking_many(chosen: Iterable[Invitation]) -> ObjectAction:
    """What is asked first, with how many are written to."""
    count = sum(is_alive(one) and mails.is_told_of_withdrawal(one) for one in chosen)
    told = (
        f"{counted(count, 'mail goes', 'mails go')} out to those who were sent one and have not started, to say so and to "
        "cancel the entry in their calendar."
    )
    said = told if count else "Nobody is sent a mail about it."
    return replace(
        REVOKE,
        asks=f"Their links open nothing from now on. Attempts under way go on. {said} You can offer them again.",
    )
