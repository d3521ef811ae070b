from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import OfferedLookupsAdmin, counted, list_url
from assessments.models import Question, Tag


@admin.register(Tag)
class TagAdmin(OfferedLookupsAdmin):
    list_display = ("name", "tagged")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        tags: QuerySet[Tag] = super().get_queryset(request).annotate(question_count=Count("questions"))
        return tags

    @admin.display(ordering="question_count", description="questions")
    def tagged(self, tag: Tag) -> SafeString:
        number: int = tag.question_count  # type: ignore[attr-defined]
        return format_html(
            '<a href="{}">{}</a>', list_url(Question, tags__id__exact=tag.pk), counted(number, "question")
        )
