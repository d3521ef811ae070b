"""Questions written with AI: asked for, checked by code, answered once more without their keys, compared with the bank.

What comes out are drafts. Nothing here approves anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel

from assessments import prompts, question_types
from assessments.domain import ledger
from assessments.domain.ledger import (
    AiRefused,
    BudgetSpent,
    Caller,
    GenerationStopped,
    LedgerUnavailable,
    LimitReached,
)
from assessments.domain.near_duplicates import Known, NearDuplicate, near_duplicates
from assessments.domain.question_checks import check_question
from assessments.domain.written import ANSWERS, FORMS, parsed
from assessments.enums import AiPurpose, Difficulty, KeyVerdict
from assessments.formats.base import ParsedQuestion, Rejection, short
from assessments.gemini import GeminiFailed, NotConfigured, Prompt, Reply
from assessments.models import GenerationRequest, Question, QuestionBank
from assessments.question_types import ContentInvalid, ValueRefused

__all__ = [
    "AiRefused",
    "Ask",
    "AskInvalid",
    "BudgetSpent",
    "Caller",
    "Draft",
    "Drafts",
    "GeminiFailed",
    "GenerationStopped",
    "LedgerUnavailable",
    "LimitReached",
    "NotConfigured",
    "generate_now",
]

MOST_QUESTIONS = 10
BATCH = 4
"""Questions per call: more than these do not fit into its 20 seconds."""
MAX_TOPIC, MAX_COMPETENCE, MAX_LANGUAGE = 200, 120, 40
STYLE_SAMPLES, STYLE_LENGTH = 3, 600
MOST_COMPARED = 5_000
THINKING_TOKENS, TOKENS_EACH = 4_096, 1_400


LINK = re.compile(
    r"!\[|\]\(|https?://(?!(?:[\w.-]*\.)?example\b)|<(?:a|img|iframe|script|object|embed)\b", re.IGNORECASE
)
"""Addresses under ``example`` are what examples are made of."""


class AskInvalid(Exception):
    """What was asked for cannot be written. ``where`` is the field, the text a sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(reason)
        self.where = where


@dataclass(frozen=True)
class Ask:
    topic: str
    question_type: str = "single_choice"
    count: int = 3
    difficulty: str = ""
    competence: str = ""
    language: str = "English"
    bank: QuestionBank | None = None
    """For its style, and to find near-duplicates."""

    def __post_init__(self) -> None:
        """Raises :class:`AskInvalid`."""
        lengths = {"topic": MAX_TOPIC, "competence": MAX_COMPETENCE, "language": MAX_LANGUAGE}
        for name, limit in lengths.items():
            if len(getattr(self, name)) > limit:
                raise AskInvalid(name, f"At most {limit} characters.")
        if not prompts.visible(self.topic).strip():
            raise AskInvalid("topic", "Say what the questions should be about.")
        if self.question_type not in FORMS:
            raise AskInvalid("question_type", f"AI writes questions of these types: {', '.join(FORMS)}.")
        if self.difficulty not in Difficulty.values:
            raise AskInvalid("difficulty", "It must be easy, medium, hard or left out.")
        if not 1 <= self.count <= MOST_QUESTIONS:
            raise AskInvalid("count", f"From 1 to {MOST_QUESTIONS} questions at once.")

    def as_json(self) -> dict[str, Any]:
        names = ("topic", "question_type", "count", "difficulty", "competence", "language")
        return {name: getattr(self, name) for name in names}


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


@dataclass
class Drafts:
    request_id: UUID
    model: str
    prompt_version: str
    prompt_hash: str
    drafts: list[Draft] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    """What Gemini wrote that its type refused."""
    ended_early: str = ""
    """Why fewer came than were asked for, in a sentence."""


class CheckAnswer(BaseModel):
    number: int
    value: list[str]
    why: str


class CheckAnswers(BaseModel):
    answers: list[CheckAnswer]


