from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.object_actions import ObjectActionsAdmin
from assessments.admin.pages import ReadOnlyAdmin, caller, look_up, object_url, posted, require, staff_page
from assessments.domain.faces import face_of
from candidates.admin import attempt_scoring
from candidates.admin.attempt_actions import CLOSE, REOPEN, VOID
from candidates.admin.attempt_page import page_of, score_url, status_words
from candidates.admin.attempt_scoring import ScoreForm
from candidates.admin.attempt_signals import signals_of
from candidates.admin.privacy import ImpersonalLogAdmin
from candidates.admin.suggestion_panel import panel_for
from candidates.admin.time_actions import EXTEND, LET_RUN, STOP, TimeActionsAdmin, handles_time
from candidates.domain import clock, results, review_progress, reviews
from candidates.domain.durations import minutes_words
from candidates.enums import AttemptPurpose, AttemptStatus
from candidates.models import Attempt, AttemptQuestion, Outcome
from interview_project.numbers import plain

VIEW, SCORE = "candidates.view_attempt", "candidates.add_review"
WAITING_PER_PAGE = 50


class PurposeFilter(admin.SimpleListFilter):
    """What staff tried out is left out unless asked for."""

    title = "purpose"
    parameter_name = "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((one.value, str(one.label)) for one in AttemptPurpose), ("all", "All of them")]

    def queryset(self, request: HttpRequest, attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
        if self.value() in AttemptPurpose.values:
            return attempts.filter(purpose=self.value())
        return attempts if self.value() == "all" else attempts.exclude(purpose=AttemptPurpose.PREVIEW)

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": "Candidates’"}, *others]


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        overdue = ("overdue", "Time ran out, about to be closed")
        return [*((one.value, str(one.label)) for one in AttemptStatus), overdue]

    def queryset(self, request: HttpRequest, attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
        if self.value() == "overdue":
            return attempts.filter(pk__in=Attempt.objects.overdue(at=clock.now()))
        if self.value() == AttemptStatus.IN_PROGRESS:
            return attempts.filter(pk__in=Attempt.objects.running(at=clock.now()))
        return attempts.filter(status=self.value()) if self.value() in AttemptStatus.values else attempts


@admin.register(Attempt)
class AttemptAdmin(ImpersonalLogAdmin, ObjectActionsAdmin, TimeActionsAdmin, ReadOnlyAdmin):
    list_display = (
        "candidate",
        "assessment",
        "standing",
        "progress",
        "score",
        "started",
        "bell",
        "last_save",
    )
    list_filter = (StatusFilter, PurposeFilter, "assessment", "started_at")
    search_fields = ("candidate__name", "candidate__email")
    ordering = ("-created_at",)
    object_actions = (EXTEND, STOP, LET_RUN, REOPEN, CLOSE, VOID)
    actions: Any = ("add_minutes", "stop_clocks", "let_clocks_run")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        attempts = results.with_standing(Attempt.objects.for_changelist())
        return clock.stamped(attempts)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("waiting/", wrap(self.waiting_view), name="candidates_attempt_waiting"),
            path(
                "<uuid:attempt_id>/questions/<int:number>/score/",
                wrap(self.score_view),
                name="candidates_attempt_score",
            ),
        ]
        return [*own, *super().get_urls()]

    # ---- The list ----

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """When the bell rings tells how much time somebody has; who only judges answers does not see it."""
        return tuple(name for name in self.list_display if name != "bell" or handles_time(request))

    def sees_all_fields(self, request: HttpRequest) -> bool:
        return handles_time(request)

    def sees_history(self, request: HttpRequest) -> bool:
        return handles_time(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_score = request.user.has_perm(SCORE)
        links = (
            [{"label": "Waiting for review", "url": reverse("admin:candidates_attempt_waiting")}] if may_score else []
        )
        return super().changelist_view(request, {"list_links": links, **(extra_context or {})})

    @admin.display(description="status", ordering="status")
    def standing(self, attempt: Any) -> str:
        return status_words(attempt, at=attempt.arrived_at)

    @admin.display(description="answered")
    def progress(self, attempt: Any) -> SafeString | str:
        if not attempt.question_count:
            return ""
        answered, total = attempt.answered_count or 0, attempt.question_count
        return format_html('<progress value="{}" max="{}"></progress> {} of {}', answered, total, answered, total)

    @admin.display(description="score so far")
    def score(self, attempt: Any) -> str:
        if attempt.points is None:
            return ""
        waiting = f", {attempt.unscored_count} not scored" if attempt.unscored_count else ""
        return f"{plain(attempt.points)} of {plain(attempt.max_points)}{waiting}"

    @admin.display(description="started", ordering="started_at")
    def started(self, attempt: Any) -> str:
        return f"{timezone.localtime(attempt.started_at):%-d %b %H:%M}" if attempt.started_at else ""

    @admin.display(description="bell", ordering="deadline_at")
    def bell(self, attempt: Any) -> str:
        return f"{timezone.localtime(attempt.deadline_at):%-d %b %H:%M}" if attempt.deadline_at else ""

    @admin.display(description="last save")
    def last_save(self, attempt: Any) -> SafeString | str:
        at = attempt.last_saved_at
        if at is None:
            return ""
        ago = minutes_words(max(1, int((attempt.arrived_at - at).total_seconds())))
        return format_html('<time datetime="{}">{} ago</time>', at.isoformat(), ago)

    # ---- One attempt ----

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        attempt = look_up(self, request, object_id)
        if not self.has_view_permission(request, attempt):
            require(request, VIEW)
        user = request.user
        may_decide = user.has_perm("candidates.add_outcome") and attempt.is_closed
        return staff_page(
            self,
            request,
            "admin/candidates/attempt/page.html",
            title=f"{attempt.candidate} · {attempt.assessment}",
            original=attempt,
            page=page_of(attempt, at=attempt.arrived_at, tells_time=handles_time(request)),
            object_actions=self.offered_actions(request, attempt),
            noticed=signals_of(attempt),
            may_score=user.has_perm(SCORE),
            may_see_history=handles_time(request),
            may_see_candidate=user.has_perm("candidates.view_candidate"),
            outcomes=attempt.outcomes.select_related("decided_by"),
            decide_url=object_url_to_add(attempt) if may_decide else "",
        )

    # ---- Judging ----

    def waiting_view(self, request: HttpRequest) -> HttpResponse:
        require(request, SCORE)
        queue, now = reviews.queue(), clock.now()
        page = Paginator(queue.ids, WAITING_PER_PAGE).get_page(request.GET.get("p"))
        return staff_page(
            self,
            request,
            "admin/candidates/attempt/waiting.html",
            title="Waiting for review",
            page=page,
            is_longer=queue.is_longer,
            rows=[waiting_row(question, at=now) for question in reviews.in_queue(list(page))],
        )

    def score_view(self, request: HttpRequest, attempt_id: Any, number: int) -> HttpResponse:
        """Append a judgement; what is stored is never changed. The same one pressed twice is appended once."""
        require(request, SCORE)
        questions = AttemptQuestion.objects.select_related(
            "attempt__assessment", "version__rubric", "response", "section"
        )
        question = get_object_or_404(questions, attempt_id=attempt_id, number=number)
        form = ScoreForm(posted(request), question=question, initial=attempt_scoring.initial_of(question))
        if request.method == "POST" and form.is_valid():
            try:
                score = reviews.review_response(question, reviewer=caller(request), **form.judgement())
            except reviews.ReviewRefused as refused:
                form.add_error(None, str(refused))
                if isinstance(refused, reviews.JudgedMeanwhile):
                    form.start_anew()
            else:
                messages.success(
                    request, f"Question {number}: {plain(score.points)} of {plain(score.max_points)} points."
                )
                return redirect(self._after_scoring(request, question))
        return staff_page(
            self,
            request,
            "admin/candidates/attempt/score.html",
            title=f"Question {number} · {question.attempt.assessment}",
            form=form,
            waiting_count=reviews.waiting().filter(attempt=question.attempt_id).count(),
            progress=review_progress.progress_of(caller(request)),
            attempt_url=object_url(question.attempt) if request.user.has_perm(VIEW) else "",
            panel=panel_for(caller(request), question),
            **attempt_scoring.shown(question),
        )

    def _after_scoring(self, request: HttpRequest, question: AttemptQuestion) -> str:
        """The next answer of this attempt that waits; after the last one, where the others are.

        Whoever does not go on to the next sees at once what AI had suggested, if anything.
        """
        if "_next" not in request.POST and panel_for(caller(request), question):
            return score_url(question)
        following = reviews.next_waiting(question.attempt, after=question.number)
        if "_next" in request.POST and following is not None:
            return score_url(following)
        if "_next" in request.POST or not request.user.has_perm(VIEW):
            messages.info(request, "That was the last answer of this attempt.")
            return reverse("admin:candidates_attempt_waiting")
        return object_url(question.attempt)


def waiting_row(question: AttemptQuestion, *, at: datetime) -> dict[str, Any]:
    return {
        "question": question,
        "assessment": question.attempt.assessment,
        "stem_words": face_of(question.version_id).stem_words,
        "waited_days": days_between(question.attempt.closed_at, at),
        "url": score_url(question),
    }


def days_between(then: datetime | None, now: datetime) -> int:
    """Whole days by the calendar: to the minute it would tell when a bell rang."""
    return (timezone.localdate(now) - timezone.localdate(then)).days if then else 0


def object_url_to_add(attempt: Attempt) -> str:
    opts = Outcome._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_add", query={"attempt": str(attempt.pk)})
