"""Saving one response: the transaction the product exists for.

In this order: note when the request arrived; lock the attempt; give a known key its receipt again, even after the
bell; refuse what is closed or late, keeping the text; refuse what is stale, keeping both texts; move the response, append
the event, move the attempt. Only after the commit may anyone be told "saved".

What the attempt is like at its present revision is known from the snapshot, if that is of this very revision, else from
the database. A save that is plainly acceptable cannot be a repetition (its key would have raised the response's revision
beyond the base it names), so the key is looked up only when something is amiss; and should a key be used for a second
text, the database refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from assessments.question_types import Value
from candidates.domain import clock, moves, snapshots
from candidates.domain.passes import Pass
from candidates.domain.receipts import Receipt, chain_hash
from candidates.domain.snapshots import Snapshot, SnapshotQuestion
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, Response, ResponseEvent
from interview_project import direct_rows
from interview_project.direct_rows import Statement

MAX_REVISIONS = 20_000  # per attempt: an honest candidate makes hundreds; a script must not fill the disk
MAX_KEPT_ASIDE = 50
ON_ITS_WAY = timedelta(seconds=30)  # into a pause: a page hears of it within 15, and a save may take 15


@dataclass(frozen=True)
class Saved:
    receipt: Receipt
    at: datetime
    """When this request arrived; on a replay later than the receipt's moment."""
    snapshot: Snapshot
    is_replay: bool = False


class SaveRefused(Exception):
    """The save was not accepted. Nothing that was saved before is changed."""


class NoLongerOpen(SaveRefused):
    """It came too late. ``is_kept``: the text was set aside, for the record and the reviewers."""

    def __init__(self, *, is_kept: bool = False) -> None:
        super().__init__("This takes no more saves.")
        self.is_kept = is_kept


class AttemptClosed(NoLongerOpen):
    """The attempt, or the question's section, takes no more saves."""


class QuestionLocked(NoLongerOpen):
    """A one-way section has moved past this question or not come to it, or its timed section has not been started."""


class OpenElsewhere(NoLongerOpen):
    """Another device has taken the attempt over; this one may look, and may take it back."""


class TimeStandsStill(NoLongerOpen):
    """A break or a pause has lasted longer than a save is on its way. Afterwards it can be sent again, under a new key."""


class Conflict(SaveRefused):
    """Another tab or device saved first. Both texts are in the record; the candidate chooses."""

    def __init__(self, save: Save, theirs: SnapshotQuestion) -> None:
        super().__init__("This response was saved elsewhere in the meantime.")
        self.number, self.yours = save.number, save.value
        self.theirs, self.revision, self.saved_at = theirs.value, theirs.revision, theirs.saved_at


class NoSuchQuestion(Exception):
    """The attempt has no question of this number."""


class NotAtItsBase(Exception):
    """The response's row had moved although the snapshot had not. The transaction is undone, and the row is believed."""


class KeyReused(SaveRefused):
    """The key names an earlier save of something else; the stored response is unchanged."""


REFUSALS: dict[ResponseEventKind, type[NoLongerOpen]] = {
    ResponseEventKind.LATE: AttemptClosed,
    ResponseEventKind.LOCKED: QuestionLocked,
    ResponseEventKind.ELSEWHERE: OpenElsewhere,
    ResponseEventKind.STILL: TimeStandsStill,
}


@dataclass(frozen=True)
class Save:
    """What a candidate asks to be saved. ``base_revision`` is the response's revision they had before them."""

    number: int
    value: Value
    base_revision: int
    key: UUID
    toggles_flag: bool = False
    sets_flag: bool | None = None
    moves_to: int | None = None


def save_response(holder: Pass, save: Save, *, held: Snapshot | None = None) -> Saved:
    """Save one response. The same key again returns the same receipt, even after the deadline.

    ``held`` is the snapshot the caller has looked at already. Raises :class:`AttemptClosed`, :class:`QuestionLocked`,
    :class:`OpenElsewhere`, :class:`TimeStandsStill`, :class:`Conflict`, :class:`KeyReused`, :class:`NoSuchQuestion`,
    ``Attempt.DoesNotExist``. With the snapshot at hand it costs four statements, between a begin and a commit, in three trips.
    """
    try:
        return _save(holder, save, held)
    except (IntegrityError, NotAtItsBase):
        # The database knew this key although the save looked new, or the snapshot was wrong: nothing is taken on trust now.
        return _save(holder, save, None, is_second_try=True)


def _save(holder: Pass, save: Save, held: Snapshot | None, *, is_second_try: bool = False) -> Saved:
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        state = _state(attempt, held)
        known = _replayed(attempt, state, save) if is_second_try else None
        outcome = known or _judge(attempt, state, save)
    # Only now is it on disk.
    if isinstance(outcome, SaveRefused):
        raise outcome
    return outcome


def lock_attempt(holder: Pass) -> Attempt:
    """The attempt's row, locked, with ``arrived_at``: when this transaction began. Owner and id are looked up together."""
    attempt = clock.read_stamped(Attempt, locks=True, id=holder.attempt_id, candidate_id=holder.candidate_id)
    attempt.is_elsewhere = is_elsewhere(attempt, holder)
    return attempt


def is_elsewhere(attempt: Attempt, holder: Pass) -> bool:
    return attempt.device not in ("", holder.device)


def _state(attempt: Attempt, held: Snapshot | None) -> Snapshot:
    """The attempt at exactly the locked revision."""
    return held if held is not None and held.revision == attempt.revision else snapshots.build(attempt)


