"""What AI was asked, by whom and for how much; and the switch that stops it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from assessments import gemini
from assessments.admin.pages import ReadOnlyAdmin, caller, require, staff_page
from assessments.domain import injection_gate, ledger, ledger_plots, ledger_report
from assessments.models import AiControl, GateRun

DAYS = (7, 30, 90, 365)
CHANGE = "assessments.change_aicontrol"


class SwitchForm(forms.Form):
    is_stopped = forms.BooleanField(required=False)
    reason = forms.CharField(required=False, max_length=200)


@admin.register(AiControl)
class AiControlAdmin(ReadOnlyAdmin):
    """One row, so its list is the ledger's own page."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("switch/", wrap(self.switch_view), name="assessments_aicontrol_switch"),
            path("export/", wrap(self.export_view), name="assessments_aicontrol_export"),
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj) or request.user.has_perm(CHANGE))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            require(request, "assessments.view_aicontrol")
        days = _days(request)
        lines, people = ledger_report.by_day(days=days), ledger_report.by_person(days=days)
        return staff_page(
            self,
            request,
            "admin/generation/ledger.html",
            title="AI ledger",
            day_figures=ledger_plots.by_day(lines),
            person_figures=ledger_plots.by_person(people),
            lines=list(reversed(lines)),
            people=people,
            today=ledger_report.today(),
            control=AiControl.objects.filter(pk=AiControl.THE_ONE).first() or AiControl(),
            missing_setting=gemini.missing_setting(),
            has_passed_gate=injection_gate.has_passed(),
            may_switch=request.user.has_perm(CHANGE),
            days=days,
            choices=DAYS,
        )

    def switch_view(self, request: HttpRequest) -> HttpResponse:
        """Takes effect on the next call: whoever reserves or begins one locks this row and reads it."""
        require(request, CHANGE)
        form = SwitchForm(request.POST)
        if request.method == "POST" and form.is_valid():
            control = ledger.switch(by=caller(request), **form.cleaned_data)
            self.log_change(request, control, f"{control}. {control.reason}".strip())
            messages.success(request, f"{control} from the next call on.")
        return redirect(reverse("admin:assessments_aicontrol_changelist"))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            require(request, "assessments.view_aicontrol")
        response = HttpResponse(ledger_report.as_csv(days=_days(request)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="ai-ledger.csv"'
        return response


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return int(given) if given.isdecimal() and int(given) in DAYS else DAYS[1]


@admin.register(GateRun)
class GateRunAdmin(ReadOnlyAdmin):
    list_display = (
        "ran_at",
        "model",
        "prompt_version",
        "attacks",
        "shifted",
        "flagged",
        "honest",
        "false_flags",
        "passed",
    )
    list_filter = ("passed", "model", "prompt_version")
