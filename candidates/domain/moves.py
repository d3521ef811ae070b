"""Where a candidate may go, and what closes behind them."""

from __future__ import annotations

from dataclasses import replace

from candidates.domain.snapshots import Snapshot, SnapshotQuestion
from candidates.models import Attempt, AttemptSection


def move(attempt: Attempt, state: Snapshot, *, left: SnapshotQuestion, to: int) -> Snapshot:
    """Take the candidate from the question ``left`` to number ``to``, or as near to it as they may go.

    Going forward closes a question of a one-way section. Within the caller's transaction, on a locked row whose
    ``position`` the caller saves; returns the state as it is then.
    """
    target = state.question(min(max(to, 1), len(state.questions))) or left
    section = state.section_of(left)
    if section.is_one_way and target.number > left.number and left.number == state.open_number(section):
        section = replace(section, reached=left.number + 1)
        AttemptSection.objects.filter(attempt_id=attempt.pk, position=section.position).update(reached=section.reached)
        state = state.with_section(section)
    attempt.position = _nearest(state, target)
    return replace(state, position=attempt.position)


def _nearest(state: Snapshot, target: SnapshotQuestion) -> int:
    if state.is_ahead(target) or state.is_behind(target):
        section = state.section_of(target)
        last = max(one.number for one in state.questions if one.section == section.position)
        return min(state.open_number(section), last)
    return target.number
