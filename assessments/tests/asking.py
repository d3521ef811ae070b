"""Prompts for tests of what is decided before Gemini is asked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from assessments.gemini import Prompt


class Anything(BaseModel):
    answer: str = ""


def any_prompt(**facts: Any) -> Prompt[Anything]:
    defaults: dict[str, Any] = {"system": "Be brief.", "text": "x", "answer": Anything, "max_output_tokens": 50}
    return Prompt(**{**defaults, "version": "test/v1", "hash": "0" * 64, "seconds": 1.0, **facts})
