"""What is asked, as a plain form: checked by the question's type, each problem at its field with place and reason."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple

from assessments import question_types
from assessments.admin.question_editors import EDITORS, Editor, state_of
from assessments.admin.question_editors.widget import EditorWidget, with_spare_rows
from assessments.enums import Difficulty, QuestionTypeName
from assessments.models import Question, QuestionBank, QuestionVersion, Rubric, Tag
from assessments.question_types import ContentInvalid, QuestionType
from assessments.question_types.starts import start_of

MAX_LENGTH = 200_000
FEWEST_ROWS, MOST_ROWS = 4, 24
MORE_ROWS = 4
FIELDS, JSON = "fields", "json"


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
    editor = forms.Field(required=False, label="")
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

    def __init__(
        self,
        data: Any = None,
        *,
        type: QuestionType[Any, Any],  # noqa: A002 - the field's name
        mode: str = "",
        **options: Any,
    ) -> None:
        """In boxes where the type has an editor and nothing of the question is lost in it, else as JSON."""
        super().__init__(data, **options)
        self.type = type
        self.mode = mode or self._mode()
        if self.mode == FIELDS:
            del self.fields["content"], self.fields["key"]
            self.fields["editor"].widget = EditorWidget(EDITORS[type.name])
        else:
            del self.fields["editor"]
            self._fit_to_json()
        if not type.is_scored_by_people:
            del self.fields["rubric"]

    def _mode(self) -> str:
        editor = EDITORS.get(self.type.name)
        if self.is_bound:
            return FIELDS if editor and self.data.get(self.add_prefix("mode")) == FIELDS else JSON
        state = state_of(self.type, self.initial.get("content") or {}, self.initial.get("key") or {})
        if editor is None or state is None:
            return JSON
        self.initial = {**self.initial, "editor": with_spare_rows(editor, state)}
        return FIELDS

    def _fit_to_json(self) -> None:
        for name in ("content", "key"):
            lines = str(self[name].value() or "").count("\n") + 2
            self.fields[name].widget.attrs["rows"] = min(max(lines, FEWEST_ROWS), MOST_ROWS)

    @property
    def is_json(self) -> bool:
        return self.mode == JSON

    @property
    def type_label(self) -> str:
        return label_of(self.type.name)

    @property
    def hint(self) -> str:
        return start_of(self.type.name).hint

    @property
    def again(self) -> str:
        """The name of the buttons that save nothing and show the form once more: ``more``, ``json``, ``fields``."""
        return self.add_prefix("again")

    @property
    def why_json(self) -> str:
        """Why there are no boxes, where that is not the author's own choice."""
        if self.type.name not in EDITORS:
            return f"Questions of the type {label_of(self.type.name)} are written as JSON."
        if self.is_bound or self.initial.get("is_json_chosen"):
            return ""
        return "This question says things that the fields have no room for, so it is written as JSON."

    @property
    def can_have_fields(self) -> bool:
        return self.is_json and self.type.name in EDITORS

    def shown_again(self) -> Self | None:
        """What a button that saves nothing asked for: the same with more rows, or the other way of writing it."""
        asked = self.data.get(self.again) if self.is_bound else None
        if asked not in ("more", JSON, FIELDS) or (asked == FIELDS) != self.is_json:
            return None
        typed = {name: self[name].value() for name in self.fields}
        if asked == "more":
            typed["editor"] = with_spare_rows(self._editor, typed["editor"], more=MORE_ROWS)
            return self._unbound(typed, FIELDS)
        if asked == JSON:
            return self._unbound({**typed, **self._as_json(typed.pop("editor")), "is_json_chosen": True}, JSON)
        if not self.is_valid() and {"content", "key"} & set(self.errors):
            return None
        return self._unbound({**typed, "content": self.cleaned_data["content"], "key": self.cleaned_data["key"]}, "")

    def _unbound(self, initial: dict[str, Any], mode: str) -> Self:
        return self.__class__(type=self.type, mode=mode, initial=initial, prefix=self.prefix)

    @property
    def _editor(self) -> Editor:
        return EDITORS[self.type.name]

    def _as_json(self, state: dict[str, Any]) -> dict[str, Any]:
        """As far as it goes: what is not right yet stays as it was typed."""
        written = self._editor.written(state)
        try:
            content, key = self.type.normal(written.content, written.key)
        except ContentInvalid:
            content, key = written.content, written.key
        return {"content": content, "key": key}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.mode == FIELDS:
            self._clean_boxes(cleaned)
        elif "content" in cleaned and "key" in cleaned:
            try:
                cleaned["content"], cleaned["key"] = self.type.normal(cleaned["content"], cleaned["key"])
            except ContentInvalid as invalid:
                half = invalid.where.partition(".")[0]
                self.add_error(half if half in ("content", "key") else None, str(invalid))
        return cleaned

    def _clean_boxes(self, cleaned: dict[str, Any]) -> None:
        written = self._editor.written(cleaned["editor"])
        try:
            cleaned["content"], cleaned["key"] = self.type.normal(written.content, written.key)
        except ContentInvalid as invalid:
            reason, cell = self._editor.reason(invalid), self._editor.cell(invalid.where, written)
            widget = self.fields["editor"].widget
            if cell and isinstance(widget, EditorWidget):
                widget.problems[cell] = reason
            self.add_error("editor", self._editor.with_place(reason, cell))

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

    field_order = ("bank", "title", "stem", "editor", "content", "key", "points", "rubric", "explanation")
    ABOUT = ("title", "difficulty", "source", "competence")

    def question_facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "identity": data["identity"].strip(),
            "tags": data["tags"],
            "facts": {name: data[name] for name in self.ABOUT},
            "version": self.version_facts(),
        }


def types_to_choose(*, bank: str) -> list[dict[str, str]]:
    """``bank`` is asked for on the next page; empty: none is chosen there yet."""
    return [
        {
            "url": "?" + urlencode({"type": one.name, **({"bank": bank} if bank else {})}),
            "label": label_of(one.name),
            "about": start_of(one.name).about,
        }
        for one in question_types.all_types()
    ]


def label_of(type_name: str) -> str:
    return str(QuestionTypeName(type_name).label)
