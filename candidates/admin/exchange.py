"""What candidates and the team say to each other: announcements and errata, reports of problems, opinions in numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.object_actions import ObjectAction, ObjectActionsAdmin
from assessments.admin.pages import ReadOnlyAdmin, caller, form_rows, list_url, object_url, posted, require, staff_page
from assessments.domain import markup
from assessments.enums import AssessmentStatus
from assessments.models import Assessment, Question
from candidates.admin.privacy import ImpersonalLogAdmin
from candidates.domain import announcements, problem_reports, survey
from candidates.models import Announcement, ProblemReport, SurveyCount

ADD_ANNOUNCEMENT, CHANGE_ANNOUNCEMENT = "candidates.add_announcement", "candidates.change_announcement"
CHANGE_REPORT = "candidates.change_problemreport"
TEXT = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})


# ---- To everybody ----


def as_shown(text: str) -> SafeString:
    """What the team said, as candidates see it."""
    return format_html('<div class="prose">{}</div>', markup.render_message(text))


class QuestionField(forms.ModelChoiceField):
    def label_from_instance(self, question: Any) -> str:
        return str(question.beginning)


class AnnounceForm(forms.Form):
    question = QuestionField(
        Question.objects.none(),
        required=False,
        empty_label="All of it",
        label="About",
        help_text="About one question: only those who have it see this, also those who come to it later.",
    )
    text = forms.CharField(
        max_length=2000,
        widget=TEXT,
        help_text="Markdown. It appears on open pages within seconds and stays until each candidate says to have read it.",
    )

    def __init__(self, *args: Any, assessment: Assessment, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["question"].queryset = announcements.questions_of(assessment)  # type: ignore[attr-defined]


def assessment_of(request: HttpRequest) -> Assessment | None:
    """Which one it is about, if that is said yet."""
    chosen = forms.ModelChoiceField(Assessment.objects.exclude(status=AssessmentStatus.DRAFT))
    try:
        found: Assessment = chosen.clean(request.POST.get("assessment") or request.GET.get("assessment"))
    except forms.ValidationError:
        return None
    return found


def withdraw(request: HttpRequest, one: Announcement, data: dict[str, Any]) -> str:
    announcements.withdraw(one, by=caller(request))
    return "It is shown to nobody any more. Who has read it stays on record."


WITHDRAW = ObjectAction(
    "withdraw",
    "Withdraw",
    CHANGE_ANNOUNCEMENT,
    withdraw,
    is_offered=lambda one: one.withdrawn_at is None,
    asks="It disappears from open pages. That it was read stays on the candidates’ records.",
)


@admin.register(Announcement)
class AnnouncementAdmin(ObjectActionsAdmin, ReadOnlyAdmin):
    list_display = ("text_words", "assessment", "question", "announced_at", "announced_by", "read_by", "withdrawn_at")
    list_filter = ("assessment", "announced_at")
    list_select_related = ("assessment", "question", "announced_by")
    search_fields = ("text",)
    object_actions = (WITHDRAW,)
    fields = ("assessment", "question", "shown", "announced_at", "announced_by", "read_by", "withdrawn_at")
    readonly_fields = ("shown",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        rows: QuerySet[Announcement] = super().get_queryset(request)
        return rows.filter(report=None).annotate(read_count=Count("acknowledgements"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ADD_ANNOUNCEMENT)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD_ANNOUNCEMENT)
        assessment = assessment_of(request)
        if assessment is None:
            return self._ask_where(request)
        form = AnnounceForm(posted(request), initial=request.GET.dict(), assessment=assessment)
        is_previewed = "_preview" in request.POST and form.is_valid()
        if form.is_valid() and not is_previewed:
            made = announcements.announce(assessment, **form.cleaned_data, by=caller(request))
            self.log_addition(request, made, "Announced.")
            messages.success(request, "Announced. Open pages show it within seconds.")
            return redirect(list_url(Announcement))
        return staff_page(
            self,
            request,
            "admin/candidates/announcement/add.html",
            title=f"Announce something: {assessment}",
            assessment=assessment,
            form=form,
            rows=form_rows(self, form),
            preview=as_shown(form.cleaned_data["text"]) if is_previewed else "",
        )

    def _ask_where(self, request: HttpRequest) -> HttpResponse:
        choices = [_choice(one) for one in announcements.assessments_under_way()]
        asks = "Whom is it for?" if choices else "No assessment is published yet. Publish one first."
        return staff_page(self, request, "admin/choose.html", title="Announce something", asks=asks, choices=choices)

    @admin.display(description="text")
    def text_words(self, one: Announcement) -> str:
        return markup.plain(one.text, limit=80)

    @admin.display(description="text")
    def shown(self, one: Announcement) -> SafeString:
        return as_shown(one.text)

    @admin.display(description="read by")
    def read_by(self, one: Any) -> int:
        return one.read_count  # type: ignore[no-any-return]


def _choice(one: Any) -> dict[str, str]:
    """``one``: an assessment with how many are taking it. Its slug tells equal titles apart."""
    count = one.open_count
    about = f"{count} {'is' if count == 1 else 'are'} taking it now" if count else "nobody is taking it now"
    return {"url": f"?assessment={one.pk}", "label": str(one), "about": f"{one.slug} · {about}"}


# ---- From candidates ----


class AnswerForm(forms.Form):
    answer = forms.CharField(
        max_length=2000, widget=TEXT, help_text=f"Markdown. {ProblemReport._meta.get_field('answer').help_text}"
    )


def answer(request: HttpRequest, one: ProblemReport, data: dict[str, Any]) -> str:
    problem_reports.answer(one, text=data["answer"], by=caller(request))
    return "Answered. The candidate sees it on their page if they still sit, and on their record."


ANSWER = ObjectAction(
    "answer",
    "Answer",
    CHANGE_REPORT,
    answer,
    form=AnswerForm,
    asks="If it concerns everybody who has this question, announce an erratum as well.",
)


class AnsweredFilter(admin.SimpleListFilter):
    title = "answered"
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not yet"), ("yes", "Answered")]

    def queryset(self, request: HttpRequest, reports: QuerySet[ProblemReport]) -> QuerySet[ProblemReport]:
        if self.value() not in ("yes", "no"):
            return reports
        return reports.filter(answered_at__isnull=self.value() == "no")


@admin.register(ProblemReport)
class ProblemReportAdmin(ImpersonalLogAdmin, ObjectActionsAdmin, ReadOnlyAdmin):
    list_display = ("reported_at", "text_words", "asked", "of_attempt", "answered_at", "answered_by")
    list_filter = (AnsweredFilter, "attempt__assessment", "reported_at")
    list_select_related = (
        "attempt__candidate",
        "attempt__assessment",
        "attempt_question__version__question",
        "answered_by",
    )
    search_fields = ("text", "answer")
    ordering = ("-reported_at",)
    object_actions = (ANSWER,)
    fields = ("of_attempt", "asked", "text", "reported_at", "answered", "answered_at", "answered_by")
    readonly_fields = ("of_attempt", "asked", "answered")

    def object_links(self, request: HttpRequest, one: ProblemReport) -> list[dict[str, str]]:
        """To everybody who has this question, where the report is right."""
        if not request.user.has_perm(ADD_ANNOUNCEMENT):
            return []
        about = {
            "assessment": str(one.attempt.assessment_id),
            "question": str(one.attempt_question.version.question_id),
        }
        url = reverse("admin:candidates_announcement_add", query=about)
        return [{"label": "Announce an erratum", "url": url}]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProblemReport]:
        rows: QuerySet[ProblemReport] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related)

    @admin.display(description="what is wrong")
    def text_words(self, one: ProblemReport) -> str:
        return one.text[:80]

    @admin.display(description="question")
    def asked(self, one: ProblemReport) -> SafeString:
        place = one.attempt_question
        url = object_url(place.version.question)
        return format_html('<a href="{}">{} ({})</a>', url, place.version.question, place)

    @admin.display(description="answer")
    def answered(self, one: ProblemReport) -> SafeString | str:
        return as_shown(one.answer) if one.answer else "Not yet."

    @admin.display(description="attempt")
    def of_attempt(self, one: ProblemReport) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(one.attempt), one.attempt)


# ---- Opinions ----


@admin.register(SurveyCount)
class SurveyAdmin(ReadOnlyAdmin):
    """One table of numbers, which changes when many have answered; the rows change with each of them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[SurveyCount]:
        """Django's own pages about a row would tell when there is one."""
        return SurveyCount.objects.none()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        require(request, "candidates.view_surveycount")
        return staff_page(
            self,
            request,
            "admin/candidates/surveycount/change_list.html",
            title="What candidates thought",
            rows=survey.tallies(),
            least=survey.SMALLEST_NUMBER,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A row shows no more than the list does."""
        return self.changelist_view(request)
