from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from assessments.gemini.errors import Usage
from assessments.gemini.schema import wire_schema

AnswerT = TypeVar("AnswerT", bound=BaseModel)


@dataclass(frozen=True)
class Prompt(Generic[AnswerT]):
    """What is put to Gemini, and the form its answer must have."""

    system: str
    text: str
    answer: type[AnswerT]
    max_output_tokens: int
    version: str
    """Of the prompt file: ``generate/v1``."""
    hash: str
    """SHA-256 of the prompt file."""
    temperature: float = 0.4
    seconds: float = 20.0
    """For everything, retries included."""

    @property
    def schema(self) -> dict[str, Any]:
        return wire_schema(self.answer)

    @property
    def most_tokens(self) -> int:
        """No call can cost more: a token is at least a byte, and the output is capped."""
        return self.most_tokens_in + self.max_output_tokens

    @property
    def most_tokens_in(self) -> int:
        return len(f"{self.system}{self.text}{self.schema}".encode())


@dataclass(frozen=True)
class RawReply:
    text: str
    finish_reason: str
    block_reason: str
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    data: AnswerT
    usage: Usage
