"""How pages look on one device, remembered there in a cookie: the server sends them as they were chosen, so that nothing flashes
and nobody needs scripts for it. The server keeps nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

COOKIE = "parley_preferences"
VALUES = {
    "timer": ("hidden",),
    "text": ("large", "larger"),
    "font": ("legible",),
    "spacing": ("wide",),
    "theme": ("light", "dark"),
    "keys": ("off",),
}
"""What may be chosen instead of what everybody sees. Each becomes ``data-…`` of the page."""
LIFETIME = 365 * 24 * 3600


def chosen(request: HttpRequest) -> dict[str, str]:
    return known(parse_qsl(request.COOKIES.get(COOKIE, "")))


def known(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in pairs if value in VALUES.get(name, ())}


def remember(response: HttpResponse, wanted: dict[str, str]) -> None:
    """Scripts write the same cookie when something is chosen in the menu of a page."""
    response.set_cookie(
        COOKIE, urlencode(wanted), max_age=LIFETIME, secure=settings.ATTEMPT_COOKIE_SECURE, samesite="Lax"
    )


def page(back_to: str) -> str:
    """Where they are chosen without scripts, and then back."""
    return reverse("options", query={"next": back_to})


def way_back(request: HttpRequest) -> str:
    """The page of ours that somebody came from."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("home")
