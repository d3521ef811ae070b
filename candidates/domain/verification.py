"""Does the record still say what was said? Every chain is computed again, from the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from candidates.domain.receipts import chain_hash, is_genuine
from candidates.domain.verified_asking import asking_that_differs
from candidates.domain.verified_scores import scores_that_differ
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, ResponseEvent


def problems_of(attempt: Attempt, *, with_receipt: bool = True) -> Iterator[str]:
    """Sentences that name the question and revision of whatever was changed or removed behind the application's back."""
    events = list(attempt.response_events.select_related("attempt_question").order_by("sequence"))
    previous = ""
    for event in events:
        if event.attempt_question.attempt_id != attempt.pk:
            yield f"save {event.sequence} of the attempt: its question is another attempt's"
        if event.chain_hash != _expected(previous, event, attempt):
            place = f"question {event.attempt_question.number}, revision {event.revision}"
            yield f"{place}: this save, or one before it, was changed or removed"
        previous = event.chain_hash
    yield from _missing(events)
    if previous != attempt.chain_head:
        after = f" after save {events[-1].sequence} of the attempt" if events else ""
        yield f"the newest saves are missing{after}: the attempt remembers a hash that no save has"
    yield from _responses_that_differ(attempt, events)
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    if with_receipt and attempt.submit_receipt and not is_genuine(attempt.submit_receipt, attempt.pk, rows):
        yield (
            "the signed receipt does not fit the responses (or was made under a SECRET_KEY that is not "
            "among SECRET_KEY_FALLBACKS)"
        )
    yield from asking_that_differs(attempt)
    saved = {
        (event.attempt_question_id, event.revision): event.value
        for event in events
        if event.kind == ResponseEventKind.SAVED
    }
    yield from scores_that_differ(attempt, saved)


def _missing(events: list[ResponseEvent]) -> Iterator[str]:
    """Each question's accepted revisions count 1, 2, 3 …: a gap names what was removed."""
    found: dict[int, set[int]] = {}
    for event in events:
        if event.kind == ResponseEventKind.SAVED:
            found.setdefault(event.attempt_question.number, set()).add(event.revision)
    for number, revisions in sorted(found.items()):
        for revision in sorted(set(range(1, max(revisions))) - revisions):
            yield f"question {number}, revision {revision}: this save is missing"


def _expected(previous: str, event: ResponseEvent, attempt: Attempt) -> str:
    return chain_hash(
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


def _responses_that_differ(attempt: Attempt, events: list[ResponseEvent]) -> Iterator[str]:
    """The current response must be the newest accepted save, and there is one for each question, saved or not."""
    newest = {event.attempt_question_id: event for event in events if event.kind == ResponseEventKind.SAVED}
    rows: Any = attempt.questions.values_list(
        "pk", "number", "response__revision", "response__value", "response__saved_at"
    )
    for pk, number, revision, value, saved_at in rows:
        event = newest.get(pk)
        if revision is None:
            yield f"question {number}: its response is missing"
        elif (revision, value, saved_at) != (
            (event.revision, event.value, event.received_at) if event else (0, None, None)
        ):
            yield f"question {number}, revision {revision}: the response is not what was saved last"
