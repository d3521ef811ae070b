"""Flash cards as questions: the front is asked, the back is the model answer, and a card with gaps is a text with gaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from assessments.formats import embedded, keyed
from assessments.formats.base import ParsedQuestion, short
from assessments.formats.html_text import Picture, html_to_markdown, plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft

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


def question_of(card: Card) -> ParsedQuestion:
    """Raises :class:`CannotTake`."""
    if not card.front.strip():
        raise CannotTake("The card has no front.")
    if GAP.search(card.front):
        stem, draft = _with_gaps(card)
        more = [card.back, *card.more]
    else:
        stem, answer = _asked(card.front, card), _told(card.back, card)
        draft = Draft("long_text", {}, {"model_answer": answer} if answer else {})
        more = list(card.more)
    return keyed.finished(
        draft,
        where=card.where,
        stem=stem,
        explanation="\n\n".join(text for text in (_told(one, card) for one in more) if text),
        identity=card.identity,
        difficulty=card.difficulty,
        tags=card.tags,
    )


def _with_gaps(card: Card) -> tuple[str, Draft]:
    """Anki hides one gap on each of several cards; here they are all asked at once."""
    answers: list[str] = []

    def marked(match: re.Match[str]) -> str:
        answer, _, _ = match[2].partition("::")
        answers.append(embedded.words(answer) if card.is_html else " ".join(answer.split()))
        return "{{" + str(len(answers)) + "}}"

    text = _asked(GAP.sub(marked, card.front), card)
    if not all(answers):
        raise CannotTake("A gap of the card has no text.")
    return embedded.cloze(text, [({}, {"accepted": [{"text": answer}]}) for answer in answers])


def _asked(text: str, card: Card) -> str:
    """What candidates see, who need every picture and sound of it."""
    if sound := SOUND.search(text):
        raise CannotTake(f"The card plays {short(sound[1], 60)}, which is not in the file.")

    def picture(source: str, description: str) -> Picture:
        raise CannotTake(f"The card shows {short(unquote(source), 60)}, which is not in the file.")

    return html_to_markdown(_with_tex(text), picture) if card.is_html else plain_to_markdown(text)


def _told(text: str, card: Card) -> str:
    """What reviewers see: a picture is named there."""
    text = SOUND.sub(r"(\1)", text)
    if not card.is_html:
        return plain_to_markdown(text)
    return html_to_markdown(_with_tex(text), lambda source, words: Picture(words=words or f"({unquote(source)})"))


def _with_tex(text: str) -> str:
    for pattern, written in TEX:
        text = pattern.sub(written, text)
    return text
