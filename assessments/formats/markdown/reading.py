"""One block of Markdown as a question: with options a choice, else a long text whose answer stands below it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import dropwhile

from assessments.formats import keyed
from assessments.formats.base import ParsedQuestion
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.markdown import layouts, options
from assessments.formats.markdown.blocks import MAX_TAG, Block, Line, dedented, heading, joined
from assessments.formats.markdown.layouts import Layout
from assessments.formats.markdown.options import PICTURE, require_no_picture

ANSWER = re.compile(r"\s*(?:\*\*)?(?:Model )?Answer(?::(?:\*\*)?|\*\*:)(?:\s+(.*)|\s*)", re.IGNORECASE)
EXPLANATION = re.compile(r"\s*(?:\*\*|_)?Explanation\s*:?\s*(?:\*\*|_)?\s*:?\s*", re.IGNORECASE)
EXPLAINING = re.compile(r"\s*\*\*Explanation:\*\*.*")
SOURCE = re.compile(r"\s*\[+src\]*\(([^()\s]{1,500})\)\]*\s*$", re.IGNORECASE)
WRAPPING = re.compile(r"\s*(?:</?(?:details|p|b|br|div)\s*/?>\s*|<summary>.*?</summary>\s*)+", re.IGNORECASE)
RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|&nbsp;)\s*")
LEVELS = {"\U0001f476": "easy", "\u2b50": "medium", "\U0001f680": "hard"}
LEVEL = re.compile("[\\s\u200d\ufe0f]*([\U0001f476\u2b50\U0001f680])[\\s\u200d\ufe0f]*$")
ANNOUNCING = re.compile(r"\b(?:following|below|this|these)\b.*:\s*$", re.IGNORECASE)
GENERIC = frozenset(("questions", "table of contents", "contents", "content"))
LETTERED_BELOW = (layouts.numbered, layouts.optioned, layouts.labelled)
"""Layouts where a list with letters is one of options; elsewhere it is part of an answer."""
ASKED_BELOW = (layouts.labelled, layouts.bullets)
"""Layouts where what follows the first line is still the question, up to a line "Answer:"."""


def question_of(block: Block, layout: Layout, notes: Counter[str]) -> ParsedQuestion:
    """Raises :class:`CannotTake`."""
    title, remarks, difficulty = _title(block.title)
    body = [line for line in block.body if line.is_code or not WRAPPING.fullmatch(line.text)]
    found = options.cut(body, may_be_lettered=layout in LETTERED_BELOW)
    if found:
        before = joined(_text_of([_unheaded(line, block.level) for line in found.before]))
        require_no_picture(found.before, title)
        draft, after = options.draft_of(found, body)
        explanation = _explanation(after)
    else:
        before, answer, explanation = _parted(body, title, layout)
        draft = Draft("long_text", {}, {"model_answer": answer} if answer else {})
        require_no_picture([Line(0, one) for one in (title, *_outside_code(before))])
    stem = "\n\n".join(part for part in (_intro(block.intro, notes), title, before) if part)
    if not stem:
        raise CannotTake("There is no question text.")
    question = keyed.finished(
        draft,
        where=f"line {block.line}",
        stem=stem,
        explanation="\n\n".join(part for part in (explanation, *remarks) if part),
        number=block.number,
        difficulty=difficulty,
        tags=_tags(block.section),
    )
    for note in draft.notes:
        notes[note.rstrip(".")] += 1
    return question


def _unheaded(line: Line, level: int) -> Line:
    """What stands above the options as another heading of the question's level goes on with its title."""
    above = heading(line)
    return replace(line, text=above[1]) if above and above[0] == level else line


def _title(title: str) -> tuple[str, list[str], str]:
    """Without the link to where it is from, which may well be the answer, and without the sign of its difficulty."""
    remarks = []
    if match := SOURCE.search(title):
        title, remarks = title[: match.start()], [f"Source: {match[1]}"]
    difficulty = ""
    if match := LEVEL.search(title):
        title, difficulty = title[: match.start()], LEVELS[match[1]]
    return title.strip(), remarks, difficulty


def _parted(body: Sequence[Line], title: str, layout: Layout) -> tuple[str, str, str]:
    """What is still the question, the answer, and the explanation after it."""
    explained = next((n for n, line in enumerate(body) if not line.is_code and EXPLAINING.match(line.text)), len(body))
    body, after = body[:explained], body[explained:]
    for place, line in enumerate(body):
        if not line.is_code and (match := ANSWER.fullmatch(line.text)):
            answer = [Line(line.number, match[1] or ""), *body[place + 1 :]]
            return joined(_text_of(body[:place])), joined(_text_of(answer)), _explanation(after)
    if layout in ASKED_BELOW or not title:
        inside = dedented(body) if layout is layouts.bullets else joined(_text_of(body))
        return inside, "", _explanation(after)
    cut = 0
    if layout is layouts.bold and not title.endswith("?"):
        cut = _end_of_task(body)
    elif layout is not layouts.bold and ANNOUNCING.search(title):
        cut = _end_of_code(body)
    return joined(_text_of(body[:cut])), joined(_text_of(body[cut:])), _explanation(after)


def _end_of_code(body: Sequence[Line]) -> int:
    """Code that the question announces is asked about if there is an answer below it; else it may be the answer."""
    below = list(dropwhile(lambda line: line.is_blank, body))
    after = list(dropwhile(lambda line: line.is_code, below))
    return len(body) - len(after) if any(not line.is_blank for line in after) else 0


def _end_of_task(body: Sequence[Line]) -> int:
    """A task's text goes on to the code that solves it; a line "Brute force:" just above the code belongs to it."""
    end = next((place for place, line in enumerate(body) if line.is_code), 0)
    last = end
    while last and body[last - 1].is_blank:
        last -= 1
    is_label = last > 1 and body[last - 1].text.rstrip().endswith(":") and body[last - 2].is_blank
    return last - 1 if is_label else end


def _text_of(lines: Sequence[Line]) -> list[Line]:
    """Without the rules and breaks that only keep questions apart."""
    kept = (
        [] if [line.text.strip().lower() for line in lines if not line.is_blank][:1] == ["answer here"] else list(lines)
    )
    while kept and (kept[-1].is_blank or (not kept[-1].is_code and RULE.fullmatch(kept[-1].text))):
        kept.pop()
    return kept


def _explanation(lines: Sequence[Line]) -> str:
    text = joined(_text_of(lines))
    label = EXPLANATION.match(text)
    return text[label.end() :] if label else text


def _intro(text: str, notes: Counter[str]) -> str:
    """Of a section, where it leads up to its questions. Its pictures are left out; its words have to do for all of them."""
    if not text.endswith(":"):
        return ""
    lines = [line for line in text.split("\n") if not WRAPPING.fullmatch(line) and not RULE.fullmatch(line)]
    kept = [line for line in lines if not PICTURE.search(line)]
    if len(kept) < len(lines):
        notes["Pictures above the questions of a section, which are not in the file and were left out"] += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _outside_code(text: str) -> list[str]:
    is_code, kept = False, []
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        elif not is_code:
            kept.append(line)
    return kept


def _tags(section: str) -> tuple[str, ...]:
    name = " ".join(re.sub(r"[*_`]", "", section).split())
    return (name,) if name and len(name) <= MAX_TAG and name.lower() not in GENERIC else ()
