"""The JSON API: which calls there are, how refusals are answered, and its description."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from assessments.api import router as assessments_router
from candidates.api import router as candidates_router
from candidates.api_generation import router as generation_router
from interview_project.json_api import Refused, Renderer, StrictParser, invalid, limit
from interview_project.openapi import DESCRIPTION, TAGS, completed
from interview_project.ratelimit import WhileAway, limited

VERSION = "1"
UNAUTHENTICATED = "60/m"

api = NinjaAPI(
    title="Parley",
    version=VERSION,
    description=DESCRIPTION,
    openapi_url=None,  # served below, made once
    docs_url=None,
    urls_namespace="api-v1",
    parser=StrictParser(),
    renderer=Renderer(),
    openapi_extra={"tags": TAGS},
)
api.add_router("", assessments_router)
api.add_router("", candidates_router)
api.add_router("", generation_router)


# ---- How a call is refused ----


@api.exception_handler(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    response = api.create_response(request, refusal.body, status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


@api.exception_handler(AuthenticationError)
def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Trying tokens is counted, too."""
    try:
        limit(request, group="api-unauthenticated", rate=UNAUTHENTICATED)
    except Refused as too_often:
        return refused(request, too_often)
    detail = "This call needs a valid token: send the header Authorization: Bearer …"
    return refused(request, Refused(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Parley"'}))


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refused(request, invalid((_field(one["loc"]), _sentence(one)) for one in error.errors))


def _field(location: tuple[str | int, ...]) -> str:
    """Without where ninja found it and what it calls its parameter: ``("body", "body", "count")`` is ``count``."""
    source, *places = [str(place) for place in location]
    return ".".join(places[1:] if source == "body" else places) or source


def _sentence(error: dict[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "There is no such field"
    return message if message.endswith(".") else f"{message}."


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refused):
        return refused(request, error.__cause__)
    if error.status_code == 400:
        return refused(request, Refused(400, "The body cannot be read as JSON."))
    return refused(request, Refused(error.status_code, str(error)))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return refused(request, Refused(404, str(error) or "There is nothing at this address."))


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return refused(request, Refused(413, "The body is too big."))


@api.exception_handler(UnreadablePostError)
def cut_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return refused(request, Refused(400, "The body ended before its end."))


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, error: Exception) -> NoReturn:
    """Up to the middleware, which knows a database that is away; never ninja's own traceback page."""
    raise error


# ---- Its description ----


@functools.cache
def described() -> tuple[bytes, str]:
    """The OpenAPI document and its ETag: the same for everybody until the next release."""
    document = json.dumps(completed(api.get_openapi_schema()), indent=1).encode()
    return document, f'"{hashlib.sha256(document).hexdigest()[:32]}"'


@limited(group="openapi", rate="120/m", methods=("GET",), while_away=WhileAway.OPEN)
@require_GET
def openapi_json(request: HttpRequest) -> HttpResponse:
    document, etag = described()
    response = HttpResponse(document, content_type="application/json")
    response["ETag"], response["Cache-Control"] = etag, "no-cache"
    return get_conditional_response(request, etag=etag, response=response) or response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from this host alone."""
    return render(request, "api/docs.html")


@csrf_exempt  # it changes nothing, and a program that posts to a mistyped address is told 404, not 403
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    raise Http404
