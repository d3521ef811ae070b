from __future__ import annotations

from uuid import UUID

from django import template

from candidates.domain import devices

register = template.Library()


@register.simple_tag
def drafts_key(attempt_id: UUID) -> str:
    """What unsent text is encrypted by on the candidate's device."""
    return devices.drafts_key(attempt_id)
