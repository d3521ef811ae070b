"""Saving one response: the transaction the product exists for.

In this order: note when the request arrived; lock the attempt; give a known key its receipt again, even after the
bell; refuse what is closed or late, keeping the text; refuse what overtook nothing, keeping both texts; append the
event; move the response and the attempt. Only after the commit may anyone be told "saved".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, Q

from assessments.enums import Navigation
from assessments.question_types.base import Value
from candidates.domain import clock, snapshots
from candidates.domain.clock import TransactionTimestamp
from candidates.domain.passes import Pass
from candidates.domain.receipts import Receipt, chain_hash
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, AttemptQuestion, Response, ResponseEvent

MAX_REVISIONS = 20_000  # per attempt: an honest candidate makes hundreds; a script must not fill the disk
MAX_KEPT_ASIDE = 50


@dataclass(frozen=True)
class Saved:
    receipt: Receipt
    at: datetime
    """When this request arrived; on a replay later than the receipt's moment."""
    snapshot: snapshots.Snapshot
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
    """A one-way section has moved past this question, or its timed section has not been started."""


class Conflict(SaveRefused):
    """Another tab or device saved first. Both texts are in the record; the candidate chooses."""

    def __init__(self, *, number: int, yours: Value, theirs: Value, revision: int, saved_at: datetime | None) -> None:
        super().__init__("This response was saved elsewhere in the meantime.")
        self.number, self.yours, self.theirs, self.revision, self.saved_at = number, yours, theirs, revision, saved_at


class KeyReused(SaveRefused):
    """The key names an earlier save of something else; the stored response is unchanged."""


@dataclass(frozen=True)
class Save:
    """What a candidate asks to be saved. ``base_revision`` is the response's revision they had before them."""

    number: int
    value: Value
    base_revision: int
    key: UUID
    toggles_flag: bool = False
    moves_to: int | None = None


@dataclass(frozen=True)
class _Replayed:
    receipt: Receipt


def save_response(holder: Pass, save: Save, *, held: snapshots.Snapshot | None = None) -> Saved:
    """Save one response. The same key again returns the same receipt, even after the deadline.

    ``held`` is the snapshot the caller has looked at already; it is moved on rather than read again.

    Raises :class:`AttemptClosed`, :class:`QuestionLocked`, :class:`Conflict`, :class:`KeyReused`,
    ``Attempt.DoesNotExist``, ``AttemptQuestion.DoesNotExist``. At most five statements and a commit.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        question = _question_with_replay(attempt, save)
        outcome: Receipt | _Replayed | SaveRefused = _judge(attempt, question, save)
    # Only now is it on disk.
    if isinstance(outcome, SaveRefused):
        raise outcome
    receipt = outcome.receipt if isinstance(outcome, _Replayed) else outcome
    if isinstance(outcome, _Replayed):
        snapshot = held if held and held.revision == attempt.revision else snapshots.load(attempt)
    else:
        snapshot = _moved_on(held, attempt, question, save)
    return Saved(receipt, attempt.arrived_at, snapshot, is_replay=isinstance(outcome, _Replayed))


def lock_attempt(holder: Pass) -> Attempt:
    """The attempt's row, locked, with ``arrived_at``: when this transaction began. Owner and id are looked up together."""
    return (
        Attempt.objects.select_for_update()
        .annotate(arrived_at=TransactionTimestamp())
        .get(pk=holder.attempt_id, candidate_id=holder.candidate_id)
    )


def _question_with_replay(attempt: Attempt, save: Save) -> AttemptQuestion:
    """The question, its response and section, and whatever event this key has already made: one statement, after the lock."""
    replay = FilteredRelation("attempt__response_events", condition=Q(attempt__response_events__key=save.key))
    fields = ("id", "kind", "value", "revision", "received_at", "chain_hash", "attempt_question_id")
    return (
        AttemptQuestion.objects.filter(attempt_id=attempt.pk, number=save.number)
        .select_related("response", "section__section")
        .annotate(replay=replay)
        .annotate(**{f"replay_{name}": F(f"replay__{name}") for name in fields})
        .get()
    )


