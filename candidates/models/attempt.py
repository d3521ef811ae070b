from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from assessments.models import Assessment, QuestionVersion, Section
from candidates.enums import CLOSED_STATUSES, AttemptPurpose, AttemptStatus
from candidates.models.candidate import Candidate
from candidates.models.invitation import Invitation

HELD_BY_STAFF = Q(paused_at__isnull=False, pause_until__isnull=True)
UNSETTLED = Q(
    Q(settled_at__isnull=True) | Q(settled_at__lt=models.F("closed_at")),
    purpose=AttemptPurpose.INVITED,
    status__in=CLOSED_STATUSES,
)


def reads(at: datetime, *, paused_at: datetime | None, pause_until: datetime | None) -> datetime:
    """What a clock shows at a moment. Paused by staff it shows when that began, until they resume it.

    A break has an end, by which the bells were moved when it began: until then it shows that end, and from then on it
    runs, whether or not the candidate is back.
    """
    if paused_at is None:
        return at
    return paused_at if pause_until is None else max(at, pause_until)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def overdue(self, *, at: datetime) -> Self:
        """Still marked as in progress although even the grace after the bell is over; while staff pause it, it is not.

        Without a bell for the whole: when every section has been begun and its own grace is over.
        """
        sections = AttemptSection.objects.filter(attempt=OuterRef("pk"))
        takes_more = sections.filter(Q(grace_until__isnull=True) | Q(grace_until__gte=at))
        by_sections = Q(Exists(sections), ~Exists(takes_more), grace_until__isnull=True)
        is_over = Q(grace_until__lt=at) | by_sections
        return self.filter(is_over, ~HELD_BY_STAFF, status=AttemptStatus.IN_PROGRESS)

    def running(self, *, at: datetime) -> Self:
        """Under way, and not overdue: what is marked as in progress but cannot be saved to any more is neither."""
        has_time = Q(grace_until__isnull=True) | Q(grace_until__gte=at) | HELD_BY_STAFF
        return self.filter(has_time, status=AttemptStatus.IN_PROGRESS)

    def counted(self) -> Self:
        """What results are made of: closed attempts that staff neither tried out nor voided."""
        return self.filter(status__in=CLOSED_STATUSES).exclude(purpose=AttemptPurpose.PREVIEW)

    def unsettled(self) -> Self:
        """Closed ones of invited candidates of which something may wait for a reviewer: few, whatever is stored."""
        return self.filter(UNSETTLED)

    def for_changelist(self) -> Self:
        return self.select_related("assessment", "candidate")


