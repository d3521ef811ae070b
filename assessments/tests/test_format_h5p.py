from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion, Rejection
from assessments.formats.detect import detect
from assessments.formats.h5p_types import READERS
from assessments.tests.parsing import parsed_by, the_only
from assessments.tests.test_format_hostile import read as read_or_refuse

h5p = formats.get("h5p")
PIXEL = base64.b64decode("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")
YES_NO = {"question": "<p>Is it?</p>", "correct": "true"}


def package(library: str, params: Any, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("h5p.json", json.dumps({"title": "Nets", "mainLibrary": library, "license": "CC BY"}))
        archive.writestr("content/content.json", params if isinstance(params, bytes) else json.dumps(params))
        for name, data in files.items():
            archive.writestr(f"content/images/{name}.gif", data)
    return out.getvalue()


def read(library: str, params: Any, **files: bytes) -> Parsed:
    return parsed_by(h5p, package(library, params, **files))


def one(library: str, params: Any, **files: bytes) -> ParsedQuestion:
    return the_only(read(library, params, **files))


def answers(*marked: bool) -> list[dict[str, Any]]:
    return [{"text": f"<div>{place}</div>", "correct": right} for place, right in enumerate(marked)]


def test_one_right_option_and_its_feedback():
    first, second = answers(True, False)
    first["tipsAndFeedback"] = {"chosenFeedback": "<div>Well.</div>"}
    question = one("H5P.MultiChoice", {"question": "<p>Which <b>one</b>?</p>", "answers": [first, second]})
    assert (question.where, question.title, question.stem) == ("content", "Nets", "Which <b>one</b>?")
    assert (question.type, question.key) == ("single_choice", {"option": "a", "feedback": {"a": "Well."}})


def test_several_right_options_score_as_in_the_file():
    params = {"question": "Which?", "answers": answers(True, True, False), "behaviour": {"randomAnswers": False}}
    question = one("H5P.MultiChoice", params)
    assert question.key == {
        "options": ["a", "b"],
        "scoring": "weighted",
        "weights": {"a": 0.5, "b": 0.5, "c": -0.5},
    }
    assert question.content["fixed_order"] is True
    whole = one("H5P.MultiChoice", {**params, "behaviour": {"singlePoint": True}})
    assert whole.key == {"options": ["a", "b"], "scoring": "all_or_nothing"}


def test_sets_and_columns_hold_questions_and_what_is_none_is_named():
    true_false = {"library": "H5P.TrueFalse 1.8", "params": YES_NO, "metadata": {"title": "Late"}}
    hotspot = {"library": "H5P.ImageHotspotQuestion 1.8", "params": {}, "metadata": {"title": "Where"}}
    inner = {"library": "H5P.QuestionSet 1.20", "params": {"questions": [true_false, hotspot]}}
    text = {"library": "H5P.AdvancedText 1.1", "params": {"text": "Read."}}
    parsed = read("H5P.Column", {"content": [{"content": inner}, {"content": text}]})
    assert [(item.where, item.title, item.key) for item in parsed.questions] == [
        ("content.content[0].questions[0]", "Late", {"value": True})
    ]
    assert [(item.title, item.reason) for item in parsed.rejected] == [
        ("Where", 'Questions of the type "H5P.ImageHotspotQuestion" have no counterpart here.')
    ]
    assert parsed.warnings == ["content.content[1] is a H5P.AdvancedText, which asks nothing, and was left out."]


def test_the_first_answer_of_a_single_choice_set_is_right_wherever_it_is_shown():
    parsed = read(
        "H5P.SingleChoiceSet", {"choices": [{"question": f"Q{n}?", "answers": ["r", "x", "y"]} for n in range(9)]}
    )
    shown = [
        {option["id"]: option["text"] for option in question.content["options"]}[question.key["option"]]
        for question in parsed.questions
    ]
    assert shown == ["r"] * 9
    assert len({question.key["option"] for question in parsed.questions}) == 3


def test_what_options_say_before_they_are_chosen_is_noted_as_left_out():
    told = {"tip": "<p>Think of rivers.</p>", "notChosenFeedback": "Pity.", "chosenFeedback": "Yes."}
    answers = [{"text": "a", "correct": True, "tipsAndFeedback": told}, {"text": "b", "correct": False}]
    parsed = read("H5P.MultiChoice", {"question": "Which?", "answers": answers})
    assert parsed.warnings == [
        "content: Tips for options are left out.",
        "content: What is said of an option that was not chosen is left out.",
    ]
    told.update(tip="", notChosenFeedback="")
    assert read("H5P.MultiChoice", {"question": "Which?", "answers": answers}).warnings == []


def test_tips_of_words_to_drag_are_noted_as_left_out():
    params = {"taskDescription": "Drag.", "textField": "The *sky:above* is *blue*."}
    assert read("H5P.DragText", params).warnings == ["content: Tips for blanks are left out."]


def test_blanks_are_gaps():
    params = {"text": "<p>Fill in.</p>", "questions": ["<p>*SYN/S* opens, *FIN:the end* closes.</p>"]}
    question = one("H5P.Blanks", {**params, "behaviour": {"caseSensitive": False}})
    assert (question.stem, question.content["text"]) == ("Fill in.", "{{1}} opens, {{2}} closes.")
    accepted = [question.key["gaps"][name]["accepted"] for name in ("1", "2")]
    assert accepted == [[{"text": "SYN"}, {"text": "S"}], [{"text": "FIN"}]]
    assert read("H5P.Blanks", params).warnings == ["content: Tips for blanks are left out."]


def test_words_to_drag_are_words_to_choose():
    params = {"taskDescription": "Drag.", "textField": "The *sky* is *blue*.", "distractors": "*red*"}
    question = one("H5P.DragText", params)
    shown = {option["id"]: option["text"] for option in question.content["gaps"][0]["options"]}
    assert (question.content["text"], sorted(shown.values())) == ("The {{1}} is {{2}}.", ["blue", "red", "sky"])
    assert [shown[question.key["gaps"][name]["option"]] for name in ("1", "2")] == ["sky", "blue"]


def test_an_essay_with_its_sample():
    params = {"taskDescription": "Why?", "solution": {"sample": "So."}, "keywords": [{"keyword": "so"}]}
    question = one("H5P.Essay", {**params, "behaviour": {"maximumLength": 500}})
    assert (question.content, question.key) == ({"max_length": 500}, {"model_answer": "So."})
    assert question.explanation == "- Words looked for: so"


def test_a_picture_of_the_package_comes_along():
    image = {"library": "H5P.Image 1.1", "params": {"file": {"path": "images/plan.gif"}, "alt": 'A "plan"'}}
    question = one("H5P.TrueFalse", {**YES_NO, "media": {"type": image}}, plan=PIXEL)
    (name,) = question.media
    assert question.stem.startswith(f'<img src="/media/{name}" alt="A &quot;plan&quot;">')
    assert name.endswith(".gif")
    assert question.stem.endswith("Is it?")


@pytest.mark.parametrize(
    ("library", "params", "words"),
    [
        ("H5P.MultiChoice", {"question": "x", "answers": answers(False, False)}, "No option is marked"),
        ("H5P.MultiChoice", {"question": "", "answers": answers(True, False)}, "no question text"),
        ("H5P.MultiChoice", {"question": "x", "answers": [{"text": "", "correct": True}, {}]}, "option has no text"),
        ("H5P.TrueFalse", {"question": "x"}, "Neither true nor false"),
        ("H5P.TrueFalse", {**YES_NO, "media": {"type": {"library": "H5P.Video 1.6"}}}, "shows a H5P.Video"),
        ("H5P.Blanks", {"text": "x", "questions": ["none"]}, "no blanks"),
        ("H5P.DragText", {"textField": "*a*"}, "at least two"),
        ("H5P.SingleChoiceSet", {"choices": [{"question": "x"}]}, "no options"),
        ("H5P.Dialogcards", {}, "no counterpart"),
    ],
)
def test_what_cannot_be_asked_is_rejected(library: str, params: Any, words: str):
    assert [words in item.reason for item in read(library, params).rejected] == [True]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (package("H5P.GreetingCard", {}), "is a H5P.GreetingCard and holds no questions"),
        (package("H5P.Essay", b'{"a": 1};'), r"content/content.json: Line 1, column 9 is not JSON"),
        (package("H5P.Essay", b"[]"), "holds no object"),
        (package("H5P.QuestionSet", {"questions": []}), "holds no questions"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_what_is_no_package_of_questions_is_refused(data: bytes, words: str):
    with pytest.raises(FileUnreadable, match=words):
        h5p.read(data)


def test_columns_in_columns_without_end_are_refused():
    params: dict[str, Any] = {}
    for _ in range(15):
        params = {"content": [{"content": {"library": "H5P.Column 1.1", "params": params}}]}
    with pytest.raises(FileUnreadable, match="nests its content too deeply"):
        h5p.read(package("H5P.Column", params))


def test_a_name_that_leads_out_of_the_archive_finds_nothing():
    image = {"library": "H5P.Image 1.1", "params": {"file": {"path": "../../../../etc/passwd"}}}
    parsed = read("H5P.TrueFalse", {**YES_NO, "media": {"type": image}})
    assert [one.reason for one in parsed.rejected] == ["It shows passwd, which is missing: the file does not hold it."]


def test_a_package_is_known_whatever_it_is_called():
    assert detect(package("H5P.TrueFalse", YES_NO), "quiz.zip").name == "h5p"


FIELDS = (
    *("question", "answers", "text", "correct", "media", "type", "params"),
    *("library", "behaviour", "questions", "content", "choices", "metadata", "tipsAndFeedback"),
    *("textField", "distractors", "solution", "sample", "keywords", "keyword", "file"),
    *("path",),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["*a*", "", "true", "<p>x</p>", "H5P.TrueFalse 1.1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(st.sampled_from([*READERS, "H5P.QuestionSet", "H5P.Column", "H5P.Other"]), JSON)
@settings(max_examples=300, deadline=None)
def test_whatever_a_package_says_is_read_or_refused(library: str, params: Any):
    parsed = read_or_refuse(h5p, package(library, params))
    assert all(isinstance(check_question(one), CheckedQuestion | Rejection) for one in parsed.questions)
