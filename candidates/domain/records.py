"""A candidate's own record: what they gave, when, with which receipts, what was recorded, and results as released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assessments.domain import markup
from assessments.domain.faces import Face, face_of
from assessments.enums import FeedbackPolicy
from assessments.models import QuestionVersion
from candidates.domain import notices, results
from candidates.domain.notices import minutes_words
from candidates.enums import EventKind, ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, Event, ResponseEvent


@dataclass(frozen=True)
class Moment:
    at: datetime
    words: str


@dataclass(frozen=True)
class EventLine:
    kind_words: str
    is_accepted: bool
    at: datetime
    revision: int
    words: str
    chain_hash: str


@dataclass(frozen=True)
class ResponseLine:
    number: int
    stem_html: str
    words: str
    saved_at: datetime | None
    revision: int
    chain_hash: str
    events: list[EventLine]
    score_words: str = ""
    key_words: str = ""
    explanation_html: str = ""


@dataclass(frozen=True)
class Record:
    attempt: Attempt
    timeline: list[Moment]
    responses: list[ResponseLine]
    recorded: list[str]
    receipt: str
    score_words: str


def record_of(attempt: Attempt) -> Record:
    """Everything the candidate may know about their attempt. Keys are not loaded unless they were released."""
    released = released_to(attempt)
    return Record(
        attempt=attempt,
        timeline=[Moment(event.at, _event_words(event)) for event in attempt.events.all()],
        responses=[_response_line(question, released) for question in _questions(attempt, released)],
        recorded=notices.recorded(attempt.assessment),
        receipt=attempt.submit_receipt,
        score_words=results.total_of(attempt).words if released != FeedbackPolicy.NONE else "",
    )


def released_to(attempt: Attempt) -> FeedbackPolicy:
    """What may be shown now: nothing before the attempt is closed and every score there will be is given."""
    policy = FeedbackPolicy(attempt.assessment.feedback_policy)
    if policy == FeedbackPolicy.NONE or not attempt.is_closed or not results.is_fully_scored(attempt):
        return FeedbackPolicy.NONE
    return policy


def _questions(attempt: Attempt, released: FeedbackPolicy) -> Any:
    questions = attempt.questions.select_related("response", "version").prefetch_related("events", "scores")
    return questions if released == FeedbackPolicy.KEYS else questions.defer("version__key", "version__explanation")


def _response_line(question: AttemptQuestion, released: FeedbackPolicy) -> ResponseLine:
    face, version = face_of(question.version_id), question.version
    events = [_event_line(event, face) for event in question.events.all()]
    accepted = [event for event in events if event.is_accepted]
    with_scores = released in (FeedbackPolicy.QUESTIONS, FeedbackPolicy.KEYS)
    return ResponseLine(
        number=question.number,
        stem_html=face.stem_html,
        words=face.type.words(question.response.value, face.content),
        saved_at=question.response.saved_at,
        revision=question.response.revision,
        chain_hash=accepted[-1].chain_hash if accepted else "",
        events=events,
        score_words=results.score_words(question) if with_scores else "",
        **_key_parts(version) if released == FeedbackPolicy.KEYS else {},
    )


def _key_parts(version: QuestionVersion) -> dict[str, str]:
    face = face_of(version.pk)
    return {
        "key_words": face.type.key_words(version.content, version.key),
        "explanation_html": markup.render(version.explanation) if version.explanation else "",
    }


def _event_line(event: ResponseEvent, face: Face) -> EventLine:
    return EventLine(
        kind_words=event.get_kind_display(),
        is_accepted=event.kind == ResponseEventKind.SAVED,
        at=event.received_at,
        revision=event.revision,
        words=face.type.words(event.value, face.content),
        chain_hash=event.chain_hash,
    )


def _event_words(event: Event) -> str:
    if event.kind == EventKind.EXTENDED:
        return f"The team added {minutes_words(event.detail['seconds'])}"
    if event.kind == EventKind.SECTION_STARTED:
        return f"Section {event.detail['section']} started"
    return str(event.get_kind_display())
