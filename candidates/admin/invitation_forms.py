"""Inviting: one person, or a pasted list that is looked through line by line before anything is done."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django import forms

from assessments.admin.moments import MomentWidget
from assessments.enums import Access
from assessments.models import Assessment
from candidates.domain import clock, invitations, windows
from candidates.domain.people_lists import Line, as_seen, read_people
from candidates.enums import InvitationStatus
from candidates.models import Candidate
from interview_project.mail import missing_words

MAX_LINES = 2_000


def invitable() -> Any:
    return Assessment.objects.published().filter(access=Access.INVITATION)


def _never_words(assessment: Assessment, opens_at: datetime | None = None, closes_at: datetime | None = None) -> str:
    return windows.never_words(assessment, opens_at=opens_at, closes_at=closes_at, after=clock.now())


class SeenEmailField(forms.EmailField):
    """Judged as it looks: characters that nobody sees come along where an address is copied from."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(as_seen(value) if isinstance(value, str) else value))


class InviteForm(forms.Form):
    assessment = forms.ModelChoiceField(
        Assessment.objects.none(), help_text="Published ones that are taken by invitation."
    )
    email = SeenEmailField(label="Mail address")
    name = forms.CharField(max_length=Candidate._meta.get_field("name").max_length, required=False)
    opens_at = forms.SplitDateTimeField(required=False, widget=MomentWidget, help_text="Empty: as the assessment says.")
    closes_at = forms.SplitDateTimeField(
        required=False, widget=MomentWidget, help_text="Empty: as the assessment says."
    )
    send_mail = forms.BooleanField(required=False, initial=True, label="Send the link by mail")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assessment"].queryset = invitable()  # type: ignore[attr-defined]
        self.fields["send_mail"].help_text = missing_words()

    def clean_name(self) -> str:
        return as_seen(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens_at, closes_at = cleaned.get("opens_at"), cleaned.get("closes_at")
        assessment, email = cleaned.get("assessment"), cleaned.get("email")
        if assessment and (words := _never_words(assessment, opens_at, closes_at)):
            self.add_error("closes_at" if opens_at or closes_at else "assessment", words)
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
        self.fields["send_mail"].help_text = missing_words()

    def clean_assessment(self) -> Assessment:
        assessment: Assessment = self.cleaned_data["assessment"]
        if words := _never_words(assessment):
            raise forms.ValidationError(words)
        return assessment

    def clean_people(self) -> list[Line]:
        lines = read_people(self.cleaned_data["people"])
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(f"At most {MAX_LINES} people at once; these are {len(lines)}.")
        if not lines:
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
