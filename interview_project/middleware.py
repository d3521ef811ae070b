"""A line per request, one Content-Security-Policy, errors of the API as JSON, and a plain answer when the database is away."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from interview_project import counts
from interview_project.errors import as_problem, is_api, unavailable
from interview_project.logs import naming_request

log = structlog.get_logger("parley.request")
Responder = Callable[[HttpRequest], HttpResponse]
QUIET_PATHS = ("/static/", "/healthz", "/readyz", "/metrics")
EXPLAINED = (404, 500)
SAVES = ("attempt-question", "read_session")  # an address of the API goes by the name of its first method


class RequestLogMiddleware:
    """Gives each request an id, says how it ended. No bodies, no answers; the log masks what paths give away."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id = uuid.uuid4().hex
        with naming_request(request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cache-Control", "no-store, private")  # what may be kept says so itself
        if not request.path.startswith(QUIET_PATHS):
            seconds = time.perf_counter() - began
            counts.note_request(route_of(request), response.status_code, seconds)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                request_id=request_id,
            )
        return response


def route_of(request: HttpRequest) -> str:
    """Which of ``counts.ROUTES``: few, so that /metrics stays small whatever is asked for."""
    match = request.resolver_match
    if match is None:
        return "other"
    if request.method == "POST" and match.url_name in SAVES:
        return "save"
    if match.route.startswith("admin/"):
        return "staff"
    return "api" if is_api(request) else "page"


class PolicyMiddleware:
    """One Content-Security-Policy for every page, worked out once; django-csp's own middleware does it for each response.

    Where errors are explained to developers, Django's pages bring styles of their own.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response, self.policy = get_response, build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in EXPLAINED):
            response.setdefault(HEADER, self.policy)
        return response


class ApiMiddleware:
    """Under /api/ an error is JSON, whoever made it.

    HEAD is GET without a body, which also a server that has no proxy before it must not send.
    """

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        response = self._as_json(self.get_response(request))
        request.method = method
        if method == "HEAD" and response.content:
            response["Content-Length"], response.content = str(len(response.content)), b""
        return response

    def _as_json(self, response: HttpResponse) -> HttpResponse:
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            return as_problem(response)
        return response


class UnavailableMiddleware:
    """A database that is away, busy or out of connections is a 503 with ``Retry-After``, never a 500: clients retry."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, PoolTimeout)):
            counts.note_away(exception)
            log.error("database unavailable", error=type(exception).__name__, path=request.path)
            return unavailable(request)
        return None