def _judge(attempt: Attempt, state: Snapshot, save: Save) -> Saved | SaveRefused:
    question = state.question(save.number)
    if question is None:
        raise NoSuchQuestion
    refusal = _refusal(attempt, state, question)
    if refusal is None and not _is_stale(question, save):
        return _accept(attempt, state, question, save)
    if replayed := _replayed(attempt, state, save):
        return replayed
    if refusal is not None:
        return REFUSALS[refusal](is_kept=_keep_aside(attempt, question, save, kind=refusal))
    direct_rows.write(*_appending(attempt, question, save, kind=ResponseEventKind.CONFLICT, revision=question.revision))
    return Conflict(save, question)


def is_still(attempt: Attempt) -> bool:
    """Time stands still, and has for so long that this was not on its way when it began: a break is no time to write."""
    at: datetime = attempt.arrived_at
    since = attempt.paused_at
    return since is not None and attempt.stands_still(at=at) and at > since + ON_ITS_WAY


def _refusal(attempt: Attempt, state: Snapshot, question: SnapshotQuestion) -> ResponseEventKind | None:
    """As what a save would be kept aside now: the first reason that holds; ``None`` if there is none."""
    section = state.section_of(question)
    is_over = section.grace_until is not None and attempt.reads(attempt.arrived_at) > section.grace_until
    is_open = attempt.accepts_saves(at=attempt.arrived_at) and not is_over and attempt.revision < MAX_REVISIONS
    if not is_open:
        return ResponseEventKind.LATE
    if attempt.is_elsewhere:
        return ResponseEventKind.ELSEWHERE
    if not section.is_started or state.is_behind(question) or state.is_ahead(question):
        return ResponseEventKind.LOCKED
    return ResponseEventKind.STILL if is_still(attempt) else None


def _is_stale(question: SnapshotQuestion, save: Save) -> bool:
    """Somebody else saved after what this candidate had before them."""
    return question.revision != save.base_revision


def _replayed(attempt: Attempt, state: Snapshot, save: Save) -> Saved | SaveRefused | None:
    """What became of this key before; ``None`` for a key never seen."""
    event = attempt.response_events.filter(key=save.key).first()
    if event is None:
        return None
    question = state.question(save.number)
    if question is None or event.attempt_question_id != question.id or event.value != save.value:
        return KeyReused("This key was used for another text.")
    if event.kind == ResponseEventKind.CONFLICT:
        return Conflict(save, question)
    if event.kind in REFUSALS:
        return REFUSALS[ResponseEventKind(event.kind)](is_kept=True)
    receipt = Receipt(save.number, event.revision, event.received_at, event.chain_hash)
    return Saved(receipt, attempt.arrived_at, state, is_replay=True)


def _accept(attempt: Attempt, state: Snapshot, question: SnapshotQuestion, save: Save) -> Saved:
    """Move the response, from the base the candidate named and no other. Raises :class:`NotAtItsBase`."""
    now, revision = attempt.arrived_at, save.base_revision + 1
    is_flagged = _flag_after(question, save)
    if is_flagged != question.is_flagged:
        AttemptQuestion.objects.filter(pk=question.id).update(is_flagged=is_flagged)
    if save.moves_to is not None:
        state = moves.move(attempt, state, left=question, to=save.moves_to)
    moved_rows, *_ = direct_rows.write(
        direct_rows.updating(Response, where=_base(question, save), value=save.value, revision=revision, saved_at=now),
        *_appending(attempt, question, save, kind=ResponseEventKind.SAVED, revision=revision),
    )
    if not moved_rows:
        raise NotAtItsBase
    moved = replace(question, value=save.value, revision=revision, saved_at=now, is_flagged=is_flagged)
    after = state.with_question(moved, revision=attempt.revision)
    transaction.on_commit(partial(snapshots.store, after))
    return Saved(Receipt(save.number, revision, now, attempt.chain_head), now, after)


def _flag_after(question: SnapshotQuestion, save: Save) -> bool:
    if save.sets_flag is not None:
        return save.sets_flag
    return question.is_flagged != save.toggles_flag


def _base(question: SnapshotQuestion, save: Save) -> dict[str, Any]:
    """Compare and set: the response as the candidate had it before them, or no row."""
    return {"attempt_question_id": question.id, "revision": save.base_revision}


def _keep_aside(attempt: Attempt, question: SnapshotQuestion, save: Save, *, kind: ResponseEventKind) -> bool:
    """Keep a text that came too late for the record. Nothing accepted changes; past a fixed number nothing more is kept."""
    kept = attempt.response_events.filter(kind__in=REFUSALS).count()
    if kept >= MAX_KEPT_ASIDE:
        return False
    direct_rows.write(*_appending(attempt, question, save, kind=kind, revision=question.revision))
    return True


def _appending(
    attempt: Attempt, question: SnapshotQuestion, save: Save, *, kind: ResponseEventKind, revision: int
) -> tuple[Statement, Statement]:
    """Append an event to the chain and move the attempt's row with it: the two statements every kept text costs."""
    attempt.revision += 1
    facts: dict[str, Any] = {
        "sequence": attempt.revision,
        "kind": kind.value,
        "key": save.key,
        "base_revision": save.base_revision,
        "revision": revision,
        "value": save.value,
        "received_at": attempt.arrived_at,
    }
    attempt.chain_head = chain_hash(attempt.chain_head, attempt_id=attempt.pk, number=save.number, **facts)
    chained = {"attempt_id": attempt.pk, "attempt_question_id": question.id, "chain_hash": attempt.chain_head}
    moved = {"revision": attempt.revision, "chain_head": attempt.chain_head, "position": attempt.position}
    return (
        direct_rows.inserting(ResponseEvent, **chained, **facts),
        direct_rows.updating(Attempt, where={"id": attempt.pk}, **moved),
    )
