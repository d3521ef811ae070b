from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from assessments.admin.pages import caller


class ImpersonalLogAdmin(ModelAdmin):
    """Django's own log keeps the name of what was changed for ever; a candidate's must be gone when they are erased."""

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


class TellingFieldsAdmin(ModelAdmin):
    """Fields that tell something which not everybody who may read the list is to know."""

    telling_fields: ClassVar[Collection[str]] = ()

    def sees_telling_fields(self, request: HttpRequest) -> bool:
        raise NotImplementedError

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Who does not see them may not find them out by asking the list for those who have more either."""
        is_telling = lookup.split("__", maxsplit=1)[0] in self.telling_fields
        return (not is_telling or self.sees_telling_fields(request)) and super().lookup_allowed(lookup, value, request)
