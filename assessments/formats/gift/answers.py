"""What is between the braces of GIFT → the draft of a question."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from assessments.formats import keyed
from assessments.formats.base import short
from assessments.formats.gift.texts import TEXT_FORMAT, back, formatted
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, Shared

WEIGHT = re.compile(r"%\s*([+-]?[\d.,]+)\s*%")
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")


def draft_of(answers: str, text_format: str) -> Draft:
    """The type of a question is that of its answers. Raises :class:`CannotTake`."""
    if not answers:
        return Draft("long_text")
    if answers.startswith("#"):
        return numeric(answers[1:].strip(), text_format)
    if "~" in answers:
        return choices(answers, text_format)
    if "=" in answers and "->" in answers:
        return pairs(answers, text_format)
    judged, *feedback = answers.split("#")
    if judged.strip().upper() in (*TRUE, *FALSE):
        return true_false(judged.strip().upper() in TRUE, feedback, text_format)
    return short_text(answers, text_format)


def choices(answers: str, text_format: str) -> Draft:
    options = []
    for mark, text in re.findall(r"(~=|[~=])([^~=]*)", answers):
        if not text.strip():
            continue
        answer, feedback = split_feedback(text, text_format)
        share, answer = weighed(answer, otherwise=Fraction("=" in mark))
        options.append(Shared(formatted(answer, text_format), share, feedback))
    leading = re.match(r"[^~=]*", answers)
    if leading and leading[0].strip():
        raise CannotTake(f'"{short(back(leading[0]), 60)}" stands before the first = or ~.')
    return keyed.choice(options, is_single="=" in answers)


def true_false(value: bool, feedback: list[str], text_format: str) -> Draft:
    """The first feedback is for those who judged wrongly."""
    texts = [formatted(text, text_format) for text in feedback[:2]]
    given = {str(judged).lower(): text for judged, text in zip((not value, value), texts, strict=False) if text}
    return Draft("true_false", key={"value": value, **({"feedback": given} if given else {})})


def pairs(answers: str, text_format: str) -> Draft:
    found = []
    for text in answers.split("=")[1:]:
        prompt, arrow, choice = text.partition("->")
        if not arrow:
            raise CannotTake(f'"{short(back(text), 60)}" has no -> between a prompt and its match.')
        found.append((formatted(prompt, text_format) if prompt.strip() else "", plain_to_markdown(back(choice))))
    return keyed.matching(found)


def short_text(answers: str, text_format: str) -> Draft:
    texts = answers.split("=")[1:] if "=" in answers else [answers]
    found = []
    for text in texts:
        answer, feedback = split_feedback(text, text_format)
        share, answer = weighed(answer)
        answer = TEXT_FORMAT.sub("", answer.strip(), count=1)
        found.append((" ".join(back(answer).split()), share, feedback))
    return keyed.short_text(found)


def numeric(answers: str, text_format: str) -> Draft:
    draft = Draft("numeric")
    accepted = []
    answers, _, wrong = answers.partition("~")
    if feedback := split_feedback(wrong, text_format)[1]:
        draft.remarks.append(f"- {feedback}")
    for text in answers.split("=")[1:] if "=" in answers else [answers]:
        answer, feedback = split_feedback(text, text_format)
        share, answer = weighed(answer)
        if feedback:
            draft.remarks.append(f"- {plain_to_markdown(back(answer))}: {feedback}")
        if share > 0 and answer.strip() != "*":
            accepted.append(number_of(back(answer).strip(), share))
    if not accepted:
        raise CannotTake("No number is accepted: the key is missing.")
    if all(one.get("credit", 1) < 1 for one in accepted):
        raise CannotTake("No accepted number earns the full points.")
    draft.key = {"accepted": accepted}
    return draft


def number_of(answer: str, share: Fraction) -> dict[str, Any]:
    if ".." in answer:
        low, _, high = answer.partition("..")
        return keyed.accepted_range(low, high, share)
    value, _, tolerance = answer.partition(":")
    return keyed.accepted_number(value, tolerance, share)


def split_feedback(text: str, text_format: str) -> tuple[str, str]:
    answer, mark, feedback = text.partition("#")
    return answer.strip(), formatted(feedback, text_format) if mark and feedback.strip() else ""


def weighed(answer: str, *, otherwise: Fraction = Fraction(1)) -> tuple[Fraction, str]:
    """The share that stands before an answer, and the answer."""
    match = WEIGHT.match(answer)
    return (keyed.share_of(match[1]), answer[match.end() :]) if match else (otherwise, answer)
