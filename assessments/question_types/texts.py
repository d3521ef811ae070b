"""What the types whose value is a text share: reading one without losing a word of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from assessments.question_types.base import ValueRefused

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def read_text(raw: Any, *, max_length: int) -> str | None:
    """A text as it was typed, or ``None`` when nothing visible is in it. Too long is refused, never cut."""
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise ValueRefused(gettext("The answer to this question is a text."))
    text = cleaned(raw)
    if is_blank(text):
        return None
    if len(text) > max_length:
        raise ValueRefused(
            gettext("This text has %(length)s characters and at most %(most)s fit. Nothing was cut; please shorten it.")
            % {
                "length": number_format(len(text), force_grouping=True),
                "most": number_format(max_length, force_grouping=True),
            }
        )
    return text


def only_field(raw: Sequence[str]) -> str | None:
    if len(raw) > 1:
        raise ValueRefused(gettext("Several texts came for one answer; please send one."))
    return raw[0] if raw else None


def cleaned(text: str) -> str:
    """Line ends as a browser counts them, and without what cannot be stored.

    A NUL comes along with text pasted from some PDF files; refusing the save for it would cost the words around it.
    Half a surrogate pair becomes U+FFFD, as browsers do when they send a form.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return LONE_SURROGATE.sub("\ufffd", text)


def is_blank(text: str) -> bool:
    return all(unicodedata.category(character) in INVISIBLE for character in text)


def folded(text: str) -> str:
    """For comparing: one spelling for what looks the same (NFKC), each run of white space one blank, none around."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
