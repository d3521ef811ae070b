"""Taking questions away as a file: which formats there are, what each leaves out, the download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify

from assessments import formats
from assessments.admin.pages import caller, counted, staff_page
from assessments.domain import question_banks
from assessments.formats.base import FileUnwritable, Format, ParsedBank, ParsedQuestion, Unsaid
from assessments.models import Question, QuestionBank

MOST_COMPARED = 500
"""Questions, up to which what they lose is worked out for every format before one is chosen."""


def writers() -> dict[str, Format]:
    """A format that learns to write is offered without another word."""
    return {name: one for name, one in formats.all_formats().items() if one.can_write}


class ExportForm(forms.Form):
    format = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["format"].choices = [(name, one.label) for name, one in writers().items()]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Offer:
    """A format, and what it would leave out of these questions."""

    name: str
    label: str
    unsaid: Unsaid | None
    """None where that is not worked out before it is asked for."""
    is_chosen: bool
    total: int

    @property
    def written(self) -> int:
        return self.total - (self.unsaid.questions if self.unsaid else 0)


def export_page(
    model_admin: ModelAdmin,
    request: HttpRequest,
    questions: QuerySet[Question],
    *,
    bank: QuestionBank | None = None,
    hidden: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """Shows the choice, and answers a POST that asks for the download with the file. ``hidden`` are fields to post along."""
    form = ExportForm(request.POST if request.POST.get("take") else None)
    exported = question_banks.export_questions(questions)
    problem = ""
    if form.is_valid() and request.POST["take"] == "file":
        try:
            return _file(request, form.cleaned_data["format"], exported, questions, bank)
        except FileUnwritable as refusal:
            problem = str(refusal)
    chosen = form.cleaned_data.get("format", "") if form.is_bound and form.is_valid() else ""
    return staff_page(
        model_admin,
        request,
        "admin/export.html",
        title=f"Export “{bank}”" if bank else f"Export {counted(len(exported), 'question')}",
        original=bank,
        count=len(exported),
        retired=bank is not None and questions.model.objects.filter(bank=bank, status="retired").count(),
        offers=_offers(exported, chosen),
        hidden=hidden,
        problem=problem,
        form=form,
    )


def _offers(exported: list[ParsedQuestion], chosen: str) -> list[Offer]:
    is_quick = len(exported) <= MOST_COMPARED
    return [
        Offer(
            name,
            one.label,
            one.unsaid(exported) if is_quick or name == chosen else None,
            name == (chosen or "json"),
            total=len(exported),
        )
        for name, one in writers().items()
    ]


def _file(
    request: HttpRequest,
    name: str,
    exported: list[ParsedQuestion],
    questions: QuerySet[Question],
    bank: QuestionBank | None,
) -> HttpResponse:
    chosen = formats.get(name)
    about = ParsedBank(bank.name, bank.description, bank.licence) if bank else ParsedBank()
    data = chosen.write(exported, about)
    written = len(exported) - chosen.unsaid(exported).questions
    _log(request, questions, bank, f"Exported as {chosen.label}: {counted(written, 'question')}.")
    stem = slugify(bank.name if bank else "questions") or "questions"
    headers = {
        "Content-Disposition": f'attachment; filename="{stem}{chosen.suffixes[0]}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


def _log(request: HttpRequest, questions: QuerySet[Question], bank: QuestionBank | None, sentence: str) -> None:
    """In the history of each bank the questions are of: whoever has the file has the keys."""
    banks = [bank] if bank else QuestionBank.objects.filter(questions__in=questions).distinct()
    LogEntry.objects.log_actions(caller(request).pk, banks, CHANGE, sentence)
