"""What candidates send, read strictly: no field but these, no time, no score, no state from a browser."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from assessments.domain.faces import Face
from assessments.question_types import ValueRefused
from candidates.domain.responses import Save

GO = ("stay", "next", "previous", "review", "overview", "flag")


class ResponseForm(forms.Form):
    """One response as a page posts it. The answer's own fields, named ``value``, are read by the question's type."""

    base_revision = forms.IntegerField(min_value=0, max_value=2_000_000_000)
    key = forms.UUIDField()
    go = forms.CharField(required=False, max_length=10)

    def __init__(self, *args: Any, face: Face, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.face = face

    def clean_go(self) -> str:
        go: str = self.cleaned_data["go"] or "next"
        return go if go in GO or (go.isascii() and go.isdigit()) else "next"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["value"] = self.face.type.read(self.data.getlist("value"), self.face.content)  # type: ignore[attr-defined]
        except ValueRefused as refused:
            raise forms.ValidationError(str(refused)) from refused
        return cleaned

    @property
    def sentence(self) -> str:
        """The first problem, for the candidate."""
        problems = [*self.non_field_errors(), *(error for errors in self.errors.values() for error in errors)]
        if set(self.errors) & {"base_revision", "key"}:
            return "This page had grown old. Your text is below; please save it again."
        return str(problems[0]) if problems else ""

    def typed(self) -> list[str]:
        """What came, to be shown again: nothing a candidate typed is thrown away."""
        return self.data.getlist("value")  # type: ignore[attr-defined,no-any-return]

    def save_of(self, number: int, *, moves_to: int | None) -> Save:
        data = self.cleaned_data
        return Save(
            number=number,
            value=data["value"],
            base_revision=data["base_revision"],
            key=data["key"],
            toggles_flag=data["go"] == "flag",
            moves_to=moves_to,
        )


class CodeForm(forms.Form):
    """An invitation's code, or the whole link, typed or pasted by hand."""

    code = forms.CharField(max_length=500)

    def clean_code(self) -> str:
        """The token: the last part of a link, or what was typed."""
        return str(self.cleaned_data["code"]).strip().rstrip("/").rpartition("/")[2]


class ConsentForm(forms.Form):
    consent = forms.BooleanField(error_messages={"required": "Please tick the box to agree before you go on."})


def fresh_key() -> uuid.UUID:
    return uuid.uuid4()
