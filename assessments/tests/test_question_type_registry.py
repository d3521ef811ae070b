from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assessments import question_types
from assessments.enums import QuestionTypeName
from assessments.question_types import ContentInvalid, QuestionType, UnknownQuestionType, ValueRefused

OPTIONS = {"options": [{"id": "a", "text": "One"}, {"id": "b", "text": "Two"}, {"id": "c", "text": "Three"}]}
EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any], list[Any]]] = {  # content, key, values
    "single_choice": (OPTIONS, {"option": "b"}, ["a", "b"]),
    "multiple_choice": (OPTIONS, {"options": ["a", "c"]}, [["a"], ["b", "c"]]),
    "true_false": ({}, {"value": True}, [True, False]),
    "matching": (
        {"prompts": [{"id": "1", "text": "One"}, {"id": "2", "text": "Two"}], "choices": OPTIONS["options"]},
        {"pairs": {"1": "b", "2": "b"}},
        [{"1": "b"}, {"1": "c", "2": "a"}],
    ),
    "ordering": ({"items": OPTIONS["options"]}, {"order": ["a", "c", "b"]}, [["a", "b", "c"], ["c", "a", "b"]]),
    "numeric": ({}, {"accepted": [{"value": "42"}]}, ["42", "forty-two", " 3,5 s "]),
    "short_text": ({}, {"accepted": [{"text": "Paris"}]}, ["Paris", " two  words "]),
    "cloze": (
        {"text": "{{1}} of {{2}}", "gaps": [{"id": "1"}, {"id": "2", "kind": "choice", **OPTIONS}]},
        {"gaps": {"1": {"accepted": [{"text": "All"}]}, "2": {"option": "c"}}},
        [{"1": " 2= "}, {"2": "a"}, {"1": "All", "2": "c"}],
    ),
    "long_text": ({}, {}, ["A text.\n\nOf two paragraphs.\n"]),
}
REFERENCE = Path(__file__).parents[2] / "docs/reference/question-types.md"
every_type = pytest.mark.parametrize("question_type", question_types.all_types(), ids=lambda found: found.name)


def test_the_registry_and_the_enum_name_the_same_types_in_the_same_order():
    assert [found.name for found in question_types.all_types()] == QuestionTypeName.values


def test_each_type_has_a_file_of_its_name():
    folder = Path(question_types.__file__).parent
    assert [found.name for found in question_types.all_types() if not (folder / f"{found.name}.py").is_file()] == []


def test_a_type_is_got_by_its_name():
    assert question_types.get("numeric").name == "numeric"


@pytest.mark.parametrize("name", ["essay", "", "Numeric", None, ["numeric"]])
def test_an_unknown_type_raises_its_own_exception_with_the_name(name):
    with pytest.raises(UnknownQuestionType) as caught:
        question_types.get(name)
    assert caught.value.name == name


@every_type
def test_the_template_is_named_after_the_type(question_type: QuestionType):
    assert question_type.template == f"question_types/{question_type.name}.html"


@every_type
def test_normal_content_and_key_are_normal_already(question_type: QuestionType):
    content, key, _ = EXAMPLES[question_type.name]
    once = question_type.normal(content, key)
    assert question_type.normal(*once) == once


@every_type
def test_what_a_form_posts_and_what_json_says_are_the_same_value(question_type: QuestionType):
    content, _, values = EXAMPLES[question_type.name]
    assert [question_type.read(question_type.posted(value), content) for value in values] == values
    assert [question_type.read_json(value, content) for value in values] == values


@every_type
@pytest.mark.parametrize("raw", [[], [""]])
def test_a_form_without_an_answer_is_empty_and_earns_nothing(question_type: QuestionType, raw: list[str]):
    content, key, _ = EXAMPLES[question_type.name]
    value = question_type.read(raw, content)
    assert value is None
    assert question_type.credit(value, content, key) == 0
    assert question_type.words(value, content) == ""


@every_type
def test_json_null_is_empty(question_type: QuestionType):
    assert question_type.read_json(None, EXAMPLES[question_type.name][0]) is None


@every_type
@pytest.mark.parametrize("raw", [0, 1, 1.5, {}, {"value": "b"}, {"1": ["b"]}, [["a"]], [None], [True]], ids=repr)
def test_json_of_another_type_is_refused_in_words(question_type: QuestionType, raw: Any):
    if raw == {} and isinstance(EXAMPLES[question_type.name][2][0], dict):
        pytest.skip("there it is an empty answer")
    with pytest.raises(ValueRefused, match=r"^[A-Z].*\.$"):
        question_type.read_json(raw, EXAMPLES[question_type.name][0])


@every_type
def test_the_face_is_plain_data_and_the_same_whatever_the_value(question_type: QuestionType):
    content, _, values = EXAMPLES[question_type.name]
    face = question_type.face(content, str)
    for value in [*values, None]:
        question_type.widget(face, value, ())
    assert face == question_type.face(content, str)


@every_type
@pytest.mark.parametrize("half", ["content", "key"])
def test_an_unknown_field_is_refused_with_its_place(question_type: QuestionType, half: str):
    content, key, _ = EXAMPLES[question_type.name]
    halves = {"content": content, "key": key}
    halves[half] = {**halves[half], "tolerence": 1}
    with pytest.raises(ContentInvalid) as caught:
        question_type.check(**halves)
    assert (caught.value.where, caught.value.reason) == (f"{half}.tolerence", "This field is not known here.")


@every_type
@pytest.mark.parametrize("content", [[], "", None, 3])
def test_content_that_is_no_object_is_refused(question_type: QuestionType, content: Any):
    with pytest.raises(ContentInvalid, match=r"^content: This must be an object\.$"):
        question_type.check(content, EXAMPLES[question_type.name][1])


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_the_database_cannot_hold_is_refused_with_its_place(text):
    content = {"options": [{"id": "a", "text": "One"}, {"id": "b", "text": text}]}
    with pytest.raises(ContentInvalid) as caught:
        question_types.get("single_choice").check(content, {"option": "a"})
    assert caught.value.where == "content.options.1.text"


@every_type
def test_the_example_in_the_reference_is_valid(question_type: QuestionType):
    reference = REFERENCE.read_text(encoding="utf-8")
    example = json.loads(
        re.findall(rf"^## {question_type.name}\n+```json\n(.+?)```", reference, re.DOTALL | re.MULTILINE)[0]
    )
    assert example.pop("type") == question_type.name
    question_type.check(**example)
