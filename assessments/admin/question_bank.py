from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import counted, list_url
from assessments.domain import open_questions
from assessments.enums import QuestionStatus
from assessments.models import Question, QuestionBank


@admin.register(QuestionBank)
class QuestionBankAdmin(admin.ModelAdmin):
    list_display = ("name", "questions", "approved", "drafts", "retired", "is_open", "licence", "last_change")
    search_fields = ("name", "description")
    fields = ("name", "description", "licence", "is_open", "questions", "created_at")
    readonly_fields = ("questions", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionBank]:
        by_status = {
            f"{one.value}_count": Count("questions", filter=Q(questions__status=one)) for one in QuestionStatus
        }
        banks: QuerySet[QuestionBank] = super().get_queryset(request)
        return banks.annotate(question_count=Count("questions"), changed_at=Max("questions__updated_at"), **by_status)

    def save_model(self, request: HttpRequest, obj: QuestionBank, form: Any, change: bool) -> None:
        """A bank that was just closed is closed at once."""
        super().save_model(request, obj, form, change)
        open_questions.changed()

    @admin.display(ordering="question_count")
    def questions(self, bank: QuestionBank) -> SafeString | str:
        if bank.pk is None or bank._state.adding:
            return "None yet"
        number: int = bank.question_count  # type: ignore[attr-defined]
        return format_html(
            '<a href="{}">{}</a>', list_url(Question, bank__id__exact=bank.pk), counted(number, "question")
        )

    @admin.display(ordering="approved_count")
    def approved(self, bank: QuestionBank) -> int:
        return bank.approved_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(ordering="draft_count")
    def drafts(self, bank: QuestionBank) -> int:
        return bank.draft_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(ordering="retired_count")
    def retired(self, bank: QuestionBank) -> int:
        return bank.retired_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(ordering="changed_at", description="last change")
    def last_change(self, bank: QuestionBank) -> object:
        return bank.changed_at  # type: ignore[attr-defined]
