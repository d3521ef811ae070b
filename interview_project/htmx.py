"""All htmx plumbing: which part of a page to send, and where the address bar should point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers


def target(request: HttpRequest) -> str:
    """The id of the element that htmx will swap; ``""`` for a plain request."""
    sent = request.META  # ``headers`` would be made of all of them first, for three
    if sent.get("HTTP_HX_REQUEST") != "true" or sent.get("HTTP_HX_HISTORY_RESTORE_REQUEST") == "true":
        return ""
    return str(sent.get("HTTP_HX_TARGET", ""))


def render_fragment(
    request: HttpRequest, template: str, fragment: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """The fragment if htmx asked for it, else its page. Both come from one template and one context."""
    name = f"{template}#{fragment}" if target(request) == fragment else template
    response = render(request, name, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Go to another page: a redirect for browsers, ``HX-Redirect`` for htmx (a 302 would be swapped into the page)."""
    if target(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
