from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Case, Count, F, Field, IntegerField, QuerySet, Sum, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assessments.admin.minutes import MinutesField, minutes_words
from assessments.admin.object_actions import ObjectAction, ObjectActionsAdmin
from assessments.admin.pages import counted, object_url
from assessments.admin.rows import PlacedInline
from assessments.domain import assembly, injection_gate, samples
from assessments.enums import ASSESSMENT_TRANSITIONS, AssessmentStatus, DrawKind
from assessments.models import Assessment, Section
from interview_project.languages import spoken_by

CHANGE = "assessments.change_assessment"
ALWAYS_EDITABLE = (
    "opens_at",
    "closes_at",
    "reminder_days",
    "max_attempts",
    "contact",
    "cut_score",
    "ai_token_budget",
    "ai_cost_budget",
)
"""What may change under candidates: nothing they agreed to, nothing that is asked, no clock."""


READ_IN_MINUTES: dict[Any, Any] = {
    ("duration_seconds", "grace_seconds"): ("time", "grace_seconds"),
    ("break_count", "break_seconds"): ("break_count", "break_time"),
}


class AssessmentForm(forms.ModelForm):
    """Says in words what the database would refuse."""

    class Meta:
        labels = {
            "ai_policy": "AI policy",
            "ai_token_budget": "AI tokens",
            "ai_cost_budget": "AI cost",
            "hear_back_days": "Hear back within",
            "retention_days": "Kept for",
        }
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "instructions": forms.Textarea(attrs={"rows": 5, "class": "vLargeTextField"}),
        }

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        same = Assessment.objects.filter(slug=slug, version=self.instance.version).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(
                "An assessment with this slug exists. Copy that one as a new version, or choose another."
            )
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_at, closes_at, cut_score = (cleaned.get(name) for name in ("opens_at", "closes_at", "cut_score"))
        if opens_at and closes_at and opens_at >= closes_at:
            self.add_error("closes_at", "It must close after it opens.")
        if cut_score is not None and not 0 <= cut_score <= 100:
            self.add_error("cut_score", "A percentage: 0 to 100.")
        if (cleaned.get("break_count") or 0) > 20:
            self.add_error("break_count", "At most 20.")
        if cleaned.get("max_attempts") == 0:
            self.add_error("max_attempts", "At least one; close the assessment to let nobody in.")
        return cleaned


def questions_drawn(path: str = "") -> Sum:
    return Sum(
        Case(
            When(**{f"{path}draws__kind": DrawKind.FIXED, f"{path}draws__isnull": False}, then=1),
            default=F(f"{path}draws__count"),
            output_field=IntegerField(),
        ),
        default=0,
    )


class SectionInline(PlacedInline):
    model = Section
    verbose_name_plural = "sections, in this order"
    fields = ("place", "title", "navigation", "duration_seconds", "shuffle_questions", "questions")
    readonly_fields = ("questions", "time")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        sections: QuerySet[Section] = super().get_queryset(request).annotate(question_count=questions_drawn())
        return sections

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "duration_seconds":
            return MinutesField(required=False, label="Minutes", help_text="Empty for no limit of its own.")
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_fields(self, request: HttpRequest, obj: Assessment | None = None) -> Any:
        """A time that is only read is said in minutes too."""
        is_written = self.has_change_permission(request, obj)
        return [name if is_written or name != "duration_seconds" else "time" for name in self.fields]

    @admin.display(description="time")
    def time(self, section: Section) -> str:
        return minutes_words(section.duration_seconds)

    @admin.display(description="questions and instructions")
    def questions(self, section: Section) -> SafeString | str:
        if section._state.adding:
            return "Save first, then choose its questions."
        number: int = section.question_count  # type: ignore[attr-defined]
        return format_html(
            '<a href="{}">{}</a>',
            object_url(section),
            counted(number, "question") if number else "Choose its questions",
        )

    def has_add_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)


def is_draft(assessment: Assessment | None) -> bool:
    return assessment is None or assessment.status == AssessmentStatus.DRAFT


def can_become(status: AssessmentStatus) -> Any:
    return lambda assessment: status in ASSESSMENT_TRANSITIONS[AssessmentStatus(assessment.status)]


def publish(request: HttpRequest, assessment: Assessment, data: dict[str, Any]) -> str:
    return f"“{assembly.publish_assessment(assessment, by=request.user)}” is published."


def close(request: HttpRequest, assessment: Assessment, data: dict[str, Any]) -> str:
    return f"“{assembly.close_assessment(assessment)}” is closed: no new attempts; those under way go on."


def copy(request: HttpRequest, assessment: Assessment, data: dict[str, Any]) -> HttpResponse:
    return redirect(object_url(assembly.copy_assessment(assessment)))


PUBLISH = ObjectAction(
    name="publish",
    label="Publish",
    permission=CHANGE,
    perform=publish,
    is_offered=can_become(AssessmentStatus.PUBLISHED),
    asks="Candidates can start it from now on. Its sections, questions, times and rules can then no longer be changed; "
    "a change is a new version.",
    refusals=(assembly.NotPublishable, assembly.TransitionRefused),
)
CLOSE = ObjectAction(
    name="close",
    label="Close",
    permission=CHANGE,
    perform=close,
    is_offered=can_become(AssessmentStatus.CLOSED),
    asks="Nobody can start it any more, invited or not. Attempts under way go on to their end. It can be published again.",
    refusals=(assembly.TransitionRefused,),
)
COPY = ObjectAction(
    name="copy",
    label="Copy as new version",
    permission="assessments.add_assessment",
    perform=copy,
)


