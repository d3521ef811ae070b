"""GIFT → questions, by Moodle's rules: https://docs.moodle.org/en/GIFT_format.

Escaped characters are put aside before anything is split, and put back into each text at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.base import Parsed, ParsedQuestion, Rejection, require_few, short
from assessments.formats.embedded import Alternative
from assessments.formats.html_text import html_to_markdown, plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, Shared

ESCAPABLE = "~=#{}:\\n"
ASIDE = {character: chr(0xFDD0 + place) for place, character in enumerate(ESCAPABLE)}
"""Noncharacters of Unicode, which no text may hold."""
BACK = {ord(aside): "\n" if character == "n" else character for character, aside in ASIDE.items()}
NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
ESCAPE = re.compile(r"\\([~=#{}:\\n])")
COMMENT = re.compile(r"\s*//(.*)")
NAMED = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)")
TITLE = re.compile(r"::(.*?)::", re.DOTALL)
TEXT_FORMAT = re.compile(r"\[(html|plain|markdown|moodle)\]")
WEIGHT = re.compile(r"%\s*([+-]?[\d.,]+)\s*%")
BLOCK_TAG = re.compile(r"</?(?:p|div|ul|ol|li|table|tr|td|th|pre|h[1-6]|blockquote|dl|dt|dd|hr)\b", re.IGNORECASE)
BREAK_THEN_LINE = re.compile(r"(<br\s*/?>)[ \t]*\n", re.IGNORECASE)
TRUE, FALSE = ("T", "TRUE"), ("F", "FALSE")
MAX_JOINED = 200
"""Blocks that one pair of braces may span."""


@dataclass
class Block:
    line: int
    lines: list[str] = field(default_factory=list)
    identity: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


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
    for block in joined(blocks(text)):
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


def rejected(block: Block, title: str, reason: CannotTake) -> Rejection:
    return keyed.rejection(f"line {block.line}", title, reason)


# ---- Into blocks ----


def blocks(text: str) -> Iterator[Block]:
    """What is between empty lines, without comments; a category is a block of its own."""
    text = ESCAPE.sub(lambda match: ASIDE[match[1]], NONCHARACTERS.sub("\ufffd", text))
    block: Block | None = None
    about = Block(0)
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if match := COMMENT.match(line):
            note(block or about, match[1])
            continue
        if CATEGORY.match(line):
            if block:
                yield block
            yield Block(number, [line])
            block = None
        elif line.strip():
            if block is None:
                block = replace(about, line=number, lines=[])
                about = Block(0)
            block.lines.append(line)
        elif block:
            yield block
            block = None
    if block:
        yield block


def note(block: Block, comment: str) -> None:
    for kind, value in NAMED.findall(comment):
        text = back(re.sub(r"\\(.)", r"\1", value)).strip()
        if kind == "id":
            block.identity = text
        elif text and text not in block.tags:
            block.tags.append(text)


def joined(found: Iterator[Block]) -> Iterator[Block]:
    """Answers may have empty lines in them: a block whose brace is open goes on, unless something new begins first."""
    waiting = list(found)
    place = 0
    while place < len(waiting):
        block, place = waiting[place], place + 1
        if is_open(block.text) and (more := closing(waiting, place)):
            for other in waiting[place : place + more]:
                block.lines += ["", *other.lines]
            place += more
        yield block


def is_open(text: str) -> bool:
    return text.count("{") > text.count("}")


def closing(waiting: list[Block], place: int) -> int:
    """How many of the blocks that follow belong to an open brace; 0 where it is never closed."""
    for count, block in enumerate(waiting[place : place + MAX_JOINED], start=1):
        text = block.text
        if text.startswith("::") or CATEGORY.match(text):
            return 0
        ends, begins = text.find("}"), text.find("{")
        if ends >= 0:
            return count if begins < 0 or ends < begins else 0
        if begins >= 0:
            return 0
    return 0


def category_name(path: str) -> str:
    """``$course$/top/Default for Networks/TCP`` is ``Networks/TCP``; a slash within a name is written twice."""
    parts = [part.strip().replace("\ufdd0", "/") for part in path.replace("//", "\ufdd0").split("/")]
    parts = [part for part in parts if part and not re.fullmatch(r"\$\w+\$|top", part, re.IGNORECASE)]
    return "/".join([*(part.removeprefix("Default for ") for part in parts[:1]), *parts[1:]])


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
    if "{" in after:
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
        share = Fraction("=" in mark)
        answer, feedback = split_feedback(text, text_format)
        if match := WEIGHT.match(answer):
            share, answer = keyed.share_of(match[1]), answer[match.end() :]
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
        share = Fraction(1)
        if match := WEIGHT.match(answer):
            share, answer = keyed.share_of(match[1]), answer[match.end() :]
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
        share = Fraction(1)
        if match := WEIGHT.match(answer):
            share, answer = keyed.share_of(match[1]), answer[match.end() :]
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


# ---- Several braces: a text with gaps ----


def cloze_of(text: str, head: Head) -> tuple[ParsedQuestion, list[str]]:
    """Gaps as Moodle embeds them (``{1:SA:=word}``), or answers as in any GIFT question."""
    gaps = []
    pieces = []
    while text:
        before, answers, after = parts_of(text)
        pieces.append(before)
        if answers is None:
            break
        gaps.append(gap_of(answers))
        pieces.append("{{" + str(len(gaps)) + "}}")
        text = after
    stem, draft = embedded.cloze(markdown("".join(pieces), head.text_format), gaps)
    return question_of(draft, head, stem, ""), draft.notes


def gap_of(answers: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if match := embedded.GAP.fullmatch("{" + answers + "}"):
        options = [replace(one, text=back(one.text)) for one in embedded.alternatives(match[3])]
        return embedded.gap_of(match[2], options, weight=int(match[1] or 1) or 1)
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


# ---- Texts ----


def back(text: str) -> str:
    return text.translate(BACK)


def formatted(text: str, inherited: str) -> str:
    """An answer or a feedback: with a format of its own, or the one of the question."""
    text = text.strip()
    if match := TEXT_FORMAT.match(text):
        inherited, text = match[1], text[match.end() :]
    return markdown(text, inherited)


def markdown(text: str, text_format: str) -> str:
    text = back(text).strip()
    match text_format:
        case "markdown":
            return text
        case "plain":
            return plain_to_markdown(text)
        case "html":
            return html_to_markdown(text)
    return html_to_markdown(text if BLOCK_TAG.search(text) else with_breaks(text))


def with_breaks(text: str) -> str:
    """Moodle's own format is HTML in which a line break is one."""
    return BREAK_THEN_LINE.sub(r"\1", text).replace("\n", "<br>")
