"""What candidates' side adds to an assessment's page: who was invited, who sat, and trying it oneself."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.assessment import AssessmentAdmin, is_draft
from assessments.admin.object_actions import ObjectAction
from assessments.admin.pages import caller, list_url
from assessments.enums import Access
from assessments.models import Assessment
from candidates.access import give_pass
from candidates.admin.fairness import fairness_view
from candidates.admin.time_actions import ALL_RUNNING, handles_time
from candidates.domain import entry
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, Invitation


def try_it(request: HttpRequest, assessment: Assessment, data: dict[str, Any]) -> HttpResponse:
    attempt = entry.enter_preview(assessment, by=caller(request))
    return give_pass(request, redirect("attempt", attempt_id=attempt.pk), attempt)


TRY = ObjectAction("try", "Try it", "assessments.change_assessment", try_it)


class SatAssessmentAdmin(AssessmentAdmin):
    list_display = (*AssessmentAdmin.list_display, "invited", "attempted")
    object_actions = (TRY, *AssessmentAdmin.object_actions, *ALL_RUNNING)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assessment]:
        sat = Attempt.objects.exclude(purpose=AttemptPurpose.PREVIEW)
        return (
            super()
            .get_queryset(request)
            .annotate(invitation_count=count_of(Invitation.objects.all()), attempt_count=count_of(sat))
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(fairness_view, self))
        return [path("<uuid:object_id>/time/", view, name="assessments_assessment_fairness"), *super().get_urls()]

    def object_links(self, request: HttpRequest, one: Assessment) -> list[dict[str, str]]:
        may_invite = request.user.has_perm("candidates.add_invitation")
        links = super().object_links(request, one)
        if handles_time(request) and one.attempts.filter(started_at__isnull=False).exists():
            links.append({"label": "Time", "url": reverse("admin:assessments_assessment_fairness", args=[one.pk])})
        if may_invite and one.is_published and one.access == Access.INVITATION:
            url = reverse("admin:candidates_invitation_invite", query={"assessment": str(one.pk)})
            links.append({"label": "Invite candidates", "url": url})
        if request.user.has_perm("candidates.add_announcement") and not is_draft(one):
            url = reverse("admin:candidates_announcement_add", query={"assessment": str(one.pk)})
            links.append({"label": "Announce something", "url": url})
        return links

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if object_id and request.method == "POST":
            forget_tries_of(self.get_object(request, object_id), request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST":
            forget_tries_of(self.get_object(request, object_id), request, deletes=True)
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Tries alone do not protect a draft; they go when it is deleted."""
        tree, counts, lacking, protected = super().get_deleted_objects(objs, request)
        is_real = Attempt.objects.filter(assessment__in=objs).exclude(purpose=AttemptPurpose.PREVIEW).exists()
        return tree, counts, lacking, protected if is_real else []

    @admin.display(description="invited", ordering="invitation_count")
    def invited(self, assessment: Any) -> SafeString | str:
        url = list_url(Invitation, assessment__id__exact=assessment.pk)
        return (
            format_html('<a href="{}">{}</a>', url, assessment.invitation_count) if assessment.invitation_count else "0"
        )

    @admin.display(description="attempts", ordering="attempt_count")
    def attempted(self, assessment: Any) -> SafeString | str:
        url = list_url(Attempt, assessment__id__exact=assessment.pk)
        return format_html('<a href="{}">{}</a>', url, assessment.attempt_count) if assessment.attempt_count else "0"


def count_of(rows: QuerySet) -> Coalesce:
    counted = rows.filter(assessment=OuterRef("pk")).order_by().values("assessment").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def forget_tries_of(assessment: Assessment | None, request: HttpRequest, *, deletes: bool = False) -> None:
    """A draft's parts are being deleted: what staff tried of them must not hold them back."""
    deletes = deletes or any(name.endswith("-DELETE") for name in request.POST)
    if assessment and deletes and is_draft(assessment) and request.user.has_perm("assessments.change_assessment"):
        entry.forget_previews(assessment)


admin.site.unregister(Assessment)
admin.site.register(Assessment, SatAssessmentAdmin)
