"""All of one attempt as staff read it: facts, results, each response with its history, and what happened around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone

from assessments.domain.faces import face_of
from assessments.models import Rubric
from candidates.admin.saves import kind_words, late_words
from candidates.domain import receipts, results, verification
from candidates.domain.durations import minutes_words
from candidates.domain.results import AttemptResult, QuestionResult
from candidates.enums import TIME_EVENTS, AttemptStatus, ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, Event, ResponseEvent, Review, Score
from interview_project.numbers import plain

HASH_DIGITS = 12
LONG_KEY = 200


@dataclass(frozen=True)
class HistoryLine:
    sequence: int
    at: datetime
    kind_words: str
    is_accepted: bool
    revision: int
    words: str
    late_words: str
    chain_hash: str

    @property
    def short_hash(self) -> str:
        return self.chain_hash[:HASH_DIGITS]


@dataclass(frozen=True)
class ScoreLine:
    score: Score
    by: str
    levels: list[str]
    comment: str


@dataclass(frozen=True)
class ResponsePart:
    result: QuestionResult
    stem_html: str
    key_words: str
    history: list[HistoryLine]
    scores: list[ScoreLine]
    score_url: str

    @property
    def has_long_key(self) -> bool:
        return len(self.key_words) > LONG_KEY


@dataclass(frozen=True)
class AttemptPage:
    attempt: Attempt
    facts: list[tuple[str, Any]]
    problems: list[str]
    """What was changed or removed behind the product's back."""
    result: AttemptResult
    parts: list[ResponsePart]
    timeline: list[tuple[Event, str]]


def page_of(attempt: Attempt, *, at: datetime, tells_time: bool) -> AttemptPage:
    """A fixed number of statements, however many questions and saves there are."""
    result = results.result_of(attempt)
    rows = [row for section in result.sections for row in section.questions]
    history = _grouped(attempt.response_events.order_by("sequence"))
    scores = _grouped(
        Score.objects.filter(attempt_question__attempt=attempt)
        .select_related("scored_by", "rubric", "review")
        .prefetch_related("rubric__criteria__levels")
        .order_by("-id")
    )
    return AttemptPage(
        attempt=attempt,
        facts=list(_facts(attempt, at, tells_time)),
        # While saves come in, rows read one after the other need not fit.
        problems=list(verification.problems_of(attempt)) if attempt.is_closed else [],
        result=result,
        parts=[_part(attempt, row, history, scores, tells_time) for row in rows],
        timeline=[
            (event, detail_words(event, tells_time=tells_time))
            for event in attempt.events.select_related("by")
            if tells_time or event.kind not in TIME_EVENTS
        ],
    )


def _grouped(rows: Any) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.attempt_question_id, []).append(row)
    return groups


# ---- Facts ----


def status_words(attempt: Attempt, *, at: datetime) -> str:
    """Computed as well as stored: past its grace it is closed, though no sweeper has come by yet."""
    is_overdue = attempt.status == AttemptStatus.IN_PROGRESS and not attempt.accepts_saves(at=at)
    return "Time ran out, about to be closed" if is_overdue else str(attempt.get_status_display())


def _facts(attempt: Attempt, at: datetime, tells_time: bool) -> Iterator[tuple[str, Any]]:
    yield "Status", status_words(attempt, at=at)
    yield "Purpose", f"{attempt.get_purpose_display()}, attempt {attempt.number}"
    yield "Agreed to what is recorded", moment(attempt.consented_at)
    yield "Started", moment(attempt.started_at)
    if tells_time:
        yield from _time_facts(attempt, at)
    yield "Closed", closed_words(attempt, tells_time=tells_time)
    if attempt.submit_receipt:
        yield "Receipt", receipts.short_code(attempt.submit_receipt)
    yield "Seed of its draw", attempt.seed


