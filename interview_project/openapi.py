"""What the description of the API says beyond what is read off the code: words, headers, examples of refusals."""

from __future__ import annotations

from typing import Any

DESCRIPTION = """\
What Parley's pages do, for programs. Everything is JSON; moments are UTC.

**Who calls.** A *session token* comes from `POST /sessions` and opens that session alone. An *API token* is made by staff
in admin, has one purpose and an end. Both go into the header `Authorization: Bearer …`. A browser that is signed in, or
that entered by the pages, may use its cookie; every call that changes something then needs the header `X-CSRFToken`.

**Refusals** are `{"detail": "…"}` with a fitting status; a 422 also lists each field in `errors`. A 429 and a 503 say in
`Retry-After` when to try again.

**Saving** is safe to repeat: send the same `key` again until an answer comes, and the same receipt comes back. A new text
needs a new key. `base_revision` is the revision the text goes on from; if somebody saved in between, both texts are kept
and a 409 tells them.
"""
TAGS = [
    {"name": "Sessions", "description": "A candidate's way through an assessment, called an attempt on the pages."},
    {"name": "Questions", "description": "Questions anyone may read, and fresh ones written by AI."},
]

WORDS = {
    201: "Started",
    304: "Nothing has changed since the answer with this ETag.",
    400: "The body cannot be read as JSON.",
    401: "No token, or none that is valid for this call.",
    403: "A cookie without CSRF token, or a caller who may not do this.",
    404: "There is none, or none for this caller: which of the two is not told.",
    409: "Somebody saved in the meantime; both texts are kept.",
    410: "It is over: closed, past the bell, or outside its window.",
    413: "The body is too big.",
    415: "The body is not sent as application/json.",
    422: "Something that was sent does not fit; `errors` names each field.",
    429: "Too many calls; `Retry-After` says in how many seconds to try again.",
    502: "Gemini failed or sent nothing usable.",
    503: "Busy, or not set up for this; `Retry-After` says when to try again, where that helps.",
}
EXAMPLES: dict[int, dict[str, Any]] = {
    400: {"detail": "The body cannot be read as JSON."},
    401: {"detail": "This call needs a valid token: send the header Authorization: Bearer …"},
    403: {"detail": "With a cookie, this call needs the header X-CSRFToken."},
    404: {"detail": "There is no such session for this caller."},
    409: {"detail": "This session has not been started."},
    410: {"detail": "This session takes no more saves."},
    413: {"detail": "The body is too big."},
    415: {"detail": "Send JSON, with the header Content-Type: application/json."},
    422: {
        "detail": "responses.0.value: Choose one option.",
        "errors": [{"field": "responses.0.value", "message": "Choose one option."}],
    },
    429: {"detail": "Too many calls from here. Try again in 12 seconds."},
    502: {"detail": "Gemini did not answer in time."},
    503: {"detail": "This is busy for a moment. Try again, with the same keys; what was saved is kept."},
}
SECONDS = {"schema": {"type": "integer"}, "description": "Seconds to wait before the next try."}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": 'Bearer realm="Parley"'}},
    429: {"Retry-After": SECONDS},
    503: {"Retry-After": SECONDS},
}
CACHED = {
    "X-Cache": {"schema": {"type": "string", "enum": ["hit", "miss"]}, "description": "Where the list came from."},
    "ETag": {"schema": {"type": "string"}, "description": "Send it as `If-None-Match` to get a 304."},
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every answer explained. Changes it."""
    for calls in document["paths"].values():
        for call in calls.values():
            for status, answer in call["responses"].items():
                _explain(int(status), answer)
    listing = document["paths"]["/api/v1/questions"]["get"]["responses"]
    listing[304] = {"description": WORDS[304], "headers": CACHED}
    listing[200]["headers"] = CACHED
    return document


def _explain(status: int, answer: dict[str, Any]) -> None:
    answer["description"] = WORDS.get(status, answer["description"])
    if status in HEADERS:
        answer["headers"] = HEADERS[status]
    content = answer.get("content", {}).get("application/json")
    is_plain = content is not None and content["schema"].get("$ref", "").endswith(("/Problem", "/Invalid"))
    if is_plain and status in EXAMPLES:
        content["example"] = EXAMPLES[status]
