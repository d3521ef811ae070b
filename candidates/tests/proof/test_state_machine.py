"""The state machine of ``machine.py``: 2,000 steps in every run, 20,000 each night; and with a guard off it finds the fault."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from assessments.models import Assessment
from candidates.domain import snapshots
from candidates.tests.admin_rows import make_staff
from candidates.tests.proof.machine import AttemptMachine, make_content

pytestmark = pytest.mark.django_db
STEPS = 50
CACHE_IS = "candidates.domain.snapshots.bookmarks"


class Bookmarks:
    """A cache in this process, that keeps what the real ones keep: the newest of each key. The real ones have tests."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[int, bytes]] = {}

    def read_bookmark(self, key: str) -> tuple[int, bytes] | None:
        return self.held.get(key)

    def set_if_newer(self, key: str, payload: bytes, *, revision: int, seconds: int) -> bool:
        is_newer = key not in self.held or self.held[key][0] <= revision
        if is_newer:
            self.held[key] = (revision, payload)
        return is_newer

    def delete(self, key: str) -> None:
        self.held.pop(key, None)

    def clear(self) -> None:
        self.held.clear()


@pytest.fixture
def bookmarks(monkeypatch: pytest.MonkeyPatch) -> Bookmarks:
    found = Bookmarks()
    monkeypatch.setattr(CACHE_IS, lambda: found)
    return found


@pytest.fixture
def content() -> Assessment:
    return make_content()


def run(content: Assessment, bookmarks: Bookmarks, *, examples: int, seed_free: bool = False) -> None:
    """Each example in a savepoint of one transaction, so that the database is set up once."""

    class Isolated(AttemptMachine):
        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.savepoint.__exit__(None, None, None)
                bookmarks.clear()

    Isolated.content, Isolated.staff, Isolated.cache = content, make_staff(), bookmarks
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not seed_free,
        database=None,
        phases=[Phase.generate],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Isolated, settings=chosen)


def test_whatever_happens_in_whatever_order_the_eight_promises_hold(content, bookmarks):
    run(content, bookmarks, examples=40)


@pytest.mark.nightly
def test_they_hold_for_twenty_thousand_steps_never_seen_before(content, bookmarks):
    run(content, bookmarks, examples=400, seed_free=True)


# ---- Guards: it finds what it is there to find ----


def believe_every_base(question: Any, save: Any) -> bool:
    return False


def any_base(question: Any, save: Any) -> dict[str, Any]:
    return {"attempt_question_id": question.id}


def always_open(self: Any, *, at: Any) -> bool:
    return bool(self.status == "in_progress")


def forgotten(*args: Any) -> None:
    return None


def load_what_is_there(attempt: Any) -> Any:
    """Without asking whether it is of this revision."""
    return snapshots.peek(attempt.pk) or snapshots.rebuild(attempt)


# The last two take longer to be met, so each night is soon enough.
FAULTS = {
    "an old snapshot is believed": ("candidates.domain.snapshots.load", load_what_is_there),
    "a save behind is written over the newer one": ("candidates.domain.responses._is_stale", believe_every_base),
    "the bell is ignored": ("candidates.models.Attempt.accepts_saves", always_open),
    "keys are forgotten": ("candidates.domain.responses._replayed", forgotten),
}
RARE = ("the bell is ignored", "keys are forgotten")


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=[pytest.mark.nightly] if name in RARE else []) for name in FAULTS]
)
def test_with_a_guard_off_it_finds_the_fault(content, bookmarks, monkeypatch, fault):
    where, what = FAULTS[fault]
    monkeypatch.setattr(where, what)
    if what is believe_every_base:
        monkeypatch.setattr("candidates.domain.responses._base", any_base)
    with pytest.raises(Exception) as found:  # noqa: PT011 - of whatever kind: a broken promise, or a row refused
        run(content, bookmarks, examples=40)
    assert found.type.__name__ in {
        "AssertionError",
        "IntegrityError",
        "ExceptionGroup",
        "FlakyFailure",
        "NotImplementedError",
    }
