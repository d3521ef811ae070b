"""Every address there is, read off the URL configuration; and a real address for each, in a world of one row of everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.views.generic import RedirectView

from candidates.tests.proof.world import World

OWN_TO_ADMIN = {"admin", "r"}  # what stands where others have the app's label


@dataclass(frozen=True)
class Route:
    name: str
    """With its namespace: ``"admin:candidates_attempt_change"``; what has none is named by its pattern, and what bears a
    name that another bears, too, by both."""
    pattern: str
    view: Callable[..., HttpResponseBase]

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.pattern)

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def who_may_call(self) -> str:
        return getattr(self.view, "who_may_call", "")

    @property
    def is_of_an_attempt(self) -> bool:
        return self.who_may_call == "the attempt's candidate"

    @property
    def model(self) -> type[Model] | None:
        """What a page of admin is about."""
        parts = self.pattern.split("/")
        if not self.is_admin or len(parts) < 3:
            return None
        try:
            return apps.get_model(parts[1], parts[2])
        except LookupError:
            return None

    @property
    def model_admin(self) -> ModelAdmin | None:
        return admin.site._registry.get(self.model) if self.model else None

    @property
    def page(self) -> str:
        """``change``, ``delete``, ``extend``: the last word of the address of a page of admin about a model."""
        if self.model is None:
            return ""
        _, *words = [word.replace("-", "_") for word in self.pattern.split("/")[2:] if word and "<" not in word]
        if not words and self.parameters:  # Django's own leads from /5/ to /5/change/; nothing else may look like it
            return "redirect" if getattr(self.view, "view_class", None) is RedirectView else "unknown"
        return "/".join(words) or "changelist"

    @property
    def is_djangos(self) -> bool:
        """Whether it bears the name that Django gives to this page of this model."""
        return self.model is not None and self.name == (
            f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{self.page}"
        )

    def takes_text(self, parameter: str) -> bool:
        found = re.search(rf"<(?:(\w+):)?{parameter}>", self.pattern)
        return found is not None and found[1] != "int"

    def url(self, world: World, **instead: Any) -> str:
        """A real address of it. ``instead``: other values for some of its parameters."""
        address = self.pattern
        for name in self.parameters:
            value = instead[name] if name in instead else world.value(name, model=self.model)
            address = re.sub(rf"<(?:\w+:)?{name}>", str(value), address)
        return f"/{address}"


def routes() -> list[Route]:
    return _routes(settings.ROOT_URLCONF)


@cache
def _routes(urlconf: Any) -> list[Route]:
    """Every pattern, also one that bears another's name: what is said of that name was not said of it."""
    found: dict[str, Route] = {}
    for route in _walk(get_resolver(urlconf).url_patterns):
        name = f"{route.name} at /{route.pattern}" if route.name in found else route.name
        found[name] = replace(route, name=name)
    return list(found.values())


def _walk(patterns: list[URLPattern | URLResolver], before: str = "", space: str = "") -> Iterator[Route]:
    for one in patterns:
        pattern = before + _readable(one)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, pattern, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield Route(f"{space}{one.name}" if one.name else pattern, pattern, one.callback)


def _readable(one: URLPattern | URLResolver) -> str:
    """A regular expression's named groups as a path would name them."""
    text = str(one.pattern)
    if not isinstance(one.pattern, RegexPattern):
        return text
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", text).strip("^$")


def of_attempts() -> list[Route]:
    return [route for route in routes() if route.is_of_an_attempt]


def of_admin() -> list[Route]:
    return [route for route in routes() if route.is_admin]


OF_AN_OBJECT = {"attempt_id", "session_id", "signal_id", "fresh_id", "announcement_id"}
"""Parameters that name something of somebody's."""


def of_objects() -> list[Route]:
    """What leads to something of somebody's, whatever its view says of who may call it. Admin has its own rules."""
    return [route for route in routes() if OF_AN_OBJECT & set(route.parameters) and not route.is_admin]
