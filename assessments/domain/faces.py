"""The face of a question version: everything of it that is the same for every candidate, and nothing of its key.

Rendering Markdown is the dearest part of a page, and a version never changes: each process renders it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from assessments import question_types
from assessments.domain import markup
from assessments.domain.beginnings import beginning_of
from assessments.models import QuestionVersion
from assessments.question_types import QuestionType


@dataclass(frozen=True)
class Face:
    version_id: UUID
    type: QuestionType[Any, Any]
    content: dict[str, Any]
    stem: str
    stem_html: str
    stem_words: str
    widget: dict[str, Any]


@lru_cache(maxsize=4096)
def face_of(version_id: UUID) -> Face:
    """Raises ``QuestionVersion.DoesNotExist``. One statement the first time, none after."""
    return face(QuestionVersion.objects.without_keys().get(pk=version_id))


def face(version: QuestionVersion) -> Face:
    question_type = question_types.get(version.type)
    widget = question_type.face(version.content, markup.render_inline)
    if version.content.get("show_criteria") and version.rubric is not None:
        # Names and descriptions only: levels and their points are the key.
        widget["criteria"] = list(version.rubric.criteria.values("name", "description"))
    return Face(
        version_id=version.pk,
        type=question_type,
        content=version.content,
        stem=version.stem,
        stem_html=markup.render(version.stem),
        stem_words=beginning_of(version.stem),
        widget=widget,
    )
