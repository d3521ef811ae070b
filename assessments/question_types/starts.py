"""What an author who writes a question of a type by hand finds in the form: content and key that are valid as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Start:
    about: str
    """When to choose this type, in a sentence."""
    content: dict[str, Any] = field(default_factory=dict)
    key: dict[str, Any] = field(default_factory=dict)
    hint: str = ""
    """What else content and key may hold."""


OPTIONS = [
    {"id": "a", "text": "The first option"},
    {"id": "b", "text": "The second option"},
    {"id": "c", "text": "The third option"},
]
STARTS = {
    "single_choice": Start(
        about="One of several options is right.",
        content={"options": OPTIONS},
        key={"option": "b"},
        hint="Option texts are Markdown. Content may say “fixed_order”: true to keep the options in this order. The key "
        "may give part of the points to other options, “credit”: {“c”: 0.5}, and explain each, “feedback”: {“a”: “…”}.",
    ),
    "multiple_choice": Start(
        about="Any number of options may be right.",
        content={"options": OPTIONS},
        key={"options": ["a", "c"], "scoring": "right_minus_wrong"},
        hint="“scoring” is right_minus_wrong (a wrong choice cancels a right one, never below 0), per_option (each option "
        "judged by itself), all_or_nothing, or weighted with “weights”: {“a”: 0.5, “c”: 0.5, “b”: -0.5}. Content may say "
        "“fixed_order”: true and “max_choices”: 2.",
    ),
    "true_false": Start(
        about="A statement that holds or does not.",
        key={"value": True},
        hint="Content stays empty. The key may explain each answer: “feedback”: {“true”: “…”, “false”: “…”}.",
    ),
    "matching": Start(
        about="Each of several prompts gets one of several choices.",
        content={
            "prompts": [{"id": "1", "text": "The first prompt"}, {"id": "2", "text": "The second prompt"}],
            "choices": [
                {"id": "a", "text": "A choice"},
                {"id": "b", "text": "Another"},
                {"id": "c", "text": "One too many"},
            ],
        },
        key={"pairs": {"1": "a", "2": "b"}},
        hint="A choice may be right for several prompts and for none. “scoring” is per_pair or all_or_nothing; “credit”: "
        "{“1”: {“c”: 0.5}} gives part of the points to another choice. Content may say “fixed_order”: true.",
    ),
    "ordering": Start(
        about="Items are put into order.",
        content={
            "items": [{"id": "a", "text": "Push"}, {"id": "b", "text": "Edit"}, {"id": "c", "text": "Commit"}],
        },
        key={"order": ["b", "c", "a"]},
        hint="Candidates always see the items mixed up. “scoring” is adjacent_pairs (each pair of neighbours kept), "
        "per_position or all_or_nothing.",
    ),
    "numeric": Start(
        about="A number, with a tolerance or a unit where you say so.",
        content={"units": ["ms", "s"]},
        key={"accepted": [{"value": "250", "tolerance": "5"}], "units": {"ms": "1", "s": "1000"}},
        hint="Numbers are written as texts, so that they stay exact. A range is {“min”: “1”, “max”: “2”}; “relative”: true "
        "makes the tolerance a share of the value; “credit”: 0.5 gives half the points. “units” in the key says how much one "
        "of each unit is, in the unit of “accepted”. Leave both units out where there is none.",
    ),
    "short_text": Start(
        about="A word or a few, compared with what you accept.",
        key={"accepted": [{"text": "index"}, {"text": "indices?", "match": "regex", "credit": 0.5}]},
        hint="Case and extra blanks do not matter unless “case_sensitive”: true. “match”: “regex” is an RE2 expression for the "
        "whole answer. Content may say “max_length”: 200.",
    ),
    "cloze": Start(
        about="Blanks in a text are filled in: a word, a number, or one of a few options.",
        content={
            "text": "A hash index finds a key in {{1}} time and {{2}} ranges.",
            "gaps": [
                {"id": "1"},
                {
                    "id": "2",
                    "kind": "choice",
                    "options": [{"id": "a", "text": "does not help with"}, {"id": "b", "text": "speeds up"}],
                },
            ],
        },
        key={"gaps": {"1": {"accepted": [{"text": "constant"}, {"text": "O(1)"}]}, "2": {"option": "a"}}},
        hint="Each {{id}} in the text is a gap to type into, or to choose for with “kind”: “choice” and “options”. What is "
        "“accepted” is texts as in short text, and numbers such as {“value”: “42”, “tolerance”: “1”}. “weight”: 2 makes a gap "
        "count double.",
    ),
    "long_text": Start(
        about="An explanation in the candidate’s own words. A person judges it, best by a rubric.",
        content={"suggested_words": 120, "show_criteria": True},
        key={"model_answer": "What a good answer says."},
        hint="“show_criteria” lets candidates see the names and descriptions of the rubric’s criteria, never its levels.",
    ),
}


def start_of(type_name: str) -> Start:
    """An empty one for a type that has none yet."""
    return STARTS.get(type_name, Start(about=""))
