from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import ReadOnlyAdmin
from candidates.domain import audit
from candidates.models import AuditEntry

HASH_DIGITS = 12


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "by", "action", "subject", "detail", "short_hash")
    list_filter = ("action", "at")
    list_select_related = ("by",)
    search_fields = ("action", "subject", "by__username")
    ordering = ("-id",)
    date_hierarchy = "at"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Whether the chain holds is said first."""
        broken = audit.first_broken_entry() if self.has_view_permission(request) else None
        return super().changelist_view(request, {"broken": broken, **(extra_context or {})})

    @admin.display(description="chain")
    def short_hash(self, entry: AuditEntry) -> SafeString:
        return format_html("<code>{}</code>", entry.chain_hash[:HASH_DIGITS])
