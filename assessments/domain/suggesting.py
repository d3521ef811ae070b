"""What AI may suggest about one text and one rubric. Pure but for the prompt file: no database, no network.

The model's answer is a claim. Code decides what of it stands: levels that exist, evidence that is in the text word for
word, totals of its own making.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel

from assessments import prompts
from assessments.domain.steering import Flag, flags_of, is_instruction_like
from assessments.formats.base import ParsedCriterion, ParsedRubric
from assessments.gemini import Prompt

LEAST_LETTERS = 25
"""Fewer are no answer to a question that asks for a text; a model must not be tempted to find one in them."""
MOST_CHARACTERS = 20_000
SHORT = 120
MAX_OUTPUT_TOKENS = 6_144
LETTER = re.compile(r"[^\W\d_]")


class SuggestedLevel(BaseModel):
    position: int
    points: float
    evidence: str


class SuggestAnswer(BaseModel):
    criteria: list[SuggestedLevel]
    speaks_to_the_grader: bool


@dataclass(frozen=True)
class CheckedSuggestion:
    levels: dict[str, Decimal] = field(default_factory=dict)
    """Criterion's position → points of the level suggested."""
    evidence: dict[str, str] = field(default_factory=dict)
    unsupported: list[str] = field(default_factory=list)
    """Criteria (positions) dropped: a level that does not exist, or evidence that is not in the text."""
    flags: list[str] = field(default_factory=list)

    @property
    def points(self) -> Decimal:
        return sum(self.levels.values(), Decimal(0))


def is_worth_asking(text: str) -> bool:
    """Blank, near-blank and punctuation-only texts never go out."""
    return len(LETTER.findall(prompts.visible(text)[:MOST_CHARACTERS])) >= LEAST_LETTERS


def suggest_prompt(stem: str, rubric: ParsedRubric, text: str) -> Prompt[SuggestAnswer]:
    """No name, no address, no other text: the question, the rubric, the answer between markers nobody can guess."""
    file = prompts.load("suggest")
    marker = f"ANSWER-{secrets.token_hex(8)}"
    return Prompt(
        system=file.system.replace("$marker", marker),
        text=file.text(
            marker=marker,
            stem=stem,
            rubric=prompts.data(rubric_shown(rubric)),
            answer=prompts.visible(text)[:MOST_CHARACTERS],
        ),
        answer=SuggestAnswer,
        max_output_tokens=MAX_OUTPUT_TOKENS,
        version=file.version,
        hash=file.hash,
        temperature=0.0,
    )


def rubric_shown(rubric: ParsedRubric) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "name": criterion.name,
            "description": criterion.description,
            "levels": [
                {"points": float(level.points), "name": level.name, "description": level.description}
                for level in sorted(criterion.levels, key=lambda level: level.points)
            ],
        }
        for position, criterion in enumerate(rubric.criteria, start=1)
    ]


def checked(answer: SuggestAnswer, rubric: ParsedRubric, text: str) -> CheckedSuggestion:
    result = CheckedSuggestion(flags=[str(flag) for flag in flags_of(text)])
    given = {one.position: one for one in reversed(answer.criteria)}
    for position, criterion in enumerate(rubric.criteria, start=1):
        one, name = given.get(position), str(position)
        points = None if one is None else _level(one.points, criterion)
        if one is None or points is None or not _is_supported(one.evidence, points, criterion, text):
            result.unsupported.append(name)
            continue
        result.levels[name] = points
        if one.evidence:
            result.evidence[name] = one.evidence
    if answer.speaks_to_the_grader and Flag.MODEL_SAYS_SO not in result.flags:
        result.flags.append(Flag.MODEL_SAYS_SO)
    if len(text) < SHORT and result.points > 0 and result.points == best_of(rubric.criteria):
        result.flags.append(Flag.SHORT_AND_HIGH)
    return result


def _level(points: float, criterion: ParsedCriterion) -> Decimal | None:
    try:
        wanted = Decimal(str(points))
    except InvalidOperation:
        return None
    return next((level.points for level in criterion.levels if level.points == wanted), None)


def _is_supported(evidence: str, points: Decimal, criterion: ParsedCriterion, text: str) -> bool:
    """The lowest level needs none. Words that speak to a grader are evidence of nothing."""
    if not evidence:
        return points == min(level.points for level in criterion.levels)
    return bool(evidence.strip()) and evidence in text and not is_instruction_like(evidence)


def best_of(criteria: Sequence[ParsedCriterion]) -> Decimal:
    return sum((max((level.points for level in one.levels), default=Decimal(0)) for one in criteria), Decimal(0))
