from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments import question_types
from assessments.admin.descriptions import description_wanted, undescribed_in
from assessments.admin.exporting import export_page
from assessments.admin.object_actions import ObjectAction
from assessments.admin.pages import at_most, caller, counted, tell
from assessments.admin.question_content import CHANGE_QUESTION, QuestionContentAdmin
from assessments.admin.question_forms import label_of
from assessments.domain import markup, question_banks
from assessments.domain.question_checks import MADE
from assessments.enums import QUESTION_TRANSITIONS, QuestionStatus
from assessments.models import Question, QuestionVersion
from interview_project.numbers import plain

PASSAGE = 90
MOST_REFUSALS = 10


def status_action(
    name: str, label: str, status: QuestionStatus, verb: Callable[..., None], *, is_signed: bool = False
) -> ObjectAction:
    """``is_signed``: the verb wants to know who answers for it."""

    def perform(request: HttpRequest, question: Question, data: dict[str, Any]) -> str:
        verb(question, **({"by": caller(request)} if is_signed else {}))
        return f"“{question}” is {status.label.lower()}."

    return ObjectAction(
        name=name,
        label=label,
        permission=CHANGE_QUESTION,
        perform=perform,
        is_offered=lambda question: status in QUESTION_TRANSITIONS[QuestionStatus(question.status)],
        refusals=(question_banks.TransitionRefused,),
    )


