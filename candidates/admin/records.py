"""What only ever grows: responses as they arrived, scores, reviews, events. To be read, never to be written by hand."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import BooleanField, QuerySet, Value
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import ReadOnlyAdmin, object_url
from candidates.admin.attempt_page import detail_words
from candidates.admin.saves import BecameFilter, kind_words
from candidates.admin.time_actions import handles_time
from candidates.enums import TIME_EVENTS
from candidates.models import Attempt, Event, ResponseEvent, Review, Score

HASH_DIGITS = 12
OF_ATTEMPT = ("attempt_question__attempt__candidate", "attempt_question__attempt__assessment")
BY_CANDIDATE = ("attempt_question__attempt__candidate__name", "attempt_question__attempt__candidate__email")


def attempt_link(attempt: Attempt) -> SafeString:
    return format_html('<a href="{}">{}</a>', object_url(attempt), attempt)


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


class OfQuestionAdmin(ReadOnlyAdmin):
    """Rows that belong to one question of an attempt."""

    search_fields = BY_CANDIDATE
    list_select_related: ClassVar[tuple[str, ...]] = OF_ATTEMPT

    @admin.display(description="attempt")
    def of_attempt(self, row: Any) -> SafeString:
        return attempt_link(row.attempt_question.attempt)

    @admin.display(description="question", ordering="attempt_question__number")
    def number(self, row: Any) -> int:
        return row.attempt_question.number  # type: ignore[no-any-return]


@admin.register(ResponseEvent)
class ResponseEventAdmin(OfQuestionAdmin):
    list_display = ("received_at", "of_attempt", "number", "became", "revision", "sequence", "short_hash")
    list_filter = (BecameFilter, "received_at")
    ordering = ("-received_at", "-id")
    exclude = ("attempt_question",)
    readonly_fields = ("of_attempt", "number", "became", "answer")
    fields = (
        "of_attempt",
        "number",
        "became",
        "answer",
        "received_at",
        "sequence",
        "base_revision",
        "revision",
        "key",
        "chain_hash",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResponseEvent]:
        events: QuerySet[ResponseEvent] = super().get_queryset(request)
        return events.annotate(tells_time=Value(handles_time(request), output_field=BooleanField()))

    @admin.display(description="what became of it")
    def became(self, event: Any) -> str:
        return kind_words(event.kind, tells_time=event.tells_time)

    @admin.display(description="chain")
    def short_hash(self, event: ResponseEvent) -> SafeString:
        return format_html("<code>{}</code>", event.chain_hash[:HASH_DIGITS])

    @admin.display(description="value")
    def answer(self, event: ResponseEvent) -> SafeString:
        text = event.value if isinstance(event.value, str) else as_text(event.value)
        return format_html('<div class="kept-lines">{}</div>', text)


@admin.register(Score)
class ScoreAdmin(OfQuestionAdmin):
    list_display = ("scored_at", "of_attempt", "number", "points", "max_points", "source", "scored_by", "rubric")
    list_filter = ("source", "scored_at")
    list_select_related = (*OF_ATTEMPT, "scored_by", "rubric")
    ordering = ("-id",)
    readonly_fields = ("of_attempt", "number")
    fields = (
        "of_attempt",
        "number",
        "points",
        "max_points",
        "source",
        "scored_by",
        "scored_at",
        "response_revision",
        "rubric",
    )


@admin.register(Review)
class ReviewAdmin(OfQuestionAdmin):
    list_display = ("reviewed_at", "of_attempt", "number", "reviewer", "rubric", "comment_words")
    list_filter = ("reviewed_at",)
    list_select_related = (*OF_ATTEMPT, "reviewer", "rubric")
    ordering = ("-reviewed_at",)
    readonly_fields = ("of_attempt", "number")
    fields = ("of_attempt", "number", "reviewer", "rubric", "levels", "comment", "reviewed_at")

    @admin.display(description="comment")
    def comment_words(self, review: Review) -> str:
        return review.comment[:80]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "of", "kind", "by", "told")
    list_filter = ("kind", "at")
    list_select_related = ("attempt__candidate", "attempt__assessment", "by")
    search_fields = ("attempt__candidate__name", "attempt__candidate__email")
    ordering = ("-at", "-id")
    readonly_fields = ("of", "told")
    fields = ("of", "kind", "at", "by", "told")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        tells_time = handles_time(request)
        events: QuerySet[Event] = super().get_queryset(request).select_related(*self.list_select_related)
        events = events.annotate(tells_time=Value(tells_time, output_field=BooleanField()))
        return events if tells_time else events.exclude(kind__in=TIME_EVENTS)

    @admin.display(description="attempt")
    def of(self, event: Event) -> SafeString:
        return attempt_link(event.attempt)

    @admin.display(description="detail")
    def told(self, event: Any) -> str:
        """As it is kept, with the time that was allowed, or in the words of the attempt's page, without it."""
        return as_text(event.detail) if event.tells_time else detail_words(event, tells_time=False)
