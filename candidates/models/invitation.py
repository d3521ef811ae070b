from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models import Assessment
from candidates.enums import InvitationStatus, MailKind, MailStatus
from candidates.models.candidate import Candidate


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def for_landing(self) -> Self:
        return self.select_related("candidate", "assessment")

    def for_changelist(self) -> Self:
        return self.for_landing().prefetch_related("mails", "attempts")

    def unreminded(self, *, quiet_since: datetime) -> Self:
        """Can be reached, has not started, was never reminded and has had no mail ordered ``quiet_since`` then."""
        reminded = {"mails__kind": MailKind.REMINDER, "mails__status__in": (MailStatus.WAITING, MailStatus.SENT)}
        return (
            self.filter(status__in=(InvitationStatus.OFFERED, InvitationStatus.ACCEPTED))
            .exclude(candidate__email="")
            .exclude(attempts__started_at__isnull=False)
            .exclude(pk__in=Invitation.objects.filter(**reminded).values("pk"))
            .exclude(pk__in=Invitation.objects.filter(mails__ordered_at__gt=quiet_since).values("pk"))
        )


class Invitation(models.Model):
    """The offer to take an assessment. Only the SHA-256 of its token is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="invitations")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="invitations")
    status = models.CharField(max_length=10, choices=InvitationStatus, default=InvitationStatus.OFFERED, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_generation = models.PositiveIntegerField(
        default=1, editable=False, help_text="Raised to make a new link and end the old one."
    )
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    declined_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "assessment"], name="invitation_once_per_assessment"),
            models.CheckConstraint(condition=Q(status__in=InvitationStatus.values), name="invitation_status_known"),
            models.CheckConstraint(
                condition=~Q(status=InvitationStatus.ACCEPTED) | Q(accepted_at__isnull=False),
                name="invitation_accepted_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status=InvitationStatus.DECLINED) | Q(declined_at__isnull=False),
                name="invitation_declined_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(opens_at__lt=F("closes_at")),
                name="invitation_window_opens_before_it_closes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} · {self.assessment}"

    def is_within_window(self, at: datetime) -> bool:
        """The invitation's own window, and the assessment's."""
        own = (self.opens_at is None or self.opens_at <= at) and (self.closes_at is None or at < self.closes_at)
        return own and self.assessment.is_within_window(at)
