"""How words are set so that they read well in every language: what stays on one line, what reads by itself, what a blank is."""

from __future__ import annotations

import re

from django.utils.translation import get_language, get_language_bidi, gettext

NO_BREAK = "\N{NO-BREAK SPACE}"
OPENS, CLOSES = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
CONTROLS = re.compile("[\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
WITHOUT_BLANKS = ("zh",)
"""Languages whose sentences follow one another without a blank."""


def together(words: str) -> str:
    """A number and its unit: never parted at the end of a line."""
    return words.replace(" ", NO_BREAK)


def isolated(written: str) -> str:
    """Within a sentence that may read the other way: else its full stop and its quotation marks change sides."""
    return f"{OPENS}{CONTROLS.sub('', written)}{CLOSES}"


def apart(written: str) -> str:
    """Isolated where a direction could change: what is kept or mailed holds no invisible characters without need."""
    return isolated(written) if get_language_bidi() or RIGHT_TO_LEFT.search(written) else written


def gap() -> str:
    """What stands between two sentences."""
    return "" if (get_language() or "").startswith(WITHOUT_BLANKS) else " "


def as_sentence(words: str) -> str:
    """With the full stop of the language."""
    return gettext("%(sentence)s.") % {"sentence": words}
