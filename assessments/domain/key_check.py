"""The key of a draft, found again by a second call that is not shown it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from assessments import prompts, question_types
from assessments.domain.ledger import AiRefused
from assessments.domain.near_duplicates.of_drafts import NearDuplicate
from assessments.domain.written import FORMS
from assessments.enums import KeyVerdict
from assessments.formats.base import ParsedQuestion, short
from assessments.gemini import GeminiFailed, Prompt, Reply
from assessments.question_types import ContentInvalid, ValueRefused

THINKING_TOKENS, TOKENS_EACH = 4_096, 300


@dataclass(frozen=True)
class Draft:
    """``question``'s content and key have passed its type's own checks."""

    question: ParsedQuestion
    verdict: KeyVerdict = KeyVerdict.UNCHECKED
    verdict_words: str = ""
    near_duplicates: tuple[NearDuplicate, ...] = ()

    @property
    def is_disputed(self) -> bool:
        return self.verdict == KeyVerdict.DISPUTED


class CheckAnswer(BaseModel):
    number: int
    value: list[str]
    why: str


class CheckAnswers(BaseModel):
    answers: list[CheckAnswer]


def check_prompt(questions: Sequence[ParsedQuestion]) -> Prompt[CheckAnswers]:
    """Of one type. A question's content is what a candidate may see: nothing of the key is in it."""
    file = prompts.load("check")
    shown = [{"number": number, "question": one.stem, **one.content} for number, one in enumerate(questions, start=1)]
    return Prompt(
        system=file.system,
        text=file.text(
            type=questions[0].type,
            answered_by=FORMS[questions[0].type].answered_by,
            questions=prompts.data(shown),
        ),
        answer=CheckAnswers,
        max_output_tokens=THINKING_TOKENS + TOKENS_EACH * len(questions),
        version=file.version,
        hash=file.hash,
        temperature=0.0,
    )


Ask = Callable[[Prompt[CheckAnswers]], Reply[CheckAnswers]]


def key_checked(drafts: Sequence[Draft], ask: Ask) -> list[Draft]:
    """Each with its verdict. A check that fails leaves drafts unchecked; it does not lose them."""
    if not drafts:
        return []
    if question_types.get(drafts[0].question.type).is_scored_by_people:
        return [replace(draft, verdict=KeyVerdict.NOT_APPLICABLE) for draft in drafts]
    try:
        reply = ask(check_prompt([draft.question for draft in drafts]))
    except (AiRefused, GeminiFailed) as failure:
        return [replace(draft, verdict_words=f"The second call failed. {failure}") for draft in drafts]
    answers = {answer.number: answer for answer in reply.data.answers}
    return [_judged(draft, answers.get(number)) for number, draft in enumerate(drafts, start=1)]


def _judged(draft: Draft, answer: CheckAnswer | None) -> Draft:
    if answer is None:
        return replace(draft, verdict_words="The second call left this question out.")
    question, type_ = draft.question, question_types.get(draft.question.type)
    try:
        value = FORMS[question.type].read(answer.value, question.content)
        is_right = type_.credit(value, question.content, question.key) == 1
        words = type_.words(value, question.content)
    except (ValueRefused, ContentInvalid):
        is_right, words = False, "; ".join(answer.value)
    verdict = KeyVerdict.AGREED if is_right else KeyVerdict.DISPUTED
    return replace(draft, verdict=verdict, verdict_words=short(f"It answered “{words}”: {answer.why}", 600))
