"""The time a candidate has for an assessment and for its sections, with their accommodation; and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext

from assessments.models import Assessment
from candidates.domain.durations import minutes_words
from interview_project.wording import as_sentence


class Accommodated(Protocol):
    """A candidate, or any row that bears their accommodation."""

    time_factor: Decimal
    is_untimed: bool


@dataclass(frozen=True)
class Times:
    """In seconds. What bears no limit is not there."""

    whole: int | None
    sections: dict[int, int]
    """By position."""
    section_count: int

    @property
    def is_limited(self) -> bool:
        return self.whole is not None or bool(self.sections)

    @property
    def starts_at_once(self) -> bool:
        """The only clock there is starts with the attempt."""
        return self.whole is not None and not self.sections

    @property
    def words(self) -> str:
        """It is not said that there is an accommodation. A single section is the whole."""
        if self.section_count == 1 and self.sections:
            return minutes_words(min([*self.sections.values(), *([self.whole] if self.whole else [])]))
        whole = [_in_all(self.whole, has_parts=bool(self.sections))] if self.whole is not None else []
        parts = [
            gettext("%(time)s for section %(number)s") % {"time": minutes_words(seconds), "number": position}
            for position, seconds in self.sections.items()
        ]
        is_open = self.whole is None and len(self.sections) < self.section_count
        rest = [gettext("no time limit for the rest") if parts else gettext("No time limit")] if is_open else []
        return gettext(", ").join([*whole, *parts, *rest]) or gettext("No time limit")

    @property
    def sentence(self) -> str:
        return gettext("Time: %(time)s.") % {"time": self.words} if self.is_limited else as_sentence(self.words)


def _in_all(seconds: int, *, has_parts: bool) -> str:
    words = minutes_words(seconds)
    return gettext("%(time)s in all") % {"time": words} if has_parts else words


def times_of(assessment: Assessment, candidate: Accommodated | None = None) -> Times:
    sections = list(assessment.sections.all())
    allowed = {one.position: allowed_seconds(one.duration_seconds, candidate) for one in sections}
    timed = {position: seconds for position, seconds in allowed.items() if seconds}
    return Times(allowed_seconds(assessment.duration_seconds, candidate), timed, len(sections))


def allowed_seconds(seconds: int | None, candidate: Accommodated | None) -> int | None:
    """``None``: no limit."""
    if seconds is None or (candidate is not None and candidate.is_untimed):
        return None
    return round(seconds * candidate.time_factor) if candidate is not None else seconds
