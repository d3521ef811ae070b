"""The question types of H5P that have a counterpart here, from their parameters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from html import unescape
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.base import short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, Shared
from assessments.question_types.choices import letter
from assessments.question_types.texts import folded

GAP = re.compile(r"\*([^*\n]{1,1000})\*")
SLASH = re.compile(r"(?<!\\)/")
TIP = re.compile(r"(?<!\\):")
TIPS = "Tips for blanks are left out."
MAX_ANSWER = 20_000
Params = dict[str, Any]


@dataclass(frozen=True)
class Texts:
    """HTML of one question → Markdown, with its pictures found."""

    of: Callable[[str], str]

    def __call__(self, value: Any) -> str:
        return self.of(value) if isinstance(value, str) else ""

    def question(self, params: Params, name: str) -> str:
        """What is asked. Raises :class:`CannotTake` where a picture, film or sound stands beside it."""
        media = params.get("media")
        inside = media.get("type") if isinstance(media, dict) else None
        if isinstance(inside, dict) and inside.get("library"):
            file = (inside.get("params") or {}) if isinstance(inside.get("params"), dict) else {}
            path = file.get("file", {}).get("path") if isinstance(file.get("file"), dict) else None
            if not str(inside["library"]).startswith("H5P.Image ") or not isinstance(path, str):
                raise CannotTake(f"It shows a {short(str(inside['library']), 40)}, which has no counterpart here.")
            alt = file.get("alt")
            return f"{self.of(_image(path, alt if isinstance(alt, str) else ''))}\n\n{self(params.get(name))}".strip()
        return self(params.get(name))


def _image(path: str, alt: str) -> str:
    quoted = (text.replace("&", "&amp;").replace('"', "&quot;") for text in (path, alt))
    return '<p><img src="{}" alt="{}"></p>'.format(*quoted)


def behaviour(params: Params) -> Params:
    found = params.get("behaviour")
    return found if isinstance(found, dict) else {}


def multi_choice(params: Params, texts: Texts) -> tuple[str, Draft]:
    """Each right option is a point and each wrong one takes one away, unless the whole is one point."""
    answers = [one for one in _list(params.get("answers")) if isinstance(one, dict)]
    marked = [bool(one.get("correct") is True) for one in answers]
    count = sum(marked)
    if not count:
        raise CannotTake("No option is marked as right.")
    how = behaviour(params)
    is_single = how.get("type") == "single" or (how.get("type") != "multi" and count == 1)
    options = [
        Shared(
            _required(texts(one.get("text")), "An option"), _share(is_right, count, is_single), _feedback(one, texts)
        )
        for one, is_right in zip(answers, marked, strict=True)
    ]
    draft = keyed.choice(options, is_single=is_single, fixed_order=how.get("randomAnswers") is False)
    said = [one["tipsAndFeedback"] for one in answers if isinstance(one.get("tipsAndFeedback"), dict)]
    if any(texts(one.get("tip")) for one in said):
        draft.notes.append("Tips for options are left out.")
    if any(texts(one.get("notChosenFeedback")) for one in said):
        draft.notes.append("What is said of an option that was not chosen is left out.")
    if not is_single and how.get("singlePoint") is True:
        keyed.scored_by(draft, "all_or_nothing")
    return texts.question(params, "question"), draft


def _share(is_right: bool, count: int, is_single: bool) -> Fraction:
    if is_single:
        return Fraction(is_right)
    return Fraction(1 if is_right else -1, count)


def _feedback(answer: Params, texts: Texts) -> str:
    said = answer.get("tipsAndFeedback")
    return texts(said.get("chosenFeedback")) if isinstance(said, dict) else ""


def single_choice(params: Params, texts: Texts) -> tuple[str, Draft]:
    """The right answer comes first in the file; here it takes a place that depends on the question alone."""
    answers = [_required(texts(one), "An option") for one in _list(params.get("answers"))]
    if not answers:
        raise CannotTake("There are no options.")
    stem = texts(params.get("question"))
    place = hashlib.sha256(stem.encode("utf-8", "replace")).digest()[0] % len(answers)
    mixed = [*answers[1 : place + 1], answers[0], *answers[place + 1 :]]
    return stem, keyed.choice(
        [Shared(text, Fraction(number == place)) for number, text in enumerate(mixed)], is_single=True
    )


def true_false(params: Params, texts: Texts) -> tuple[str, Draft]:
    value = {"true": True, "false": False}.get(str(params.get("correct")).lower())
    if value is None:
        raise CannotTake("Neither true nor false is marked as right.")
    how = behaviour(params)
    said = {value: texts(how.get("feedbackOnCorrect")), not value: texts(how.get("feedbackOnWrong"))}
    feedback = {str(which).lower(): text for which, text in said.items() if text}
    return texts.question(params, "question"), Draft(
        "true_false", {}, {"value": value, **({"feedback": feedback} if feedback else {})}
    )


def essay(params: Params, texts: Texts) -> tuple[str, Draft]:
    solution = params.get("solution")
    answer = texts(solution.get("sample")) if isinstance(solution, dict) else ""
    most = behaviour(params).get("maximumLength")
    content = {"max_length": most} if isinstance(most, int) and 0 < most <= MAX_ANSWER else {}
    draft = Draft("long_text", content, {"model_answer": answer} if answer else {})
    words = [one.get("keyword") for one in _list(params.get("keywords")) if isinstance(one, dict)]
    if named := ", ".join(word for word in words if isinstance(word, str)):
        draft.remarks.append(f"- Words looked for: {plain_to_markdown(named)}")
        draft.notes.append("Its words that earn points by themselves are in the explanation; a person judges here.")
    return texts.question(params, "taskDescription"), draft


def blanks(params: Params, texts: Texts) -> tuple[str, Draft]:
    is_exact = behaviour(params).get("caseSensitive") is not False
    gaps: list[tuple[Params, Params]] = []

    def marked(match: re.Match[str]) -> str:
        words, *tip = TIP.split(match[1], maxsplit=1)
        accepted = [_plain(word) for word in SLASH.split(words)]
        if not all(accepted):
            raise CannotTake("A blank has no answer.")
        if tip:
            notes.append(TIPS)
        case = {"case_sensitive": True} if is_exact else {}
        gaps.append(({}, {"accepted": [{"text": word, **case} for word in dict.fromkeys(accepted)]}))
        return "{{" + str(len(gaps)) + "}}"

    notes: list[str] = []
    pieces = [one for one in _list(params.get("questions")) if isinstance(one, str)]
    text = "\n\n".join(texts(GAP.sub(marked, piece)) for piece in pieces)
    if behaviour(params).get("acceptSpellingErrors") is True:
        notes.append("Slips of spelling are not forgiven here.")
    return _cloze(texts.question(params, "text"), text, gaps, notes)


def drag_text(params: Params, texts: Texts) -> tuple[str, Draft]:
    """Words to drag into a text are words to choose from in each of its gaps."""
    field, wrong = (
        params.get(name) if isinstance(params.get(name), str) else "" for name in ("textField", "distractors")
    )
    found = [_plain(TIP.split(match[1])[0]) for match in GAP.finditer(str(field))]
    words = [*found, *(_plain(TIP.split(match[1])[0]) for match in GAP.finditer(str(wrong)))]
    known = {folded(word): word for word in words if word}
    ids = {same: letter(place).lower() for place, same in enumerate(sorted(known))}
    shown = [{"id": ids[same], "text": plain_to_markdown(known[same])} for same in sorted(known)]
    if len(shown) < 2 or not all(found):
        raise CannotTake("A text with words to drag needs at least two of them.")
    gaps = [({"kind": "choice", "options": shown}, {"option": ids[folded(word)]}) for word in found]
    numbers = iter(range(1, len(found) + 1))
    text = GAP.sub(lambda match: "{{" + str(next(numbers)) + "}}", str(field))
    notes = [TIPS] if any(TIP.search(match[1]) for match in GAP.finditer(str(field))) else []
    return _cloze(texts.question(params, "taskDescription"), plain_to_markdown(text), gaps, notes)


def _cloze(stem: str, text: str, gaps: list[tuple[Params, Params]], notes: list[str]) -> tuple[str, Draft]:
    if not gaps:
        raise CannotTake("There are no blanks in the text.")
    before, draft = embedded.cloze(text, gaps)
    draft.notes += dict.fromkeys(notes)
    asked = "" if before == embedded.STEM and stem else before
    return "\n\n".join(part for part in (stem, asked) if part), draft


def _plain(html: str) -> str:
    return unescape(embedded.words(html.replace("\\/", "/").replace("\\:", ":"))).strip()


def _required(text: str, what: str) -> str:
    if not text:
        raise CannotTake(f"{what} has no text.")
    return text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


READERS: dict[str, Callable[[Params, Texts], tuple[str, Draft]]] = {
    "H5P.MultiChoice": multi_choice,
    "H5P.SingleChoiceSet": single_choice,
    "H5P.TrueFalse": true_false,
    "H5P.Essay": essay,
    "H5P.Blanks": blanks,
    "H5P.DragText": drag_text,
}
