"""Closed sets of who answers, and which status may follow which."""

from django.db import models


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
    REVOKED = "revoked", "Revoked"


INVITATION_TRANSITIONS = {
    InvitationStatus.OFFERED: {InvitationStatus.ACCEPTED, InvitationStatus.REVOKED},
    InvitationStatus.ACCEPTED: {InvitationStatus.REVOKED},
    InvitationStatus.REVOKED: {InvitationStatus.OFFERED, InvitationStatus.ACCEPTED},  # offered again, as it was before
}


class ResponseEventKind(models.TextChoices):
    SAVED = "saved", "Saved"
    CONFLICT = "conflict", "Kept aside: another tab or device had saved first"
    LATE = "late", "Kept aside: after the bell"
    LOCKED = "locked", "Kept aside: the question was already closed"


class ScoreSource(models.TextChoices):
    """AI is not among them: a suggestion is never a score."""

    AUTOMATIC = "automatic", "Automatic"
    REVIEWER = "reviewer", "Reviewer"


class OutcomeDecision(models.TextChoices):
    ADVANCE = "advance", "Advance"
    HOLD = "hold", "Hold"
    DECLINE = "decline", "Decline"


class EventKind(models.TextChoices):
    STARTED = "started", "Started"
    SECTION_STARTED = "section_started", "Section started"
    SUBMITTED = "submitted", "Submitted"
    EXPIRED = "expired", "Time ran out"
    CLOSED = "closed", "Closed by the team"
    EXTENDED = "extended", "Time added"
    REOPENED = "reopened", "Reopened"
    VOIDED = "voided", "Voided"
    ENTERED = "entered", "Entered by link"
