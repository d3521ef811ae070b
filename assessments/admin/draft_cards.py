"""One draft as its author sees it: what is asked, what is right, and how that was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html

from assessments import question_types
from assessments.admin.question_forms import VersionForm
from assessments.domain import markup
from assessments.enums import KeyVerdict, QuestionStatus, QuestionTypeName
from assessments.models import AiOrigin, Question, QuestionVersion
from assessments.question_types.gaps import gap_words


@dataclass(frozen=True)
class Line:
    """One thing that a candidate can choose, bring together or put into a gap."""

    html: str
    is_right: bool = True
    why: str = ""


@dataclass(frozen=True)
class DraftCard:
    question: Question
    version: QuestionVersion
    origin: AiOrigin
    form: VersionForm
    rows: Any
    is_open: bool

    @property
    def is_draft(self) -> bool:
        return self.question.status == QuestionStatus.DRAFT

    @property
    def is_disputed(self) -> bool:
        return self.origin.verdict == KeyVerdict.DISPUTED

    @property
    def is_agreed(self) -> bool:
        return self.origin.verdict == KeyVerdict.AGREED

    @property
    def stem_html(self) -> str:
        return markup.render(self.version.stem)

    @property
    def text_html(self) -> str:
        """The text that has the gaps."""
        return markup.render(self.version.content.get("text", ""))

    @property
    def explanation_html(self) -> str:
        return markup.render(self.version.explanation)

    @property
    def key_words(self) -> str:
        return question_types.get(self.version.type).key_words(self.version.content, self.version.key)

    @property
    def lines(self) -> list[Line]:
        return list(LINES.get(self.version.type, no_lines)(self.version.content, self.version.key))

    @property
    def is_numbered(self) -> bool:
        return self.version.type in NUMBERED


Content = dict[str, Any]
NUMBERED = (QuestionTypeName.ORDERING, QuestionTypeName.CLOZE)
"""The others are lettered, as the candidate's options are."""


def no_lines(content: Content, key: Content) -> Iterator[Line]:
    yield from ()


def option_lines(content: Content, key: Content) -> Iterator[Line]:
    right, why = key.get("options", [key.get("option")]), key.get("feedback", {})
    for option in content["options"]:
        yield Line(markup.render_inline(option["text"]), option["id"] in right, why.get(option["id"], ""))


def pair_lines(content: Content, key: Content) -> Iterator[Line]:
    choices = {choice["id"]: markup.render_inline(choice["text"]) for choice in content["choices"]}
    for prompt in content["prompts"]:
        yield Line(format_html("{} → {}", markup.render_inline(prompt["text"]), choices[key["pairs"][prompt["id"]]]))
    for id_, html in choices.items():
        if id_ not in key["pairs"].values():
            yield Line(html, is_right=False, why="Belongs to none.")


def step_lines(content: Content, key: Content) -> Iterator[Line]:
    texts = {item["id"]: item["text"] for item in content["items"]}
    yield from (Line(markup.render_inline(texts[id_])) for id_ in key["order"])


def gap_lines(content: Content, key: Content) -> Iterator[Line]:
    type_ = question_types.get(QuestionTypeName.CLOZE)
    parsed, keys = type_.parse_content(content), type_.parse_key(key).gaps
    for gap in parsed.gaps:
        wrong = [gap_words(gap, one.id) for one in gap.options if keys[gap.id].earned(one.id) == 0]
        yield Line(keys[gap.id].words(gap), why=f"Not: {', '.join(wrong)}" if wrong else "Typed.")


LINES: dict[str, Callable[[Content, Content], Iterator[Line]]] = {
    QuestionTypeName.SINGLE_CHOICE: option_lines,
    QuestionTypeName.MULTIPLE_CHOICE: option_lines,
    QuestionTypeName.MATCHING: pair_lines,
    QuestionTypeName.ORDERING: step_lines,
    QuestionTypeName.CLOZE: gap_lines,
}
"""The others' keys are words."""
