"""Pictures and sounds of questions. Whoever has the address has seen the question: it is the SHA-256 of the bytes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from assessments.domain import media
from assessments.formats.media import NAME, type_of
from candidates.access import public

NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"
A_YEAR = "private, max-age=31536000, immutable"


@require_safe
@public
def media_file(request: HttpRequest, name: str) -> HttpResponse:
    """The bytes under their own name never change, so browsers keep them and never ask again."""
    found = media.find(name) if NAME.fullmatch(name) else None
    if found is None:
        raise Http404("No such picture.")
    etag = f'"{found.sha256}"'
    unchanged = request.headers.get("If-None-Match") == etag
    response = HttpResponseNotModified() if unchanged else HttpResponse(bytes(found.data), content_type=type_of(name))
    response["ETag"] = etag
    response["Cache-Control"] = A_YEAR
    response["Content-Security-Policy"] = NOTHING_RUNS
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
