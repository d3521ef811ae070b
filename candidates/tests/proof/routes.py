"""Every address there is, read off the URL configuration; and a real address for each, in a world of one row of everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from candidates.tests.proof.world import World

OWN_TO_ADMIN = {"admin", "r"}  # what stands where others have the app's label


@dataclass(frozen=True)
class Route:
    name: str
    """With its namespace: ``"admin:candidates_attempt_change"``; what has none is named by its pattern."""
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
        """``change``, ``delete``, ``extend``: the last word of a page of admin about a model."""
        if self.model is None:
            return ""
        label = f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_"
        return self.name.removeprefix(label) if self.name.startswith(label) else "redirect"

    def url(self, world: World, **instead: Any) -> str:
        """A real address of it. ``instead``: other values for some of its parameters."""
        address = self.pattern
        for name in self.parameters:
            value = instead[name] if name in instead else world.value(name, model=self.model)
            address = re.sub(rf"<(?:\w+:)?{name}>", str(value), address)
        return f"/{address}"


@cache
def routes() -> list[Route]:
    found = {route.name: route for route in reversed(list(_walk(get_resolver().url_patterns)))}  # the first one serves
    return list(reversed(found.values()))


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
