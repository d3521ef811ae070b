"""Content and key from what other programs say of a question: shares for options, wildcards, tolerances.

Raises :class:`CannotTake` for a question that has no counterpart here; the text is the reason an author reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from assessments.formats.base import ParsedQuestion, Rejection, short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.settling import PictureMissing, settled
from assessments.question_types.choices import letter
from assessments.question_types.texts import folded

CLOSE = Fraction(1, 100)
"""Shares are written as 33.33333 and 16.66667; three thirds may come to 99.99999."""
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""A comma before three digits is one between decimals in half of the world, and between thousands in the other."""
LETTER = re.compile(r"\s*[(\[]?([A-Ja-j])[)\].:]\s+(?=\S)")
MAX_TEXT = 300


class CannotTake(Exception):
    """This question has no counterpart here. The text says why."""


@dataclass(frozen=True)
class Shared:
    """An option with the share of the points it earns: 1 is all, negative takes away."""

    text: str
    share: Fraction
    feedback: str = ""


@dataclass
class Draft:
    """A question in the making."""

    type: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    key: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What could not be brought over, as sentences for the report."""
    remarks: list[str] = field(default_factory=list)
    """Feedback that has no place of its own, for the explanation."""


def choice(options: Sequence[Shared], *, is_single: bool, fixed_order: bool = False) -> Draft:
    if len(options) < 2:
        raise CannotTake(f"A question with options needs two of them, and there {_is_or_are(len(options))}.")
    texts = without_letters([option.text for option in options])
    options = [replace(option, text=text) for option, text in zip(options, texts, strict=True)]
    require_fair(options)
    ids = [letter(place).lower() for place in range(len(options))]
    draft = Draft(
        content={"options": [{"id": id_, "text": option.text} for id_, option in zip(ids, options, strict=True)]}
    )
    if fixed_order:
        draft.content["fixed_order"] = True
    shares = {id_: option.share for id_, option in zip(ids, options, strict=True)}
    draft.type, draft.key = (
        ("single_choice", single_key(shares, draft.notes)) if is_single else ("multiple_choice", multiple_key(shares))
    )
    if feedback := {id_: option.feedback for id_, option in zip(ids, options, strict=True) if option.feedback}:
        draft.key["feedback"] = feedback
    return draft


def without_letters(texts: Sequence[str]) -> list[str]:
    """Options that each carry their own letter lose it: candidates see letters of the page's, and another order."""
    found = [LETTER.match(text) for text in texts if text.strip()]
    if all(match and ord(match[1].lower()) - 97 == place for place, match in enumerate(found)):
        return [LETTER.sub("", text, count=1).strip() for text in texts]
    return list(texts)


def true_or_false(draft: Draft) -> Draft:
    """A choice between True and False, in programs that know no other way to ask for it."""
    texts = {option["id"]: option["text"].strip(" .").lower() for option in draft.content["options"]}
    is_choice = draft.type == "single_choice" and not draft.key.get("credit")
    if not is_choice or sorted(texts.values()) != ["false", "true"]:
        return draft
    key: dict[str, Any] = {"value": texts[draft.key["option"]] == "true"}
    if feedback := {texts[id_]: text for id_, text in draft.key.get("feedback", {}).items()}:
        key["feedback"] = feedback
    return Draft("true_false", {}, key, draft.notes, draft.remarks)


def scored_by(draft: Draft, scheme: str) -> Draft:
    """A choice of several by a scheme that only asks which options are right, not by what each one earns."""
    draft.key.pop("weights", None)
    draft.key["scoring"] = scheme
    return draft


def require_fair(options: Sequence[Shared]) -> None:
    """Raise :class:`CannotTake` where two options say the same and earn differently: nobody could tell them apart."""
    shares: dict[str, Fraction] = {}
    for option in options:
        same = " ".join(option.text.split())
        if same and shares.setdefault(same, option.share) != option.share:
            raise CannotTake(f'Two options say the same: "{short(same, 60)}".')