Progress = Callable[[str, Sequence[Draft]], None]


def generate_now(
    ask: Ask, *, caller: Caller, requested_by: Any = None, progress: Progress = lambda step, drafts: None
) -> Drafts:
    """Write, check and compare, while the caller waits: some seconds. It counts as one of the caller's five a minute.

    Raises ``NotConfigured`` (it names the setting), :class:`LimitReached` (``retry_after`` seconds), :class:`BudgetSpent`,
    :class:`GenerationStopped`, :class:`LedgerUnavailable` – all but the first are ``AiRefused`` – and ``GeminiFailed``.
    """
    return generate(ask, reserve(ask, caller=caller, requested_by=requested_by), progress=progress)


def reserve(ask: Ask, *, caller: Caller, requested_by: Any = None) -> GenerationRequest:
    """The first call's line in the ledger: for requests that are carried out later. Raises as :func:`generate_now`."""
    first = write_prompt(ask, count=min(BATCH, ask.count), written=())
    return ledger.reserve(caller, first, purpose=AiPurpose.GENERATE, requested_by=requested_by)


def generate(ask: Ask, line: GenerationRequest, *, progress: Progress = lambda step, drafts: None) -> Drafts:
    """Carry out what was reserved. Raises ``AiRefused``, ``GeminiFailed`` if nothing at all came of it."""
    file = prompts.load("generate")
    result = Drafts(line.pk, settings.GEMINI_MODEL, file.version, file.hash)
    known = list(_known(ask.bank))
    for number, count in enumerate(_batches(ask.count)):
        try:
            batch = _written(ask, line, count=count, result=result, is_first=number == 0)
            progress("checking", ())
            checked = _key_checked([Draft(one) for one in batch], line)
        except (AiRefused, GeminiFailed) as failure:
            if not result.drafts:
                raise
            result.ended_early = str(failure)
            break
        drafts = []
        for draft in checked:
            near = near_duplicates(draft.question.stem, known)
            drafts.append(replace(draft, near_duplicates=tuple(near)))
            known.append(Known("", draft.question.stem))  # the next ones should differ from it as well
        result.drafts += drafts
        progress("writing", drafts)
    return result


def _batches(count: int) -> Iterator[int]:
    while count > 0:
        yield min(BATCH, count)
        count -= BATCH


# ---- Writing ----


def write_prompt(ask: Ask, *, count: int, written: Iterable[str]) -> Prompt[BaseModel]:
    file = prompts.load("generate")
    return Prompt(
        system=file.system,
        text=file.text(
            count=count,
            type=ask.question_type,
            type_needs=FORMS[ask.question_type].needs,
            difficulty=ask.difficulty or "mixed",
            language=prompts.data(prompts.visible(ask.language) or "English"),
            request=prompts.data({"topic": prompts.visible(ask.topic), "competence": prompts.visible(ask.competence)}),
            style=prompts.data(_style_samples(ask)),
            written=prompts.data(list(written)),
        ),
        answer=ANSWERS[ask.question_type],
        max_output_tokens=THINKING_TOKENS + TOKENS_EACH * count,
        version=file.version,
        hash=file.hash,
    )


def _style_samples(ask: Ask) -> list[str]:
    """Stems only: keys stay at home."""
    if ask.bank is None:
        return []
    questions = ask.bank.questions.approved().filter(current_version__type=ask.question_type)
    stems = questions.order_by("identity").values_list("current_version__stem", flat=True)[:STYLE_SAMPLES]
    return [short(stem, STYLE_LENGTH) for stem in stems]


