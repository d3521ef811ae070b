from __future__ import annotations

from django.contrib import admin

from assessments.admin.pages import ReadOnlyAdmin
from candidates.domain.durations import minutes_words
from candidates.models import Outage


@admin.register(Outage)
class OutageAdmin(ReadOnlyAdmin):
    """When nobody could be served, as the heartbeats of the web processes tell, and what was given back for it."""

    list_display = ("began_at", "ended_at", "lasted", "attempt_count", "settled_at")
    list_filter = ("began_at",)
    ordering = ("-began_at",)
    fields = ("began_at", "ended_at", "lasted", "attempt_count", "settled_at")
    readonly_fields = ("lasted",)

    @admin.display(description="lasted")
    def lasted(self, outage: Outage) -> str:
        return minutes_words(round(outage.length.total_seconds()))
