"""Inviting: one person, or a pasted list that is looked through line by line before anything is done."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from assessments.enums import Access
from assessments.models import Assessment
from candidates.domain import invitations
from candidates.enums import InvitationStatus
from candidates.models import Candidate

MAX_LINES = 2_000
SEPARATORS = re.compile(r"[,;\t]")
MAIL_HEADING = re.compile(r"(e-?mail|mail)([ _-]?address)?", re.IGNORECASE)
NAME_HEADING = re.compile(r"((full|first|last|given|family)[ _-]?)?name|surname|candidate", re.IGNORECASE)
IN_BRACKETS = re.compile(r"(?P<name>.*?)<(?P<email>[^<>]*)>\s*")


def invitable() -> Any:
    return Assessment.objects.published().filter(access=Access.INVITATION)


class InviteForm(forms.Form):
    assessment = forms.ModelChoiceField(
        Assessment.objects.none(), help_text="Published ones that are taken by invitation."
    )
    email = forms.EmailField(label="Mail address")
    name = forms.CharField(max_length=Candidate._meta.get_field("name").max_length, required=False)
    opens_at = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, help_text="Empty: as the assessment says."
    )
    closes_at = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime, help_text="Empty: as the assessment says."
    )
    send_mail = forms.BooleanField(required=False, initial=True, label="Send the link by mail")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assessment"].queryset = invitable()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens_at and closes_at and opens_at >= closes_at:
            self.add_error("closes_at", "It must close after it opens.")
        assessment, email = cleaned.get("assessment"), cleaned.get("email")
        if assessment and email and (status := invitations.statuses(assessment, [email]).get(email.lower())):
            self._judge_known(status, has_window=bool(opens_at or closes_at))
        return cleaned

    def _judge_known(self, status: InvitationStatus, *, has_window: bool) -> None:
        """Inviting once more is a way to move the window, and nothing else."""
        if status not in (InvitationStatus.OFFERED, InvitationStatus.ACCEPTED):
            self.add_error("email", f"This address has an invitation already: {status.label.lower()}. Offer it again.")
        elif not has_window:
            self.add_error(
                "email",
                f"This address has an invitation already: {status.label.lower()}. Give a window to move it to, or send "
                "the link again on its page.",
            )


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    email: str
    name: str
    problem: str = ""
    note: str = ""

    @property
    def is_new(self) -> bool:
        return not self.problem and not self.note


class InviteManyForm(forms.Form):
    assessment = forms.ModelChoiceField(
        Assessment.objects.none(), help_text="Published ones that are taken by invitation."
    )
    people = forms.CharField(
        max_length=MAX_LINES * 300,
        widget=forms.Textarea(attrs={"rows": 12, "class": "vLargeTextField", "spellcheck": "false"}),
        help_text="One person a line: name and mail address, in any order, as in “Ada Lovelace, ada@example.org” or “Ada "
        "Lovelace &lt;ada@example.org&gt;”. Lines pasted from a spreadsheet work too, "
        "with the line that names the columns as well.",
    )
    send_mail = forms.BooleanField(required=False, initial=True, label="Send each new one their link by mail")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assessment"].queryset = invitable()  # type: ignore[attr-defined]

    def clean_people(self) -> list[Line]:
        texts = [
            (number, text.strip())
            for number, text in enumerate(self.cleaned_data["people"].lstrip("\ufeff").splitlines(), 1)
            if text.strip()
        ]
        if len(texts) > MAX_LINES:
            raise forms.ValidationError(f"At most {MAX_LINES} people at once; these are {len(texts)}.")
        if not (lines := read_lines(texts)):
            raise forms.ValidationError("The list has a line that names the columns, and nobody below it.")
        return lines

    def lines(self) -> list[Line]:
        """Each line with what is wrong with it or already so, for this assessment."""
        read: list[Line] = self.cleaned_data["people"]
        times = Counter(line.email.lower() for line in read if line.email)
        known = invitations.statuses(self.cleaned_data["assessment"], times)
        seen: set[str] = set()
        judged = []
        for line in read:
            address = line.email.lower()
            problem, note = line.problem, ""
            if not problem and address in seen:
                problem = "This address is in the list twice."
            elif not problem and known.get(address) == InvitationStatus.REVOKED:
                problem = "This invitation was revoked; offer it again on its page."
            elif not problem and address in known:
                note = f"Invited before: {known[address].label.lower()}. Nothing is sent."
            seen.add(address)
            judged.append(Line(line.number, line.text, line.email, line.name, problem, note))
        return judged


def read_lines(texts: list[tuple[int, str]]) -> list[Line]:
    """Where the first line names the columns, as spreadsheets have it, only names and addresses are taken from the others."""
    headings = Headings.of(texts[0][1]) if texts else None
    if headings is None:
        return [read_line(number, text) for number, text in texts]
    return [headings.read(number, text) for number, text in texts[1:]]


@dataclass(frozen=True)
class Headings:
    separator: str
    email: int
    names: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Headings | None:
        separator = SEPARATORS.search(text)
        cells = _cells(text, separator[0] if separator else ",")
        emails = [place for place, cell in enumerate(cells) if MAIL_HEADING.fullmatch(cell)]
        if len(emails) != 1:
            return None
        names = tuple(place for place, cell in enumerate(cells) if NAME_HEADING.fullmatch(cell))
        return cls(separator[0] if separator else ",", emails[0], names)

    def read(self, number: int, text: str) -> Line:
        cells = _cells(text, self.separator)
        email = cells[self.email] if self.email < len(cells) else ""
        name = " ".join(cells[place] for place in self.names if place < len(cells) and cells[place])
        return Line(number, text, email, name, problem=_problem([email] if email else [], name))


def _cells(text: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]


def read_line(number: int, text: str) -> Line:
    bracketed = IN_BRACKETS.fullmatch(text)
    cells = [bracketed["name"], bracketed["email"]] if bracketed else SEPARATORS.split(text)
    parts = [part.strip().strip("\"'").strip() for part in cells]
    addresses = [part for part in parts if "@" in part]
    name = " ".join(part for part in parts if part and part not in addresses)
    email = addresses[0] if addresses else ""
    return Line(number, text, email, name, problem=_problem(addresses, name))


def _problem(addresses: list[str], name: str) -> str:
    if len(addresses) != 1:
        return "There is no mail address." if not addresses else "There is more than one mail address."
    try:
        validate_email(addresses[0])
    except ValidationError:
        return f"“{addresses[0]}” is not a mail address."
    if len(name) > 200:
        return "The name is longer than 200 characters."
    return ""
