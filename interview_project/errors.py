"""Pages for what went wrong outside any view's hands."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key had grown old (a sign-in in another tab, cookies off). ``reason`` is Django's, for developers only."""
    return HttpResponse(render_to_string("403_csrf.html"), status=403)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: its context would ask the database that is away."""
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = "2"
    response["HX-Reswap"] = "none"  # an error page must never be swapped over somebody's text
    return response
