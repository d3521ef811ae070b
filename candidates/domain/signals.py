"""What is noticed about how an attempt is sat: only what its assessment switched on and its notice named.

The candidate sees each one and can say something to it; staff see it beside how often it happens to others. Nothing that
scores may import this module, and no attempt leads to its rows: a test walks the imports and watches the queries.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.crypto import salted_hmac

from assessments.enums import SignalKind
from candidates.domain import clock
from candidates.domain.passes import Pass
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, Signal, Whereabouts

MOST_PER_ATTEMPT = 200
MOST_WORDS = 2000
SMALLEST_COHORT = 5
FROM_BROWSERS = (SignalKind.FOCUS_LOST, SignalKind.LARGE_PASTE)
BY_PLACE = (SignalKind.ADDRESS_CHANGED, SignalKind.SECOND_DEVICE)


class SignalRefused(Exception):
    """It was not switched on, or not told before the start, or the attempt is over. Nothing was noted."""


@dataclass(frozen=True)
class Noticed:
    """As a browser sends it. Of a paste the length, never a word."""

    kind: SignalKind
    key: UUID
    number: int | None = None
    seconds: int | None = None
    characters: int | None = None


def allowed(attempt: Attempt) -> list[SignalKind]:
    """Switched on by the assessment, and named in the notice this candidate agreed to."""
    return [kind for kind in attempt.assessment.signals if kind in attempt.consent_signals]


@transaction.atomic
def note(attempt: Attempt, noticed: Sequence[Noticed]) -> int:
    """Keep what a browser noticed, each once; past a fixed number nothing more. Raises :class:`SignalRefused` for the
    whole batch if any of it may not be noted."""
    now, may = clock.now(), set(allowed(attempt)) & set(FROM_BROWSERS)
    if refused := {one.kind for one in noticed} - may:
        raise SignalRefused(f"Not noted here: {', '.join(sorted(refused))}.")
    if not attempt.accepts_saves(at=now):
        raise SignalRefused("This attempt is over.")
    room = max(0, MOST_PER_ATTEMPT - Signal.objects.filter(attempt=attempt).count())
    rows = [
        Signal(
            attempt=attempt,
            kind=one.kind,
            key=one.key,
            at=now,
            number=one.number,
            seconds=one.seconds,
            characters=one.characters,
        )
        for one in noticed[:room]
    ]
    Signal.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


# ---- From where, noticed by the server ----


def seen(holder: Pass, *, kinds: Sequence[str], address: str, number: int | None = None, came_from: str = "") -> None:
    """A save came from here, or the attempt itself: then ``came_from`` is the device that had it, which need not have saved.

    ``kinds``: what is noticed about this attempt; nothing is read or kept unless it is about places."""
    watched = [kind for kind in BY_PLACE if kind in kinds]
    if not watched:
        return
    marks = {
        SignalKind.ADDRESS_CHANGED: ("address_mark", _mark(holder, _coarse(address))),
        SignalKind.SECOND_DEVICE: ("device_mark", _mark(holder, holder.device) if holder.device else ""),
    }
    here = {field: (kind, mark) for kind, (field, mark) in marks.items() if kind in watched and mark}
    if _is_here(Whereabouts.objects.filter(attempt_id=holder.attempt_id).first(), here):
        return
    with transaction.atomic():
        Attempt.objects.select_for_update().only("pk").get(pk=holder.attempt_id)
        before, _ = Whereabouts.objects.get_or_create(attempt_id=holder.attempt_id)
        for field, (kind, mark) in here.items():
            earlier = _mark(holder, came_from) if came_from and kind == SignalKind.SECOND_DEVICE else ""
            if (getattr(before, field) or earlier) not in ("", mark):
                _note_place(holder, kind, number)
            setattr(before, field, mark)
        before.save()


def _is_here(known: Whereabouts | None, here: dict[str, tuple[SignalKind, str]]) -> bool:
    """Nearly always: then one statement was all it cost."""
    return known is not None and all(getattr(known, field) == mark for field, (_, mark) in here.items())


def _note_place(holder: Pass, kind: SignalKind, number: int | None) -> None:
    if Signal.objects.filter(attempt_id=holder.attempt_id).count() < MOST_PER_ATTEMPT:
        Signal.objects.create(attempt_id=holder.attempt_id, kind=kind, key=uuid4(), at=clock.now(), number=number)


def _mark(holder: Pass, text: str) -> str:
    """The same for the same place within one attempt, and for nothing else."""
    return salted_hmac("parley.whereabouts", f"{holder.attempt_id}:{text}", algorithm="sha256").hexdigest()[:32]


def _coarse(address: str) -> str:
    """Devices change the second half of an IPv6 address by themselves."""
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if parsed.version == 6 else address


# ---- Seeing and explaining them ----


def of_attempt(attempt: Attempt) -> list[Signal]:
    return list(Signal.objects.filter(attempt=attempt))


def explain(attempt: Attempt, signal_id: int, *, text: str) -> bool:
    """Keep what the candidate says to one of theirs; an empty text takes it back. False if there is no such signal."""
    words = text.strip()[:MOST_WORDS]
    rows = Signal.objects.filter(pk=signal_id, attempt=attempt)
    return bool(rows.update(explanation=words, explained_at=clock.now() if words else None))


@dataclass(frozen=True)
class Rate:
    """How often it happened in this attempt, beside the others of the same assessment."""

    kind: SignalKind
    count: int
    others: int
    """Attempts to compare with."""
    share: float
    """Of the others, in how many it happened at all."""
    median: float

    @property
    def words(self) -> str:
        if self.others < SMALLEST_COHORT:
            return (
                f"Too few others to compare with: {self.others} other {'attempt' if self.others == 1 else 'attempts'}."
            )
        typical = {0.0: "never", 1.0: "once"}.get(self.median, f"{self.median:g} times")
        return f"It happened in {self.share:.0%} of {self.others} other attempts, and {typical} in a typical one."


def rates(attempt: Attempt) -> list[Rate]:
    """One line for each kind that was noticed here, or could have been."""
    others = [
        pk
        for pk, kinds in Attempt.objects.counted()
        .filter(assessment=attempt.assessment_id)
        .exclude(pk=attempt.pk)
        .exclude(purpose=AttemptPurpose.PREVIEW)
        .values_list("pk", "consent_signals")
        if set(kinds) >= set(attempt.consent_signals)
    ]
    rows = Signal.objects.filter(attempt__assessment=attempt.assessment_id).order_by()
    counts = Counter((pk, kind) for pk, kind in rows.values_list("attempt_id", "kind"))
    return [_rate(SignalKind(kind), attempt, others, counts) for kind in attempt.consent_signals]


def _rate(kind: SignalKind, attempt: Attempt, others: list[UUID], counts: Counter[tuple[UUID, str]]) -> Rate:
    theirs = [counts[pk, kind.value] for pk in others]
    return Rate(
        kind=kind,
        count=counts[attempt.pk, kind.value],
        others=len(others),
        share=sum(bool(one) for one in theirs) / len(theirs) if theirs else 0,
        median=median(theirs) if theirs else 0,
    )
