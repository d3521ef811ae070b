"""The calls about questions."""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Query, Router
from pydantic_core import to_jsonable_python

from assessments.api_shapes import QuestionFilters, QuestionList, shown
from assessments.domain import open_questions
from assessments.domain.open_questions import Filters
from interview_project.json_api import Invalid, Problem, invalid, limit
from interview_project.ratelimit import WhileAway

router = Router()
MOST_WORDS = 5


@router.get(
    "/questions",
    operation_id="list_questions",
    tags=["Questions"],
    response={200: QuestionList, 422: Invalid, 429: Problem, 503: Problem},
)
def list_questions(request: HttpRequest, filters: Query[QuestionFilters]) -> HttpResponse:
    """The questions of the banks that are open to everybody, without their keys.

    No question that an assessment by invitation may ask is among them. Lists are cached: `X-Cache` says `hit` or
    `miss`, and `If-None-Match` with the `ETag` of an earlier answer gets a 304 while nothing has changed.
    """
    limit(request, group="questions", rate="120/m", while_away=WhileAway.OPEN)
    if unknown := sorted(set(request.GET) - set(QuestionFilters.model_fields)):
        raise invalid((name, "There is no such filter.") for name in unknown)
    asked = normal(filters)

    def look_up() -> str:
        limit(
            request, group="questions-anew", rate="60/m", while_away=WhileAway.OPEN
        )  # dearer than what the cache holds
        return written(open_questions.page(asked))

    text, is_hit = open_questions.remembered(asked, look_up)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["ETag"], response["Cache-Control"] = etag, "no-cache"
    response = get_conditional_response(request, etag=etag, response=response) or response
    response["X-Cache"] = "hit" if is_hit else "miss"
    return response


def normal(filters: QuestionFilters) -> Filters:
    """One spelling for one question, so that it is cached once."""
    return Filters(
        source=filters.source.strip(),
        topic=" ".join(filters.topic.casefold().split()),
        difficulty=filters.difficulty,
        question_type=filters.question_type,
        words=tuple(sorted(set(filters.search.casefold().split())))[:MOST_WORDS],
        limit=filters.limit,
        offset=filters.offset,
    )


def written(page: open_questions.Page) -> str:
    answer = QuestionList(count=page.count, results=[shown(question) for question in page.questions])
    return json.dumps(to_jsonable_python(answer), separators=(",", ":"))
