"""Saving one response: nothing lost, nothing doubled, nothing overwritten in silence."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache

from assessments.enums import Navigation
from assessments.tests.making import make_assessment, make_question
from candidates.domain import responses, snapshots
from candidates.domain.passes import Pass
from candidates.domain.receipts import chain_hash
from candidates.domain.responses import AttemptClosed, Conflict, KeyReused, QuestionLocked
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.making import make_attempt, ring_the_bell, save
from candidates.tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(make_assessment(make_question(), make_question(), duration_seconds=3600))


def value_of(attempt: Attempt, number: int = 1) -> Any:
    return Response.objects.get(attempt_question__attempt=attempt, attempt_question__number=number).value


def kinds(attempt: Attempt) -> list[str]:
    return list(attempt.response_events.order_by("sequence").values_list("kind", flat=True))


def test_a_save_is_in_the_database_with_its_receipt(attempt):
    saved = save(attempt, "an index")
    event = ResponseEvent.objects.get(attempt=attempt)
    assert value_of(attempt) == "an index"
    assert (saved.receipt.revision, saved.receipt.hash) == (1, event.chain_hash)
    assert saved.receipt.saved_at == event.received_at


def test_the_same_key_again_returns_the_same_receipt_and_keeps_one_event(attempt):
    key = uuid4()
    first, second = save(attempt, "once", key=key), save(attempt, "once", key=key)
    assert second.receipt == first.receipt
    assert second.is_replay
    assert kinds(attempt) == ["saved"]


def test_the_same_key_with_another_text_is_refused_and_changes_nothing(attempt):
    key = uuid4()
    save(attempt, "first", key=key)
    with pytest.raises(KeyReused):
        save(attempt, "second", key=key, base_revision=1)
    assert (value_of(attempt), kinds(attempt)) == ("first", ["saved"])


def test_the_same_key_for_another_question_is_refused(attempt):
    key = uuid4()
    save(attempt, "first", key=key)
    with pytest.raises(KeyReused):
        save(attempt, "first", key=key, number=2)
    assert value_of(attempt, 2) is None


def test_a_stale_save_is_a_conflict_that_keeps_both_texts(attempt):
    save(attempt, "tab one")
    with pytest.raises(Conflict) as refused:
        save(attempt, "tab two", base_revision=0)
    assert (refused.value.yours, refused.value.theirs, refused.value.revision) == ("tab two", "tab one", 1)
    assert value_of(attempt) == "tab one"
    assert list(attempt.response_events.values_list("kind", "value")) == [("saved", "tab one"), ("conflict", "tab two")]


def test_after_a_conflict_the_candidate_may_keep_their_own(attempt):
    save(attempt, "tab one")
    with pytest.raises(Conflict) as refused:
        save(attempt, "tab two")
    save(attempt, "tab two", base_revision=refused.value.revision)
    assert value_of(attempt) == "tab two"


def test_a_repeated_conflict_is_told_again_and_kept_once(attempt):
    save(attempt, "tab one")
    key = uuid4()
    for _ in range(2):
        with pytest.raises(Conflict):
            save(attempt, "tab two", key=key)
    assert kinds(attempt) == ["saved", "conflict"]


def test_a_save_within_the_grace_counts(attempt):
    ring_the_bell(attempt, seconds_ago=10)
    save(attempt, "last words")
    assert value_of(attempt) == "last words"


def test_a_save_after_the_grace_is_refused_and_kept_aside(attempt):
    save(attempt, "in time")
    ring_the_bell(attempt, seconds_ago=40)
    with pytest.raises(AttemptClosed) as refused:
        save(attempt, "too late", base_revision=1)
    assert refused.value.is_kept
    assert value_of(attempt) == "in time"
    assert list(attempt.response_events.values_list("kind", "value")) == [("saved", "in time"), ("late", "too late")]


def test_a_retry_of_a_save_that_was_in_time_gets_its_receipt_after_the_bell(attempt):
    key = uuid4()
    first = save(attempt, "in time", key=key)
    ring_the_bell(attempt, seconds_ago=4000)
    assert save(attempt, "in time", key=key).receipt == first.receipt


def test_late_texts_are_kept_only_up_to_a_number(attempt, monkeypatch):
    monkeypatch.setattr(responses, "MAX_KEPT_ASIDE", 2)
    ring_the_bell(attempt, seconds_ago=40)
    kept = []
    for text in ("one", "two", "three"):
        with pytest.raises(AttemptClosed) as refused:
            save(attempt, text)
        kept.append(refused.value.is_kept)
    assert kept == [True, True, False]


def test_a_one_way_section_takes_no_save_for_a_question_left_behind():
    questions = make_question(), make_question()
    attempt = make_attempt(make_assessment(*questions, section={"navigation": Navigation.ONE_WAY}))
    save(attempt, "first", moves_to=2)
    with pytest.raises(QuestionLocked):
        save(attempt, "second thoughts", base_revision=1)
    assert value_of(attempt) == "first"
    assert kinds(attempt) == ["saved", "locked"]


def test_a_timed_section_takes_no_save_before_it_is_started():
    attempt = make_attempt(make_assessment(make_question(), section={"duration_seconds": 60}))
    with pytest.raises(QuestionLocked):
        save(attempt, "early")
    assert value_of(attempt) is None


def test_flagging_saves_what_is_typed_and_toggles(attempt):
    save(attempt, "text", toggles_flag=True)
    assert attempt.questions.get(number=1).is_flagged
    save(attempt, "text", base_revision=1, toggles_flag=True)
    assert not attempt.questions.get(number=1).is_flagged


def test_a_stranger_cannot_save_into_it(attempt):
    stranger = make_attempt()
    forged = Pass(attempt.pk, stranger.candidate_id)
    with pytest.raises(Attempt.DoesNotExist):
        responses.save_response(forged, responses.Save(number=1, value="mine", base_revision=0, key=uuid4()))
    assert value_of(attempt) is None


def test_each_event_hashes_the_one_before(attempt):
    save(attempt, "one")
    save(attempt, "two", base_revision=1)
    save(attempt, "other", number=2)
    previous = ""
    for event in attempt.response_events.select_related("attempt_question").order_by("sequence"):
        previous = chain_hash(
            previous,
            attempt_id=attempt.pk,
            number=event.attempt_question.number,
            sequence=event.sequence,
            kind=event.kind,
            key=event.key,
            base_revision=event.base_revision,
            revision=event.revision,
            received_at=event.received_at,
            value=event.value,
        )
        assert event.chain_hash == previous
    attempt.refresh_from_db()
    assert attempt.chain_head == previous


@pytest.mark.django_db(transaction=True)
def test_the_snapshot_after_a_save_equals_the_database(attempt):
    snapshots.rebuild(Attempt.objects.get(pk=attempt.pk))
    held = snapshots.peek(attempt.pk)
    saved = responses.save_response(
        Pass(attempt.pk, attempt.candidate_id),
        responses.Save(number=2, value="text", base_revision=0, key=uuid4(), toggles_flag=True, moves_to=1),
        held=held,
    )
    built = snapshots.build(Attempt.objects.get(pk=attempt.pk))
    assert saved.snapshot == built
    assert snapshots.peek(attempt.pk) == built


def test_losing_the_cache_loses_nothing(attempt):
    save(attempt, "safe")
    cache.clear()
    assert snapshots.load(Attempt.objects.get(pk=attempt.pk)).questions[0].value == "safe"


# ---- Concurrency: these commit, and race on real connections ----


@pytest.mark.django_db(transaction=True)
def test_twenty_saves_at_once_with_one_key_make_one_event_and_twenty_equal_receipts(attempt):
    key = uuid4()
    results = at_once(*[lambda: save(attempt, "once", key=key).receipt] * 20)
    assert len(set(results)) == 1
    assert kinds(attempt) == [ResponseEventKind.SAVED]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pairs", [20, pytest.param(200, marks=pytest.mark.nightly)])
def test_two_tabs_from_one_revision_make_one_save_and_one_conflict_every_time(attempt, pairs):
    """And both texts are in the history each time: nothing is overwritten without a word."""
    for revision in range(pairs):
        results = at_once(
            *(partial(save, attempt, f"{tab} {revision}", base_revision=revision) for tab in ("one", "two"))
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "Saved"]
    assert sorted(kinds(attempt)) == ["conflict"] * pairs + ["saved"] * pairs
    texts = {event.value for event in ResponseEvent.objects.filter(attempt=attempt)}
    assert texts == {f"{tab} {revision}" for tab in ("one", "two") for revision in range(pairs)}
