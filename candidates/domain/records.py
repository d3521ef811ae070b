"""A candidate's own record: what they gave, when, with which receipts, what was recorded, and results as released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.domain import markup
from assessments.domain.faces import Face, face_of
from assessments.enums import FeedbackPolicy, SignalKind
from assessments.models import QuestionVersion
from candidates.domain import notices, outages, results, signals, survey
from candidates.domain.durations import minutes_words
from candidates.domain.notices import Part
from candidates.domain.sight import unseen
from candidates.enums import AttemptPurpose, EventKind, ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, Event, ProblemReport, ResponseEvent, Signal
from interview_project.languages import isolated


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
    is_worded_by_authors: bool
    score_words: str = ""
    key_words: str = ""
    explanation_html: str = ""


@dataclass(frozen=True)
class SignalLine:
    id: int
    at: datetime
    words: str
    explanation: str
    explained_at: datetime | None


@dataclass(frozen=True)
class ReportLine:
    at: datetime
    number: int
    text: str
    answer_html: SafeString
    answered_at: datetime | None


@dataclass(frozen=True)
class Record:
    attempt: Attempt
    timeline: list[Moment]
    responses: list[ResponseLine]
    notice: list[Part]
    signals: list[SignalLine]
    reports: list[ReportLine]
    receipt: str
    score_words: str
    hear_by: datetime | None
    """When the team answers at the latest; ``None`` while it is open, and for practice."""
    opinion_words: str
    """Whether the two questions after the end were answered; empty where they are not asked."""


def record_of(attempt: Attempt) -> Record:
    """Everything the candidate may know about their attempt. Keys are not loaded unless they were released."""
    released = released_to(attempt)
    hidden = unseen(attempt)
    return Record(
        attempt=attempt,
        timeline=[Moment(event.at, _event_words(event)) for event in attempt.events.all()],
        responses=[_response_line(one, released) for one in _questions(attempt, released) if one.pk not in hidden],
        notice=notices.parts_of(attempt.consent_text, attempt.assessment),
        signals=[_signal_line(signal) for signal in signals.of_attempt(attempt)],
        reports=[_report_line(one) for one in _reports(attempt)],
        receipt=attempt.submit_receipt,
        score_words=results.total_of(attempt).words if released != FeedbackPolicy.NONE else "",
        hear_by=hear_by(attempt),
        opinion_words=_opinion_words(attempt),
    )


def _opinion_words(attempt: Attempt) -> str:
    """An attempt that was reopened or voided may have answered before."""
    if survey.has_answered(attempt):
        return _("You have answered. What you answered was only counted: which answers were yours is not known.")
    return _("You have not answered.") if survey.is_asked(attempt) else ""


def hear_by(attempt: Attempt) -> datetime | None:
    if attempt.closed_at is None or not attempt.is_closed or attempt.purpose != AttemptPurpose.INVITED:
        return None
    return attempt.closed_at + timedelta(days=attempt.assessment.hear_back_days)


def _reports(attempt: Attempt) -> Any:
    return attempt.problem_reports.select_related("attempt_question").order_by("reported_at")


def _report_line(one: ProblemReport) -> ReportLine:
    number = one.attempt_question.number
    return ReportLine(one.reported_at, number, one.text, markup.render_message(one.answer), one.answered_at)


def _signal_line(signal: Signal) -> SignalLine:
    return SignalLine(signal.pk, signal.at, signal_words(signal), signal.explanation, signal.explained_at)


def signal_words(signal: Signal) -> str:
    """ "Question 3: left the page for 12 seconds"."""
    details = {
        SignalKind.FOCUS_LOST: _("Left the page for %(time)s") % {"time": minutes_words(signal.seconds or 0)},
        SignalKind.LARGE_PASTE: ngettext(
            "Pasted %(count)s character", "Pasted %(count)s characters", signal.characters or 0
        )
        % {"count": formats.number_format(signal.characters or 0)},
        SignalKind.ADDRESS_CHANGED: _("Went on from another network address"),
        SignalKind.SECOND_DEVICE: _("Went on in another browser or on another device"),
    }
    words = details[SignalKind(signal.kind)]
    if signal.number is None:
        return words
    return _("Question %(number)s: %(what)s") % {"number": signal.number, "what": words}


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
        is_worded_by_authors=face.type.is_worded_by_authors,
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
        return _("The team added %(time)s") % {"time": minutes_words(event.detail["seconds"])}
    if event.kind == EventKind.ACKNOWLEDGED:
        return _("You read the announcement “%(text)s”") % {"text": isolated(markup.plain(event.detail["text"]))}
    if event.kind == EventKind.MOVED and event.detail.get("words"):
        return _("Continued on another device: %(device)s") % {"device": isolated(event.detail["words"])}
    if event.kind == EventKind.OUTAGE_CREDITED:
        return outages.given_back_words(event.detail["seconds"])
    if event.kind in (EventKind.RESUMED, EventKind.BREAK_ENDED):
        words = {"what": event.get_kind_display(), "length": minutes_words(event.detail["seconds"])}
        return _("%(what)s, after %(length)s") % words
    if event.kind == EventKind.SECTION_STARTED:
        return _("Section %(number)s started") % {"number": event.detail["section"]}
    return event.label
