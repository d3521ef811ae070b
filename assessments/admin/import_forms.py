from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.utils.datastructures import MultiValueDict

from assessments import formats
from assessments.domain.import_requests import Upload
from assessments.enums import OnConflict
from assessments.formats.text import MAX_FILE_BYTES
from assessments.models import QuestionBank, QuestionImport

MAX_FILES = 100
MEGABYTE = 1024 * 1024


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/input.html"


class FilesField(forms.FileField):
    """One or several. What is wrong with one of them, such as being empty, is said beside its name once they are read."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        files = [super(FilesField, self).clean(one, initial) for one in data or [None]]
        if not any(one.size for one in files):
            raise forms.ValidationError(self.error_messages["empty"], code="empty")
        if len(files) > MAX_FILES:
            raise forms.ValidationError(
                f"Those are {len(files)} files, and up to {MAX_FILES} are taken at once. Send a ZIP."
            )
        if sum(one.size for one in files) > MAX_FILE_BYTES:
            most = MAX_FILE_BYTES // MEGABYTE
            raise forms.ValidationError(
                f"Together they have more than {most} MB. Nothing was kept; send fewer at once."
            )
        return [Upload(one.name, one.read()) for one in files]


class UploadForm(forms.Form):
    uploads = FilesField(
        label="Files",
        allow_empty_file=True,
        error_messages={
            "required": "Choose at least one file.",
            "empty": "The file is empty. Nothing was kept; choose another.",
        },
        help_text="Question files of any format that is read here, or a ZIP of them.",
    )
    bank = forms.ModelChoiceField(QuestionBank.objects.all(), required=False, empty_label="A new bank, named below")
    new_bank = forms.CharField(
        required=False,
        max_length=200,
        label="Name of the new bank",
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )
    source = forms.CharField(
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="What new questions are filed under: standard, kaggle… Empty: what the file says, or standard.",
    )
    format = forms.ChoiceField(help_text="Detected from the content. Choose one only if that goes wrong.")
    on_conflict = forms.ChoiceField(
        choices=OnConflict.choices,
        initial=OnConflict.VERSION,
        label="If content differs",
        help_text="For questions whose content changed. You can decide for each of them before anything is stored.",
    )

    def __init__(self, *args: Any, user: AbstractBaseUser | AnonymousUser | PermissionsMixin, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        known = [(name, one.label) for name, one in formats.all_formats().items()]
        self.fields["format"].choices = [("auto", "Detect it"), *known]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        bank, name = cleaned.get("bank"), (cleaned.get("new_bank") or "").strip()
        if bank and name:
            self.add_error("new_bank", "Choose a bank or name a new one, not both.")
        elif not bank and not name and "bank" not in self.errors:
            self.add_error("bank", "Choose a bank, or name a new one.")
        elif not bank and not self.user.has_perm("assessments.add_questionbank"):  # type: ignore[union-attr]
            self.add_error("bank", "You may not make banks. Choose one that is there.")
        cleaned["bank_name"] = bank.name if bank else name
        return cleaned

    def facts(self) -> dict[str, Any]:
        """What ``request_import`` takes, except for who asks."""
        names = ("bank_name", "source", "format", "on_conflict")
        return {"uploads": self.cleaned_data["uploads"], **{name: self.cleaned_data[name] for name in names}}


CHOICE = "choice-"


def is_number(text: str) -> bool:
    """Of a line."""
    return text.isascii() and text.isdigit() and len(text) < 19


class DecisionForm(forms.Form):
    """For all questions that the bank has otherwise, and for those of them that the page shows."""

    on_conflict = forms.ChoiceField(choices=OnConflict.choices)

    def __init__(self, data: Any, *, row: QuestionImport) -> None:
        super().__init__(data, initial={"on_conflict": row.on_conflict})

    def left_out(self) -> dict[int, bool]:
        """Of the lines that the page showed: whether they are to stay out."""
        assert isinstance(self.data, MultiValueDict)  # noqa: S101 - as it was posted
        checked = {*self.data.getlist("leave")}
        return {int(one): one in checked for one in self.data.getlist("line") if is_number(one)}

    def by_line(self) -> dict[int, OnConflict | None]:
        """What was posted for lines, and is one of the choices or none."""
        found: dict[int, OnConflict | None] = {}
        for name, value in self.data.items():
            number = name.removeprefix(CHOICE)
            if name.startswith(CHOICE) and is_number(number):
                if value in OnConflict.values:
                    found[int(number)] = OnConflict(value)
                elif not value:
                    found[int(number)] = None
        return found
