"""Who calls the API as a candidate: by the token of their session, or by the cookie of the pages."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from candidates.access import API_COOKIE
from candidates.domain import passes
from candidates.domain.passes import Pass

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SessionToken(HttpBearer):
    """The token that `POST /sessions` gave. Costs no query: every lookup names the attempt and its candidate."""

    def authenticate(self, request: HttpRequest, token: str) -> Pass | None:
        return passes.unseal(token)


class SessionCookie(APIKeyCookie):
    """The cookie of a browser that entered by the pages, for the attempt it entered last; with CSRF for every POST."""

    param_name = API_COOKIE

    def _get_key(self, request: HttpRequest) -> str | None:
        has_token = "Authorization" in request.headers  # a wrong one is not made good by a cookie
        return None if has_token else request.COOKIES.get(self.param_name)

    def authenticate(self, request: HttpRequest, key: str | None) -> Pass | None:
        holder = passes.unseal(key) if key else None
        if holder and request.method not in SAFE_METHODS and check_csrf(request):
            raise HttpError(403, "With a cookie, this call needs the header X-CSRFToken.")
        return holder


CANDIDATE = [SessionToken(), SessionCookie()]


def holder_of(request: HttpRequest, session_id: UUID) -> Pass:
    """The caller's pass, if it is for this session. Raises Http404, which is what an unknown one gets, too."""
    holder = cast(Pass, request.auth)  # type: ignore[attr-defined] # set by ninja
    if holder.attempt_id != session_id:
        raise Http404("There is no such session for this caller.")
    return holder
