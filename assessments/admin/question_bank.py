from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.exporting import export_page
from assessments.admin.object_actions import ObjectActionsAdmin
from assessments.admin.pages import counted, list_url, look_up, object_url, require
from assessments.admin.question_import import NEEDED
from assessments.domain import open_questions
from assessments.enums import QuestionStatus
from assessments.models import Question, QuestionBank


@admin.register(QuestionBank)
class QuestionBankAdmin(ObjectActionsAdmin):
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

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "<path:object_id>/export/",
            self.admin_site.admin_view(self.export_view),
            name="assessments_questionbank_export",
        )
        return [export, *super().get_urls()]

    def object_links(self, request: HttpRequest, one: QuestionBank) -> list[dict[str, str]]:
        links = []
        if request.user.has_perm("assessments.change_question"):
            links.append({"label": "Export", "url": object_url(one, "export")})
        if request.user.has_perms(NEEDED):
            add = reverse("admin:assessments_questionimport_add", query={"bank": one.pk})
            links.append({"label": "Import into it", "url": add})
        return links

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """For authors: the file bears the keys."""
        require(request, "assessments.change_question")
        bank: QuestionBank = look_up(self, request, object_id)
        return export_page(self, request, bank.questions.exclude(status=QuestionStatus.RETIRED), bank=bank)

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
