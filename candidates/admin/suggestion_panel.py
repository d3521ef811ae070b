"""A suggestion beside the reviewer's own judgement, once there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments.models import Criterion
from candidates.domain import results, suggestions
from candidates.models import AttemptQuestion, Suggestion


@dataclass(frozen=True)
class SuggestedLevel:
    criterion: Criterion
    own: str
    """What the reviewer chose."""
    suggested: str
    """``""`` where nothing holds."""
    evidence: str
    """The candidate's own words."""

    @property
    def differs(self) -> bool:
        return bool(self.suggested) and self.suggested != self.own


@dataclass(frozen=True)
class SuggestionPanel:
    suggestion: Suggestion
    levels: list[SuggestedLevel]
    flags: list[str]


def panel_for(reviewer: Any, question: AttemptQuestion) -> SuggestionPanel | None:
    """``None`` until this reviewer has scored this very response; then too, if there is no suggestion, for whatever reason."""
    one = suggestions.visible_to(reviewer, question)
    if one is None:
        return None
    score = results.score_of(question)
    own = score.review.levels if score and score.review else {}
    return SuggestionPanel(one, list(levels_of(one, own)), suggestions.flag_words(one))


def levels_of(one: Suggestion, own: dict[str, str]) -> Iterator[SuggestedLevel]:
    for criterion in one.rubric.criteria.prefetch_related("levels"):
        position = str(criterion.position)
        yield SuggestedLevel(
            criterion=criterion,
            own=level_words(criterion, own.get(position)),
            suggested=level_words(criterion, one.levels.get(position)),
            evidence=one.evidence.get(position, ""),
        )


def level_words(criterion: Criterion, points: str | None) -> str:
    if points is None:
        return ""
    return next((str(level) for level in criterion.levels.all() if level.points == Decimal(points)), "")
