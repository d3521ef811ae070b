"""What the API says about an attempt, and what it takes. Made from snapshots and faces, which hold no key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, PlainValidator, StringConstraints, WithJsonSchema, model_validator

from assessments.domain.faces import Face, face_of
from candidates import api_examples
from candidates.domain import notices
from candidates.domain.clock import milliseconds_between
from candidates.domain.seat import Seat
from candidates.domain.snapshots import SnapshotQuestion, SnapshotSection
from candidates.enums import AttemptStatus
from candidates.models import Attempt
from interview_project.json_api import Body, Problem, example

MOST_RESPONSES = 200
LARGEST = 2_000_000_000

# ---- What is taken ----


def _json_value(value: Any) -> Any:
    """Its type alone; the question's type reads it. Not checked as text: what a phone made of an emoji is no error."""
    if value is None or isinstance(value, str | bool):
        return value
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    if isinstance(parts, list) and all(isinstance(one, str) or (one is None and parts is value) for one in parts):
        return value
    raise ValueError("This must be a text, true or false, a list of texts, an object of texts, or null.")


Value = Annotated[
    Any,
    PlainValidator(_json_value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "boolean"},
                {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                {"type": "object", "additionalProperties": {"type": "string"}},
                {"type": "null"},
            ],
            "description": "What the question's type wants: an option's id, a list of ids, true or false, a text, or "
            "an object such as `{prompt: choice}`. null is empty; within a list, a place that nothing was chosen for yet.",
            "examples": ["b", ["a", "c"], True, "3.5 s", {"1": "b", "2": "a"}],
        }
    ),
]
Token = Annotated[str, StringConstraints(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[-a-zA-Z0-9_]+$")]
Key = Annotated[UUID, Field(strict=False, description="New for every changed text, the same for every retry of it.")]


class SessionStart(Body):
    """Either an assessment open to practice, or an invitation."""

    model_config = {
        "json_schema_extra": {
            "oneOf": [{"required": ["assessment"]}, {"required": ["invitation"]}],
            "examples": [api_examples.START],
        }
    }

    assessment: Slug = Field(default_factory=str, description="The slug of one that is open to practice.")
    invitation: Token = Field(default_factory=str, description="The last part of an invitation's link.")

    @model_validator(mode="after")
    def names_one(self) -> SessionStart:
        if bool(self.assessment) == bool(self.invitation):
            raise ValueError("Name either an assessment or an invitation.")
        return self


class ResponseSent(Body):
    number: int = Field(ge=1, le=10_000)
    value: Value
    base_revision: int = Field(ge=0, le=LARGEST, description="The response's revision that this text goes on from.")
    key: Key
    flagged: bool | None = Field(default=None, description="Flag the question, or take the flag away.")


class ResponsesSent(Body):
    model_config = example(api_examples.SENT)

    current: int | None = Field(default=None, ge=1, le=10_000, description="The question the candidate is at now.")
    responses: list[ResponseSent] = Field(max_length=MOST_RESPONSES)


# ---- What is answered ----


class OptionState(BaseModel):
    id: str
    text: str = Field(description="Markdown.")
    html: str


class QuestionState(BaseModel):
    """A question of an attempt and what is saved for it."""

    model_config = example(api_examples.QUESTION)

    number: int
    section: int
    is_shown: bool = Field(
        description="False in a timed section that has not been started, further on in a one-way section, and while time "
        "stands still."
    )
    is_locked: bool = Field(description="True where it takes no more saves.")
    question_type: str | None
    stem: str | None = Field(description="Markdown; null while it is not shown.")
    stem_html: str | None
    options: list[OptionState] = Field(description="In the order this candidate sees them.")
    details: dict[str, Any] = Field(description="What else the question says: units, the longest text, most choices.")
    points: float
    value: Value
    revision: int
    flagged: bool
    saved_at: datetime | None


class SectionState(BaseModel):
    position: int
    title: str
    instructions: str
    is_one_way: bool
    is_started: bool = Field(description="False where a clock of its own waits: POST …/sections/{position} starts it.")
    seconds: int | None
    remaining_ms: int | None


class AnnouncementState(BaseModel):
    """What the team has said, and this candidate has not yet said to have read."""

    id: UUID
    text: str = Field(description="Markdown.")
    html: str = Field(description="The same, sanitized.")
    number: int | None = Field(description="The question it is about; null: about none of them.")
    at: datetime


class SessionState(BaseModel):
    """All that is needed to go on."""

    model_config = example(api_examples.STATE)

    id: UUID
    status: str = Field(description="`ready`, `in_progress`, `submitted`, `expired` or `voided`.")
    title: str
    organisation: str
    current: int
    revision: int
    remaining_ms: int | None = Field(description="Until the next bell; null where there is none.")
    paused: str = Field(description="`staff` or `break` while time stands still, else empty.")
    announcements: list[AnnouncementState] = Field(description="Not read yet. Show them, and say when they were read.")
    sections: list[SectionState]
    questions: list[QuestionState]
    receipt: str = Field(description="Of submitting; empty until then.")
    submitted_at: datetime | None


class SessionStarted(SessionState):
    model_config = example(api_examples.STARTED)

    token: str = Field(description="Send it with every call: `Authorization: Bearer …`.")
    recorded: list[str] = Field(description="What is recorded, in sentences for the candidate.")
    consent: str = Field(description="What starting means agreeing to.")


class SavedState(BaseModel):
    number: int
    revision: int
    saved_at: datetime
    receipt: str


class ResponsesSaved(BaseModel):
    model_config = example(api_examples.ALL_SAVED)

    revision: int
    remaining_ms: int | None
    saved: list[SavedState]


class ConflictState(BaseModel):
    number: int
    yours: Value
    theirs: Value
    revision: int = Field(description="To save yours all the same, send it with this as base_revision and a new key.")
    saved_at: datetime | None


class TooLateState(BaseModel):
    number: int
    kept: bool = Field(description="Whether the text was set aside, for the record and the reviewers.")


class ConflictProblem(Problem):
    model_config = example(api_examples.CONFLICT)

    conflicts: list[ConflictState]
    saved: list[SavedState]


class ClosedProblem(Problem):
    model_config = example(api_examples.CLOSED)

    too_late: list[TooLateState] = []
    conflicts: list[ConflictState] = []
    saved: list[SavedState] = []


class Submitted(BaseModel):
    model_config = example(api_examples.SUBMITTED)

    receipt: str
    submitted_at: datetime
    status: str = Field(description="`submitted`, or `expired` if the clock was faster.")


# ---- How the answers are made ----


def state_facts(seat: Seat, attempt: Attempt) -> dict[str, Any]:
    is_open = attempt.accepts_saves(at=seat.at)
    is_over = attempt.status == AttemptStatus.IN_PROGRESS and not is_open
    return {
        "id": attempt.pk,
        "status": (AttemptStatus.EXPIRED if is_over else AttemptStatus(attempt.status)).value,
        "title": seat.title,
        "organisation": seat.organisation,
        "current": seat.position,
        "revision": attempt.revision,
        "remaining_ms": None if attempt.closed_at else seat.remaining_ms,
        "paused": seat.pause_kind,
        "announcements": [
            AnnouncementState(id=one.id, text=one.text, html=one.html, number=one.number or None, at=one.at)
            for one in seat.announcements
        ],
        "sections": [section_state(section, seat) for section in seat.snapshot.sections],
        "questions": [question_state(question, seat, is_open=is_open) for question in seat.snapshot.questions],
        "receipt": attempt.submit_receipt,
        "submitted_at": attempt.closed_at,
    }


def started_facts(attempt: Any) -> dict[str, Any]:
    """What was told, as it is kept with the attempt."""
    *told, consent = notices.parts_of(attempt.consent_text)
    return {"recorded": [sentence for part in told for sentence in part.sentences], "consent": consent.sentences[0]}


def section_state(section: SnapshotSection, seat: Seat) -> SectionState:
    bell = section.deadline_at
    return SectionState(
        position=section.position,
        title=section.title,
        instructions=section.instructions,
        is_one_way=section.is_one_way,
        is_started=section.is_started,
        seconds=section.allowed_seconds,
        remaining_ms=milliseconds_between(seat.reads, bell) if bell else None,
    )


def question_state(question: SnapshotQuestion, seat: Seat, *, is_open: bool) -> QuestionState:
    is_started = seat.snapshot.section_of(question).is_started
    is_shown = not seat.is_unseen(question)
    return QuestionState(
        number=question.number,
        section=question.section,
        is_shown=is_shown,
        is_locked=not (is_open and is_started) or seat.is_locked(question),
        points=float(question.points),
        value=question.value,
        revision=question.revision,
        flagged=question.is_flagged,
        saved_at=question.saved_at,
        **(asked(question, face_of(question.version_id)) if is_shown else NOT_ASKED_YET),
    )


NOT_ASKED_YET: dict[str, Any] = {"question_type": None, "stem": None, "stem_html": None, "options": [], "details": {}}


def asked(question: SnapshotQuestion, face: Face) -> dict[str, Any]:
    texts = {option["id"]: option["text"] for option in face.content.get("options", ())}
    arranged = face.type.widget(face.widget, None, question.option_order)
    options = arranged.pop("options", ())
    return {
        "question_type": face.type.name,
        "stem": face.stem,
        "stem_html": face.stem_html,
        "options": [
            OptionState(id=option["id"], text=texts[option["id"]], html=option["html"])
            for option in options
            if option["id"] in texts
        ],
        "details": {name: value for name, value in arranged.items() if name != "value"},
    }
