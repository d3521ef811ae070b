"""Background work, as the task library keeps it: read-only there too, but a list that says what failed and why."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from assessments.admin.pages import OfferedLookupsAdmin


class TaskResultAdmin(OfferedLookupsAdmin, DBTaskResultAdmin):
    list_display: Any = ("task", "status", "problem", "enqueued_at", "started_at", "finished_at")
    list_filter: ClassVar[Any] = ("status", "task_path", "enqueued_at")
    search_fields = ("task_path", "id")
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: DBTaskResult | None = None) -> bool:
        return False

    @admin.display(description="task", ordering="task_path")
    def task(self, result: DBTaskResult) -> str:
        return str(result.task_path).rpartition(".")[2].replace("_", " ")

    @admin.display(description="problem")
    def problem(self, result: DBTaskResult) -> SafeString | str:
        """The kind of error; its words may hold an address, and are on the task's own page."""
        name = result.exception_class_path.rpartition(".")[2]
        return format_html("<strong>{}</strong>", name) if name else ""


admin.site.unregister(DBTaskResult)
admin.site.register(DBTaskResult, TaskResultAdmin)
