"""What a key says of single answers, and how it counts them, in words for staff."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from assessments import question_types
from assessments.admin.question_editors import EDITORS
from assessments.domain import markup
from assessments.models import QuestionVersion


@dataclass(frozen=True)
class ShownPart:
    words: str
    share: str
    feedback: SafeString


@dataclass(frozen=True)
class ShownParts:
    rows: list[ShownPart]

    @property
    def have_shares(self) -> bool:
        return any(one.share for one in self.rows)

    @property
    def have_feedback(self) -> bool:
        return any(one.feedback for one in self.rows)


def shown_parts(version: QuestionVersion) -> ShownParts | None:
    """Nothing where the key is all there is."""
    parts = question_types.get(version.type).key_parts(version.content, version.key)
    rows = [ShownPart(one.words, percent(one.share), markup.render_inline(one.feedback)) for one in parts]
    return ShownParts(rows) if rows else None


def percent(share: float | None) -> str:
    """With its sign, since some are taken away: ``+50 %``, ``−25 %``."""
    if share is None:
        return ""
    written = f"{abs(100 * share):.4g} %"
    return f"−{written}" if share < 0 else f"+{written}" if share else written


def scoring_words(version: QuestionVersion) -> str:
    """As the question's own form calls it; nothing where a type knows one way alone."""
    editor = EDITORS.get(version.type)
    column = next((one for one in editor.settings if one.name == "scoring"), None) if editor else None
    if column is None:
        return ""
    key = question_types.get(version.type).parse_key(version.key)
    return dict(column.choices)[key.scoring]
