from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.object_actions import ObjectAction, ObjectActionsAdmin
from assessments.admin.pages import counted, list_url, object_url
from assessments.admin.rubric_forms import CriteriaFormSet, CriterionForm, levels_text
from assessments.domain import authoring
from assessments.formats.base import ParsedRubric
from assessments.models import Criterion, Question, Rubric


def copy(request: HttpRequest, rubric: Rubric, data: dict[str, Any]) -> HttpResponse:
    made = authoring.copy_rubric(rubric)
    messages.success(request, f"This is version {made.version}. Change it, then let the questions be judged by it.")
    return redirect(object_url(made))


def adopt(request: HttpRequest, rubric: Rubric, data: dict[str, Any]) -> str:
    number = authoring.adopt_rubric(rubric, by=request.user)
    return f"{counted(number, 'question is', 'questions are')} judged by this version from now on."


COPY = ObjectAction(name="copy", label="Copy as new version", permission="assessments.add_rubric", perform=copy)
ADOPT = ObjectAction(
    name="adopt",
    label="Judge the questions of earlier versions by it",
    permission="assessments.change_question",
    perform=adopt,
    is_offered=lambda rubric: authoring.earlier_versions_judge(rubric) > 0,
    asks="Each question that is judged by an earlier version of this rubric gets a new version with this one. "
    "Attempts keep what they were drawn with. From then on this rubric can no longer be changed.",
)


class CriterionInline(admin.StackedInline):
    model = Criterion
    form = CriterionForm
    formset = CriteriaFormSet
    extra = 0
    min_num = 1
    fields = (("name", "place"), "description", "levels_text")
    verbose_name_plural = "criteria"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Criterion]:
        return super().get_queryset(request).prefetch_related("levels")

    @admin.display(description="levels")
    def levels_text(self, criterion: Criterion) -> SafeString:
        """For rubrics that are only read."""
        return format_html('<div class="kept-lines">{}</div>', levels_text(criterion))

    @admin.display(description="place")
    def place(self, criterion: Criterion) -> int:
        return criterion.position

    def has_add_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        """Criteria are part of the rubric: who may write it may write them."""
        may_write = request.user.has_perm("assessments.change_rubric" if obj else "assessments.add_rubric")
        return may_write and (obj is None or not authoring.is_used(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return request.user.has_perm("assessments.view_rubric") or self.has_change_permission(request, obj)


@admin.register(Rubric)
class RubricAdmin(ObjectActionsAdmin):
    list_display = ("name", "version", "criteria_count", "questions", "created_at")
    search_fields = ("name", "criteria__name")
    fields = ("name", "standing")
    readonly_fields = ("standing",)
    inlines = (CriterionInline,)
    object_actions = (COPY, ADOPT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rubric]:
        counts = {
            "criterion_count": Count("criteria", distinct=True),
            "question_count": Count("versions__question", distinct=True),
        }
        rubrics: QuerySet[Rubric] = super().get_queryset(request).annotate(**counts)
        return rubrics

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or not authoring.is_used(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        is_free = obj is not None and not authoring.is_used(obj)
        return is_free and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Rubric, form: Any, change: bool) -> None:
        """Nothing yet: name, criteria and levels are written together below."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        (criteria,) = formsets
        criteria.save()
        authoring.write_rubric(form.instance, ParsedRubric(form.cleaned_data["name"], criteria.parsed()))

    @admin.display(description="standing")
    def standing(self, rubric: Rubric) -> str:
        if rubric._state.adding:
            return "Give it criteria, and each of them levels. Then choose it in a question."
        if not authoring.is_used(rubric):
            return f"Version {rubric.version}. No question is judged by it yet, so it can be changed."
        return f"Version {rubric.version}. Questions are judged by it, so it stays as it is; copy it to change it."

    @admin.display(description="criteria", ordering="criterion_count")
    def criteria_count(self, rubric: Rubric) -> int:
        return rubric.criterion_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="used by", ordering="question_count")
    def questions(self, rubric: Rubric) -> SafeString | str:
        number: int = rubric.question_count  # type: ignore[attr-defined]
        url = list_url(Question, current_version__rubric__id__exact=rubric.pk)
        return format_html('<a href="{}">{}</a>', url, counted(number, "question")) if number else "no question yet"
