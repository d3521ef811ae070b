from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from assessments.admin.object_actions import ObjectAction, ObjectActionsAdmin
from assessments.admin.pages import form_rows, list_url, staff_page
from assessments.domain import api_tokens
from assessments.enums import ApiScope
from assessments.models import ApiToken


def revoke(request: HttpRequest, token: ApiToken, data: dict[str, Any]) -> str:
    api_tokens.revoke(token, by=request.user)
    return f"“{token}” opens nothing any more."


REVOKE = ObjectAction(
    name="revoke",
    label="Revoke",
    permission="assessments.change_apitoken",
    perform=revoke,
    is_offered=lambda token: token.revoked_at is None,
    asks="The program that holds it is refused from its next call on. This cannot be undone; make a new one instead.",
    is_dangerous=True,
)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="What it is for: the program that will hold it.")
    scope = forms.ChoiceField(choices=ApiScope.choices, help_text="What it may do, and nothing else.")
    days = forms.IntegerField(
        min_value=1, max_value=api_tokens.LONGEST_DAYS, initial=90, help_text="After so many days it ends by itself."
    )


@admin.register(ApiToken)
class ApiTokenAdmin(ObjectActionsAdmin):
    """Made here, shown once. Afterwards it can be revoked, and nothing else."""

    list_display = ("name", "scope", "owner", "hint", "standing", "created_at", "expires_at", "last_used_at")
    list_filter = ("scope", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "hint", "owner__username")
    fields = ("name", "scope", "owner", "hint", "standing", "created_at", "expires_at", "last_used_at", "revoked_by")
    readonly_fields = fields
    object_actions = (REVOKE,)
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """One's own; whoever may change tokens sees all of them."""
        tokens: QuerySet[ApiToken] = super().get_queryset(request)
        return tokens if request.user.has_perm("assessments.change_apitoken") else tokens.filter(owner=request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # that it was there belongs to the record

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return staff_page(
                self,
                request,
                "admin/assessments/apitoken/add.html",
                title="Make an API token",
                form=form,
                rows=form_rows(self, form),
                back_url=list_url(ApiToken),
            )
        data = form.cleaned_data
        issued = api_tokens.issue(
            name=data["name"], scope=ApiScope(data["scope"]), owner=request.user, days=data["days"]
        )
        self.log_addition(request, issued.token, "Made, and shown once.")
        response = staff_page(
            self,
            request,
            "admin/assessments/apitoken/made.html",
            title="The token, this once",
            original=issued.token,
            secret=issued.secret,
            back_url=list_url(ApiToken),
        )
        response["Cache-Control"] = "no-store, private"
        return response

    @admin.display(description="standing")
    def standing(self, token: ApiToken) -> str:
        if token.revoked_at:
            return "revoked"
        if token.expires_at <= timezone.now():
            return "expired"
        return "usable" if token.owner.is_active and token.owner.is_staff else "its owner has left"
