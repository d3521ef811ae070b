"""What is asked, as a plain form: checked by the question's type, each problem at its field with place and reason."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple

from assessments import question_types
from assessments.enums import Difficulty, QuestionTypeName
from assessments.models import Question, QuestionBank, QuestionVersion, Rubric, Tag
from assessments.question_types import ContentInvalid, QuestionType
from assessments.question_types.starts import start_of

MAX_LENGTH = 200_000
FEWEST_ROWS, MOST_ROWS = 4, 24


class JSONTextField(forms.CharField):
    """A JSON object as text. What is wrong is said with its line; a name given twice is not swallowed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"class": "vLargeTextField code", "spellcheck": "false"})
        super().__init__(**{"widget": widget, "max_length": MAX_LENGTH, **options})

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            read = json.loads(text or "{}", object_pairs_hook=_without_repetition, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
        except RecursionError as error:
            raise forms.ValidationError("It is nested too deeply.") from error
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if not isinstance(read, dict):
            raise forms.ValidationError("It must be an object: names and values between { and }.")
        return read


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"The name “{twice}” is given twice in one object.")
    return dict(pairs)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number JSON knows.")


class VersionForm(forms.Form):
    stem = forms.CharField(
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        help_text="The question, in Markdown.",
    )
    content = JSONTextField(required=False, help_text="JSON, shown to candidates.")
    key = JSONTextField(required=False, help_text="JSON, never shown before you release it.")
    points = forms.DecimalField(min_value=0, max_digits=7, decimal_places=2, initial=Decimal(1))
    explanation = forms.CharField(
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text="Markdown; shown along with the key where feedback releases it.",
    )
    rubric = forms.ModelChoiceField(
        Rubric.objects.order_by("name", "-version"),
        required=False,
        empty_label="None: reviewers give points",
        help_text="What reviewers judge the answer by.",
    )

    def __init__(self, *args: Any, type: QuestionType[Any, Any], **options: Any) -> None:  # noqa: A002 - the field's name
        super().__init__(*args, **options)
        self.type = type
        for name in ("content", "key"):
            lines = str(self[name].value() or "").count("\n") + 2
            self.fields[name].widget.attrs["rows"] = min(max(lines, FEWEST_ROWS), MOST_ROWS)
        if not type.is_scored_by_people:
            del self.fields["rubric"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "content" in cleaned and "key" in cleaned:
            try:
                cleaned["content"], cleaned["key"] = self.type.normal(cleaned["content"], cleaned["key"])
            except ContentInvalid as invalid:
                half = invalid.where.partition(".")[0]
                self.add_error(half if half in ("content", "key") else None, str(invalid))
        return cleaned

    def version_facts(self) -> dict[str, Any]:
        """What ``create_version`` takes."""
        data = self.cleaned_data
        names = ("stem", "content", "key", "points", "explanation")
        return {"type": self.type.name, "rubric": data.get("rubric"), **{name: data[name] for name in names}}

    def unsaved_version(self) -> QuestionVersion:
        """For looking at it before it is kept."""
        return QuestionVersion(number=0, **self.version_facts())


def version_initial(version: QuestionVersion) -> dict[str, Any]:
    return {
        "stem": version.stem,
        "content": version.content,
        "key": version.key,
        "points": version.points,
        "explanation": version.explanation,
        "rubric": version.rubric_id,
    }


def start_initial(type_name: str) -> dict[str, Any]:
    start = start_of(type_name)
    return {"content": start.content, "key": start.key}


class NewQuestionForm(VersionForm):
    bank = forms.ModelChoiceField(QuestionBank.objects.all())
    title = forms.CharField(required=False, max_length=200, help_text="For staff; candidates see the stem.")
    identity = forms.CharField(
        required=False,
        max_length=200,
        help_text="What it is known by when it is imported again. Empty: made from the title or the stem.",
    )
    difficulty = forms.ChoiceField(required=False, choices=Difficulty.choices)
    source = forms.CharField(max_length=40, initial="standard")
    competence = forms.CharField(required=False, max_length=120)
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(),
        required=False,
        widget=AutocompleteSelectMultiple(Question._meta.get_field("tags"), admin.site),
    )

    field_order = ("bank", "title", "stem", "content", "key", "points", "rubric", "explanation")
    ABOUT = ("title", "difficulty", "source", "competence")

    def question_facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "identity": data["identity"].strip(),
            "tags": data["tags"],
            "facts": {name: data[name] for name in self.ABOUT},
            "version": self.version_facts(),
        }


def types_to_choose() -> list[dict[str, str]]:
    return [
        {"name": one.name, "label": label_of(one.name), "about": start_of(one.name).about}
        for one in question_types.all_types()
    ]


def label_of(type_name: str) -> str:
    return str(QuestionTypeName(type_name).label)
