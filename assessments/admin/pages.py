"""Pages of admin that are not Django's own: drawn in its frame, with its form rows, under its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import FieldListFilter, ModelAdmin
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import get_fields_from_path, unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse


class OfferedLookupsAdmin(ModelAdmin):
    """A list is narrowed by what it offers, and by nothing else.

    Django lets whoever may read a list ask it about any field of its rows, shown or not, with any lookup: with
    ``__contains`` and ``__gt`` every hidden value is read out, one question after the other. Every admin here has this.
    """

    linked_lookups: ClassVar[tuple[str, ...]] = ()
    """What pages of ours link to besides; Django's own rules hold for them too."""

    def sees_all_fields(self, request: HttpRequest) -> bool:
        """Whether there is nothing in the rows that this person is not to know; nobody, unless an admin says who."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        if self.sees_all_fields(request):
            return super().lookup_allowed(lookup, value, request)
        is_offered = lookup in self.linked_lookups or any(lookup in some for some in self._offered(lookup, request))
        return is_offered and super().lookup_allowed(lookup, value, request)

    def _offered(self, lookup: str, request: HttpRequest) -> Iterator[Iterable[str | None]]:
        """The parameters of each filter that this person gets; only of those that this can be one of."""
        for one in self.get_list_filter(request):
            if isinstance(one, type):
                yield [one.parameter_name]  # type: ignore[attr-defined] # a SimpleListFilter has one
            elif lookup.startswith(str(one)):
                field = get_fields_from_path(self.model, str(one))[-1]
                yield FieldListFilter.create(field, request, {}, self.model, self, str(one)).expected_parameters()
        if self.date_hierarchy:
            yield [f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")]


class ReadOnlyAdmin(OfferedLookupsAdmin):
    """For what only domain functions write: it can be read, searched and filtered, and nothing else."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def staff_page(
    model_admin: ModelAdmin, request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
) -> TemplateResponse:
    """A page in admin's frame, about ``original`` if that is given."""
    frame = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "title": title,
        "original": None,
        "has_view_permission": model_admin.has_view_permission(request),
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, template, {**frame, **context}, status=status)


def posted(request: HttpRequest) -> QueryDict | None:
    """What to bind a form to; a POST without any field is one too."""
    return request.POST if request.method == "POST" else None


def form_rows(model_admin: ModelAdmin, form: forms.Form, *groups: tuple[str | None, Iterable[str]]) -> AdminForm:
    """A plain form as admin draws its own; all fields in one group where none are named."""
    fieldsets = [(name, {"fields": list(fields)}) for name, fields in groups] or [(None, {"fields": list(form.fields)})]
    return AdminForm(form, fieldsets, {}, model_admin=model_admin)  # type: ignore[arg-type]


def look_up(model_admin: ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """The object, within what this admin lists. Raises Http404."""
    found = model_admin.get_object(request, unquote(object_id))
    if found is None:
        raise Http404("There is no such object.")
    return found


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless the caller has all of them (``"candidates.change_attempt"``)."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def caller(request: HttpRequest) -> User:
    """Who is signed in; behind admin's own gate nobody else comes here."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def list_url(model: type[models.Model], **filters: Any) -> str:
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist", query=filters or None)


def object_url(one: models.Model, page: str = "change") -> str:
    opts = one._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[one.pk])


def sentences_of(refusal: Exception) -> list[str]:
    """What a domain exception says, as sentences: several if it has several problems."""
    if isinstance(refusal, ValidationError):
        return list(refusal.messages)
    return list(getattr(refusal, "problems", None) or [str(refusal) or "This was refused."])


def tell(model_admin: ModelAdmin, request: HttpRequest, done: str, refused: Mapping[str, Any] | Iterable[str]) -> None:
    """What an action on many rows came to: what was done, and each refusal."""
    if done:
        model_admin.message_user(request, done, messages.SUCCESS)
    for sentence in refused:
        model_admin.message_user(request, sentence, messages.ERROR)


def at_most(sentences: list[str], most: int) -> list[str]:
    """The first of them, and how many more there are."""
    left = len(sentences) - most
    return sentences if left <= 0 else [*sentences[:most], f"And {left} more of the kind."]


def counted(number: int, singular: str, plural: str = "") -> str:
    """``counted(1, "question")`` is "1 question"."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
