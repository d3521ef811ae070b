"""Mails about invitations: what was sent, what is tried again, what could not be sent and why."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import ReadOnlyAdmin, object_url
from candidates.models import InvitationMail


@admin.register(InvitationMail)
class InvitationMailAdmin(ReadOnlyAdmin):
    list_display = ("ordered_at", "to", "kind", "status", "tries", "next_try_at", "sent_at", "problem")
    list_filter = ("status", "kind", "invitation__assessment", "ordered_at")
    list_select_related = ("invitation__candidate", "invitation__assessment")
    search_fields = ("invitation__candidate__name", "invitation__candidate__email")
    ordering = ("-ordered_at",)
    readonly_fields = ("to",)
    fields = ("to", "kind", "status", "ordered_at", "tries", "next_try_at", "sent_at", "problem")

    @admin.display(description="invitation")
    def to(self, mail: InvitationMail) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(mail.invitation), mail.invitation)
