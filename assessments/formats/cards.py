"""Flash cards as questions: the front is asked, the back is the model answer, and a card with gaps is a text with gaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from assessments.formats import embedded, keyed
from assessments.formats.base import ParsedQuestion
from assessments.formats.html_text import NO_PICTURES, html_to_markdown
from assessments.formats.keyed import CannotTake, Draft
from assessments.formats.pictures import Gallery

GAP = re.compile(r"\{\{c(\d{1,3})::((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)
SOUND = re.compile(r"\[sound:([^\]]{1,300})\]")
TEX = (
    (re.compile(r"\[\$\$\](.*?)\[/\$\$\]", re.DOTALL), r"\\[\1\\]"),
    (re.compile(r"\[\$\](.*?)\[/\$\]", re.DOTALL), r"\\(\1\\)"),
    (re.compile(r"\[latex\](.*?)\[/latex\]", re.DOTALL), r"\\(\1\\)"),
)


@dataclass(frozen=True)
class Card:
    where: str
    front: str
    back: str
    is_html: bool
    identity: str = ""
    difficulty: str = ""
    tags: tuple[str, ...] = ()
    more: Sequence[str] = field(default=())
    """Further fields, for the explanation."""
    pictures: Gallery = NO_PICTURES


def question_of(card: Card) -> tuple[ParsedQuestion, list[str]]:
    """With what is to be noted. Raises :class:`CannotTake`."""
    if not card.front.strip():
        raise CannotTake("The card has no front.")
    if GAP.search(card.front):
        stem, draft = _with_gaps(card)
        more = [card.back, *card.more]
    else:
        stem, answer = _markdown(card.front, card), _markdown(card.back, card)
        draft = Draft("long_text", {}, {"model_answer": answer} if answer else {})
        more = list(card.more)
    question = keyed.finished(
        draft,
        where=card.where,
        stem=stem,
        explanation="\n\n".join(text for text in (_markdown(one, card) for one in more) if text),
        identity=card.identity,
        difficulty=card.difficulty,
        tags=card.tags,
    )
    return question, draft.notes


def _with_gaps(card: Card) -> tuple[str, Draft]:
    """Anki hides one gap on each of several cards; here they are all asked at once."""
    answers: list[str] = []
    hints: list[str] = []

    def marked(match: re.Match[str]) -> str:
        answer, _, hint = match[2].partition("::")
        hints.append(hint.strip())
        answers.append(embedded.words(answer) if card.is_html else " ".join(answer.split()))
        return "{{" + str(len(answers)) + "}}"

    text = _markdown(GAP.sub(marked, card.front), card)
    if not all(answers):
        raise CannotTake("A gap of the card has no text.")
    stem, draft = embedded.cloze(text, [({}, {"accepted": [{"text": answer}]}) for answer in answers])
    if any(hints):
        draft.notes.append("Hints for gaps are left out.")
    return stem, draft


def _markdown(text: str, card: Card) -> str:
    html = text if card.is_html else escape(text.strip(), quote=False).replace("\r\n", "\n").replace("\n", "<br>")
    return html_to_markdown(_with_tex(SOUND.sub(_sound, html)), card.pictures)


def _sound(match: re.Match[str]) -> str:
    return f'<audio src="{escape(match[1])}"></audio>'


def _with_tex(text: str) -> str:
    for pattern, written in TEX:
        text = pattern.sub(written, text)
    return text
