from __future__ import annotations

from django.contrib import admin

from assessments.admin.pages import ReadOnlyAdmin
from assessments.models import GenerationRequest


@admin.register(GenerationRequest)
class GenerationRequestAdmin(ReadOnlyAdmin):
    """The AI ledger: who asked, what it cost, how it ended."""

    list_display = (
        "requested_at",
        "requested_by",
        "caller",
        "model",
        "result",
        "tokens_in",
        "tokens_out",
        "latency_ms",
    )
    list_filter = ("result", "model", "requested_at")
    list_select_related = ("requested_by",)
    search_fields = ("caller", "requested_by__username", "reason")
    date_hierarchy = "requested_at"
