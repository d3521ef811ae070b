"""What every call of the JSON API shares: strict bodies, problems with a sentence, and how they are answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python

from interview_project.ratelimit import WhileAway, seconds_to_wait, why

ROOT = "/api/"


def example(value: Any) -> ConfigDict:
    """For a shape's ``model_config``: what the description shows of it."""
    return ConfigDict(json_schema_extra={"examples": [value]})


class Body(BaseModel):
    """What a caller sends. A field that is not named here is refused, and "3" is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """Why a call was refused."""

    detail: str
    """A sentence for people."""


class FieldProblem(BaseModel):
    field: str
    """Its place: ``responses.0.value``."""
    message: str


class Invalid(Problem):
    """What was sent does not fit; nothing of it was stored unless ``saved`` says so."""

    errors: list[FieldProblem]


class Refused(Exception):
    """Raise it to answer with a status and a sentence; ``facts`` go beside the sentence."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(detail)
        self.status, self.headers = status, dict(headers or {})
        self.body = {"detail": detail, **facts}


def invalid(problems: Iterable[tuple[str, str]], **facts: Any) -> Refused:
    """A 422 that names each field."""
    errors = [{"field": field, "message": message} for field, message in problems]
    detail = " ".join(
        f"{error['field']}: {error['message']}" if error["field"] else error["message"] for error in errors
    )
    return Refused(422, detail, errors=errors, **facts)


def too_many(seconds: int) -> Refused:
    return Refused(429, why(seconds), headers={"Retry-After": str(seconds)})


def limit(request: HttpRequest, *, group: str, rate: str, while_away: WhileAway = WhileAway.EMBEDDED) -> None:
    """Count this call of an address; raise the 429 if it was one too many."""
    if seconds := seconds_to_wait(request, group=group, rate=rate, while_away=while_away):
        raise too_many(seconds)


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        """JSON and nothing else. Whatever is raised here, ninja wraps in a 400 of its own."""
        if request.content_type != "application/json":
            raise Refused(415, "Send JSON, with the header Content-Type: application/json.")
        return json.loads(request.body, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


class Renderer(JSONRenderer):
    """Moments with all their digits: a receipt covers them. ASCII, so that half a surrogate pair is no error."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return json.dumps(data, default=to_jsonable_python, separators=(",", ":"))
