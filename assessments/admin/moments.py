"""Date and time of a moment, with the zone they are read in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db import models
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


class MomentWidget(AdminSplitDateTime):
    """Two fields that name their zone, the server's: a colleague elsewhere would take their own for granted."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        fields = super().render(name, value, attrs, renderer)
        zone = timezone.get_current_timezone_name()
        return format_html('<div>{}<span class="zone">Zone: {}</span></div>', fields, zone)


MOMENTS: Mapping[type[models.Field[Any, Any]], Mapping[str, Any]] = {
    models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": MomentWidget}
}
