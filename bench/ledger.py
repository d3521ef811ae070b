"""What the candidates' side was told, and whether the database says the same.

The ledger is kept by whoever plays the candidates, not by the application, and the rows are read by plain SQL: nothing
that could be wrong in the application is used to judge it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg

SAVED, CONFLICT = "saved", "conflict"


@dataclass(frozen=True)
class Acknowledged:
    """A save the application said yes to."""

    attempt: str
    number: int
    key: str
    value: Any
    revision: int
    receipt: str = ""
    """The hash that came with it; a page that moves on at once shows none."""


@dataclass(frozen=True)
class EventRow:
    attempt: str
    number: int
    key: str
    kind: str
    value: Any
    revision: int
    receipt: str


@dataclass(frozen=True)
class ResponseRow:
    attempt: str
    number: int
    value: Any
    revision: int


@dataclass
class Ledger:
    acknowledged: list[Acknowledged] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    """Every key that was ever sent, whatever was heard of it."""
    conflicts: dict[str, Any] = field(default_factory=dict)
    """Key → text, of saves that were answered with a conflict: promised to be kept beside the response."""
    receipts: dict[str, str] = field(default_factory=dict)
    """Attempt → what submitting it was answered with."""

    def current(self) -> dict[tuple[str, int], Acknowledged]:
        """The newest acknowledged save of each question."""
        newest: dict[tuple[str, int], Acknowledged] = {}
        for one in self.acknowledged:
            held = newest.get((one.attempt, one.number))
            if held is None or one.revision > held.revision:
                newest[one.attempt, one.number] = one
        return newest


@dataclass
class Comparison:
    """Sentences about each difference; all empty is what was promised."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Current responses that are not the newest accepted event, or older than one that was acknowledged."""
    unknown: list[str] = field(default_factory=list)
    """Events under a key that nobody sent."""
    conflicts_dropped: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(vars(self).values())

    def counts(self) -> dict[str, int]:
        return {name: len(sentences) for name, sentences in vars(self).items()}


def compare(ledger: Ledger, events: Iterable[EventRow], responses: Iterable[ResponseRow]) -> Comparison:
    found = Comparison()
    by_key: dict[tuple[str, str], list[EventRow]] = defaultdict(list)
    accepted: dict[tuple[str, int], list[EventRow]] = defaultdict(list)
    for event in events:
        by_key[event.attempt, event.key].append(event)
        if event.kind == SAVED:
            accepted[event.attempt, event.number].append(event)
    for (attempt, key), rows in by_key.items():
        if len(rows) > 1:
            found.doubled.append(f"attempt {attempt}: key {key} is there {len(rows)} times")
        if key not in ledger.sent:
            found.unknown.append(f"attempt {attempt}: nobody sent key {key}")
    _compare_acknowledged(ledger, by_key, found)
    _compare_conflicts(ledger, by_key, found)
    found.doubled += _doubled_revisions(accepted)
    found.stale += _stale(ledger, accepted, responses)
    return found


def _compare_acknowledged(ledger: Ledger, by_key: dict[tuple[str, str], list[EventRow]], found: Comparison) -> None:
    for told in ledger.acknowledged:
        rows = [row for row in by_key.get((told.attempt, told.key), []) if row.kind == SAVED]
        place = f"attempt {told.attempt}, question {told.number}, key {told.key}"
        if not rows:
            found.lost.append(f"{place}: acknowledged as revision {told.revision}, and not there")
        elif differences := list(_differences(told, rows[0])):
            found.changed.append(f"{place}: {'; '.join(differences)}")


def _differences(told: Acknowledged, row: EventRow) -> Iterator[str]:
    if told.number != row.number:
        yield f"question {told.number} was acknowledged, question {row.number} is stored"
    if told.revision != row.revision:
        yield f"revision {told.revision} was acknowledged, {row.revision} is stored"
    if told.receipt and told.receipt != row.receipt:
        yield f"receipt {told.receipt} was given, {row.receipt} is stored"
    if not is_same(told.value, row.value):
        yield f"{told.value!r} was acknowledged, {row.value!r} is stored"


def is_same(one: Any, other: Any) -> bool:
    """As JSON: 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _compare_conflicts(ledger: Ledger, by_key: dict[tuple[str, str], list[EventRow]], found: Comparison) -> None:
    kept = {key: row for (_, key), rows in by_key.items() for row in rows if row.kind == CONFLICT}
    for key, value in ledger.conflicts.items():
        if key not in kept or not is_same(kept[key].value, value):
            found.conflicts_dropped.append(f"key {key}: answered with a conflict, and its text is not kept")


def _doubled_revisions(accepted: dict[tuple[str, int], list[EventRow]]) -> Iterator[str]:
    for (attempt, number), rows in accepted.items():
        for revision, count in Counter(row.revision for row in rows).items():
            if count > 1:
                yield f"attempt {attempt}, question {number}: revision {revision} was accepted {count} times"


def _stale(
    ledger: Ledger, accepted: dict[tuple[str, int], list[EventRow]], responses: Iterable[ResponseRow]
) -> Iterator[str]:
    current = ledger.current()
    for row in responses:
        place = f"attempt {row.attempt}, question {row.number}"
        newest = max(accepted.get((row.attempt, row.number), ()), key=lambda event: event.revision, default=None)
        if newest is None and row.revision:
            yield f"{place}: at revision {row.revision} without any accepted save"
        elif newest is not None and (row.revision != newest.revision or not is_same(row.value, newest.value)):
            yield f"{place}: at revision {row.revision}, but revision {newest.revision} is the newest accepted save"
        told = current.pop((row.attempt, row.number), None)
        if told is not None and row.revision < told.revision:
            yield f"{place}: at revision {row.revision}, but revision {told.revision} was acknowledged"
    for told in current.values():
        yield f"attempt {told.attempt}, question {told.number}: has no response at all"


# ---- What the database says ----

EVENTS = """
    SELECT e.attempt_id::text, q.number, e.key::text, e.kind, e.value, e.revision, e.chain_hash
    FROM candidates_responseevent e JOIN candidates_attemptquestion q ON q.id = e.attempt_question_id
"""
RESPONSES = """
    SELECT q.attempt_id::text, q.number, r.value, r.revision
    FROM candidates_attemptquestion q JOIN candidates_response r ON r.attempt_question_id = q.id
"""


def read_rows(connection: psycopg.Connection[Any]) -> tuple[list[EventRow], list[ResponseRow]]:
    events = [EventRow(*row) for row in connection.execute(EVENTS)]
    return events, [ResponseRow(*row) for row in connection.execute(RESPONSES)]
