from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from assessments.admin.pages import caller
from candidates.models import SurveyMark

KEPT_FROM_STAFF = (SurveyMark,)
"""Rows that belong to a person, and of which the team is not to know whether they are there."""


def without_kept(counts: dict[Any, int]) -> dict[Any, int]:
    """What is about to be deleted, by kind, as Django counts it."""
    kept = {model._meta.verbose_name_plural for model in KEPT_FROM_STAFF}
    return {name: number for name, number in counts.items() if name not in kept}


class ImpersonalLogAdmin(ModelAdmin):
    """Django's own log keeps the name of what was changed for ever; a candidate's must be gone when they are erased.

    It names the fields that were changed, also those that whoever may only read the row does not see: that an
    accommodation was given, say. So it is shown to those who write what it tells of.
    """

    def sees_history(self, request: HttpRequest) -> bool:
        app, model = self.opts.app_label, self.opts.model_name
        return any(request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("add", "change"))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not self.sees_history(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        hides = {"hides_history": not self.sees_history(request)}
        return super().render_change_form(request, {**context, **hides}, *args, **options)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, [obj], ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, [obj], CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        return self._log(request, queryset, DELETION, "")

    def _log(self, request: HttpRequest, objects: Iterable[Any], flag: int, message: Any) -> list[LogEntry]:
        text = json.dumps(message) if isinstance(message, list) else message
        content_type = ContentType.objects.get_for_model(self.model)
        entries = [
            LogEntry(
                user_id=caller(request).pk,
                content_type=content_type,
                object_id=str(one.pk),
                object_repr=f"{self.opts.verbose_name} {one.pk}",
                action_flag=flag,
                change_message=text,
            )
            for one in objects
        ]
        return LogEntry.objects.bulk_create(entries)