def single_key(shares: dict[str, Fraction], notes: list[str]) -> dict[str, Any]:
    best = max(shares, key=lambda id_: shares[id_])
    if shares[best] < 1 - CLOSE:
        raise CannotTake(f"No option earns the full points; the best one earns {percent(shares[best])}.")
    if any(share < 0 for share in shares.values()):
        notes.append("Points taken away for wrong options are 0 here: one wrong choice earns nothing.")
    credit = {id_: number(min(share, Fraction(1))) for id_, share in shares.items() if share > 0 and id_ != best}
    return {"option": best, **({"credit": credit} if credit else {})}


def multiple_key(shares: dict[str, Fraction]) -> dict[str, Any]:
    right = [id_ for id_, share in shares.items() if share > 0]
    wrong = [id_ for id_ in shares if id_ not in right]
    if not right:
        raise CannotTake("No option earns anything: the key is missing.")
    total = sum((shares[id_] for id_ in right), start=Fraction(0))
    if total < 1 - CLOSE:
        raise CannotTake(f"All right options together earn only {percent(total)} of the points.")
    key: dict[str, Any] = {"options": right}
    if is_right_minus_wrong([shares[id_] for id_ in right], [shares[id_] for id_ in wrong]):
        return key
    weights = {id_: number(share) for id_, share in shares.items() if share}
    return {**key, "scoring": "weighted", "weights": weights}


def is_right_minus_wrong(right: Sequence[Fraction], wrong: Sequence[Fraction]) -> bool:
    """Equal shares that come to 1, and to -1: what the scheme of that name gives without any weights."""
    even = Fraction(1, len(right))
    taken = Fraction(-1, len(wrong)) if wrong else Fraction(0)
    return all(abs(share - even) < CLOSE / 10 for share in right) and all(
        abs(share - taken) < CLOSE / 10 for share in wrong
    )


def number(share: Fraction) -> int | float:
    """As JSON writes it. What is meant by 33.33333 or 14.28571 per cent is a third or a seventh, as near as decimals come."""
    nearest = share.limit_denominator(20)
    exact = nearest if abs(nearest - share) < Fraction(1, 100_000) else share
    return int(exact) if exact.denominator == 1 else round(float(exact), 12)


def percent(share: Fraction) -> str:
    return f"{float(share * 100):.4g} %"


def share_of(text: str) -> Fraction:
    """A percentage as Moodle writes it. Raises :class:`CannotTake`."""
    written = text.strip().replace(",", ".")
    if not written:
        return Fraction(0)
    if len(written) > 30 or not NUMBER.fullmatch(written):
        raise CannotTake(f'"{short(text, 30)}" is no percentage.')
    share = Fraction(written) / 100
    if abs(share) > 1:
        raise CannotTake(f"A share of {short(text, 30)} % is outside -100 to 100.")
    return share


def accepted_text(
    text: str, share: Fraction, *, case_sensitive: bool = False, wildcards: bool = True
) -> dict[str, Any]:
    """One accepted answer; with a star it stands for any text, as a pattern."""
    one: dict[str, Any] = {"text": text.strip()}
    if wildcards and "*" in text.replace("\\*", ""):
        one = {"text": pattern_of(text.strip()), "match": "regex"}
    elif wildcards:
        one["text"] = one["text"].replace("\\*", "*")
    if case_sensitive:
        one["case_sensitive"] = True
    return one | ({"credit": number(share)} if share < 1 - CLOSE else {})


def pattern_of(text: str) -> str:
    """A text with wildcards as a pattern: each star is any run of characters, and a star after a backslash is a star."""
    pieces = re.split(r"(?<!\\)\*", text)
    return ".*".join(
        _quoted(" ".join(piece.replace("\\*", "*").split()) if len(pieces) == 1 else _blanks(piece)) for piece in pieces
    )


def _blanks(piece: str) -> str:
    return re.sub(r"\s+", " ", piece.replace("\\*", "*"))