@admin.register(Assessment)
class AssessmentAdmin(ObjectActionsAdmin):
    list_display: Any = (
        "__str__",
        "slug",
        "status",
        "access",
        "sections",
        "questions",
        "time",
        "opens_at",
        "closes_at",
    )
    list_filter = ("status", "access")
    search_fields = ("title", "slug", "organisation")
    ordering = ("-created_at",)
    form = AssessmentForm
    inlines = (SectionInline,)
    view_on_site = False
    object_actions: ClassVar[Sequence[ObjectAction]] = (PUBLISH, CLOSE, COPY)
    fieldsets = (
        (
            None,
            {"fields": ("standing", "title", "slug", "organisation", "purpose", "instructions", "contact", "language")},
        ),
        ("Who and when", {"fields": ("access", ("opens_at", "closes_at"), "reminder_days", "max_attempts")}),
        (
            "Time and order",
            {"fields": (("duration_seconds", "grace_seconds"), ("break_count", "break_seconds"), "shuffle_options")},
        ),
        (
            "Afterwards",
            {"fields": ("cut_score", "feedback_policy", ("hear_back_days", "retention_days"))},
        ),
        (
            "Noticed during an attempt",
            {
                "fields": (("watches_focus", "watches_paste"), ("watches_address", "watches_devices")),
                "description": "Candidates are told before they start, see each one on their record and can explain it. "
                "Staff see them beside those of the others. They are never part of a score.",
            },
        ),
        ("AI", {"fields": ("ai_policy", ("ai_token_budget", "ai_cost_budget"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        assessments: QuerySet[Assessment] = super().get_queryset(request).select_related("published_by")
        return assessments.annotate(
            section_count=Count("sections", distinct=True), question_count=questions_drawn("sections__")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Assessment | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("standing",)
        if is_draft(obj):
            return ("standing", "slug") if obj.version > 1 else ("standing",)
        return tuple(name for name in flatten(self.get_fieldsets(request, obj)) if name not in ALWAYS_EDITABLE)

    def get_fieldsets(self, request: HttpRequest, obj: Assessment | None = None) -> Any:
        """A time that is only read is said in minutes too."""
        if is_draft(obj) and self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (name, {**part, "fields": [READ_IN_MINUTES.get(one, one) for one in part["fields"]]})
            for name, part in self.fieldsets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A team that wrote in one language goes on in it; the first author is taken to write as their browser speaks."""
        own = Assessment.objects.exclude(slug__in=samples.ASSESSMENTS).exclude(language="").order_by("-created_at")
        written = own.values_list("language", flat=True).first()
        return {"language": written or spoken_by(request), **super().get_changeform_initial_data(request)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Assessment | None = None) -> dict[str, Any]:
        return {"slug": ("title",)} if obj is None else {}

    def has_delete_permission(self, request: HttpRequest, obj: Assessment | None = None) -> bool:
        """What was published stays; a draft may go, one at a time."""
        return obj is not None and is_draft(obj) and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "duration_seconds":
            return MinutesField(required=False, label="Time for the whole", help_text="Minutes; empty for untimed.")
        if db_field.name == "break_seconds":
            return MinutesField(
                initial=db_field.get_default(),
                min_value=1,
                max_value=24 * 60,
                label="Minutes for each break",
                help_text="At most.",
            )
        if db_field.name == "ai_policy":
            options["help_text"] = f"{db_field.help_text} {injection_gate.obstacle()}".strip()
        return super().formfield_for_dbfield(db_field, request, **options)

    @admin.display(description="status")
    def standing(self, assessment: Assessment) -> SafeString | str:
        if assessment._state.adding:
            return "New. Save it, give it sections and questions, try it, then publish it."
        if not is_draft(assessment):
            by = f" by {assessment.published_by}" if assessment.published_by else ""
            when = f" {assessment.published_at:%-d %B %Y}" if assessment.published_at else ""
            return f"{assessment.get_status_display()}, version {assessment.version}. Published{when}{by}."
        problems = assembly.problems_of(assessment)
        if not problems:
            return f"Draft, version {assessment.version}. Ready to be published."
        todo = format_html_join("", "<li>{}</li>", ([problem] for problem in problems))
        return format_html(
            '<p>Draft, version {}. Before it can be published:</p><ul class="problems">{}</ul>',
            assessment.version,
            todo,
        )

    @admin.display(ordering="section_count")
    def sections(self, assessment: Assessment) -> int:
        return assessment.section_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(ordering="question_count")
    def questions(self, assessment: Assessment) -> int:
        return assessment.question_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(ordering="duration_seconds", description="time for the whole")
    def time(self, assessment: Assessment) -> str:
        return minutes_words(assessment.duration_seconds)

    @admin.display(description="time for a break")
    def break_time(self, assessment: Assessment) -> str:
        return minutes_words(assessment.break_seconds) if assessment.break_count else "no breaks"


def flatten(fieldsets: Any) -> list[str]:
    return [
        name for _, part in fieldsets for one in part["fields"] for name in ([one] if isinstance(one, str) else one)
    ]
