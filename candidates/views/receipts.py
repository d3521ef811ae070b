"""Receipts to take away, and the public page where anybody can have one checked."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from candidates.access import AttemptRequest, attempt_required, kept_private, public
from candidates.domain import receipt_files
from interview_project.ratelimit import limited

FORMS = {
    "json": (receipt_files.as_json, "application/json"),
    "txt": (receipt_files.as_text, "text/plain; charset=utf-8"),
}


class CheckForm(forms.Form):
    """A receipt pasted, or its file."""

    receipt = forms.CharField(required=False, max_length=receipt_files.MAX_LENGTH)
    file = forms.FileField(required=False)

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        uploaded = cleaned.get("file")
        if uploaded and uploaded.size > receipt_files.MAX_LENGTH:
            raise forms.ValidationError(_("That file is too large to be a receipt."))
        text = uploaded.read().decode("utf-8", "replace") if uploaded else cleaned.get("receipt", "")
        if not text.strip():
            raise forms.ValidationError(_("Paste a receipt, or choose its file."))
        return {"text": text}


@require_GET
@attempt_required
def attempt_receipts(request: AttemptRequest, form: str) -> HttpResponse:
    """Every receipt of the attempt in one signed file; no text is in it."""
    if form not in FORMS:
        raise Http404("Receipts come as json or txt.")
    write, kind = FORMS[form]
    content = write(receipt_files.document_of(request.attempt))
    name = f"receipts-{str(request.attempt.pk)[:8]}.{form}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@public
@limited(group="receipt", rate="20/m")
@require_http_methods(["GET", "POST"])
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Is this receipt genuine, and does the record still agree with it?"""
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    checked = receipt_files.check(form.cleaned_data["text"]) if form.is_bound and form.is_valid() else None
    context = {"checked": checked, "error": next(iter(form.non_field_errors()), "") if form.is_bound else ""}
    return kept_private(render(request, "candidates/check_receipt.html", context))
