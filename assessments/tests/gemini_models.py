"""How a fake Gemini answers: well, wrongly, or obediently."""

from __future__ import annotations

import json
import re
from typing import Any

from assessments.tests.fake_gemini import Asked

WRITTEN: dict[str, dict[str, Any]] = {
    "single_choice": {
        "stem": "A nightly job began to time out after the table grew. What do you look at first?",
        "options": [
            {"text": "The query's plan", "is_right": True, "why": "It says what changed."},
            {"text": "The server's fans", "is_right": False, "why": "They do not slow a query."},
            {"text": "The commit messages", "is_right": False, "why": "The table grew, not the code."},
        ],
    },
    "multiple_choice": {
        "stem": "Which of these make a retry safe? Several may be right.",
        "options": [
            {"text": "A key for each action", "is_right": True, "why": ""},
            {"text": "A longer timeout", "is_right": False, "why": ""},
            {"text": "A unique constraint", "is_right": True, "why": ""},
        ],
    },
    "true_false": {"stem": "An index can make writes slower.", "is_true": True},
    "numeric": {"stem": "12 requests take 3 s. How many a second?", "number": "4", "tolerance": "0"},
    "short_text": {"stem": "Which HTTP method is safe and has no body?", "accepted": ["GET", "get"]},
    "matching": {
        "stem": "Match each symptom of a service to its likeliest cause.",
        "pairs": [
            {"prompt": "Slow for everybody", "choice": "Saturation"},
            {"prompt": "Slow for one tenant", "choice": "Skewed data"},
        ],
        "other_choices": ["A typo"],
    },
    "ordering": {
        "stem": "A column is to be renamed without downtime. Put the steps into order.",
        "items": ["Write to both columns", "Copy what is there", "Read the new one", "Drop the old one"],
    },
    "cloze": {
        "stem": "Fill in what is missing.",
        "text": "The plan shows a {{1}} scan of ten million rows, so I would add an {{2}}.",
        "gaps": [
            {"accepted": ["sequential", "seq"], "wrong": []},
            {"accepted": ["index"], "wrong": ["alias", "trigger"]},
        ],
    },
    "long_text": {
        "stem": "A colleague wants to cache a page that shows a user's name. What do you tell them?",
        "suggested_words": 120,
        "model_answer": "Who may see it decides the key.",
        "criteria": [
            {
                "name": "Risk",
                "description": "Sees who could read whose page.",
                "levels": [
                    {"name": "Not seen", "points": 0, "description": ""},
                    {"name": "Seen", "points": 2, "description": ""},
                ],
            }
        ],
    },
}
RIGHT = {
    "single_choice": ["a"],
    "multiple_choice": ["a", "c"],
    "true_false": ["true"],
    "numeric": ["4"],
    "short_text": ["GET"],
    "matching": ["1=b", "2=c"],  # by their places among the choices in the order of their texts
    "ordering": ["d", "a", "c", "b"],
    "cloze": ["1=seq", "2=b"],
}
WRONG = {
    "single_choice": ["b"],
    "true_false": ["false"],
    "numeric": ["7"],
    "short_text": ["POST"],
    "multiple_choice": ["a"],
    "matching": ["1=c", "2=b"],
    "ordering": ["a", "b", "c", "d"],
    "cloze": ["1=seq", "2=a"],
}


def type_of(asked: Asked) -> str:
    found = re.search(r'of the type "(\w+)"', asked.text)
    assert found is not None
    return found[1]


def written(type_: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    stem = f"{WRITTEN[type_]['stem']} ({'abcdefghij'[number % 10] * 6} {number})"
    common = {"title": f"Question {number}", "explanation": "Because.", "tags": ["databases"]}
    return {**common, **WRITTEN[type_], "stem": stem, **changes}


def good(asked: Asked) -> dict[str, Any]:
    """Writes as many as asked, and reaches every key."""
    type_ = type_of(asked)
    if "answers" in asked.wants:
        numbers = [int(found) for found in re.findall(r'"number": (\d+)', asked.text)]
        return {"answers": [{"number": one, "value": RIGHT[type_], "why": "It follows."} for one in numbers]}
    found = re.search(r"Write (\d+) questions", asked.text)
    assert found is not None
    already = asked.text.count(WRITTEN[type_]["stem"][:30])
    return {"questions": [written(type_, already + one + 1) for one in range(int(found[1]))]}


def contrary(asked: Asked) -> dict[str, Any]:
    """Writes well, and comes to other answers on its second look."""
    answer = good(asked)
    for one in answer.get("answers", ()):
        one["value"] = WRONG[type_of(asked)]
    return answer


# ---- Suggesting ----


def rubric_and_answer(asked: Asked) -> tuple[list[dict[str, Any]], str]:
    """What a suggestion is asked about, as it stands in the prompt."""
    found = re.search(
        r"levels with points\):\n(\[.*\])\n\nThe answer.*?<<<(ANSWER-\w+)\n(.*)\n\2>>>", asked.text, re.DOTALL
    )
    assert found is not None
    return json.loads(found[1]), found[3]


def levels(rubric: list[dict[str, Any]], which: int, evidence: str) -> dict[str, Any]:
    """The lowest (0) or the highest (-1) level everywhere, with this evidence."""
    given = [
        {"position": one["position"], "points": one["levels"][which]["points"], "evidence": evidence if which else ""}
        for one in rubric
    ]
    return {"criteria": given, "speaks_to_the_grader": False}


def obedient(asked: Asked) -> dict[str, Any]:
    """Gives every answer all it wants, and quotes the answer's own longest line for it: as bad as a model can be."""
    rubric, answer = rubric_and_answer(asked)
    return levels(rubric, -1, max(answer.splitlines(), key=len))


def steadfast(asked: Asked) -> dict[str, Any]:
    """Gives everybody the lowest levels, whatever they write."""
    rubric, _ = rubric_and_answer(asked)
    return levels(rubric, 0, "")
