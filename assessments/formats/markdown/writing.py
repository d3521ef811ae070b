"""Questions as Markdown that a person can read, and that is read back: choices as boxes, long texts with their answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assessments.formats.base import FileUnwritable, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.keyed import CannotTake
from assessments.formats.markdown.blocks import front_matter, lines_of
from assessments.formats.markdown.layouts import numbered
from assessments.formats.markdown.reading import question_of
from assessments.formats.omitting import CannotWrite, Omissions

FIELDS = ("title", "difficulty", "source", "competence", "licence", "rubric", "tags")
SAID = {
    "single_choice": ({"options"}, {"option"}),
    "multiple_choice": ({"options"}, {"options"}),
    "true_false": (set(), {"value"}),
    "long_text": (set(), {"model_answer"}),
}
"""What of content and key has a place, by type."""


def write_markdown(questions: Sequence[ParsedQuestion], bank: ParsedBank) -> bytes:
    written, _ = _written(questions)
    above = [front_matter(bank.name)] if bank.name.strip() else []
    blocks = [f"## Question {number}\n\n{text}" for number, text in enumerate(written, start=1)]
    try:
        return ("\n\n".join([*above, *blocks]) + "\n").encode()
    except UnicodeEncodeError as error:
        raise FileUnwritable(f"A text cannot be written: {error}.") from error


def unsaid(questions: Sequence[ParsedQuestion]) -> Unsaid:
    return _written(questions)[1].unsaid()


def _written(questions: Sequence[ParsedQuestion]) -> tuple[list[str], Omissions]:
    written, omissions = [], Omissions()
    for question in questions:
        try:
            text = _block(question)
            _require_same(question, text)
        except CannotWrite as reason:
            omissions.leave_out(question, reason)
            continue
        written.append(text)
        omissions.add_fields(question, FIELDS)
        omissions.add_media(question)
        _add_parts(question, omissions)
    return written, omissions


def _add_parts(question: ParsedQuestion, omissions: Omissions) -> None:
    content, key = SAID[question.type]
    omissions.add(
        *(name.replace("_", " ") for name, value in question.content.items() if value and name not in content)
    )
    omissions.add(*(name.replace("_", " ") for name, value in question.key.items() if value and name not in key))
    if question.points != 1:
        omissions.add("points")
    if question.identity:
        omissions.add("id")


def _block(question: ParsedQuestion) -> str:
    explanation = f"**Explanation:**\n{question.explanation.strip()}" if question.explanation.strip() else ""
    return "\n\n".join(part for part in (_trimmed(question.stem), _answer(question), explanation) if part)


def _answer(question: ParsedQuestion) -> str:
    match question.type:
        case "single_choice":
            return _boxes(question, [question.key["option"]])
        case "multiple_choice":
            return _boxes(question, question.key["options"])
        case "true_false":
            value = question.key["value"]
            return f"- [{'x' if value else ' '}] True\n- [{' ' if value else 'x'}] False"
        case "long_text":
            answer = question.key.get("model_answer")
            return f"**Answer:**\n{answer.strip()}" if answer and answer.strip() else ""
    raise CannotWrite(f"Markdown has no form for {question.type.replace('_', ' ')}")


def _boxes(question: ParsedQuestion, right: Sequence[str]) -> str:
    return "\n".join(
        f"- [{'x' if option['id'] in right else ' '}]{_indented(option['text'])}"
        for option in question.content["options"]
    )


def _trimmed(text: str) -> str:
    """Without empty lines around it, which show nothing; blanks before the first word may be code."""
    return text.rstrip().lstrip("\n")


def _indented(text: str) -> str:
    """Code begins below its box, where it is seen to be code."""
    text = _trimmed(text)
    first = "\n  " if text.lstrip().startswith(("```", "~~~")) else " "
    return first + text.replace("\n", "\n  ")


def _require_same(question: ParsedQuestion, text: str) -> None:
    """A text that looks like Markdown's own marks of options and answers would come back as something else."""
    _, lines = lines_of(f"# Bank\n\n## Question 1\n\n{text}\n\n## Question 2\n\nx")
    blocks = list(numbered(lines))
    try:
        back = question_of(blocks[0], numbered, Counter())
    except CannotTake as reason:
        raise CannotWrite("it would not be read back") from reason
    if len(blocks) != 2 or _said(back) != _said(question):
        raise CannotWrite(
            "its text holds what Markdown takes for the beginning of options, an answer or another question"
        )


def _said(question: ParsedQuestion) -> tuple[object, ...]:
    texts = {option["id"]: _trimmed(option["text"]) for option in question.content.get("options", ())}
    match question.type:
        case "single_choice":
            right: object = texts[question.key["option"]]
        case "multiple_choice":
            right = sorted(texts[id_] for id_ in question.key["options"])
        case "true_false":
            right = question.key["value"]
        case _:
            right = question.key.get("model_answer", "").strip()
    return question.type, _trimmed(question.stem), list(texts.values()), right, question.explanation.strip()