def _judge(attempt: Attempt, question: AttemptQuestion, save: Save) -> Receipt | _Replayed | SaveRefused:
    if question.replay_id is not None:
        return _replayed(question, save)
    if not attempt.accepts_saves(at=attempt.arrived_at) or _is_section_over(attempt, question):
        return AttemptClosed(is_kept=_keep_aside(attempt, question, save, kind=ResponseEventKind.LATE))
    if attempt.revision >= MAX_REVISIONS:
        return AttemptClosed(is_kept=False)
    if _is_locked(attempt, question):
        return QuestionLocked(is_kept=_keep_aside(attempt, question, save, kind=ResponseEventKind.LOCKED))
    response = question.response
    if _is_stale(response, save):
        _append(attempt, question, save, kind=ResponseEventKind.CONFLICT, revision=response.revision)
        return Conflict(
            number=save.number,
            yours=save.value,
            theirs=response.value,
            revision=response.revision,
            saved_at=response.saved_at,
        )
    return _accept(attempt, question, save)


def _replayed(question: AttemptQuestion, save: Save) -> _Replayed | SaveRefused:
    is_same = question.replay_attempt_question_id == question.pk and question.replay_value == save.value
    if not is_same:
        return KeyReused("This key was used for another text.")
    if question.replay_kind in (ResponseEventKind.LATE, ResponseEventKind.LOCKED):
        refusal = AttemptClosed if question.replay_kind == ResponseEventKind.LATE else QuestionLocked
        return refusal(is_kept=True)
    response = question.response
    if question.replay_kind == ResponseEventKind.CONFLICT:
        return Conflict(
            number=save.number,
            yours=save.value,
            theirs=response.value,
            revision=response.revision,
            saved_at=response.saved_at,
        )
    return _Replayed(
        Receipt(save.number, question.replay_revision, question.replay_received_at, question.replay_chain_hash)
    )


def _is_section_over(attempt: Attempt, question: AttemptQuestion) -> bool:
    grace_until = question.section.grace_until
    return grace_until is not None and attempt.arrived_at > grace_until


def _is_locked(attempt: Attempt, question: AttemptQuestion) -> bool:
    section = question.section
    if section.section.duration_seconds is not None and section.started_at is None:
        return True
    return section.section.navigation == Navigation.ONE_WAY and question.number < attempt.furthest


def _is_stale(response: Response, save: Save) -> bool:
    """Somebody else saved after what this candidate had before them."""
    return response.revision != save.base_revision


def _accept(attempt: Attempt, question: AttemptQuestion, save: Save) -> Receipt:
    revision = question.response.revision + 1
    if save.toggles_flag:
        question.is_flagged = not question.is_flagged
        AttemptQuestion.objects.filter(pk=question.pk).update(is_flagged=question.is_flagged)
    if save.moves_to is not None:
        attempt.position, attempt.furthest = save.moves_to, max(attempt.furthest, save.moves_to)
    event = _append(attempt, question, save, kind=ResponseEventKind.SAVED, revision=revision)
    Response.objects.filter(pk=question.pk).update(value=save.value, revision=revision, saved_at=attempt.arrived_at)
    return Receipt(save.number, revision, event.received_at, event.chain_hash)


def _keep_aside(attempt: Attempt, question: AttemptQuestion, save: Save, *, kind: ResponseEventKind) -> bool:
    """Keep a text that came too late for the record. Nothing accepted changes; past a fixed number nothing more is kept."""
    kept = attempt.response_events.filter(kind__in=[ResponseEventKind.LATE, ResponseEventKind.LOCKED]).count()
    if attempt.started_at is None or kept >= MAX_KEPT_ASIDE:
        return False
    _append(attempt, question, save, kind=kind, revision=question.response.revision)
    return True


def _append(
    attempt: Attempt, question: AttemptQuestion, save: Save, *, kind: ResponseEventKind, revision: int
) -> ResponseEvent:
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
    head = chain_hash(attempt.chain_head, attempt_id=attempt.pk, number=save.number, **facts)
    event = ResponseEvent.objects.create(attempt=attempt, attempt_question=question, chain_hash=head, **facts)
    attempt.chain_head = head
    attempt.save(update_fields=["revision", "chain_head", "position", "furthest"])
    return event


def _moved_on(
    held: snapshots.Snapshot | None, attempt: Attempt, question: AttemptQuestion, save: Save
) -> snapshots.Snapshot:
    """The snapshot as it is now: the one held, moved on by this save, or built anew if it was not the one before."""
    row = held.question(save.number) if held and held.revision == attempt.revision - 1 else None
    if held is None or row is None:
        return snapshots.rebuild(attempt)
    row = replace(
        row,
        value=save.value,
        revision=question.response.revision + 1,
        saved_at=attempt.arrived_at,
        is_flagged=question.is_flagged,
    )
    moved = held.with_question(row, revision=attempt.revision, position=attempt.position, furthest=attempt.furthest)
    snapshots.store(moved)
    return moved
