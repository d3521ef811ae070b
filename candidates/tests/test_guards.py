"""The guards of the save are needed: with each one off, what the others promise breaks.

Each test here runs a promise of test_responses.py with one guard taken away, and sees it broken. If one of these
fails, either the guard has become superfluous, or the promise can no longer fail.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from candidates.domain import attempts, clock, responses, snapshots
from candidates.domain.receipts import is_genuine
from candidates.enums import AttemptStatus
from candidates.models import Attempt, Response
from candidates.tests.making import holder_of, make_attempt, save
from candidates.tests.racing import at_once

RACES = 10


def without_lock(holder: Any) -> Attempt:
    return clock.stamped(Attempt.objects.all()).get(pk=holder.attempt_id)


def race_save_against_submit(monkeypatch: pytest.MonkeyPatch) -> tuple[Attempt, list[Any]]:
    """A save that dawdles between its judgement and its commit, and a submit that comes in the middle."""
    attempt = make_attempt()
    judged, original = threading.Event(), responses._accept

    def dawdling(*args: Any) -> Any:
        judged.set()
        time.sleep(0.15)
        return original(*args)

    def submit() -> Any:
        judged.wait(5)
        return attempts.submit(holder_of(attempt))

    monkeypatch.setattr(responses, "_accept", dawdling)
    results = at_once(lambda: save(attempt, "acknowledged"), submit)
    attempt.refresh_from_db()
    return attempt, results


def receipt_covers_the_responses(attempt: Attempt) -> bool:
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    return is_genuine(attempt.submit_receipt, attempt.pk, rows)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pairs", [1, pytest.param(1_000, marks=pytest.mark.nightly)])
def test_a_save_that_races_the_submit_is_either_signed_or_refused(pairs, monkeypatch):
    for _ in range(pairs):
        with monkeypatch.context() as patched:
            attempt, results = race_save_against_submit(patched)
        assert attempt.status == AttemptStatus.SUBMITTED
        assert isinstance(results[0], responses.Saved)
        assert receipt_covers_the_responses(attempt)


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
def test_without_the_lock_an_acknowledged_save_escapes_the_submit(monkeypatch):
    monkeypatch.setattr(responses, "lock_attempt", without_lock)
    attempt, results = race_save_against_submit(monkeypatch)
    assert isinstance(results[0], responses.Saved)
    assert not receipt_covers_the_responses(attempt)


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
def test_without_the_lock_and_the_second_try_two_tabs_no_longer_make_one_save_and_one_conflict(monkeypatch):
    """Without the lock alone, the database refuses one of them, and the second try finds out why."""
    monkeypatch.setattr(responses, "lock_attempt", without_lock)
    monkeypatch.setattr(responses, "IntegrityError", ZeroDivisionError)
    attempt = make_attempt()
    outcomes = set()
    for _ in range(RACES):
        current = Response.objects.get(attempt_question__attempt=attempt).revision
        calls = [partial(save, attempt, f"{tab} {current}", base_revision=current) for tab in ("one", "two")]
        outcomes.add(tuple(sorted(type(result).__name__ for result in at_once(*calls))))
    assert outcomes != {("Conflict", "Saved")}


@pytest.mark.django_db
def test_without_the_key_a_repeated_save_is_not_recognised(monkeypatch):
    attempt, key = make_attempt(), uuid4()
    first = save(attempt, "once", key=key)
    monkeypatch.setattr(responses, "_replayed", lambda *args: None)
    with pytest.raises(Exception) as broken:  # noqa: PT011 - which error it is, is the point of the next line
        assert save(attempt, "once", key=key).receipt == first.receipt
    assert type(broken.value).__name__ in {"IntegrityError", "Conflict"}


def any_base(question: Any, one: responses.Save) -> dict[str, Any]:
    return {"attempt_question_id": question.id}


@pytest.mark.django_db
def test_without_the_revision_check_a_stale_tab_is_stopped_only_by_the_database(monkeypatch):
    monkeypatch.setattr(responses, "_is_stale", lambda question, one: False)
    monkeypatch.setattr(responses, "_base", any_base)
    attempt = make_attempt()
    save(attempt, "tab one")
    with pytest.raises(IntegrityError):  # no Conflict, no text kept: revision 1 a second time
        save(attempt, "tab two")


@pytest.mark.django_db
def test_a_snapshot_that_lies_about_a_response_does_not_overwrite_it():
    attempt = make_attempt()
    lie = snapshots.build(Attempt.objects.get(pk=attempt.pk))
    save(attempt, "tab one")
    lie.revision = Attempt.objects.get(pk=attempt.pk).revision
    with pytest.raises(responses.Conflict):
        responses.save_response(holder_of(attempt), responses.Save(1, "tab two", 0, uuid4()), held=lie)
