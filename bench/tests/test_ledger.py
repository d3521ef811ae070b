"""The comparison finds what it is for: each kind of difference, planted one at a time into rows that agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.ledger import Acknowledged, EventRow, Ledger, ResponseRow, compare

ATTEMPT = "a1"
FIRST = Acknowledged(ATTEMPT, 1, "k1", "draft", 1, "hash-1")
SECOND = Acknowledged(ATTEMPT, 1, "k2", "final", 2, "hash-2")
OTHER = Acknowledged(ATTEMPT, 2, "k3", ["a", "c"], 1)


def row_of(told: Acknowledged, **changes: object) -> EventRow:
    row = EventRow(told.attempt, told.number, told.key, "saved", told.value, told.revision, told.receipt or "hash-3")
    return replace(row, **changes)  # type: ignore[arg-type]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger([FIRST, SECOND, OTHER], sent={"k1", "k2", "k3", "k4"}, conflicts={"k4": "the other tab"})


@pytest.fixture
def events() -> list[EventRow]:
    kept = EventRow(ATTEMPT, 1, "k4", "conflict", "the other tab", 2, "hash-4")
    return [row_of(FIRST), row_of(SECOND), row_of(OTHER), kept]


RESPONSES = [
    ResponseRow(ATTEMPT, 1, "final", 2),
    ResponseRow(ATTEMPT, 2, ["a", "c"], 1),
    ResponseRow(ATTEMPT, 3, None, 0),
]


def test_rows_that_agree_are_clean(ledger, events):
    assert compare(ledger, events, RESPONSES).is_clean


def test_a_save_in_doubt_may_be_there_or_not(ledger, events):
    ledger.acknowledged.remove(SECOND)
    assert compare(ledger, events, RESPONSES).is_clean
    ledger.sent.add("k9")
    assert compare(ledger, events, RESPONSES).is_clean


def test_a_lost_save_is_found(ledger, events):
    found = compare(ledger, [row for row in events if row.key != "k1"], RESPONSES)
    assert found.counts() == {**dict.fromkeys(found.counts(), 0), "lost": 1}
    assert "key k1" in found.lost[0]


def test_a_save_kept_only_as_a_conflict_is_lost(ledger, events):
    events[0] = row_of(FIRST, kind="conflict")
    assert len(compare(ledger, events, RESPONSES).lost) == 1


def test_a_doubled_save_is_found(ledger, events):
    found = compare(ledger, [*events, row_of(OTHER, revision=2)], [RESPONSES[0], replace(RESPONSES[1], revision=2)])
    assert found.doubled == ["attempt a1: key k3 is there 2 times"]


def test_two_saves_of_one_revision_are_found(ledger, events):
    ledger.sent.add("k9")
    found = compare(ledger, [*events, row_of(SECOND, key="k9")], RESPONSES)
    assert found.doubled == ["attempt a1, question 1: revision 2 was accepted 2 times"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": "fina"}, "'final' was acknowledged, 'fina' is stored"),
        ({"receipt": "hash-x"}, "receipt hash-2 was given, hash-x is stored"),
        ({"revision": 3}, "revision 2 was acknowledged, 3 is stored"),
        ({"number": 2}, "question 1 was acknowledged, question 2 is stored"),
    ],
)
def test_a_changed_save_is_found(ledger, events, changes, words):
    events[1] = row_of(SECOND, **changes)
    assert [one.rpartition("k2: ")[2] for one in compare(ledger, events, RESPONSES).changed] == [words]


def test_true_is_not_one(ledger, events):
    ledger.acknowledged[2] = replace(OTHER, value=True)
    events[2] = row_of(OTHER, value=1)
    assert compare(ledger, events, [RESPONSES[0], replace(RESPONSES[1], value=1)]).changed


def test_a_response_behind_its_newest_save_is_found(ledger, events):
    found = compare(ledger, events, [ResponseRow(ATTEMPT, 1, "draft", 1), *RESPONSES[1:]])
    assert [one.partition(": ")[2] for one in found.stale] == [
        "at revision 1, but revision 2 is the newest accepted save",
        "at revision 1, but revision 2 was acknowledged",
    ]


def test_a_response_nobody_saved_is_found(ledger, events):
    found = compare(ledger, events, [*RESPONSES[:2], ResponseRow(ATTEMPT, 3, "ghost", 1)])
    assert found.stale == ["attempt a1, question 3: at revision 1 without any accepted save"]


def test_a_missing_response_is_found(ledger, events):
    assert compare(ledger, events, RESPONSES[:1]).stale == ["attempt a1, question 2: has no response at all"]


def test_a_save_nobody_sent_is_found(ledger, events):
    ghost = EventRow(ATTEMPT, 3, "k9", "late", "ghost", 0, "hash-9")
    assert compare(ledger, [*events, ghost], RESPONSES).unknown == ["attempt a1: nobody sent key k9"]


def test_a_conflict_whose_text_was_not_kept_is_found(ledger, events):
    assert len(compare(ledger, events[:3], RESPONSES).conflicts_dropped) == 1
    assert len(compare(ledger, [*events[:3], replace(events[3], value="")], RESPONSES).conflicts_dropped) == 1
