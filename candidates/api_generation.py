"""POST /generate: the one call that staff, their programs and candidates who practise may all make."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from ninja import Router

from assessments.api_generation import ApiTokenBearer, Generated, GenerationAsked, StaffCookie, generate, require_author
from assessments.domain.ledger import Caller
from assessments.models import ApiToken
from candidates.access import look_up
from candidates.api_callers import CANDIDATE
from candidates.domain.passes import Pass
from candidates.enums import AttemptPurpose
from interview_project.json_api import Invalid, Problem, Refused, limit
from interview_project.ratelimit import WhileAway

router = Router()


@router.post(
    "/generate",
    operation_id="generate_questions",
    tags=["Questions"],
    auth=[ApiTokenBearer(), StaffCookie(), *CANDIDATE],
    response={
        200: Generated,
        400: Problem,
        401: Problem,
        403: Problem,
        404: Problem,
        413: Problem,
        415: Problem,
        422: Invalid,
        429: Problem,
        502: Problem,
        503: Problem,
    },
)
def generate_questions(request: HttpRequest, body: GenerationAsked) -> Generated:
    """Have fresh questions written by AI, now: it takes some seconds.

    Five calls in any 60 seconds for each caller; the sixth gets a 429. Staff get the keys and what the checks found, a
    candidate who practises gets neither. Nothing is stored: what staff want to keep, they import.
    """
    limit(request, group="generate", rate="30/m", while_away=WhileAway.CLOSED)
    return generate(body, **caller_of(request))


def caller_of(request: HttpRequest) -> dict[str, Any]:
    """Whom the limit counts, who answers for it, and whether they may see keys."""
    who = cast(Any, request).auth
    if isinstance(who, ApiToken):
        require_author(who.owner)
        return {"caller": Caller.token(who.pk), "requested_by": who.owner, "with_keys": True}
    if not isinstance(who, Pass):
        require_author(who)
        return {"caller": Caller.user(who), "requested_by": who, "with_keys": True}
    attempt = look_up(who)
    if attempt.purpose != AttemptPurpose.PRACTICE or not attempt.accepts_saves(at=attempt.arrived_at):
        raise Refused(403, "Only in a practice session that is under way can candidates ask for fresh questions.")
    return {"caller": Caller.attempt(attempt.pk), "with_keys": False}
