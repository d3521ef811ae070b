"""Every call of the API there is, read off the API itself, and who may make it by what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client
from ninja import NinjaAPI
from ninja.operation import PathView

from assessments.api_generation import ApiTokenBearer, StaffCookie
from candidates.api_callers import SessionCookie, SessionToken
from candidates.tests.proof.world import World
from interview_project.api import api

CALLERS: dict[type, str] = {
    SessionToken: "a candidate",
    SessionCookie: "a candidate",
    ApiTokenBearer: "a program",
    StaffCookie: "staff",
}
"""Whom each way of signing in lets in."""


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """``"/sessions/{session_id}"``."""
    auth: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_anonymous(self) -> bool:
        return not self.auth

    @property
    def callers(self) -> set[str]:
        """Raises KeyError for a way of signing in that nobody has said anything about."""
        return {CALLERS[type(one)] for one in self.auth}

    @property
    def is_of_a_session(self) -> bool:
        return "session_id" in self.path

    def url(self, world: World) -> str:
        path = re.sub(r"\{(?:\w+:)?(\w+)\}", lambda found: str(world.value(found[1], model=None)), self.path)
        return f"/api/v1{path}"

    def made_by(self, client: Client, world: World, **headers: str) -> Any:
        return client.generic(self.method, self.url(world), '{"responses": []}', "application/json", headers=headers)


def calls(of: NinjaAPI = api) -> Iterator[Call]:
    for prefix, router in of._routers:
        for path, view in router.path_operations.items():
            assert isinstance(view, PathView)
            for operation in view.operations:
                for method in operation.methods:
                    yield Call(method, prefix + path, tuple(operation.auth_callbacks))