def _written(ask: Ask, line: GenerationRequest, *, count: int, result: Drafts, is_first: bool) -> list[ParsedQuestion]:
    prompt = write_prompt(ask, count=count, written=[short(one.question.stem) for one in result.drafts])
    reply: Reply[Any] = ledger.call(line if is_first else _follow_up(line, prompt, AiPurpose.GENERATE), prompt)
    good = []
    for place, one in enumerate(reply.data.questions[:count], start=len(result.drafts) + 1):
        found = check_question(
            parsed(
                one,
                type_=ask.question_type,
                place=place,
                difficulty=ask.difficulty,
                competence=ask.competence,
                topic=prompts.visible(ask.topic),
            )
        )
        if isinstance(found, Rejection):
            result.rejected.append(found)
        elif reason := _unwanted(found.parsed):
            result.rejected.append(Rejection(found.parsed.where, short(found.parsed.title), reason))
        else:
            good.append(replace(found.parsed, content=found.content, key=found.key))
    return good


def _unwanted(question: ParsedQuestion) -> str:
    """What no page may show because a model wrote it, however well it is escaped. ``""`` if there is none of it."""
    text = f"{question}"
    if settings.GEMINI_API_KEY and settings.GEMINI_API_KEY in text:
        return "It held a secret of this server."
    return "It held a link or an image, which AI may not bring in." if LINK.search(text) else ""


def _follow_up(line: GenerationRequest, prompt: Prompt[Any], purpose: AiPurpose) -> GenerationRequest:
    """Budgets and the switch hold for it; of the caller's five it is none of its own."""
    return ledger.reserve(
        Caller(line.caller), prompt, purpose=purpose, requested_by=line.requested_by, is_counted=False
    )


# ---- The key, found again without being seen ----


def check_prompt(questions: Sequence[ParsedQuestion]) -> Prompt[CheckAnswers]:
    file = prompts.load("check")
    shown = [
        {"number": number, "type": one.type, "question": one.stem, "options": one.content.get("options", [])}
        for number, one in enumerate(questions, start=1)
    ]
    return Prompt(
        system=file.system,
        text=file.text(questions=prompts.data(shown)),
        answer=CheckAnswers,
        max_output_tokens=THINKING_TOKENS + 300 * len(questions),
        version=file.version,
        hash=file.hash,
        temperature=0.0,
    )


def _key_checked(drafts: list[Draft], line: GenerationRequest) -> list[Draft]:
    """Each with its verdict. A check that fails leaves drafts unchecked; it does not lose them."""
    if not drafts:
        return []
    if question_types.get(drafts[0].question.type).is_scored_by_people:
        return [replace(draft, verdict=KeyVerdict.NOT_APPLICABLE) for draft in drafts]
    prompt = check_prompt([draft.question for draft in drafts])
    try:
        reply = ledger.call(_follow_up(line, prompt, AiPurpose.CHECK), prompt)
    except (AiRefused, GeminiFailed) as failure:
        return [replace(draft, verdict_words=f"The second call failed. {failure}") for draft in drafts]
    answers = {answer.number: answer for answer in reply.data.answers}
    return [_judged(draft, answers.get(number)) for number, draft in enumerate(drafts, start=1)]


def _judged(draft: Draft, answer: CheckAnswer | None) -> Draft:
    if answer is None:
        return replace(draft, verdict_words="The second call left this question out.")
    question, type_ = draft.question, question_types.get(draft.question.type)
    try:
        value = type_.read(answer.value, question.content)
        is_right = type_.credit(value, question.content, question.key) == 1
        words = type_.words(value, question.content)
    except (ValueRefused, ContentInvalid):
        is_right, words = False, "; ".join(answer.value)
    verdict = KeyVerdict.AGREED if is_right else KeyVerdict.DISPUTED
    return replace(draft, verdict=verdict, verdict_words=short(f"It answered “{words}”: {answer.why}", 600))


# ---- The bank ----


def _known(bank: QuestionBank | None) -> Iterator[Known]:
    if bank is None:
        return
    questions = Question.objects.filter(bank=bank, current_version__isnull=False).order_by("-created_at")
    for pk, stem in questions.values_list("pk", "current_version__stem")[:MOST_COMPARED]:
        yield Known(str(pk), stem)