class VersionInline(admin.TabularInline):
    """What was asked before. Versions are never changed."""

    model = QuestionVersion
    verbose_name_plural = "versions"
    fields = readonly_fields = ("number", "type", "points", "passage", "created_at", "created_by", "look")
    ordering = ("-number",)
    extra = max_num = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionVersion]:
        return super().get_queryset(request).select_related("created_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("assessments.view_question") or request.user.has_perm(CHANGE_QUESTION)

    @admin.display(description="stem")
    def passage(self, version: QuestionVersion) -> str:
        return markup.plain(version.stem, limit=PASSAGE)

    @admin.display(description="preview")
    def look(self, version: QuestionVersion) -> SafeString:
        url = reverse(
            "admin:assessments_question_preview", args=[version.question_id], query={"version": version.number}
        )
        return format_html('<a href="{}">As the candidate sees it</a>', url)


@admin.register(Question)
class QuestionAdmin(QuestionContentAdmin):
    list_display = ("name", "bank", "type", "status", "difficulty", "tag_words", "source", "version")
    list_display_links = ("name",)
    list_filter = ("status", "current_version__type", "difficulty", "bank", "source", "tags")
    linked_lookups = ("current_version__rubric__id__exact",)
    search_fields = ("identity", "title", "current_version__stem")
    ordering = ("bank__name", "identity")
    list_per_page = 50
    actions = ("approve", "retire", "return_to_draft", "export")
    autocomplete_fields = ("tags",)
    inlines = (VersionInline,)
    view_on_site = False
    fieldsets = (
        (None, {"fields": ("asked", "answer", "explanation")}),
        ("About it", {"fields": ("standing", "title", ("difficulty", "competence"), "tags")}),
        ("Where it comes from", {"fields": ("bank", "identity", "source", "licence", "origin")}),
    )
    readonly_fields = ("asked", "answer", "explanation", "standing", "bank", "identity", "origin")
    object_actions = (
        status_action("approve", "Approve", QuestionStatus.APPROVED, question_banks.approve, is_signed=True),
        status_action("return-to-draft", "Back to draft", QuestionStatus.DRAFT, question_banks.return_to_draft),
        status_action("retire", "Retire", QuestionStatus.RETIRED, question_banks.retire),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        return Question.objects.for_changelist()

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """What was approved is retired, not deleted; a draft may go, one at a time."""
        is_draft = obj is not None and obj.status == QuestionStatus.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    # ---- The list ----

    @admin.display(description="question", ordering="title")
    def name(self, question: Question) -> SafeString:
        words = str(question)
        if question.identity.startswith(MADE) and words != question.identity:
            return format_html("{}", words)
        return format_html('{}<br><span class="quiet identity">{}</span>', words, question.identity)

    @admin.display(description="type", ordering="current_version__type")
    def type(self, question: Question) -> str:
        return label_of(question.current_version.type) if question.current_version else ""

    @admin.display(description="tags")
    def tag_words(self, question: Question) -> str:
        return ", ".join(tag.name for tag in question.tags.all())

    @admin.display(description="version", ordering="current_version__number")
    def version(self, question: Question) -> int | str:
        return question.current_version.number if question.current_version else "none"

    @admin.action(description="Approve selected questions", permissions=["change"])
    def approve(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._change_all(request, questions, QuestionStatus.APPROVED, "approved")

    @admin.action(description="Retire selected questions", permissions=["change"])
    def retire(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._change_all(request, questions, QuestionStatus.RETIRED, "retired")

    @admin.action(description="Take selected questions back to draft", permissions=["change"])
    def return_to_draft(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._change_all(request, questions, QuestionStatus.DRAFT, "taken back to draft")

    @admin.action(description="Export selected questions", permissions=["change"])
    def export(self, request: HttpRequest, questions: QuerySet[Question]) -> HttpResponse:
        """The page posts the same action again, with the format."""
        names = ("action", "select_across", ACTION_CHECKBOX_NAME)
        hidden = [(name, value) for name in names for value in request.POST.getlist(name)]
        return export_page(self, request, Question.objects.filter(pk__in=questions.values("pk")), hidden=hidden)

    def _change_all(
        self, request: HttpRequest, questions: QuerySet[Question], status: QuestionStatus, done: str
    ) -> None:
        changes = question_banks.change_all(questions, status, by=caller(request))
        LogEntry.objects.log_actions(caller(request).pk, changes.changed, CHANGE, done.capitalize() + ".")
        count = len(changes.changed)
        said = f"{counted(count, 'question was', 'questions were')} {done}." if count else ""
        tell(self, request, said, at_most(changes.refused, MOST_REFUSALS))

    # ---- One question ----

    @admin.display(description="asked")
    def asked(self, question: Question) -> SafeString | str:
        version = question.current_version
        if version is None:
            return "It has no content yet. Write a version of it."
        kind = f"{label_of(version.type)}, {plain(version.points)} points, version {version.number}"
        wanted = description_wanted(undescribed_in(version), question)
        return format_html(
            '<p class="quiet">{}</p><div class="prose">{}</div>{}',
            kind,
            markup.render(version.stem),
            format_html('<p class="wanted">{}</p>', wanted) if wanted else "",
        )

    @admin.display(description="key")
    def answer(self, question: Question) -> str:
        version = question.current_version
        if version is None:
            return ""
        words = question_types.get(version.type).key_words(version.content, version.key)
        return f"{words} Judged by the rubric “{version.rubric}”." if version.rubric else words

    @admin.display(description="explanation")
    def explanation(self, question: Question) -> SafeString | str:
        version = question.current_version
        html = markup.render(version.explanation) if version else ""
        return format_html('<div class="prose">{}</div>', html) if html else "None"

    @admin.display(description="status")
    def standing(self, question: Question) -> str:
        next_step = {
            QuestionStatus.DRAFT: "Approve it once its content is right; only then is it drawn from pools.",
            QuestionStatus.APPROVED: "Assessments may draw it.",
            QuestionStatus.RETIRED: "It is asked no more.",
        }
        return f"{question.get_status_display()}. {next_step[QuestionStatus(question.status)]}"

    @admin.display(description="provenance")
    def origin(self, question: Question) -> SafeString | str:
        if not question.provenance:
            return "Not recorded"
        return format_html("<pre>{}</pre>", json.dumps(question.provenance, indent=2, ensure_ascii=False))
