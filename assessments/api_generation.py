"""Questions written by AI, for programs: the shapes, the staff's ways in, and how refusals are answered.

The call itself is with the candidates' calls, since a candidate who practises may make it, too.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf
from pydantic import BaseModel, Field, StringConstraints

from assessments import question_types
from assessments.api_shapes import DifficultyName, Option
from assessments.domain import api_tokens, asks, generation
from assessments.domain.asks import Ask, AskInvalid
from assessments.domain.key_check import Draft
from assessments.domain.ledger import AiRefused, Caller, LimitReached
from assessments.domain.written import FORMS
from assessments.enums import ApiScope
from assessments.formats.document import question_of
from assessments.gemini import GeminiFailed, NotConfigured
from assessments.models import ApiToken
from interview_project.json_api import Body, Refused, example, invalid

Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
NOT_REVIEWED = "Written by AI and not reviewed by anybody."

# ---- The staff's ways in ----


class ApiTokenBearer(HttpBearer):
    """A token made in admin, with the scope `generate`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        return api_tokens.find(token, scope=ApiScope.GENERATE)


class StaffCookie(APIKeyCookie):
    """The cookie of somebody signed in to admin; with CSRF for every POST."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        has_token = "Authorization" in request.headers  # a wrong one is not made good by a cookie
        return None if has_token else request.COOKIES.get(self.param_name)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if not key or not request.user.is_staff or not request.user.is_active:
            return None
        if check_csrf(request):
            raise HttpError(403, "With a cookie, this call needs the header X-CSRFToken.")
        return request.user


# ---- What is asked and answered ----


class GenerationAsked(Body):
    model_config = example(
        {"topic": "database indexes", "difficulty": "medium", "question_type": "single_choice", "count": 1}
    )

    topic: Annotated[Words, Field(min_length=1, max_length=asks.MAX_TOPIC)]
    difficulty: DifficultyName = ""
    question_type: Annotated[Words, Field(max_length=30, json_schema_extra={"enum": [*FORMS]})] = "single_choice"
    count: int = Field(default=3, ge=1, le=asks.MOST_QUESTIONS)
    competence: Annotated[Words, Field(max_length=asks.MAX_COMPETENCE)] = ""
    language: Annotated[Words, Field(min_length=1, max_length=asks.MAX_LANGUAGE)] = "English"


class QuestionWritten(BaseModel):
    """A fresh question, without its key."""

    question_type: str
    title: str
    stem: str = Field(description="Markdown.")
    options: list[Option]
    details: dict[str, Any]
    points: float
    difficulty: str
    topics: list[str]
    note: str = NOT_REVIEWED


class DraftWritten(QuestionWritten):
    """The same for staff, who have to judge it: with its key, and what the checks found."""

    key: dict[str, Any]
    explanation: str
    importable: dict[str, Any] = Field(description="The whole of it as `import_questions` takes it, rubric included.")
    verdict: str = Field(description="What a second call, which did not see the key, made of it.")
    verdict_words: str


FRESH: dict[str, Any] = {
    "question_type": "single_choice",
    "title": "Index and writes",
    "stem": "Why can an index make writes slower?",
    "options": [{"id": "a", "text": "Reads take a lock"}, {"id": "b", "text": "Each write updates it"}],
    "details": {"fixed_order": False},
    "points": 1,
    "difficulty": "medium",
    "topics": ["sql"],
    "note": NOT_REVIEWED,
    "key": {"option": "b"},
    "explanation": "An index is a second structure that every write has to keep up to date.",
    "importable": {"type": "single_choice", "stem": "Why can an index make writes slower?"},
    "verdict": "agreed",
    "verdict_words": "It answered “Each write updates it”.",
}


class Generated(BaseModel):
    model_config = example(
        {"request_id": "a3b1c0d2-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "questions": [FRESH], "ended_early": ""}
    )

    request_id: UUID = Field(description="The line in the AI ledger.")
    questions: list[DraftWritten | QuestionWritten] = Field(
        description="For staff with their keys; for a candidate without."
    )
    ended_early: str = Field(description="Why fewer came than were asked for, in a sentence.")


def require_author(user: Any) -> None:
    """Whoever may not write questions may not have them written, in admin or here."""
    if not user.has_perm("assessments.add_question"):
        raise Refused(403, "This needs the permission to add questions.")


def generate(asked: GenerationAsked, *, caller: Caller, requested_by: Any = None, with_keys: bool) -> Generated:
    """Raises the refusal that fits."""
    try:
        ask = Ask(**asked.model_dump())
        made = generation.generate_now(ask, caller=caller, requested_by=requested_by)
    except AskInvalid as error:
        raise invalid([(error.where, str(error))]) from error
    except NotConfigured as error:
        raise Refused(503, str(error)) from error
    except AiRefused as error:
        status = 429 if isinstance(error, LimitReached) else 503
        raise Refused(status, str(error), headers=retry_after(error.retry_after)) from error
    except GeminiFailed as error:
        raise Refused(502, str(error), headers=retry_after(error.retry_after)) from error
    questions = [draft_written(draft) if with_keys else question_written(draft) for draft in made.drafts]
    return Generated(request_id=made.request_id, questions=questions, ended_early=made.ended_early)


def retry_after(seconds: float | None) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)))} if seconds else {}


def question_written(draft: Draft) -> QuestionWritten:
    return QuestionWritten(**_facts(draft))


def draft_written(draft: Draft) -> DraftWritten:
    question = draft.question
    return DraftWritten(
        **_facts(draft),
        key=question.key,
        explanation=question.explanation,
        importable=question_of(question),
        verdict=draft.verdict,
        verdict_words=draft.verdict_words,
    )


def _facts(draft: Draft) -> dict[str, Any]:
    question = draft.question
    details = question_types.get(question.type).parse_content(question.content).model_dump()
    return {
        "question_type": question.type,
        "title": question.title,
        "stem": question.stem,
        "options": [Option(**option) for option in details.pop("options", ())],
        "details": details,
        "points": float(question.points),
        "difficulty": question.difficulty,
        "topics": list(question.tags),
    }
