"""What a question's field or options look like is rendered once, and looks as if it had been rendered anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.template.loader import render_to_string

from assessments import question_types
from assessments.domain.faces import Face
from assessments.domain.markup import render_inline
from assessments.tests.making import SHAPES
from candidates.domain.frames import QuestionFrame
from candidates.templatetags import seat, shared

TYPED = '</textarea> "<b>" what one candidate wrote'
VALUES: dict[str, list[Any]] = {
    "single_choice": [None, "a", "b"],
    "multiple_choice": [None, ["a"], ["a", "b"]],
    "true_false": [None, True, False],
    "matching": [None, {"1": "a"}, {"1": "b", "2": "a"}],
    "ordering": [None, ["c", "a", "b"], ["b", None, None]],
    "numeric": [None, "3,5", TYPED],
    "short_text": [None, TYPED],
    "cloze": [None, {"1": TYPED, "2": "a"}],
    "long_text": [None, TYPED, "\nbegins with an empty line"],
}
TYPED_INTO = ["numeric", "short_text", "cloze", "long_text"]


@pytest.fixture(autouse=True)
def _nothing_rendered_yet():
    shared._rendered.cache_clear()


def frame(type_name: str) -> QuestionFrame:
    type_, (content, _) = question_types.get(type_name), SHAPES[type_name]
    face = Face(uuid4(), type_, content, "", "", "", type_.face(content, render_inline))
    return QuestionFrame(number=1, points="1", face=face, value=None, order=[])


def shown(question: QuestionFrame, value: Any, *, is_kept: bool = True, is_locked: bool = False) -> str:
    return seat.answer(replace(question, value=value), language="de", is_locked=is_locked, is_kept=is_kept)


def test_every_type_is_tried():
    assert set(VALUES) == {type_.name for type_ in question_types.all_types()}


@pytest.mark.parametrize("is_locked", [False, True])
@pytest.mark.parametrize("type_name", VALUES)
def test_it_looks_as_if_rendered_anew(type_name, is_locked):
    question = frame(type_name)
    for value in [*VALUES[type_name], *VALUES[type_name]]:
        anew = {"widget": replace(question, value=value).widget, "language": "de", "is_locked": is_locked}
        assert shown(question, value, is_locked=is_locked) == render_to_string(question.template, anew)


@pytest.mark.parametrize("type_name", sorted(set(VALUES) - {"cloze"}))
def test_what_was_rendered_is_rendered_no_more(type_name):
    question = frame(type_name)
    for value in VALUES[type_name]:
        shown(question, value)
    once = shared._rendered.cache_info().misses
    for value in VALUES[type_name]:
        shown(question, value)
    assert shared._rendered.cache_info().misses == once > 0


def test_another_order_is_another_look():
    question = frame("single_choice")
    one, other = (shown(replace(question, order=list(order)), "a") for order in ("abc", "cba"))
    assert one != other


def kept_texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that is rendered to be kept, from now on."""
    texts: list[str] = []

    def note(name: str, context: dict[str, Any]) -> str:
        texts.append(render_to_string(name, context))
        return texts[-1]

    monkeypatch.setattr(shared, "render_to_string", note)
    return texts


@pytest.mark.parametrize("type_name", TYPED_INTO)
def test_nothing_that_is_typed_is_kept(type_name, monkeypatch):
    kept = kept_texts(monkeypatch)
    for value in VALUES[type_name]:
        shown(frame(type_name), value)
    assert [text for text in kept if "what one candidate wrote" in text] == []


def test_what_was_typed_and_refused_is_not_kept_either(monkeypatch):
    kept = kept_texts(monkeypatch)
    shown(frame("ordering"), {"a": "first"}, is_kept=False)
    assert kept == []
