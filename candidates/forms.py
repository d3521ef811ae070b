"""What candidates send, read strictly: no field but these, no time, no score, no state from a browser."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, gettext_lazy

from assessments.domain.faces import Face
from assessments.question_types import ValueRefused
from candidates.domain import survey
from candidates.domain.responses import Save
from candidates.enums import SurveyQuestion

GO = ("stay", "next", "previous", "review", "overview", "flag", "problem", "break", "options")
MOST_REVISIONS = 2_000_000_000


class ResponseForm:
    """One response as a page posts it. The answer's own fields, named ``value``, are read by the question's type.

    Every save reads one, and Django's forms copy each field and its widget first: a twentieth of the whole save.
    """

    def __init__(self, data: QueryDict, *, face: Face) -> None:
        self.data, self.face = data, face
        self.go = _go(data.get("go", ""))
        self.sentence = ""
        """The first problem, for the candidate; empty when it can be saved."""
        self._read()

    def _read(self) -> None:
        try:
            self._base_revision = _revision(self.data.get("base_revision", ""))
            self._key = uuid.UUID(self.data.get("key", ""))
        except ValueError:
            self.sentence = gettext("This page had grown old. Your text is below; please save it again.")
            return
        try:
            self.value = self.face.type.read(self.typed(), self.face.content)
        except ValueRefused as refused:
            self.sentence = str(refused)

    def is_valid(self) -> bool:
        return not self.sentence

    def typed(self) -> list[str]:
        """What came, to be shown again: nothing a candidate typed is thrown away."""
        return self.data.getlist("value")

    def save_of(self, number: int, *, moves_to: int | None) -> Save:
        return Save(
            number=number,
            value=self.value,
            base_revision=self._base_revision,
            key=self._key,
            toggles_flag=self.go == "flag",
            moves_to=moves_to,
        )


def _go(wanted: str) -> str:
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) <= 10
    return wanted if wanted in GO or is_number else "next"


def _revision(text: str) -> int:
    """Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MOST_REVISIONS):
        raise ValueError("A revision is a whole number.")
    return int(text)


class CodeForm(forms.Form):
    """An invitation's code, or the whole link, typed or pasted by hand."""

    code = forms.CharField(max_length=500)

    def clean_code(self) -> str:
        """The token: the last part of a link, or what was typed."""
        return str(self.cleaned_data["code"]).strip().rstrip("/").rpartition("/")[2]


class ConsentForm(forms.Form):
    """Agreement to the notice that was shown, and to no other: it may have changed while the page was open."""

    notice = forms.CharField(required=False, max_length=64)
    consent = forms.BooleanField(
        error_messages={"required": gettext_lazy("Please tick the box to agree before you go on.")}
    )

    def __init__(self, *args: Any, notice_hash: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice_hash = notice_hash

    def clean_notice(self) -> str:
        seen: str = self.cleaned_data["notice"]
        if seen and not constant_time_compare(seen, self.notice_hash):
            raise forms.ValidationError(
                gettext("What you are told has changed since you opened this page. Please read it again.")
            )
        return seen


class SurveyForm(forms.Form):
    """Each question is optional; whoever answers neither is told how to answer one."""

    fair = forms.TypedChoiceField(
        choices=[(n, n) for n in survey.ANSWERS], coerce=int, required=False, empty_value=None
    )
    able = forms.TypedChoiceField(
        choices=[(n, n) for n in survey.ANSWERS], coerce=int, required=False, empty_value=None
    )

    @staticmethod
    def nothing_chosen() -> str:
        return gettext("Nothing was chosen. Choose a number for one question or for both, and press the button again.")

    def clean(self) -> dict[str, Any]:
        if not self.answers():
            raise forms.ValidationError(self.nothing_chosen())
        return self.cleaned_data

    def answers(self) -> dict[SurveyQuestion, int]:
        chosen = {one: self.cleaned_data.get(one.value) for one in SurveyQuestion}
        return {one: answer for one, answer in chosen.items() if answer}


def fresh_key() -> uuid.UUID:
    return uuid.uuid4()
