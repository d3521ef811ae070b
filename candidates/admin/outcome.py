from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.pages import ReadOnlyAdmin, caller, form_rows, object_url, posted, require, staff_page
from candidates.admin.privacy import ImpersonalLogAdmin
from candidates.domain import outcomes
from candidates.enums import OutcomeDecision
from candidates.models import Attempt, Outcome

ADD = "candidates.add_outcome"


class OutcomeForm(forms.Form):
    attempt = forms.ModelChoiceField(
        Attempt.objects.counted().for_changelist(),
        widget=AutocompleteSelect(Outcome._meta.get_field("attempt"), admin.site),
    )
    decision = forms.ChoiceField(choices=OutcomeDecision.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text="What in the answers it rests on. It stays, with your name.",
    )


@admin.register(Outcome)
class OutcomeAdmin(ImpersonalLogAdmin, ReadOnlyAdmin):
    """Decided once more rather than changed: the earlier decision stays as history."""

    list_display = ("decided_at", "of", "decision", "decided_by", "reason_words")
    list_filter = ("decision", "decided_at")
    list_select_related = ("attempt__candidate", "attempt__assessment", "decided_by")
    search_fields = ("attempt__candidate__name", "attempt__candidate__email", "reason")
    ordering = ("-decided_at",)
    readonly_fields = ("of",)
    fields = ("of", "decision", "reason", "decided_by", "decided_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ADD)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD)
        form = OutcomeForm(posted(request), initial={"attempt": request.GET.get("attempt")})
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            decision = OutcomeDecision(data["decision"])
            try:
                outcome = outcomes.decide(data["attempt"], decision=decision, reason=data["reason"], by=caller(request))
            except outcomes.OutcomeRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.log_addition(request, outcome, "Decided.")
                messages.success(request, f"Decided: {decision.label.lower()}.")
                return redirect(object_url(outcome.attempt))
        return staff_page(
            self,
            request,
            "admin/candidates/outcome/add.html",
            title="Decide about an attempt",
            form=form,
            rows=form_rows(self, form),
            media=self.media + form.media,
        )

    @admin.display(description="attempt")
    def of(self, outcome: Outcome) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(outcome.attempt), outcome.attempt)

    @admin.display(description="reason")
    def reason_words(self, outcome: Outcome) -> str:
        return outcome.reason[:100]