def _quoted(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def short_text(
    answers: Sequence[tuple[str, Fraction, str]], *, case_sensitive: bool = False, wildcards: bool = True
) -> Draft:
    """From texts with their shares and their feedback. An answer that earns nothing is there for its feedback."""
    draft = Draft("short_text")
    accepted = []
    for text, share, feedback in answers:
        if feedback:
            named = "" if text.strip() == "*" else f"{plain_to_markdown(text)}: "
            draft.remarks.append(f"- {named}{feedback}")
        if share > 0 and text.strip():
            accepted.append(accepted_text(text, share, case_sensitive=case_sensitive, wildcards=wildcards))
    if not accepted:
        raise CannotTake("No answer is accepted: the key is missing.")
    if all(one.get("credit", 1) < 1 for one in accepted):
        raise CannotTake("No accepted answer earns the full points.")
    longest = max(len(one["text"]) for one in accepted)
    if longest > 2_000:
        raise CannotTake("An accepted answer is longer than 2,000 characters.")
    draft.content = (
        {"max_length": 2 * longest}
        if longest > 200 and longest <= 1_000
        else {"max_length": 2_000}
        if longest > 1_000
        else {}
    )
    draft.key = {"accepted": accepted}
    return draft


def decimal(text: str) -> str:
    """A number as numeric keys hold it. Raises :class:`CannotTake`."""
    written = text.strip().replace("\u2212", "-")
    if THOUSANDS.fullmatch(written):
        as_decimal, as_whole = written.replace(",", "."), written.replace(",", "")
        raise CannotTake(f'"{written}" may be {as_decimal} or {as_whole}; please write it without the comma.')
    if re.fullmatch(r"[+-]?\d+,\d+", written):
        written = written.replace(",", ".")
    if len(written) > 100 or not NUMBER.fullmatch(written):
        raise CannotTake(f'"{short(text, 40)}" is not a number.')
    return written


def accepted_number(value: str, tolerance: str, share: Fraction) -> dict[str, Any]:
    one: dict[str, Any] = {"value": decimal(value)}
    if tolerance.strip() and Fraction(decimal(tolerance)) != 0:
        one["tolerance"] = decimal(tolerance).removeprefix("-")
    return one | ({"credit": number(share)} if share < 1 - CLOSE else {})


def accepted_range(low: str, high: str, share: Fraction) -> dict[str, Any]:
    ends = sorted((decimal(low), decimal(high)), key=Fraction)
    return {"min": ends[0], "max": ends[1]} | ({"credit": number(share)} if share < 1 - CLOSE else {})


def matching(pairs: Sequence[tuple[str, str]], *, fixed_order: bool = False) -> Draft:
    """From prompts with their choices. A choice without a prompt is there to mislead; equal choices are one."""
    choices = {folded(choice): choice for _, choice in reversed(pairs)}
    choices = {folded(choice): choices[folded(choice)] for _, choice in pairs}
    ids = {text: letter(place).lower() for place, text in enumerate(choices)}
    asked = [(prompt, ids[folded(choice)]) for prompt, choice in pairs if prompt.strip()]
    prompts = [(str(place), prompt, choice) for place, (prompt, choice) in enumerate(asked, start=1)]
    if not prompts or len(choices) < 2:
        raise CannotTake("Matching needs a prompt and at least two different choices.")
    draft = Draft(
        "matching",
        {
            "prompts": [{"id": id_, "text": prompt} for id_, prompt, _ in prompts],
            "choices": [{"id": ids[same], "text": text} for same, text in choices.items()],
        },
        {"pairs": {id_: choice for id_, _, choice in prompts}},
    )
    if fixed_order:
        draft.content["fixed_order"] = True
    return draft


def rejection(where: str, title: str, reason: object) -> Rejection:
    return Rejection(where, short(title), short(str(reason), MAX_TEXT))


def explanation_of(text: str, remarks: Sequence[str]) -> str:
    """What the file says about the whole question, then about single answers."""
    return "\n\n".join(part for part in (text, "\n".join(remarks)) if part)


def finished(draft: Draft, *, where: str, stem: str, explanation: str = "", **fields: Any) -> ParsedQuestion:
    """Whole, with its pictures taken out; what is to be noted of them joins the draft's notes. Raises :class:`CannotTake`."""
    question = ParsedQuestion(
        where=where,
        type=draft.type,
        stem=stem,
        content=draft.content,
        key=draft.key,
        explanation=explanation_of(explanation, draft.remarks),
        **fields,
    )
    try:
        question, notes = settled(question)
    except PictureMissing as reason:
        raise CannotTake(str(reason)) from None
    draft.notes += notes
    return question


def _is_or_are(count: int) -> str:
    return "is one" if count == 1 else "are none" if count == 0 else f"are {count}"
