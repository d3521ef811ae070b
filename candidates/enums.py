"""Closed sets of who answers, and which status may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AttemptStatus(models.TextChoices):
    READY = "ready", "Ready to start"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"
    EXPIRED = "expired", "Time ran out"
    VOIDED = "voided", "Voided"


ATTEMPT_TRANSITIONS = {
    AttemptStatus.READY: {AttemptStatus.IN_PROGRESS, AttemptStatus.VOIDED},
    AttemptStatus.IN_PROGRESS: {AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED, AttemptStatus.VOIDED},
    AttemptStatus.SUBMITTED: {AttemptStatus.VOIDED},
    AttemptStatus.EXPIRED: {AttemptStatus.IN_PROGRESS, AttemptStatus.VOIDED},  # reopened by staff
    AttemptStatus.VOIDED: set(),
}

CLOSED_STATUSES = (AttemptStatus.SUBMITTED, AttemptStatus.EXPIRED)
"""Finished by the candidate or the clock: scored, and shown in results."""


class AttemptPurpose(models.TextChoices):
    INVITED = "invited", "Invited"
    PRACTICE = "practice", "Practice"
    PREVIEW = "preview", "Tried by staff"


class InvitationStatus(models.TextChoices):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    REVOKED = "revoked", "Revoked"


INVITATION_TRANSITIONS = {
    InvitationStatus.OFFERED: {InvitationStatus.ACCEPTED, InvitationStatus.DECLINED, InvitationStatus.REVOKED},
    InvitationStatus.ACCEPTED: {InvitationStatus.DECLINED, InvitationStatus.REVOKED},
    InvitationStatus.DECLINED: {InvitationStatus.OFFERED, InvitationStatus.ACCEPTED},  # offered again
    InvitationStatus.REVOKED: {InvitationStatus.OFFERED, InvitationStatus.ACCEPTED},  # offered again, as it was before
}


class MailKind(models.TextChoices):
    INVITATION = "invitation", "Invitation"
    REMINDER = "reminder", "Reminder"
    WITHDRAWAL = "withdrawal", "Withdrawal"


class MailStatus(models.TextChoices):
    WAITING = "waiting", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    DROPPED = "dropped", "No longer wanted"


class SurveyQuestion(models.TextChoices):
    FAIR = "fair", _("Was this a fair way to ask?")
    ABLE = "able", _("Could you show what you can do?")


class ResponseEventKind(models.TextChoices):
    SAVED = "saved", _("Saved")
    CONFLICT = "conflict", _("Kept aside: another tab or device had saved first")
    LATE = "late", _("Kept aside: nothing could be saved any more")
    LOCKED = "locked", _("Kept aside: the question was already closed")
    ELSEWHERE = "elsewhere", _("Kept aside: the attempt was open on another device")
    STILL = "still", _("Kept aside: the time stood still")


class ScoreSource(models.TextChoices):
    """AI is not among them: a suggestion is never a score."""

    AUTOMATIC = "automatic", "Automatic"
    REVIEWER = "reviewer", "Reviewer"


class OutcomeDecision(models.TextChoices):
    ADVANCE = "advance", "Advance"
    HOLD = "hold", "Hold"
    DECLINE = "decline", "Decline"


class EventKind(models.TextChoices):
    STARTED = "started", _("Started")
    SECTION_STARTED = "section_started", _("Section started")
    SUBMITTED = "submitted", _("Submitted")
    EXPIRED = "expired", _("Time ran out")
    CLOSED = "closed", _("Closed by the team")
    EXTENDED = "extended", _("Time added")
    REOPENED = "reopened", _("Reopened")
    VOIDED = "voided", _("Voided")
    ENTERED = "entered", _("Entered by link")
    MOVED = "moved", _("Continued on another device")
    ACKNOWLEDGED = "acknowledged", _("Read an announcement")
    PAUSED = "paused", _("Paused by the team")
    RESUMED = "resumed", _("Resumed by the team")
    BREAK_STARTED = "break_started", _("Break started")
    BREAK_ENDED = "break_ended", _("Break ended")
    OUTAGE_CREDITED = "outage_credited", _("Time given back: our servers were away")


TIME_EVENTS = (
    EventKind.EXTENDED,
    EventKind.PAUSED,
    EventKind.RESUMED,
    EventKind.BREAK_STARTED,
    EventKind.BREAK_ENDED,
    EventKind.OUTAGE_CREDITED,
    EventKind.EXPIRED,  # at the very moment of the bell
)
"""They tell how much time somebody had; whoever only judges answers does not see them."""


class PauseKind(models.TextChoices):
    STAFF = "staff", "Pause by staff"
    BREAK = "break", "Break"
