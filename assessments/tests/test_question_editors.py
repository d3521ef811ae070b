"""Questions written in fields: nothing is lost on the way there and back, and what is wrong is said at its row."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings

from assessments import question_types
from assessments.admin.question_editors import EDITORS, state_of
from assessments.admin.question_forms import VersionForm
from assessments.question_types.starts import STARTS
from assessments.tests.making import OPTIONS, SHAPES
from assessments.tests.pages_as_sent import sent
from assessments.tests.test_samples import QUESTIONS
from assessments.tests.whole_questions import whole_questions

EDITED = sorted(EDITORS)


def form_of(type_name: str, content: dict[str, Any], key: dict[str, Any], data: Any = None) -> VersionForm:
    initial = {"stem": "Why?", "content": content, "key": key, "points": 1}
    form = VersionForm(data, type=question_types.get(type_name), initial=initial)
    form.fields.pop("rubric", None)  # its choices are the database's
    return form


def page(form: VersionForm) -> dict[str, str]:
    return sent("".join(str(form[name]) for name in form.fields))


def posted_unchanged(type_name: str, content: dict[str, Any], key: dict[str, Any]) -> tuple[VersionForm, VersionForm]:
    opened = form_of(type_name, content, key)
    return opened, form_of(type_name, content, key, page(opened))


def came_back(type_name: str, content: dict[str, Any], key: dict[str, Any]) -> bool:
    opened, form = posted_unchanged(type_name, content, key)
    assert form.is_valid(), form.errors
    assert form.mode == opened.mode
    cleaned = form.cleaned_data
    return (cleaned["content"], cleaned["key"]) == question_types.get(type_name).normal(content, key)


FULL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "single_choice": (
        {"options": OPTIONS, "fixed_order": True},
        {"option": "b", "credit": {"c": 0.25}, "feedback": {"a": "No:\n\n- never", "b": "Yes"}},
    ),
    "multiple_choice": (
        {"options": OPTIONS, "max_choices": 2},
        {"options": ["c", "a"], "scoring": "weighted", "weights": {"a": 0.5, "b": -1, "c": 0.5}},
    ),
    "true_false": ({}, {"value": False, "feedback": {"true": "It is not."}}),
    "matching": (
        {
            "prompts": [{"id": "1", "text": "A"}, {"id": "2", "text": "B"}, {"id": "3", "text": "C"}],
            "choices": [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}, {"id": "c", "text": "z"}],
        },
        {"pairs": {"1": "b", "2": "a", "3": "b"}, "scoring": "all_or_nothing"},
    ),
    "ordering": (SHAPES["ordering"][0], {"order": ["c", "b", "a"], "scoring": "per_position"}),
    "numeric": (
        {"units": ["s"], "placeholder": "0.0 s"},
        {
            "accepted": [{"value": "5", "tolerance": "0.05", "relative": True}, {"min": "-1", "max": "2", "credit": 0}],
            "units": {"s": "1", "ms": "0.001"},
            "unit_required": True,
        },
    ),
    "short_text": (
        {"max_length": 40},
        {"accepted": [{"text": " a  b "}, {"text": "x+", "match": "regex", "case_sensitive": True, "credit": 0.5}]},
    ),
    "long_text": (
        {"suggested_words": 80, "max_length": 900, "show_criteria": True},
        {"model_answer": "\nFirst\n\n```\ncode\n```\n"},
    ),
}


@pytest.mark.parametrize("type_name", EDITED)
def test_every_part_of_a_question_comes_back_as_it_was_through_fields(type_name):
    starts = (STARTS[type_name].content, STARTS[type_name].key)
    for content, key in (FULL[type_name], SHAPES[type_name], starts):
        assert form_of(type_name, content, key).mode == "fields"
        assert came_back(type_name, content, key)


def test_only_cloze_has_no_fields():
    assert {one.name for one in question_types.all_types()} - set(EDITORS) == {"cloze"}
    form = form_of("cloze", *SHAPES["cloze"])
    assert (form.is_json, form.why_json) == (True, "Questions of the type Fill in the blanks are written as JSON.")


def test_every_sample_is_edited_in_fields_and_comes_back():
    edited = [one for one in QUESTIONS if one.type in EDITORS]
    as_json = [one.identity for one in edited if form_of(one.type, one.content, one.key).is_json]
    lost = [one.identity for one in edited if not came_back(one.type, one.content, one.key)]
    assert (as_json, lost) == ([], [])


@given(question=whole_questions())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_question_says_it_comes_back(question):
    assert came_back(question.type, question.content, question.key)


@pytest.mark.parametrize(
    ("type_name", "content", "key"),
    [
        ("matching", SHAPES["matching"][0], {"pairs": {"1": "a", "2": "b"}, "weights": {"1": 2}}),
        ("short_text", {}, {"accepted": [{"text": "two\nlines"}]}),
        ("single_choice", {"options": OPTIONS}, {"option": "b", "feedback": {"a": " "}}),
        ("single_choice", {"options": [{"id": str(n), "text": f"No {n}"} for n in range(101)]}, {"option": "1"}),
    ],
)
def test_what_fields_have_no_room_for_is_kept_by_json_with_a_sentence(type_name, content, key):
    form = form_of(type_name, content, key)
    assert (form.is_json, form.why_json.startswith("This question says things")) == (True, True)
    assert came_back(type_name, content, key)


# ---- What is wrong ----


def wrong(type_name: str, **changes: str) -> tuple[list[str], dict[Any, str]]:
    content, key = SHAPES[type_name]
    data = page(form_of(type_name, content, key))
    for short, value in changes.items():
        name = "editor-" + short.replace("__", "-")
        data.pop(name, None)
        data |= {name: value} if value != "OFF" else {}
    form = form_of(type_name, content, key, data)
    assert not form.is_valid()
    assert list(form.errors) == ["editor"]
    return [str(one) for one in form.errors["editor"]], form.fields["editor"].widget.problems


@pytest.mark.parametrize(
    ("type_name", "changes", "cell", "reason"),
    [
        ("single_choice", {"options__1__text": " "}, ("options", 1, "text"), "An option needs a text."),
        ("single_choice", {"options__2__credit": "2"}, ("options", 2, "credit"), "A credit is a number from 0 to 1."),
        ("multiple_choice", {"options__1__weight": "x"}, ("options", 1, "weight"), "The weight of an option is"),
        (
            "short_text",
            {"accepted__1__text": "(", "accepted__1__match": "regex"},
            ("accepted", 1, "text"),
            "This is no",
        ),
        ("short_text", {"accepted__0__credit": "much"}, ("accepted", 0, "credit"), "A credit is a number from 0 to 1."),
        ("numeric", {"accepted__2__value": "1e9999"}, ("accepted", 2, "value"), "This must be a decimal number"),
        ("numeric", {"accepted__0__min": "3"}, ("accepted", 0, "value"), "Give either a value, or both min and max."),
        ("numeric", {"units__1__factor": "-4"}, ("units", 0, "unit"), "The factor of 's' must be above 0."),
        ("matching", {"pairs__1__choice": ""}, ("pairs", 1, "choice"), "An option needs a text."),
    ],
)
def test_what_is_wrong_is_said_at_its_row(type_name, changes, cell, reason):
    said, problems = wrong(type_name, **changes)
    assert list(problems) == [cell]
    assert problems[cell].startswith(reason)
    assert problems[cell] in said[0]


@pytest.mark.parametrize(
    ("type_name", "changes", "said"),
    [
        ("single_choice", {"options__right": "OFF"}, "Mark the option that is right."),
        ("single_choice", {"options__0__text": "", "options__2__text": ""}, "Give at least two options."),
        (
            "multiple_choice",
            dict.fromkeys(("options__0__right", "options__2__right"), "OFF"),
            "Mark at least one option",
        ),
        ("multiple_choice", {"max_choices": "many"}, "Input should be a valid integer."),
        ("true_false", {"value": "OFF"}, "Say whether the statement is true or false."),
        ("short_text", {"accepted__0__text": ""}, "Give at least one answer that is accepted."),
        ("long_text", {"max_length": "0"}, "Input should be greater than or equal to 1."),
        ("ordering", {"items__0__text": "", "items__1__text": ""}, "Give at least two items."),
    ],
)
def test_what_is_missing_is_said_in_words_for_authors(type_name, changes, said):
    (reason,), _ = wrong(type_name, **changes)
    assert reason.startswith(said)


def test_the_row_s_reason_stands_beside_its_box():
    content, key = SHAPES["single_choice"]
    data = page(form_of("single_choice", content, key)) | {"editor-options-1-text": ""}
    form = form_of("single_choice", content, key, data)
    assert form.errors["editor"] == ["Option 2: An option needs a text."]
    box = str(form["editor"]).partition('id="id_editor-options-1-text"')[2].partition("</div>")[0]
    assert 'aria-describedby="id_editor-options-1-text_problem"' in box
    assert "An option needs a text." in box


def test_what_an_author_writes_stays_text():
    content = {"options": [{"id": "a", "text": "</textarea><script>"}, {"id": "b", "text": '"><b>'}]}
    html = str(form_of("single_choice", content, {"option": "a", "feedback": {"b": "<i>"}})["editor"])
    assert [tag in html for tag in ("<script>", "<b>", "<i>")] == [False, False, False]


# ---- Rows, and the other way of writing ----


def test_a_new_option_gets_an_id_of_its_own_and_an_emptied_one_is_gone():
    content, key = SHAPES["single_choice"]
    changes = {"editor-options-0-text": "", "editor-options-3-text": "A new one", "editor-options-3-feedback": "Why"}
    form = form_of("single_choice", content, key, page(form_of("single_choice", content, key)) | changes)
    assert form.is_valid()
    assert [one["id"] for one in form.cleaned_data["content"]["options"]] == ["b", "c", "a"]
    assert form.cleaned_data["key"] == {"option": "b", "feedback": {"a": "Why"}}


def test_more_rows_keep_what_was_typed_however_wrong():
    content, key = SHAPES["short_text"]
    data = page(form_of("short_text", content, key)) | {"again": "more", "editor-accepted-1-credit": "lots", "stem": ""}
    again = form_of("short_text", content, key, data).shown_again()
    assert again is not None
    fields = page(again)
    assert (fields["editor-accepted-rows"], fields["editor-accepted-1-credit"], fields["stem"]) == ("7", "lots", "")
    assert again.is_bound is False


def test_it_can_be_written_as_json_and_in_fields_again():
    content, key = FULL["single_choice"]
    data = page(form_of("single_choice", content, key)) | {"editor-options-0-text": "Changed"}
    as_json = form_of("single_choice", content, key, data | {"again": "json"}).shown_again()
    assert as_json is not None
    assert (as_json.is_json, as_json.why_json, as_json.can_have_fields) == (True, "", True)
    back = form_of("single_choice", content, key, page(as_json) | {"again": "fields"}).shown_again()
    assert back is not None
    assert page(back) == data


def test_json_that_cannot_be_read_stays_json_with_its_reason():
    content, key = SHAPES["single_choice"]
    form = form_of("single_choice", content, key, {"again": "fields", "stem": "Why?", "content": "{", "key": "{}"})
    assert form.shown_again() is None
    assert form.errors["content"] == ["Line 1, column 2: Expecting property name enclosed in double quotes."]


@pytest.mark.parametrize("rows", ["", "x", "-1", "99999999999", "²", "5"])
def test_a_forged_number_of_rows_is_no_more_than_a_wrong_form(rows):
    data = {"mode": "fields", "stem": "Why?", "points": "1", "editor-options-rows": rows}
    form = form_of("single_choice", *SHAPES["single_choice"], data)
    assert form.errors["editor"] == ["Give at least two options."]


def test_a_question_that_does_not_fit_its_type_has_no_fields():
    assert state_of(question_types.get("single_choice"), {"options": []}, {}) is None


def test_enter_saves_and_adds_no_rows():
    form = form_of("single_choice", *SHAPES["single_choice"])
    html = render_to_string("admin/assessments/question/_version_form.html", {"form": form, "rows": []})
    first = html.partition("<button")[2].partition(">")[0]
    assert "name=" not in first
