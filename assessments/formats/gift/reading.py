"""GIFT → questions, by Moodle's rules: https://docs.moodle.org/en/GIFT_format.

Escaped characters are put aside before anything is split, and put back into each text at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.base import Parsed, ParsedQuestion, Rejection, require_few, short
from assessments.formats.embedded import Alternative
from assessments.formats.gift.answers import draft_of
from assessments.formats.gift.blocks import CATEGORY, Block, blocks, category_name, joined
from assessments.formats.gift.texts import TEXT_FORMAT, back, formatted, markdown
from assessments.formats.keyed import CannotTake, Draft

TITLE = re.compile(r"::(.*?)::", re.DOTALL)


@dataclass(frozen=True)
class Head:
    """What is known of a question before its answers are read."""

    where: str
    title: str
    text_format: str
    identity: str
    tags: tuple[str, ...]


def read_gift(text: str) -> Parsed:
    parsed = Parsed("gift")
    category = ""
    for block in as_one_text(list(joined(blocks(text)))):
        if match := CATEGORY.fullmatch(block.text):
            category = category_name(back(match[1]))
            continue
        require_few(parsed.total + 1)
        title = title_of(block.text)
        try:
            question, notes = read_block(block, category)
        except CannotTake as reason:
            parsed.rejected.append(rejected(block, title, reason))
            continue
        parsed.questions.append(question)
        parsed.warnings += [f"{question.where} ({short(title)}): {note}" for note in notes]
    return parsed


def as_one_text(found: list[Block]) -> list[Block]:
    """Where all braces are gaps as Moodle embeds them, and nothing else is GIFT, the file is one text: its "Embedded answers"."""
    text = "\n\n".join(block.text for block in found)
    rest, count = embedded.GAP.subn("", text)
    is_gift = any(
        TITLE.match(block.text) or CATEGORY.match(block.text) or block.identity or block.tags for block in found
    )
    if not count or is_gift or "{" in rest:
        return found
    return [Block(found[0].line, text.split("\n"))]


def rejected(block: Block, title: str, reason: CannotTake) -> Rejection:
    return keyed.rejection(f"line {block.line}", title, reason)


# ---- One block ----


def title_of(text: str) -> str:
    match = TITLE.match(text)
    return " ".join(back(match[1] if match else text).split())


def read_block(block: Block, category: str) -> tuple[ParsedQuestion, list[str]]:
    text = block.text
    title = ""
    if match := TITLE.match(text):
        title, text = " ".join(back(match[1]).split()), text[match.end() :].strip()
    text_format = "moodle"
    if match := TEXT_FORMAT.match(text):
        text_format, text = match[1], text[match.end() :].strip()
    tags = tuple(dict.fromkeys([*([category] if category else []), *block.tags]))
    head = Head(f"line {block.line}", title, text_format, block.identity, tags)
    before, answers, after = parts_of(text)
    if answers is None:
        raise CannotTake("A description, which is text without a question: it has no braces with answers.")
    if "{" in after or embedded.GAP.fullmatch(f"{{{answers}}}"):
        return cloze_of(text, head)
    answers, _, general = answers.partition("####")
    stem = markdown(before + (f"_____{after}" if is_a_gap(before, after) else after.strip(".")), text_format)
    draft = draft_of(answers.strip(), text_format)
    explanation = formatted(general, text_format) if general.strip() else ""
    return question_of(draft, head, stem, explanation), draft.notes


def is_a_gap(before: str, after: str) -> bool:
    """Text after the answers makes them a gap in a sentence; a full stop after a whole sentence does not."""
    left = after.strip()
    return bool(left) and not (left == "." and before.rstrip().endswith((".", "!", "?", ")", ":")))


def parts_of(text: str) -> tuple[str, str | None, str]:
    start = text.find("{")
    if start < 0:
        if "}" in text:
            raise CannotTake("There is a } without a { before it.")
        return text, None, ""
    end = text.find("}", start)
    if end < 0:
        raise CannotTake("The { of the answers is never closed.")
    if text.find("{", start + 1, end) >= 0:
        raise CannotTake("There is a { within the answers; a brace that is part of a text is written \\{.")
    return text[:start], text[start + 1 : end], text[end + 1 :]


def question_of(draft: Draft, head: Head, stem: str, explanation: str) -> ParsedQuestion:
    return keyed.finished(
        draft,
        where=head.where,
        stem=stem,
        explanation=explanation,
        identity=head.identity,
        title=head.title,
        tags=head.tags,
    )


# ---- Several braces: a text with gaps ----


def cloze_of(text: str, head: Head) -> tuple[ParsedQuestion, list[str]]:
    """Gaps as Moodle embeds them (``{1:SA:=word}``), or answers as in any GIFT question."""
    gaps, pieces, remarks = [], [], []
    while text:
        before, answers, after = parts_of(text)
        pieces.append(before)
        if answers is None:
            break
        if match := embedded.GAP.fullmatch(f"{{{answers}}}"):
            options = alternatives_of(match[3], head.text_format)
            gaps.append(embedded.gap_of(match[2], options, weight=int(match[1] or 1) or 1))
            remarks += embedded.remarks_of(len(gaps), options)
        else:
            gaps.append(gap_of(answers))
        pieces.append("{{" + str(len(gaps)) + "}}")
        text = after
    stem, draft = embedded.cloze(markdown("".join(pieces), head.text_format), gaps)
    return question_of(draft, head, stem, "\n".join(remarks)), draft.notes


def alternatives_of(body: str, text_format: str) -> list[Alternative]:
    return [
        replace(one, text=back(one.text), feedback=markdown(one.feedback, text_format))
        for one in embedded.alternatives(body)
    ]


def gap_of(answers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    draft = draft_of(answers.partition("####")[0].strip(), "moodle")
    match draft.type:
        case "short_text" | "numeric":
            return {}, draft.key
        case "single_choice":
            shares = {option["id"]: Fraction(0) for option in draft.content["options"]}
            shares |= {id_: Fraction(str(share)) for id_, share in draft.key.get("credit", {}).items()}
            shares[draft.key["option"]] = Fraction(1)
            return embedded.gap_of(
                "MC", [Alternative(one["text"], shares[one["id"]]) for one in draft.content["options"]]
            )
    raise CannotTake("There are several pairs of braces, and one of them is no blank to fill in.")
