"""Questions written with AI: asked for, checked by code, answered once more without their keys, compared with the bank.

What comes out are drafts. Nothing here approves anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel

from assessments import prompts
from assessments.domain import ledger
from assessments.domain.asks import Ask
from assessments.domain.key_check import CheckAnswers, Draft, key_checked
from assessments.domain.ledger import AiRefused, Caller
from assessments.domain.near_duplicates.fingerprints import words_of
from assessments.domain.near_duplicates.of_drafts import Known, near_duplicates
from assessments.domain.question_checks import check_question
from assessments.domain.written import ANSWERS, FORMS, parsed
from assessments.enums import AiPurpose
from assessments.formats.base import ParsedQuestion, Rejection, short
from assessments.gemini import GeminiFailed, Prompt, Reply
from assessments.models import GenerationRequest, Question, QuestionBank

BATCH = 4
"""Questions per call: more than these do not fit into its 20 seconds."""
STYLE_SAMPLES, STYLE_LENGTH = 3, 600
MOST_COMPARED = 5_000
THINKING_TOKENS, TOKENS_EACH = 4_096, 1_400

LINK = re.compile(
    r"!\[|\]\(|https?://(?!(?:[\w.-]*\.)?example\b)|<(?:a|img|iframe|script|object|embed)\b", re.IGNORECASE
)
"""Addresses under ``example`` are what examples are made of."""


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
            checked = key_checked([Draft(one) for one in batch], partial(_asked_again, line))
        except (AiRefused, GeminiFailed) as failure:
            if not result.drafts:
                raise
            result.ended_early = str(failure)
            break
        drafts = []
        for draft in checked:
            near = near_duplicates(_said(draft.question), known)
            drafts.append(replace(draft, near_duplicates=tuple(near)))
            known.append(Known("", _said(draft.question)))  # the next ones should differ from it as well
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
    prompt = write_prompt(ask, count=count, written=[short(_said(one.question)) for one in result.drafts])
    reply: Reply[Any] = ledger.call(line if is_first else _follow_up(line, prompt, AiPurpose.GENERATE), prompt)
    good = []
    for place, one in enumerate(reply.data.questions[:count], start=len(result.drafts) + 1):
        found = check_question(
            parsed(
                one,
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


def _asked_again(line: GenerationRequest, prompt: Prompt[CheckAnswers]) -> Reply[CheckAnswers]:
    return ledger.call(_follow_up(line, prompt, AiPurpose.CHECK), prompt)


# ---- The bank ----


def _said(question: ParsedQuestion) -> str:
    return words_of(question.stem, question.content)


def _known(bank: QuestionBank | None) -> Iterator[Known]:
    if bank is None:
        return
    questions = Question.objects.filter(bank=bank, current_version__isnull=False).order_by("-created_at")
    facts = questions.values_list("pk", "current_version__stem", "current_version__content__text")
    for pk, stem, text in facts[:MOST_COMPARED]:
        yield Known(str(pk), words_of(stem, {"text": text}))
