"""How long something is, in the reader's words."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import gettext, ngettext

SECONDS_COUNT_BELOW = 600


def minutes_words(seconds: int) -> str:
    """To the minute, and to the second where a minute more or less would be much."""
    if 60 <= seconds < SECONDS_COUNT_BELOW and seconds % 60:
        return exact_words(seconds)
    return rough_words(seconds)


def rough_words(seconds: int) -> str:
    """To the minute: of time that runs on while one reads, seconds would be wrong already."""
    return exact_words(round(seconds / 60) * 60 if seconds >= 60 else seconds)


def exact_words(seconds: int) -> str:
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": formats.number_format(seconds)}
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        gettext("%(count)s h") % {"count": formats.number_format(hours)} if hours else "",
        gettext("%(count)s min") % {"count": formats.number_format(minutes)} if minutes else "",
        gettext("%(count)s s") % {"count": formats.number_format(rest)} if rest else "",
    ]
    return " ".join(part for part in parts if part)
