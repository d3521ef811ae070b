from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, Exists, Field, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.minutes import MinutesField
from assessments.admin.pages import OfferedLookupsAdmin, caller, counted, object_url
from candidates.admin.attempt_page import closed_words
from candidates.admin.privacy import ImpersonalLogAdmin, without_kept
from candidates.admin.time_actions import handles_time
from candidates.domain import retention, zones
from candidates.domain.accommodations import accommodate
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, Candidate, Invitation

ACCOMMODATION = ("time_factor", "is_untimed", "extra_breaks", "break_seconds")


def sees_accommodations(request: HttpRequest) -> bool:
    """Who enters them, and who handles time; not who may only read names."""
    enters = any(request.user.has_perm(f"candidates.{one}_candidate") for one in ("add", "change"))
    return enters or handles_time(request)


class CandidateForm(forms.ModelForm):
    """Says in words what the database would refuse."""

    language = forms.ChoiceField(
        required=False,
        choices=[("", "As the assessment says"), *settings.LANGUAGES],
        help_text="Of mails and pages, until they choose another.",
    )

    class Meta:
        labels = {"is_untimed": "No clock at all", "email": "Mail address"}
        help_texts = {"is_untimed": "", "time_factor": "Every clock is multiplied by it: 1.25 is a quarter more time."}

    def clean_break_seconds(self) -> int:
        return self.cleaned_data["break_seconds"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        factor, email, breaks = (cleaned.get(name) for name in ("time_factor", "email", "extra_breaks"))
        if breaks is not None and breaks > 20:
            self.add_error("extra_breaks", "At most 20.")
        if factor is not None and not 1 <= factor <= 10:
            self.add_error("time_factor", "From 1 (no extra time) to 10.")
        if email and Candidate.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            self.add_error("email", "Another candidate has this address.")
        if (zone := cleaned.get("time_zone")) and zones.zone_of(zone) is None:
            self.add_error("time_zone", "No such time zone is known; write it as Europe/Berlin.")
        return cleaned


class GuestFilter(admin.SimpleListFilter):
    """Everyone who practises or tries an assessment out makes a guest; they would bury the people one looks for."""

    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("guests", "Guests of practice"), ("all", "Everyone")]

    def queryset(self, request: HttpRequest, candidates: QuerySet[Candidate]) -> QuerySet[Candidate]:
        other = [AttemptPurpose.PRACTICE, AttemptPurpose.PREVIEW]
        is_guest = Q(Exists(Attempt.objects.filter(candidate=OuterRef("pk"), purpose__in=other)), email="")
        if self.value() == "all":
            return candidates
        return candidates.filter(is_guest) if self.value() == "guests" else candidates.exclude(is_guest)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": "Named people"}, *others]


class RecordInline(admin.TabularInline):
    """What belongs to the candidate, to be read."""

    extra = max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InvitationInline(RecordInline):
    model = Invitation
    fields = readonly_fields = ("to", "status", "opens_at", "closes_at", "created_at", "accepted_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).select_related("assessment", "candidate")

    @admin.display(description="assessment")
    def to(self, invitation: Invitation) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(invitation), invitation.assessment)


class AttemptInline(RecordInline):
    """Without the moment of a bell: with the start beside it that would be an accommodation. The attempt's page has it."""

    model = Attempt
    fields = readonly_fields = ("sitting", "status", "started_at", "closed")
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("assessment", "candidate")

    @admin.display(description="closed")
    def closed(self, attempt: Attempt) -> str:
        return closed_words(attempt, tells_time=False) if attempt.closed_at else ""

    @admin.display(description="attempt")
    def sitting(self, attempt: Attempt) -> SafeString:
        return format_html('<a href="{}">{}, attempt {}</a>', object_url(attempt), attempt.assessment, attempt.number)


@admin.register(Candidate)
class CandidateAdmin(ImpersonalLogAdmin, OfferedLookupsAdmin):
    list_display = ("__str__", "email", "accommodation", "invitation_total", "attempt_total", "created_at")
    list_filter = (GuestFilter, "is_untimed")
    search_fields = ("name", "email")
    ordering = ("-created_at",)
    form = CandidateForm
    inlines = (InvitationInline, AttemptInline)
    view_on_site = False
    fieldsets = (
        (None, {"fields": ("name", "email", ("language", "time_zone"))}),
        (
            "Accommodation",
            {
                "fields": ("time_factor", "is_untimed", ("extra_breaks", "break_seconds")),
                "description": "Entered once, applied to every clock that starts from then on. Reviewers do not see it. "
                "A clock already running stays as it is; add minutes to that attempt.",
            },
        ),
    )

    def sees_all_fields(self, request: HttpRequest) -> bool:
        return sees_accommodations(request)

    def sees_history(self, request: HttpRequest) -> bool:
        return sees_accommodations(request)

    def get_fieldsets(self, request: HttpRequest, obj: Candidate | None = None) -> Any:
        return self.fieldsets if sees_accommodations(request) else self.fieldsets[:1]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(name for name in self.list_display if name != "accommodation" or sees_accommodations(request))

    def get_list_filter(self, request: HttpRequest) -> Any:
        return self.list_filter if sees_accommodations(request) else (GuestFilter,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Candidate]:
        candidates: QuerySet[Candidate] = super().get_queryset(request)
        return candidates.annotate(
            invitation_count=Count("invitations", distinct=True), attempt_count=Count("attempts", distinct=True)
        )

    def save_model(self, request: HttpRequest, obj: Candidate, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if set(form.changed_data) & set(ACCOMMODATION):
            accommodate(obj, **{name: getattr(obj, name) for name in ACCOMMODATION}, by=caller(request))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "break_seconds":
            return MinutesField(
                required=False,
                min_value=0,
                max_value=24 * 60,
                label="Minutes for each break",
                help_text="Where that is more than the assessment gives everybody.",
            )
        return super().formfield_for_dbfield(db_field, request, **options)

    # ---- Erasing: everything of theirs goes, whoever may otherwise not delete an attempt ----

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The numbers of what goes, and the people; not a line for each of a thousand saves."""
        _, counts, _, protected = super().get_deleted_objects(objs, request)
        return [str(one) for one in objs], without_kept(counts), set(), protected

    def delete_model(self, request: HttpRequest, obj: Candidate) -> None:
        retention.erase(obj, by=caller(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Candidate]) -> None:
        for candidate in queryset:
            retention.erase(candidate, by=caller(request))

    # ---- The list ----

    @admin.display(description="accommodation", ordering="time_factor")
    def accommodation(self, candidate: Candidate) -> str:
        if candidate.is_untimed:
            return "no clock"
        factor = f"{candidate.time_factor:.4g} × time" if candidate.time_factor > 1 else ""
        breaks = counted(candidate.extra_breaks, "extra break") if candidate.extra_breaks else ""
        return ", ".join(part for part in (factor, breaks) if part)

    @admin.display(description="invitations", ordering="invitation_count")
    def invitation_total(self, candidate: Candidate) -> int:
        return candidate.invitation_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="attempts", ordering="attempt_count")
    def attempt_total(self, candidate: Candidate) -> int:
        return candidate.attempt_count  # type: ignore[attr-defined, no-any-return]