def closed_words(attempt: Attempt, *, tells_time: bool) -> str:
    """An attempt whose time ran out was closed at its bell: less the start, that is how much time there was. Who
    submitted chose the moment; of any other end whoever does not handle time is told the day."""
    is_told = tells_time or attempt.closed_at is None or attempt.status == AttemptStatus.SUBMITTED
    return moment(attempt.closed_at) if is_told else f"{timezone.localtime(attempt.closed_at):%-d %B %Y}"


def _time_facts(attempt: Attempt, at: datetime) -> Iterator[tuple[str, Any]]:
    """For those who handle time; an accommodation can be read from it."""
    yield "Bell", "no time limit" if attempt.started_at and not attempt.deadline_at else moment(attempt.deadline_at)
    if attempt.extra_seconds:
        yield "Time added by staff", minutes_words(attempt.extra_seconds)
    if attempt.outage_seconds:
        yield "Given back for outages", minutes_words(attempt.outage_seconds)
    if attempt.stands_still(at=at):
        until = f", until {moment(attempt.pause_until)} at the latest" if attempt.pause_until else ""
        yield "Time stands still", f"since {moment(attempt.paused_at)}{until}"


def moment(at: datetime | None) -> str:
    """With its zone: staff and candidates may sit in different ones."""
    return f"{timezone.localtime(at):%-d %B %Y, %H:%M:%S %Z}" if at else "not yet"


# ---- Responses ----


def _part(
    attempt: Attempt,
    row: QuestionResult,
    history: dict[int, list[ResponseEvent]],
    scores: dict[int, list[Score]],
    tells_time: bool,
) -> ResponsePart:
    question = row.attempt_question
    face, version = face_of(question.version_id), question.version
    can_be_scored = attempt.is_closed and face.type.is_scored_by_people
    return ResponsePart(
        result=row,
        stem_html=face.stem_html,
        key_words=face.type.key_words(version.content, version.key),
        history=[_history_line(event, attempt, question, tells_time) for event in history.get(question.pk, [])],
        scores=[score_line(score) for score in scores.get(question.pk, [])],
        score_url=score_url(question) if can_be_scored else "",
    )


def score_url(question: AttemptQuestion) -> str:
    return reverse("admin:candidates_attempt_score", args=[question.attempt_id, question.number])


def _history_line(event: ResponseEvent, attempt: Attempt, question: AttemptQuestion, tells_time: bool) -> HistoryLine:
    face = face_of(question.version_id)
    return HistoryLine(
        sequence=event.sequence,
        at=event.received_at,
        kind_words=kind_words(event.kind, tells_time=tells_time),
        is_accepted=event.kind == ResponseEventKind.SAVED,
        revision=event.revision,
        words=face.type.words(event.value, face.content),
        late_words=late_words(event, attempt, question) if tells_time else "",
        chain_hash=event.chain_hash,
    )


def score_line(score: Score) -> ScoreLine:
    review = score.review
    return ScoreLine(
        score=score,
        by=str(score.scored_by) if score.scored_by else "by rule",
        levels=level_words(review, score.rubric) if review and score.rubric else [],
        comment=review.comment if review else "",
    )


def level_words(review: Review, rubric: Rubric) -> list[str]:
    """ "Clear: 2 · Every step follows from the one before", for each criterion judged."""
    words = []
    for criterion in rubric.criteria.all():
        chosen = review.levels.get(str(criterion.position))
        names = [level.name for level in criterion.levels.all() if chosen and level.points == Decimal(chosen)]
        words.append(f"{criterion}: {plain(Decimal(chosen or 0))} · {', '.join(names) or 'no longer a level'}")
    return words


# ---- Around them ----


def detail_words(event: Event, *, tells_time: bool) -> str:
    """Never how much time was allowed, which tells of an accommodation; other lengths to those who handle time."""
    detail = event.detail
    if tells_time and "seconds" in detail:
        return minutes_words(int(detail["seconds"]))
    if "section" in detail:
        return f"section {detail['section']}"
    return str(detail.get("reason", ""))
