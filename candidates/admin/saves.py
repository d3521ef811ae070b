"""What became of each save that arrived, in the one wording that staff read everywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from candidates.admin.time_actions import handles_time
from candidates.domain.durations import minutes_words
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, ResponseEvent

TELLS_TIME = (ResponseEventKind.LATE, ResponseEventKind.STILL)
"""That time stood still tells of a break; that nothing could be saved any more, of when a bell rang."""


def kind_words(kind: str, *, tells_time: bool) -> str:
    is_told = tells_time or kind not in TELLS_TIME
    return str(ResponseEventKind(kind).label) if is_told else "Kept aside: it came when nothing could be saved"


def late_words(event: ResponseEvent, attempt: Attempt, question: AttemptQuestion) -> str:
    """How long after the bell, where that is why it was kept aside. The earlier of two bells is the one that rang."""
    bells = [bell for bell in (question.section.deadline_at, attempt.deadline_at) if bell is not None]
    if event.kind != ResponseEventKind.LATE or not bells or event.received_at <= min(bells):
        return ""
    return f"{minutes_words(int((event.received_at - min(bells)).total_seconds()))} after the bell"


class BecameFilter(admin.SimpleListFilter):
    """By the words that its reader gets, so that it tells nobody more than they do."""

    title = "what became of it"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.kinds: dict[str, list[str]] = {}
        for kind in ResponseEventKind.values:
            self.kinds.setdefault(kind_words(kind, tells_time=handles_time(request)), []).append(kind)
        return [(kinds[0], words) for words, kinds in self.kinds.items()]

    def queryset(self, request: HttpRequest, events: QuerySet[ResponseEvent]) -> QuerySet[ResponseEvent]:
        chosen = [kinds for kinds in self.kinds.values() if kinds[0] == self.value()]
        return events.filter(kind__in=chosen[0]) if chosen else events
