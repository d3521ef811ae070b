from __future__ import annotations

from typing import Any

from django import template

from assessments.domain.plots import Figure
from candidates.admin.dashboard import Tile, figures_for, tiles_for

register = template.Library()
FIRST = ("assessments", "candidates")


@register.simple_tag(takes_context=True)
def dashboard_tiles(context: dict[str, Any]) -> list[Tile]:
    """What waits, for whoever is signed in: at most seven sentences, each with a link."""
    return tiles_for(context["request"].user)


@register.simple_tag(takes_context=True)
def dashboard_figures(context: dict[str, Any]) -> list[Figure]:
    return figures_for(context["request"].user)


@register.filter
def ours_first(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What staff work with before what keeps the machine running."""
    return sorted(apps, key=lambda app: FIRST.index(app["app_label"]) if app["app_label"] in FIRST else len(FIRST))
