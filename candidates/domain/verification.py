"""Does the record still say what was said? Every chain is computed again, from the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterator

from candidates.domain.receipts import chain_hash, is_genuine
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, ResponseEvent


def problems_of(attempt: Attempt) -> Iterator[str]:
    """Sentences that name the question and revision of whatever was changed or removed behind the application's back."""
    events = list(attempt.response_events.select_related("attempt_question").order_by("sequence"))
    previous = ""
    for event in events:
        if event.chain_hash != _expected(previous, event, attempt):
            place = f"question {event.attempt_question.number}, revision {event.revision}"
            yield f"{place}: this save, or one before it, was changed or removed"
        previous = event.chain_hash
    if previous != attempt.chain_head:
        yield "the newest saves are missing: the attempt remembers a hash that no save has"
    yield from _responses_that_differ(attempt, events)
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    if attempt.submit_receipt and not is_genuine(attempt.submit_receipt, attempt.pk, rows):
        yield "the signed receipt does not fit the responses (or SECRET_KEY has changed since it was made)"


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
    """The current response must be the newest accepted save."""
    newest = {event.attempt_question_id: event for event in events if event.kind == ResponseEventKind.SAVED}
    for question in attempt.questions.select_related("response"):
        event, response = newest.get(question.pk), question.response
        expected = (event.revision, event.value) if event else (0, None)
        if (response.revision, response.value) != expected:
            yield f"question {question.number}, revision {response.revision}: the response is not what was saved last"
