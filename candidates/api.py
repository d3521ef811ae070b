"""The calls of a candidate: start a session (an attempt), go on with it, save, submit. The same domain functions as the pages."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Router, Status

from assessments.domain.assembly import PoolTooSmall
from assessments.domain.faces import face_of
from assessments.models import Assessment
from assessments.question_types import ValueRefused
from candidates.access import look_up
from candidates.api_callers import CANDIDATE, holder_of
from candidates.api_shapes import (
    ClosedProblem,
    ConflictProblem,
    ConflictState,
    ResponsesSaved,
    ResponsesSent,
    SavedState,
    SessionStart,
    SessionStarted,
    SessionState,
    Submitted,
    TooLateState,
    started_facts,
    state_facts,
)
from candidates.domain import (
    announcements,
    attempts,
    batches,
    clock,
    devices,
    entry,
    invitations,
    passes,
    signals,
    snapshots,
)
from candidates.domain.batches import Batch
from candidates.domain.passes import Pass
from candidates.domain.responses import (
    AttemptClosed,
    NoLongerOpen,
    NoSuchQuestion,
    OpenElsewhere,
    QuestionLocked,
    Save,
    SaveRefused,
    TimeStandsStill,
)
from candidates.domain.seat import Seat
from candidates.domain.snapshots import Snapshot
from candidates.enums import AttemptStatus
from candidates.models import Attempt, AttemptSection
from interview_project.client_ip import client_ip
from interview_project.json_api import Invalid, Problem, Refused, invalid, limit
from interview_project.ratelimit import WhileAway

router = Router(tags=["Sessions"])
CLOSED = "This session takes no more saves."
ELSEWHERE = (
    "This session was started or continued elsewhere, and takes saves from there alone. Start it again to go on here."
)
STILL = "Time stands still. What was sent is kept aside; send it with a new key when time runs again."
API_CLIENT = "API"


def why(*refusals: NoLongerOpen) -> str:
    """The one that concerns the whole session, if there is one."""
    if any(isinstance(refusal, AttemptClosed) for refusal in refusals):
        return CLOSED
    if any(isinstance(refusal, OpenElsewhere) for refusal in refusals):
        return ELSEWHERE
    if any(isinstance(refusal, TimeStandsStill) for refusal in refusals):
        return STILL
    return "A question takes no more saves, or its section has not been started."


# ---- Starting ----


@router.post(
    "/sessions",
    operation_id="start_session",
    response={
        201: SessionStarted,
        400: Problem,
        404: Problem,
        410: Problem,
        413: Problem,
        415: Problem,
        422: Invalid,
        429: Problem,
        503: Problem,
    },
)
def start_session(request: HttpRequest, body: SessionStart) -> Status[dict[str, Any]]:
    """Start a session, or go on with the one an invitation leads to. The clock starts now.

    Starting means agreeing to what `consent` says; `recorded` says what is kept. Show both to the candidate before:
    the pages do.
    """
    attempt = _practise(request, body.assessment) if body.assessment else _redeem(request, body.invitation)
    holder = Pass(attempt.pk, attempt.candidate_id, devices.device_of(devices.new_cookie(), attempt))
    if attempt.status == AttemptStatus.READY:
        try:
            attempts.start(holder)
        except PoolTooSmall as error:
            raise Refused(503, "This assessment cannot be started just now; the team has to mend it.") from error
        except attempts.StartRefused as refusal:
            raise Refused(410, str(refusal)) from refusal
    else:
        with suppress(SaveRefused):  # over: there is nothing to write any more, but all to read
            devices.take_over(holder, words=API_CLIENT)
    return Status(201, {**_state(holder), **started_facts(attempt), "token": passes.seal(holder)})


def _practise(request: HttpRequest, slug: str) -> Attempt:
    limit(request, group="practice", rate="30/m", while_away=WhileAway.OPEN)
    assessment = Assessment.objects.open_to_practice(at=clock.now()).filter(slug=slug).first()
    if assessment is None:
        raise Http404("No assessment of this name is open to practice.")
    return entry.enter_practice(assessment)


def _redeem(request: HttpRequest, token: str) -> Attempt:
    invitation = invitations.find(token)
    if invitation is None:
        limit(request, group="token", rate="30/m")  # only failures count, as on the page
        raise Http404("There is no such invitation.")
    try:
        return entry.enter_by_invitation(invitation)
    except entry.EntryRefused as refusal:
        raise Refused(410, str(refusal)) from refusal


# ---- Going on ----


@router.get(
    "/sessions/{uuid:session_id}",
    operation_id="read_session",
    auth=CANDIDATE,
    response={200: SessionState, 401: Problem, 403: Problem, 404: Problem, 429: Problem, 503: Problem},
)
def read_session(request: HttpRequest, session_id: UUID) -> dict[str, Any]:
    """Everything needed to go on after a refresh, a crash or a change of computers."""
    return _state(holder_of(request, session_id))


def _state(holder: Pass) -> dict[str, Any]:
    attempt = look_up(holder)
    snapshot = snapshots.load(attempt)
    return state_facts(Seat(snapshot, at=attempt.arrived_at, current=snapshot.position), attempt)


@router.post(
    "/sessions/{uuid:session_id}/sections/{int:position}",
    operation_id="start_section",
    auth=CANDIDATE,
    response={
        200: SessionState,
        401: Problem,
        403: Problem,
        404: Problem,
        410: Problem,
        429: Problem,
        503: Problem,
    },
)
def start_section(request: HttpRequest, session_id: UUID, position: int) -> dict[str, Any]:
    """Start the clock of a section that has one, and show its questions. Starting again changes nothing."""
    holder = holder_of(request, session_id)
    try:
        attempts.start_section(holder, position=position)
    except (AttemptClosed, OpenElsewhere, QuestionLocked) as refusal:
        raise Refused(410, why(refusal)) from refusal
    except (Attempt.DoesNotExist, AttemptSection.DoesNotExist) as error:
        raise Http404("There is no such section.") from error
    return _state(holder)


@router.post(
    "/sessions/{uuid:session_id}/announcements/{uuid:announcement_id}",
    operation_id="acknowledge_announcement",
    auth=CANDIDATE,
    response={200: SessionState, 401: Problem, 403: Problem, 404: Problem, 429: Problem, 503: Problem},
)
def acknowledge_announcement(request: HttpRequest, session_id: UUID, announcement_id: UUID) -> dict[str, Any]:
    """Say that the candidate has read it. It stands on their record. Saying so again changes nothing."""
    holder = holder_of(request, session_id)
    try:
        is_known = announcements.acknowledge(holder, announcement_id) or announcements.has_read(holder, announcement_id)
    except Attempt.DoesNotExist as error:
        raise Http404("There is no such session for this caller.") from error
    if not is_known:
        raise Http404("There is no such announcement.")
    return _state(holder)


# ---- Saving ----


@router.post(
    "/sessions/{uuid:session_id}",
    operation_id="save_responses",
    auth=CANDIDATE,
    response={
        200: ResponsesSaved,
        400: Problem,
        401: Problem,
        403: Problem,
        404: Problem,
        409: ConflictProblem,
        410: ClosedProblem,
        413: Problem,
        415: Problem,
        422: Invalid,
        429: Problem,
        503: Problem,
    },
)
def save_responses(request: HttpRequest, session_id: UUID, body: ResponsesSent) -> ResponsesSaved:
    """Save responses, each by itself, and note where the candidate is.

    What `saved` lists is on disk. The same key again gives the same receipt, so after a lost answer send the same call
    again. A 409 or 410 lists what was saved all the same; a 422 without `saved` saved nothing.
    """
    holder = holder_of(request, session_id)
    held = snapshots.peek(session_id) or snapshots.load(look_up(holder))
    saves = _saves(body, held)
    try:
        batch = batches.save_all(holder, saves, moves_to=body.current, held=held)
        at = batch.at or _asked_at(holder, is_alone=not saves)
    except (AttemptClosed, OpenElsewhere, TimeStandsStill) as refusal:
        raise Refused(410, why(refusal)) from refusal
    except (Attempt.DoesNotExist, NoSuchQuestion) as error:
        raise Http404("There is no such session for this caller.") from error
    signals.seen(holder, kinds=batch.snapshot.signals, address=client_ip(request))
    return _answer(batch, at=at)


def _asked_at(holder: Pass, *, is_alone: bool) -> datetime:
    """Where nothing was written. A call that has nothing to save is told as well that nothing can be any more.

    Raises :class:`AttemptClosed`.
    """
    attempt = look_up(holder)
    if is_alone and not attempt.accepts_saves(at=attempt.arrived_at):
        raise AttemptClosed
    return attempt.arrived_at


def _saves(body: ResponsesSent, held: Snapshot) -> list[Save]:
    """All of them read before any is saved. Raises the 422 that names what does not fit."""
    saves, problems = [], []
    for place, sent in enumerate(body.responses):
        question = held.question(sent.number)
        if question is None:
            problems.append((f"responses.{place}.number", f"There is no question {sent.number}."))
            continue
        face = face_of(question.version_id)
        try:
            value = face.type.read_json(sent.value, face.content)
        except ValueRefused as refused:
            problems.append((f"responses.{place}.value", str(refused)))
        else:
            saves.append(Save(sent.number, value, sent.base_revision, sent.key, sets_flag=sent.flagged))
    if body.current is not None and held.question(body.current) is None:
        problems.append(("current", f"There is no question {body.current}."))
    if problems:
        raise invalid(problems)
    return saves


def _answer(batch: Batch, *, at: Any) -> ResponsesSaved:
    """What was saved. Raises the refusal if something was not; it says what was saved all the same."""
    saved = [SavedState(number=r.number, revision=r.revision, saved_at=r.saved_at, receipt=r.hash) for r in batch.saved]
    conflicts = [ConflictState.model_validate(one, from_attributes=True) for one in batch.conflicts]
    if batch.too_late:
        too_late = [TooLateState(number=number, kept=refusal.is_kept) for number, refusal in batch.too_late]
        raise Refused(
            410, why(*(refusal for _, refusal in batch.too_late)), too_late=too_late, conflicts=conflicts, saved=saved
        )
    if batch.keys_reused:
        sentence = "The key was used for another text. Send this one with a new key."
        raise invalid(
            [(f"responses (question {number}).key", sentence) for number in batch.keys_reused],
            conflicts=conflicts,
            saved=saved,
        )
    if conflicts:
        raise Refused(409, "Saved elsewhere in the meantime; both texts are kept.", conflicts=conflicts, saved=saved)
    seat = Seat(batch.snapshot, at=at, current=batch.snapshot.position)
    return ResponsesSaved(revision=batch.snapshot.revision, remaining_ms=seat.remaining_ms, saved=saved)


@router.post(
    "/sessions/{uuid:session_id}/submit",
    operation_id="submit_session",
    auth=CANDIDATE,
    response={
        200: Submitted,
        401: Problem,
        403: Problem,
        404: Problem,
        409: Problem,
        410: Problem,
        429: Problem,
        503: Problem,
    },
)
def submit_session(request: HttpRequest, session_id: UUID) -> Submitted:
    """Close it for good. The receipt signs every response; submitting again gives the same one."""
    try:
        attempt = attempts.submit(holder_of(request, session_id))
    except QuestionLocked as refusal:
        raise Refused(409, "This session has not been started.") from refusal
    except (AttemptClosed, OpenElsewhere) as refusal:
        raise Refused(410, why(refusal)) from refusal
    except Attempt.DoesNotExist as error:
        raise Http404("There is no such session for this caller.") from error
    return Submitted.model_validate(
        {"receipt": attempt.submit_receipt, "submitted_at": attempt.closed_at, "status": attempt.status}
    )
