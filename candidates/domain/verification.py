"""Does the record still say what was said? Every chain is computed again, from the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterator

from assessments.domain.scoring import score
from candidates.domain.receipts import chain_hash, is_genuine
from candidates.enums import ResponseEventKind, ScoreSource
from candidates.models import Attempt, ResponseEvent, Score
from interview_project.numbers import plain


def problems_of(attempt: Attempt, *, with_receipt: bool = True) -> Iterator[str]:
    """Sentences that name the question and revision of whatever was changed or removed behind the application's back."""
    events = list(attempt.response_events.select_related("attempt_question").order_by("sequence"))
    previous = ""
    for event in events:
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
    yield from _scores_that_differ(attempt, events)


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
    """The current response must be the newest accepted save."""
    newest = {event.attempt_question_id: event for event in events if event.kind == ResponseEventKind.SAVED}
    for question in attempt.questions.select_related("response"):
        event, response = newest.get(question.pk), question.response
        expected = (event.revision, event.value) if event else (0, None)
        if (response.revision, response.value) != expected:
            yield f"question {question.number}, revision {response.revision}: the response is not what was saved last"


def _scores_that_differ(attempt: Attempt, events: list[ResponseEvent]) -> Iterator[str]:
    """A score by rule is what the rule gives today for the version that was asked and the text as of that revision."""
    saved = {
        (event.attempt_question_id, event.revision): event.value
        for event in events
        if event.kind == ResponseEventKind.SAVED
    }
    by_rule = Score.objects.filter(attempt_question__attempt=attempt, source=ScoreSource.AUTOMATIC)
    for given in by_rule.select_related("attempt_question__version"):
        question, version = given.attempt_question, given.attempt_question.version
        value = saved.get((question.pk, given.response_revision))
        expected = score(version.type, value, version.content, version.key, given.max_points)
        if expected != given.points:
            words = "none" if expected is None else plain(expected)
            yield f"question {question.number}: scored {plain(given.points)}, and the rule gives {words}"
