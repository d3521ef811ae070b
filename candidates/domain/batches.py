"""Several responses in one call: each is a save of its own, and one that is refused holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.db import transaction

from candidates.domain import clock, moves, snapshots
from candidates.domain.passes import Pass
from candidates.domain.receipts import Receipt
from candidates.domain.responses import (
    MAX_REVISIONS,
    AttemptClosed,
    Conflict,
    KeyReused,
    NoLongerOpen,
    OpenElsewhere,
    Save,
    TimeStandsStill,
    is_still,
    lock_attempt,
    save_response,
)
from candidates.domain.snapshots import Snapshot


@dataclass
class Batch:
    """What became of each response. ``snapshot`` and ``at`` are as of the last that was saved."""

    snapshot: Snapshot
    at: datetime | None = None
    saved: list[Receipt] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    too_late: list[tuple[int, NoLongerOpen]] = field(default_factory=list)
    """Number and refusal."""
    keys_reused: list[int] = field(default_factory=list)
    """Numbers."""

    @property
    def is_whole(self) -> bool:
        return not (self.conflicts or self.too_late or self.keys_reused)


def save_all(holder: Pass, saves: Sequence[Save], *, moves_to: int | None, held: Snapshot) -> Batch:
    """Save them one by one, and then, if all of them were, note that the candidate is at question ``moves_to``.

    A refused one keeps the candidate where they are: in a one-way section moving on would close it for good.
    Raises ``NoSuchQuestion``, ``Attempt.DoesNotExist``, :class:`AttemptClosed` where there is nothing to save.
    """
    batch = Batch(held)
    for place, save in enumerate(saves, start=1):
        moves_now = place == len(saves) and batch.is_whole
        _save(holder, replace(save, moves_to=moves_to if moves_now else None), batch)
    if moves_to is not None and batch.is_whole and batch.snapshot.position != moves_to:
        batch.snapshot, batch.at = move_to(holder, number=moves_to, held=batch.snapshot)
    return batch


def _save(holder: Pass, save: Save, batch: Batch) -> None:
    try:
        saved = save_response(holder, save, held=batch.snapshot)
    except Conflict as conflict:
        batch.conflicts.append(conflict)
    except KeyReused:
        batch.keys_reused.append(save.number)
    except NoLongerOpen as refusal:
        batch.too_late.append((save.number, refusal))
    else:
        batch.saved.append(saved.receipt)
        batch.snapshot, batch.at = saved.snapshot, saved.at


def move_to(holder: Pass, *, number: int, held: Snapshot) -> tuple[Snapshot, datetime]:
    """Note where the candidate is, without a save; pages do it with one.

    Raises :class:`AttemptClosed`, :class:`OpenElsewhere`, :class:`TimeStandsStill`.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.is_elsewhere:
            raise OpenElsewhere
        if not attempt.accepts_saves(at=attempt.arrived_at) or attempt.revision >= MAX_REVISIONS:
            raise AttemptClosed
        state = held if held.revision == attempt.revision else snapshots.build(attempt)
        if is_still(attempt):
            raise TimeStandsStill
        if (left := state.question(attempt.position)) is not None:
            state = moves.move(attempt, state, left=left, to=number)
        attempt.revision += 1
        attempt.save(update_fields=["position", "revision"])
        moved = replace(state, revision=attempt.revision)
        transaction.on_commit(partial(snapshots.store, moved))
    return moved, attempt.arrived_at
