"""How long something is, in the reader's words."""

from __future__ import annotations

from functools import reduce

from django.utils import formats
from django.utils.translation import gettext, ngettext

from interview_project.wording import together

SECONDS_COUNT_BELOW = 600


def minutes_words(seconds: int) -> str:
    """To the minute, and to the second where a minute more or less would be much."""
    if 60 <= seconds < SECONDS_COUNT_BELOW and seconds % 60:
        return exact_words(seconds)
    return rough_words(seconds)


def rough_words(seconds: int) -> str:
    """To the minute: of time that runs on while one reads, seconds would be wrong already."""
    return exact_words(rough(seconds))


def rough(seconds: int) -> int:
    """To the minute, but for the last."""
    return round(seconds / 60) * 60 if seconds >= 60 else seconds


def exact_words(seconds: int) -> str:
    if seconds < 60:
        words = ngettext("%(count)s second", "%(count)s seconds", seconds)
        return together(words % {"count": formats.number_format(seconds)})
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        gettext("%(count)s h") % {"count": formats.number_format(hours)} if hours else "",
        gettext("%(count)s min") % {"count": formats.number_format(minutes)} if minutes else "",
        gettext("%(count)s s") % {"count": formats.number_format(rest)} if rest else "",
    ]
    return together(reduce(_joined, filter(None, parts)))


def _joined(longer: str, shorter: str) -> str:
    """ "1 h 5 min", which not every language parts by a blank."""
    return gettext("%(longer)s %(shorter)s") % {"longer": longer, "shorter": shorter}
