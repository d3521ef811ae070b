"""A line per request, and a plain answer when the database is away."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

from interview_project.errors import as_problem, is_api, unavailable
from interview_project.logs import redact

log = structlog.get_logger("parley.request")
Responder = Callable[[HttpRequest], HttpResponse]
QUIET_PATHS = ("/static/", "/healthz", "/readyz", "/metrics")


class RequestLogMiddleware:
    """Gives each request an id, says how it ended. Tokens never reach the log; bodies and answers are not logged."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request_id = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
        response["X-Request-ID"] = request_id
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith(QUIET_PATHS):
            log.info(
                "request",
                method=request.method,
                path=redact(request.path),
                status=response.status_code,
                ms=round((time.perf_counter() - began) * 1000, 1),
                request_id=request_id,
            )
        return response


class ApiMiddleware:
    """Under /api/ an error is JSON, whoever made it, and no cache keeps what does not say that it may be kept."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_api(request):
            return response
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
            response = as_problem(response)
        response.setdefault("Cache-Control", "no-store, private")
        return response


class UnavailableMiddleware:
    """A database that is away, busy or out of connections is a 503 with ``Retry-After``, never a 500: clients retry."""

    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, (OperationalError, PoolTimeout)):
            log.error("database unavailable", error=type(exception).__name__, path=redact(request.path))
            return unavailable(request)
        return None