class Attempt(models.Model):
    """One sitting of an assessment by a candidate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="attempts")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="attempts")
    invitation = models.ForeignKey(Invitation, null=True, blank=True, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    purpose = models.CharField(max_length=10, choices=AttemptPurpose, default=AttemptPurpose.INVITED)
    status = models.CharField(max_length=12, choices=AttemptStatus, default=AttemptStatus.READY)
    seed = models.BigIntegerField(help_text="Draws and shuffles are replayed from it.")
    revision = models.PositiveIntegerField(
        default=0, help_text="Raised by every change a candidate's page could show; a snapshot names the one it is of."
    )
    position = models.PositiveSmallIntegerField(default=1, help_text="The question the candidate was last taken to.")
    chain_head = models.CharField(max_length=64, blank=True, help_text="Hash of the newest response event.")
    device = models.CharField(
        max_length=16, blank=True, help_text="Which browser may save; empty: whoever holds a pass for it."
    )
    consented_at = models.DateTimeField(null=True, blank=True)
    consent_text = models.TextField(blank=True, help_text="What the candidate agreed to, word for word.")
    consent_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of that text.")
    consent_version = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the notice's wording.")
    consent_language = models.CharField(max_length=12, blank=True)
    consent_signals = models.JSONField(
        default=list, blank=True, help_text="What the notice named as noticed; nothing else may be."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField("bell", null=True, blank=True)
    grace_until = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="A save that arrives until then counts."
    )
    extra_seconds = models.PositiveIntegerField(default=0, help_text="Added by staff; part of the bell already.")
    outage_seconds = models.PositiveIntegerField(
        default=0, help_text="Given back for outages of ours; part of the bell already."
    )
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Since when time stands still.")
    pause_until = models.DateTimeField(
        null=True, blank=True, help_text="When a break is over at the latest. Empty in a pause by staff."
    )
    breaks_taken = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    submit_receipt = models.CharField(max_length=64, blank=True, help_text="Signed over every final response.")
    settled_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When nothing of it waited for a reviewer any more. Empty, or before it was closed: something may.",
    )

    objects = AttemptQuerySet.as_manager()

    # Each save reads the row; these, of which one is long, are looked at before it starts or after it is over.
    SELDOM_READ = (
        *("consented_at", "consent_text", "consent_hash", "consent_version", "consent_language"),
        *("number", "seed", "created_at", "extra_seconds", "settled_at"),
    )

    arrived_at: datetime
    """When the request at hand arrived: only on rows whose query asked for it."""
    is_elsewhere: bool = False
    """Whether it is open on another device than the caller's: only on rows looked up for a caller."""

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "candidate", "number"], name="attempt_number_unique"),
            models.CheckConstraint(condition=Q(status__in=AttemptStatus.values), name="attempt_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=[AttemptStatus.READY, AttemptStatus.VOIDED]) | Q(started_at__isnull=False),
                name="attempt_begun_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[AttemptStatus.VOIDED, *CLOSED_STATUSES], closed_at__isnull=False)
                | Q(status__in=[AttemptStatus.READY, AttemptStatus.IN_PROGRESS], closed_at__isnull=True),
                name="attempt_closed_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(deadline_at__isnull=True, grace_until__isnull=True)
                | Q(grace_until__gte=models.F("deadline_at")),
                name="attempt_grace_follows_bell",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=CLOSED_STATUSES) | ~Q(submit_receipt=""), name="attempt_closed_has_receipt"
            ),
            models.CheckConstraint(
                condition=~Q(purpose=AttemptPurpose.INVITED) | Q(invitation__isnull=False),
                name="attempt_invited_has_invitation",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(status=AttemptStatus.IN_PROGRESS),
                name="attempt_paused_is_under_way",
            ),
            models.CheckConstraint(
                condition=Q(pause_until__isnull=True)
                | Q(paused_at__isnull=False, paused_at__lt=models.F("pause_until")),
                name="attempt_break_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "grace_until"], name="attempt_overdue"),
            models.Index(fields=["closed_at", "id"], condition=UNSETTLED, name="attempt_unsettled"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} · {self.assessment}"

    def get_absolute_url(self) -> str:
        return reverse("attempt", args=[self.pk])

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED_STATUSES

    def accepts_saves(self, *, at: datetime) -> bool:
        """Computed as well as stored: past the grace it is closed, whether or not a sweeper has come by."""
        has_time = self.grace_until is None or self.reads(at) <= self.grace_until
        return self.status == AttemptStatus.IN_PROGRESS and has_time

    def reads(self, at: datetime) -> datetime:
        """What its clock shows at that moment."""
        return reads(at, paused_at=self.paused_at, pause_until=self.pause_until)

    def stands_still(self, *, at: datetime) -> bool:
        return self.paused_at is not None and (self.pause_until is None or at < self.pause_until)


class AttemptSection(models.Model):
    """A section as one attempt goes through it: its own clock, if it has one."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="sections")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    reached = models.PositiveSmallIntegerField(
        default=0,
        help_text="One way: the number of the question that is open; those before it are closed. 0: none yet.",
    )
    started_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_section_position_unique"),
            models.CheckConstraint(
                condition=Q(deadline_at__isnull=True) | Q(started_at__isnull=False),
                name="attempt_section_timed_has_begun",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} section {self.position}"


class AttemptQuestion(models.Model):
    """A question version at its place in one attempt."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions")
    section = models.ForeignKey(AttemptSection, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(help_text="1, 2, 3 … through the whole attempt.")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    option_order = models.JSONField(default=list, blank=True)
    points = models.DecimalField(max_digits=7, decimal_places=2)
    is_flagged = models.BooleanField(default=False)

    class Meta:
        ordering = ["attempt", "number"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="attempt_question_number_unique"),
            models.CheckConstraint(condition=Q(points__gte=0), name="attempt_question_points_not_negative"),
        ]

    def __str__(self) -> str:
        return f"Question {self.number}"
