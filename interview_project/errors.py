"""Pages for what went wrong outside any view's hands."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

API = "/api/"
SENTENCES = {
    400: "This request cannot be read.",
    403: "This caller may not do that.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    429: "Too many calls from here. Try again after as many seconds as Retry-After says.",
    500: "Something went wrong here, and it has been logged.",
    503: "This is busy for a moment. Try again, with the same keys; what was saved is kept.",
}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key had grown old (a sign-in in another tab, cookies off). ``reason`` is Django's, for developers only."""
    return HttpResponse(render_to_string("403_csrf.html"), status=403)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: its context would ask the database that is away."""
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = "2"
    response["HX-Reswap"] = "none"  # an error page must never be swapped over somebody's text
    return response


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API)


def as_problem(page: HttpResponse) -> JsonResponse:
    """An error page as a program reads it, with its headers."""
    detail = SENTENCES.get(page.status_code) or HTTPStatus(page.status_code).phrase
    problem = JsonResponse({"detail": detail}, status=page.status_code)
    for name, value in page.items():
        if name not in ("Content-Type", "Content-Length"):
            problem[name] = value
    return problem
