from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments import question_types
from assessments.admin.object_actions import ObjectAction, ObjectActionsAdmin
from assessments.admin.pages import caller, counted, form_rows, look_up, object_url, posted, require, staff_page, tell
from assessments.admin.question_forms import (
    NewQuestionForm,
    VersionForm,
    label_of,
    start_initial,
    types_to_choose,
    version_initial,
)
from assessments.domain import authoring, markup, question_banks
from assessments.domain.faces import face
from assessments.enums import QUESTION_TRANSITIONS, QuestionStatus
from assessments.models import Question, QuestionVersion
from assessments.question_types.starts import start_of
from interview_project.numbers import plain

CHANGE_QUESTION = "assessments.change_question"
PREVIEW = "admin/assessments/question/preview.html"
PASSAGE = 90


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
class QuestionAdmin(ObjectActionsAdmin):
    list_display = ("name", "bank", "type", "status", "difficulty", "tag_words", "source", "version")
    list_display_links = ("name",)
    list_filter = ("status", "current_version__type", "difficulty", "bank", "source", "tags")
    search_fields = ("identity", "title", "current_version__stem")
    ordering = ("bank__name", "identity")
    list_per_page = 50
    actions = ("approve", "retire", "return_to_draft")
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

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/preview/", wrap(self.preview_view), name="assessments_question_preview"),
            path("<path:object_id>/new-version/", wrap(self.new_version_view), name="assessments_question_new_version"),
        ]
        return [*own, *super().get_urls()]

    def object_links(self, request: HttpRequest, one: Question) -> list[dict[str, str]]:
        links = [{"label": "Preview", "url": object_url(one, "preview")}] if one.current_version_id else []
        if request.user.has_perm(CHANGE_QUESTION):
            links.append({"label": "Write a new version", "url": object_url(one, "new_version")})
        return links

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """What was approved is retired, not deleted; a draft may go, one at a time."""
        is_draft = obj is not None and obj.status == QuestionStatus.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    # ---- The list ----

    @admin.display(description="question", ordering="title")
    def name(self, question: Question) -> SafeString:
        version = question.current_version
        words = question.title or (markup.plain(version.stem, limit=PASSAGE) if version else "") or question.identity
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
        self._each(request, questions, partial(question_banks.approve, by=caller(request)), "approved")

    @admin.action(description="Retire selected questions", permissions=["change"])
    def retire(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._each(request, questions, question_banks.retire, "retired")

    @admin.action(description="Take selected questions back to draft", permissions=["change"])
    def return_to_draft(self, request: HttpRequest, questions: QuerySet[Question]) -> None:
        self._each(request, questions, question_banks.return_to_draft, "taken back to draft")

    def _each(
        self, request: HttpRequest, questions: QuerySet[Question], verb: Callable[[Question], None], done: str
    ) -> None:
        changed, refused = [], []
        for question in questions:
            try:
                verb(question)
            except question_banks.TransitionRefused as refusal:
                refused.append(str(refusal))
            else:
                changed.append(question)
        LogEntry.objects.log_actions(caller(request).pk, changed, CHANGE, done.capitalize() + ".")
        said = f"{counted(len(changed), 'question was', 'questions were')} {done}." if changed else ""
        tell(self, request, said, refused)

    # ---- One question ----

    @admin.display(description="asked")
    def asked(self, question: Question) -> SafeString | str:
        version = question.current_version
        if version is None:
            return "It has no content yet. Write a version of it."
        kind = f"{label_of(version.type)}, {plain(version.points)} points, version {version.number}"
        return format_html('<p class="quiet">{}</p><div class="prose">{}</div>', kind, markup.render(version.stem))

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

    # ---- Its content ----

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the type, then a form that begins with something valid of that type."""
        require(request, "assessments.add_question")
        known = {one.name: one for one in question_types.all_types()}
        chosen = known.get(request.GET.get("type", ""))
        if chosen is None:
            return staff_page(
                self,
                request,
                "admin/assessments/question/choose_type.html",
                title="Add a question",
                types=types_to_choose(),
            )
        start = {**start_initial(chosen.name), "bank": request.GET.get("bank"), "source": "standard", "points": 1}
        form = NewQuestionForm(posted(request), type=chosen, initial=start)
        if request.method == "POST" and form.is_valid():
            if "_preview" in request.POST:
                return self._preview(request, form.unsaved_version(), question=None)
            try:
                question = authoring.write_question(
                    form.cleaned_data["bank"], by=caller(request), **form.question_facts()
                )
            except authoring.IdentityTaken as taken:
                form.add_error("identity", str(taken))
            else:
                self.log_addition(request, question, "Written by hand.")
                messages.success(request, f"“{question}” was added as a draft.")
                return redirect(object_url(question))
        return self._version_page(request, form, title=f"Add a question: {label_of(chosen.name)}", question=None)

    def new_version_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Content is never changed in place: attempts point at the version they were drawn with."""
        require(request, CHANGE_QUESTION)
        question: Question = look_up(self, request, object_id)
        current = question.current_version
        if current is None:
            raise Http404("A question without a version is written by importing it again.")
        form = VersionForm(posted(request), type=question_types.get(current.type), initial=version_initial(current))
        if request.method == "POST" and form.is_valid():
            if "_preview" in request.POST:
                return self._preview(request, form.unsaved_version(), question=question)
            made = question_banks.create_version(question, by=caller(request), **form.version_facts())
            if made.pk == current.pk:
                messages.info(request, "That is what is asked already; no new version was made.")
            else:
                self.log_change(request, question, f"Version {made.number} written.")
                messages.success(
                    request, f"Version {made.number} is asked from now on. Attempts under way keep theirs."
                )
            return redirect(object_url(question))
        return self._version_page(
            request, form, title=f"New version: {question}", question=question, number=current.number
        )

    def _version_page(
        self, request: HttpRequest, form: VersionForm, *, title: str, question: Question | None, number: int = 0
    ) -> HttpResponse:
        asked = [name for name in form.fields if name in VersionForm.base_fields]
        about = [name for name in form.fields if name not in VersionForm.base_fields]
        groups = [(None, asked)] if question else [("What is asked", asked), ("About it", about)]
        return staff_page(
            self,
            request,
            "admin/assessments/question/version.html",
            title=title,
            original=question,
            form=form,
            rows=form_rows(self, form, *groups),
            number=number,
            type_label=label_of(form.type.name),
            hint=start_of(form.type.name).hint,
            media=self.media + form.media,
        )

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question: Question = look_up(self, request, object_id)
        if not self.has_view_permission(request, question):
            require(request, "assessments.view_question")
        number = request.GET.get("version", "")
        if number:
            version = get_object_or_404(
                question.versions, number=number if number.isascii() and number.isdigit() else 0
            )
        elif question.current_version is None:
            raise Http404("There is nothing to see yet.")
        else:
            version = question.current_version
        return self._preview(request, version, question=question)

    def _preview(self, request: HttpRequest, version: QuestionVersion, *, question: Question | None) -> HttpResponse:
        """As the candidate sees it, from the same face and the same templates; what only staff may know is below."""
        shown = face(version)
        return render(
            request,
            PREVIEW,
            {
                "question": question,
                "version": version,
                "type_label": label_of(version.type),
                "face": shown,
                "widget": shown.type.widget(shown.widget, None, []),
                "key_words": shown.type.key_words(version.content, version.key),
                "key_json": json.dumps(version.key, indent=2, ensure_ascii=False),
                "explanation_html": markup.render(version.explanation) if version.explanation else "",
                "rubric": version.rubric,
            },
        )
