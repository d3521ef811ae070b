"""Does every bell follow from what happened? All of it is gone through again, in its order, with the bells it moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from candidates.domain import allowances
from candidates.domain.audit import Trail
from candidates.enums import AttemptPurpose, EventKind
from candidates.models import Attempt, AttemptSection, Event, Pause

Moment = datetime | None
WHOLE = 0
"""The place of the attempt's own bell among those of its sections, which have their positions."""


def bells_that_differ(attempt: Attempt, events: Sequence[Event], trail: Trail) -> Iterator[str]:
    if attempt.purpose == AttemptPurpose.PREVIEW:  # a draft may have other times since staff tried it
        return
    sections = {one.position: one for one in attempt.sections.select_related("section")}
    course = _Course(attempt, sections, trail)
    for event in events:
        course.take(event)
    if (attempt.paused_at, attempt.pause_until) != (course.held_at, course.held_until):
        yield f"its time stands still since {words(attempt.paused_at)}, and by its events since {words(course.held_at)}"
    grace = timedelta(seconds=attempt.assessment.grace_seconds)
    if attempt.deadline_at is not None and attempt.grace_until != attempt.deadline_at + grace:
        yield f"its grace lasts until {words(attempt.grace_until)}, which is not {grace} after its bell"
    if WHOLE not in course.unknown:
        whole = course.bells.get(WHOLE)
        rings_at = whole.rings_at if whole else None
        if attempt.deadline_at != rings_at:
            yield f"its bell is at {words(attempt.deadline_at)}, and by what was allowed and added at {words(rings_at)}"
    yield from _sections_that_differ(course)


def _sections_that_differ(course: _Course) -> Iterator[str]:
    for position, section in course.sections.items():
        if section.started_at != (began_at := course.began.get(position)):
            yield f"section {position}: it began at {words(section.started_at)}, and by its events at {words(began_at)}"
        bell = course.bells.get(position)
        followed = (bell.rings_at, bell.grace_until) if bell else (None, None)
        if position not in course.unknown and (section.deadline_at, section.grace_until) != followed:
            told = " and ".join(words(at) for at in (section.deadline_at, section.grace_until))
            by_events = " and ".join(words(at) for at in followed)
            yield f"section {position}: its bell and grace are at {told}, and by what was allowed and added at {by_events}"


def words(at: Moment) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "no time"


@dataclass(frozen=True)
class _Bell:
    rings_at: datetime
    grace_until: datetime

    def moved(self, by: timedelta) -> _Bell:
        return _Bell(self.rings_at + by, self.grace_until + by)


@dataclass
class _Course:
    """An attempt's clocks as far as its events have been taken."""

    attempt: Attempt
    sections: dict[int, AttemptSection]
    trail: Trail
    bells: dict[int, _Bell] = field(default_factory=dict)
    """By position."""
    unknown: set[int] = field(default_factory=set)
    """Those of which it is not written down anywhere what they were set to."""
    began: dict[int, datetime] = field(default_factory=dict)
    held_at: Moment = None
    held_until: Moment = None

    def __post_init__(self) -> None:
        self._pauses: dict[datetime, Pause] = {one.began_at: one for one in self.attempt.pauses.all()}
        given_back = self.attempt.outage_credits.select_related("outage")
        self._credits = {one.outage.ended_at: one for one in given_back}

    def take(self, event: Event) -> None:
        taking = {
            EventKind.STARTED: self._start,
            EventKind.SECTION_STARTED: self._start_section,
            EventKind.EXTENDED: self._extend,
            EventKind.PAUSED: self._pause,
            EventKind.RESUMED: self._resume,
            EventKind.BREAK_STARTED: self._begin_break,
            EventKind.BREAK_ENDED: self._end_break,
            EventKind.OUTAGE_CREDITED: self._give_back,
            EventKind.REOPENED: self._reopen,
        }.get(EventKind(event.kind))
        if taking is not None:
            taking(event)

    # ---- Set ----

    def _start(self, event: Event) -> None:
        self._set(WHOLE, event, self.attempt.assessment.duration_seconds)

    def _start_section(self, event: Event) -> None:
        position = event.detail["section"]
        if position in self.began or position not in self.sections:
            return
        self.began[position] = event.at
        self._set(position, event, self.sections[position].section.duration_seconds)
        if WHOLE in self.unknown:  # which may have cut it short
            self.unknown.add(position)
        elif position in self.bells and WHOLE in self.bells:
            own, whole = self.bells[position], self.bells[WHOLE]
            self.bells[position] = _Bell(min(own.rings_at, whole.rings_at), min(own.grace_until, whole.grace_until))

    def _set(self, place: int, event: Event, duration: int | None) -> None:
        """What they are allowed today, unless that was changed since; then what was written down, if it was."""
        seconds = allowances.allowed_seconds(duration, self.attempt.candidate)
        if self.trail.tells(f"candidate {self.attempt.candidate_id}", since=event.at):
            if "allowed" not in event.detail:
                self.unknown.add(place)
                return
            seconds = event.detail["allowed"]
        if seconds is not None:
            self.bells[place] = self._bell(event.at + timedelta(seconds=seconds))

    def _reopen(self, event: Event) -> None:
        bell = self._bell(event.at + timedelta(seconds=event.detail["seconds"]))
        if self.attempt.deadline_at is not None:
            self.bells[WHOLE] = bell
            self.unknown.discard(WHOLE)
        for position in event.detail.get("sections", []):
            self.bells[position] = bell
            self.unknown.discard(position)
        if "sections" not in event.detail:  # nor is it written which one the candidate was in
            self.unknown.update(self.began)

    def _bell(self, rings_at: datetime) -> _Bell:
        return _Bell(rings_at, rings_at + timedelta(seconds=self.attempt.assessment.grace_seconds))

    # ---- Moved ----

    def _move(self, by: timedelta, *, running_at: datetime) -> None:
        """As :func:`candidates.domain.bells.move` does."""
        held_at = self.held_at if self.held_until is None else None
        for place, bell in self.bells.items():
            was_running = bell.grace_until >= running_at or (held_at is not None and bell.grace_until >= held_at)
            if place == WHOLE or was_running:
                self.bells[place] = bell.moved(by)

    def _extend(self, event: Event) -> None:
        self._move(timedelta(seconds=event.detail["seconds"]), running_at=event.at)

    def _give_back(self, event: Event) -> None:
        if credit := self._credits.get(event.at):
            self._move(credit.credit, running_at=credit.outage.began_at)

    def _pause(self, event: Event) -> None:
        self.held_at, self.held_until = event.at, None

    def _resume(self, event: Event) -> None:
        began_at, self.held_at = self.held_at, None
        if began_at is not None and (pause := self._pauses.get(began_at)):
            self._move(pause.length, running_at=began_at)

    def _begin_break(self, event: Event) -> None:
        length = timedelta(seconds=event.detail["seconds"])
        self.held_at = None
        self._move(length, running_at=event.at)
        self.held_at, self.held_until = event.at, event.at + length

    def _end_break(self, event: Event) -> None:
        began_at, until = self.held_at, self.held_until
        self.held_at = self.held_until = None
        if began_at is not None and until is not None and (pause := self._pauses.get(began_at)):
            self._move(pause.ended_at - until, running_at=began_at)
