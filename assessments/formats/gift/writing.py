"""Questions → GIFT. Texts are written as Markdown, which Moodle reads too; line breaks as ``\\n``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from assessments.domain import markup
from assessments.formats.base import ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.gift.texts import NONCHARACTERS, TEXT_FORMAT
from assessments.formats.omitting import NO_FULL_ANSWER, PATTERNS, CannotWrite, Omissions
from assessments.formats.shares import decimals, multiple_shares, pairs_of, percentage, wildcards_of

SPECIAL = re.compile(r"[~=#{}:\\]")
LINES = re.compile(r"\r\n|[\r\n]")
NO_PLACE = ("difficulty", "source", "competence", "licence", "rubric")


def write_gift(questions: Sequence[ParsedQuestion], bank: ParsedBank) -> str:
    return _written(questions, bank)[0]


def unsaid(questions: Sequence[ParsedQuestion]) -> Unsaid:
    return _written(questions, ParsedBank())[1].unsaid()


def _written(questions: Sequence[ParsedQuestion], bank: ParsedBank) -> tuple[str, Omissions]:
    left = Omissions()
    blocks = [f"// {' '.join(bank.name.split())}"] if bank.name.strip() else []
    for question in questions:
        of_one = Omissions()
        try:
            blocks.append(_block(question, of_one))
        except CannotWrite as reason:
            left.leave_out(question, reason)
        else:
            left.take(of_one)
    return "\n\n".join(blocks) + "\n" if blocks else "", left


def _block(question: ParsedQuestion, left: Omissions) -> str:
    answers = _answers(question, left)
    if question.points != 1:
        left.add("points")
    left.add_fields(question, NO_PLACE)
    left.add_media(question)
    named = [f"[id:{_named(question.identity)}]"] if question.identity.strip() else []
    named += [f"[tag:{_named(tag)}]" for tag in question.tags]
    comment = f"// {' '.join(named)}\n" if named else ""
    title = f"::{escaped(' '.join(question.title.split()))}::" if question.title.strip() else ""
    if NONCHARACTERS.search(texts_of(question)):
        left.add("characters that are none in Unicode")
    general = f"####{text(question.explanation)}" if question.explanation.strip() else ""
    return f"{comment}{title}[markdown]{escaped(question.stem.strip())}{{{answers}{general}}}"


def texts_of(question: ParsedQuestion) -> str:
    """All its texts, for looking at their characters."""
    return "".join((question.stem, question.title, question.explanation, *_texts((question.content, question.key))))


def _texts(value: Any) -> Iterator[str]:
    parts = value.values() if isinstance(value, dict) else value
    for part in parts:
        if isinstance(part, dict | list | tuple):
            yield from _texts(part)
        elif isinstance(part, str):
            yield part


def _answers(question: ParsedQuestion, left: Omissions) -> str:  # noqa: C901 - a line for each type
    content, key = question.content, question.key
    if content.get("fixed_order"):
        left.add("the order of options, which is mixed up")
    match question.type:
        case "single_choice":
            return _single(content, key)
        case "multiple_choice":
            return _multiple(content, key, left)
        case "true_false":
            return _true_false(key)
        case "numeric":
            return _numeric(content, key, left)
        case "short_text":
            return _short(content, key, left)
        case "matching":
            return _matching(content, key, left)
        case "long_text":
            if key.get("model_answer"):
                left.add("model answer")
            if content:
                left.add("suggested length and other settings of long texts")
            return ""
    raise CannotWrite(f"GIFT has no questions of the type {question.type}")


def _single(content: dict[str, Any], key: dict[str, Any]) -> str:
    credit = key.get("credit", {})
    lines = []
    for option in content["options"]:
        is_key = option["id"] == key["option"]
        share = Fraction(str(credit.get(option["id"], 0)))
        mark = "=" if is_key else f"~{_weight(share)}" if share else "~"
        lines.append(_line(mark, option["text"], key.get("feedback", {}).get(option["id"], "")))
    return _lines(lines)


def _multiple(content: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    shares, is_exact = multiple_shares(content, key)
    if not is_exact:
        left.add(f"the scoring {key['scoring']}, which becomes right minus wrong")
    if content.get("max_choices"):
        left.add("how many options may be chosen")
    return _lines(
        [
            _line(f"~{_weight(shares[option['id']])}", option["text"], key.get("feedback", {}).get(option["id"], ""))
            for option in content["options"]
        ]
    )


def _true_false(key: dict[str, Any]) -> str:
    feedback = key.get("feedback", {})
    right, wrong = str(key["value"]).lower(), str(not key["value"]).lower()
    texts = [feedback.get(wrong, ""), feedback.get(right, "")]
    given = "".join(f"#{text(one)}" for one in (texts if texts[1] else texts[:1] if texts[0] else []))
    return f"{right.upper()}{given}"


def _numeric(content: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    if content.get("units") or key.get("units") or key.get("unit_required"):
        left.add("units")
    if content.get("placeholder"):
        left.add("placeholder")
    numbers = []
    for one in key["accepted"]:
        if "value" in one:
            value, tolerance = Fraction(one["value"]), Fraction(one.get("tolerance", "0"))
            tolerance *= abs(value) if one.get("relative") else 1
            number = f"{one['value']}:{decimals(tolerance)}"
        else:
            number = f"{one['min']}..{one['max']}"
        share = Fraction(str(one.get("credit", 1)))
        numbers.append(f"={'' if share == 1 else _weight(share)}{number}")
    return "#" + (numbers[0].removeprefix("=") if len(numbers) == 1 else _lines(numbers))


def _short(content: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    lines = []
    for one in key["accepted"]:
        answer = wildcards_of(one)
        if answer is None:
            left.add(PATTERNS)
            continue
        if "->" in answer:
            raise CannotWrite("GIFT takes an answer with -> in it for matching")
        if one.get("case_sensitive"):
            left.add("upper and lower case of accepted answers")
        share = Fraction(str(one.get("credit", 1)))
        weight = _weight(share) if share != 1 or answer.startswith("%") else ""
        lines.append(f"={weight}{text(answer)}")
    if content.get("max_length"):
        left.add("longest answer")
    if not any(line.startswith("=") and not line.startswith("=%") for line in lines) and not any(
        "=%100%" in line for line in lines
    ):
        raise CannotWrite(NO_FULL_ANSWER)
    return _lines(lines)


def _matching(content: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    left.add_of_matching(key)
    lines = [(prompt, _plain(choice, left)) for prompt, choice in pairs_of(content, key)]
    if any("->" in part for line in lines for part in line):
        raise CannotWrite("GIFT takes -> for the sign between a prompt and its match")
    return _lines([f"={text(prompt)} -> {escaped(choice)}" for prompt, choice in lines])


def _plain(choice: str, left: Omissions) -> str:
    """GIFT shows the second half of a pair as plain text."""
    words = markup.plain(choice)
    if not words:
        raise CannotWrite("GIFT has no pictures among the choices of matching")
    if re.search(r"[`*<]", choice):
        left.add("markup in the choices of matching")
    return words


def _line(mark: str, answer: str, feedback: str) -> str:
    if mark in ("=", "~") and answer.strip().startswith("%"):
        mark += "%100%" if mark == "=" else "%0%"
    return f"{mark}{text(answer)}" + (f"#{text(feedback)}" if feedback.strip() else "")


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"\n\t{line}" for line in lines) + "\n"


def _weight(share: Fraction) -> str:
    return f"%{percentage(share)}%"


def text(written: str) -> str:
    """One that begins as a format does gets a format of its own, so that its beginning stays text."""
    stripped = written.strip()
    return ("[markdown]" if TEXT_FORMAT.match(stripped) else "") + escaped(stripped)


def escaped(written: str) -> str:
    return LINES.sub(r"\\n", SPECIAL.sub(r"\\\g<0>", written))


def _named(name: str) -> str:
    return " ".join(name.split()).replace("\\", "\\\\").replace("]", "\\]")
