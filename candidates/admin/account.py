"""Staff accounts and groups: Django's own pages, on which nobody gives, or takes over, more than they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse

from assessments.admin.pages import OfferedLookupsAdmin, caller
from candidates.domain import accounts


class RightsAdmin(OfferedLookupsAdmin):
    """Of what carries permissions."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    def _may_touch(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or accounts.may_touch(caller(request), obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        permissions, groups = accounts.may_give(caller(request))
        kwargs["queryset"] = groups if db_field.name == "groups" else permissions
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if object_id is None or request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        with accounts.audited(self.model, _number(object_id), by=caller(request)):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            accounts.note_made(form.instance, by=caller(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        accounts.remove(obj, by=caller(request))

    def delete_queryset(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        for one in queryset:
            self.delete_model(request, one)


class AccountAdmin(RightsAdmin, UserAdmin):
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if caller(request).is_superuser else (*fields, "is_superuser")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody removes themselves: the entry that says who did it would name nobody."""
        return super().has_delete_permission(request, obj) and obj != request.user

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 - Django's name
        with accounts.audited(User, _number(id), by=caller(request)):
            return super().user_change_password(request, id, form_url)


class PermissionGroupAdmin(RightsAdmin, GroupAdmin):
    pass


def password_change(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Of one's own."""
    with accounts.audited(User, caller(request).pk, by=caller(request)):
        return AdminSite.password_change(admin.site, request, extra_context)


def _number(object_id: str) -> int:
    """``0``, which nobody has, for what is no number: the page itself says that there is no such thing."""
    return int(object_id) if object_id.isascii() and object_id.isdigit() else 0


for model, model_admin in ((User, AccountAdmin), (Group, PermissionGroupAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, model_admin)
