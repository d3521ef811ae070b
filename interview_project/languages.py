"""In which language a page speaks: what its reader has chosen, what their invitation asks for, what their browser asks for.

Staff pages, the API and the probes stay English. No session, no query: two cookies and a header.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

Responder = Callable[[HttpRequest], HttpResponse]
ENGLISH_PATHS = ("/admin/", "/api/", "/docs", "/static/", "/healthz", "/readyz", "/metrics")
OPENS, CLOSES = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
CONTROLS = re.compile("[\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
INVITED_COOKIE = "parley_invited_language"
"""What the invitation asks for: weaker than a choice, and sent with the pages of its attempt only."""


class LanguageMiddleware:
    def __init__(self, get_response: Responder) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(ENGLISH_PATHS):
            return self.get_response(request)
        with translation.override(language_of(request)):
            response = self.get_response(request)
            if response.get("Content-Type", "").startswith("text/html"):
                response.setdefault("Content-Language", translation.get_language())
                patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def language_of(request: HttpRequest) -> str:
    return chosen(request) or offered(request.COOKIES.get(INVITED_COOKIE, "")) or get_language_from_request(request)


def chosen(request: HttpRequest) -> str:
    """What the reader has chosen by the menu; empty where they have not."""
    return offered(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))


def spoken_by(request: HttpRequest) -> str:
    """What somebody whose pages stay English speaks, be it offered here or not: as they chose, as their browser asks first."""
    tag, _ = next(iter(parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())), ("", 1.0))
    return chosen(request) or offered(tag) or tag.partition("-")[0].strip("*") or settings.LANGUAGE_CODE


def offered(tag: str) -> str:
    """The language of the interface that serves this tag best, ``pt`` for ``pt-BR``; empty where none does."""
    if not tag:
        return ""
    try:
        return get_supported_language_variant(tag.lower())
    except LookupError:
        return ""


def invite_in(request: HttpRequest, *tags: str) -> str:
    """Speak the first of these languages that there is, unless the reader has chosen one. Returns it, if it was taken."""
    wanted = "" if chosen(request) else next(filter(None, map(offered, tags)), "")
    if wanted:
        translation.activate(wanted)  # until the middleware puts the thread's own language back
    return wanted


def isolated(written: str) -> str:
    """Within a sentence that may read the other way: else its full stop and its quotation marks change sides."""
    return f"{OPENS}{CONTROLS.sub('', written)}{CLOSES}"


def in_sentence(written: str) -> str:
    """A name or title that people wrote, isolated where it or the sentence around it reads from right to left."""
    is_needed = translation.get_language_bidi() or RIGHT_TO_LEFT.search(written or "")
    return isolated(written) if written and is_needed else written


def of_authors(language: str) -> str:
    """The language of what authors wrote: the installation's where they named none."""
    return language or settings.LANGUAGE_CODE
