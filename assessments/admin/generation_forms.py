from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from assessments.admin.question_forms import VersionForm, version_initial
from assessments.domain import asks
from assessments.domain.asks import Ask, AskInvalid
from assessments.domain.written import FORMS
from assessments.enums import Difficulty, QuestionTypeName
from assessments.models import Question, QuestionBank
from assessments.question_types import get


class AskForm(forms.Form):
    bank = forms.ModelChoiceField(
        QuestionBank.objects.all(),
        help_text="Where the drafts go. Its questions show the style, and near-duplicates are looked for.",
    )
    topic = forms.CharField(
        max_length=asks.MAX_TOPIC,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="“Reading query plans”, “retries and idempotency”. No personal data: it goes to Google.",
    )
    competence = forms.CharField(
        required=False,
        max_length=asks.MAX_COMPETENCE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="What they should show about a person: “diagnoses before acting”.",
    )
    question_type = forms.ChoiceField(choices=[(name, QuestionTypeName(name).label) for name in FORMS], label="Type")
    difficulty = forms.ChoiceField(required=False, choices=Difficulty.choices)
    count = forms.IntegerField(
        min_value=1, max_value=asks.MOST_QUESTIONS, initial=3, label="Number", help_text="1 to 10 at once."
    )
    language = forms.CharField(max_length=asks.MAX_LANGUAGE, initial="English")
    key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    """The form's own: sent twice, by an impatient finger, it is asked and paid once."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["ask"] = Ask(**{name: value for name, value in cleaned.items() if name != "key"})
            except AskInvalid as invalid:
                self.add_error(invalid.where, str(invalid))
        return cleaned


def edit_form(question: Question, data: Any = None) -> VersionForm:
    """One form among several on a page, so its fields bear the question's id."""
    version = question.current_version
    assert version is not None  # noqa: S101 - a draft without a version is none of AI's
    return VersionForm(data, type=get(version.type), initial=version_initial(version), prefix=f"q{question.pk.hex}")
