from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.minutes import MinutesField, minutes_words
from assessments.admin.pages import OfferedLookupsAdmin, object_url
from assessments.admin.rows import PlacedForm, PlacedInline
from assessments.domain.assembly import pool_size
from assessments.enums import AssessmentStatus, DrawKind
from assessments.models import Draw, Section


def is_draft(section: Section | None) -> bool:
    return section is None or section.assessment.status == AssessmentStatus.DRAFT


class DrawForm(PlacedForm):
    """What does not belong to the kind chosen is refused in words, before the database refuses it in its own."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_fixed, question = cleaned.get("kind") == DrawKind.FIXED, cleaned.get("question")
        pool = [name for name in ("bank", "tag", "difficulty", "source") if cleaned.get(name)]
        if is_fixed and question is None:
            self.add_error("question", "Choose the question, or choose “So many from a pool”.")
        if is_fixed and pool:
            self.add_error(pool[0], "This describes a pool; leave it empty for one certain question.")
        if not is_fixed and question is not None:
            self.add_error("question", "Leave it empty: the pool decides.")
        if is_fixed:
            cleaned["count"] = 1
        return cleaned


class DrawInline(PlacedInline):
    model = Draw
    form = DrawForm
    verbose_name_plural = "questions, in this order"
    fields = ("place", "kind", "question", "count", "bank", "tag", "difficulty", "source", "points", "left_in_pool")
    readonly_fields = ("left_in_pool",)
    autocomplete_fields = ("question", "tag")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draw]:
        return super().get_queryset(request).select_related("question", "bank", "tag")

    def has_add_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        """Without the signs for adding and deleting banks and tags behind every row."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    @admin.display(description="in the pool")
    def left_in_pool(self, draw: Draw) -> str:
        if draw._state.adding:
            return ""
        if draw.kind == DrawKind.FIXED:
            return draw.question.get_status_display() if draw.question else ""
        return str(pool_size(draw))


@admin.register(Section)
class SectionAdmin(OfferedLookupsAdmin):
    """A section's page is reached from its assessment; it has no list of its own on the index."""

    list_display = ("title", "assessment", "position", "navigation", "time")
    list_select_related = ("assessment",)
    search_fields = ("title", "assessment__title", "assessment__slug")
    fields = ("of_assessment", "title", "instructions", "duration_seconds", "navigation", "shuffle_questions")
    readonly_fields = ("of_assessment", "time")
    inlines = (DrawInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        return super().get_queryset(request).select_related("assessment")

    def get_fields(self, request: HttpRequest, obj: Section | None = None) -> Any:
        """A time that is only read is said in minutes too."""
        is_written = self.has_change_permission(request, obj)
        return [name if is_written or name != "duration_seconds" else "time" for name in self.fields]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        """Only along with its assessment; one by one they are deleted on the assessment's page."""
        return obj is not None and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> forms.Field | None:
        if db_field.name == "duration_seconds":
            return MinutesField(
                required=False, label="Time for this section", help_text="Minutes; empty for no limit of its own."
            )
        if db_field.name == "instructions":
            options["widget"] = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
        return super().formfield_for_dbfield(db_field, request, **options)

    def response_change(self, request: HttpRequest, obj: Section) -> HttpResponse:
        """Saved and done means: back to the whole."""
        stays = {"_continue", "_addanother", "_popup"} & set(request.POST)
        return super().response_change(request, obj) if stays else redirect(object_url(obj.assessment))

    @admin.display(description="assessment")
    def of_assessment(self, section: Section) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(section.assessment), section.assessment)

    @admin.display(description="time", ordering="duration_seconds")
    def time(self, section: Section) -> str:
        return minutes_words(section.duration_seconds)
