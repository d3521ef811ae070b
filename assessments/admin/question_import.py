"""Importing on a page: upload, look, decide, import. The work is done by workers; this shows how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from assessments.admin import import_lines
from assessments.admin.import_forms import DecisionForm, UploadForm
from assessments.admin.pages import (
    ReadOnlyAdmin,
    caller,
    counted,
    form_rows,
    list_url,
    look_up,
    object_url,
    require,
    staff_page,
)
from assessments.domain import import_progress, import_requests, media, question_banks
from assessments.domain.import_outcomes import drafts_of, report_of
from assessments.enums import OnConflict, QuestionStatus
from assessments.formats.media import NAME, type_of
from assessments.models import Question, QuestionBank, QuestionImport
from interview_project import htmx
from interview_project.tables import write_table

NEEDED = ("assessments.add_question", "assessments.change_question")
PANEL = "import"
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


@admin.register(QuestionImport)
class QuestionImportAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "files", "stage", "note", "requested_by", "requested_at")
    list_filter = ("stage", "requested_at")
    search_fields = ("bank_name", "note", "files__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionImport]:
        return QuestionImport.objects.for_changelist()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(NEEDED)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its pages show keys."""
        return request.user.has_perms(NEEDED)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(NEEDED)

    @admin.display(ordering="file_count")
    def files(self, row: QuestionImport) -> int:
        return row.file_count  # type: ignore[attr-defined, no-any-return]

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "assessments_questionimport"
        own = [
            path("<uuid:object_id>/report.json", wrap(self.json_view), name=f"{name}_json"),
            path("<uuid:object_id>/report.csv", wrap(self.csv_view), name=f"{name}_csv"),
            path("<uuid:object_id>/pictures/<str:name>", wrap(self.picture_view), name=f"{name}_picture"),
        ]
        return [*own, *super().get_urls()]

    # ---- Uploading ----

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, *NEEDED)
        is_post = request.method == "POST"
        form = UploadForm(
            request.POST if is_post else None,
            request.FILES if is_post else None,
            user=request.user,
            initial={"bank": request.GET.get("bank"), "format": "auto"},
        )
        if is_post and form.is_valid():
            row = import_requests.request_import(**form.facts(), by=caller(request))
            self.log_addition(request, row, "Uploaded.")
            return redirect(object_url(row))
        fields = ("bank", "new_bank", "source", "format", "on_conflict")
        return staff_page(
            self,
            request,
            "admin/import/upload.html",
            title="Import questions",
            form=form,
            rows=form_rows(self, form, (None, fields)),
        )

    # ---- Looking, deciding ----

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        require(request, *NEEDED)
        row: QuestionImport = look_up(self, request, object_id)
        if request.method == "POST":
            return self._decide(request, row)
        is_busy = not row.is_ready and not row.is_over
        if htmx.target(request) == PANEL and not is_busy:
            return htmx.go(request, object_url(row))  # what the next stage shows is more than this panel
        return self._page(request, row, is_busy=is_busy)

    def _decide(self, request: HttpRequest, row: QuestionImport) -> HttpResponse:
        verb = VERBS.get(request.POST.get("do", ""))
        if verb is None:
            return redirect(object_url(row))
        try:
            verb(self, request, row)
        except import_requests.TooLate as late:
            messages.warning(request, str(late))
        return redirect(self._where(request, row))

    def _where(self, request: HttpRequest, row: QuestionImport) -> str:
        """The page of questions that was open, while there is still something to decide."""
        asked = {name: value for name in ("show", "page") if (value := request.GET.get(name))}
        is_kept = request.POST.get("do") in ("choose", "leave-list", "take-list") and asked
        return reverse("admin:assessments_questionimport_change", args=[row.pk], query=asked if is_kept else None)

    def _choose(self, request: HttpRequest, row: QuestionImport) -> None:
        form = DecisionForm(request.POST, row=row)
        if form.is_valid():
            chosen = OnConflict(form.cleaned_data["on_conflict"])
            import_requests.choose(row, for_all=chosen, by_line=form.by_line())
            import_requests.leave_out(row, form.left_out())

    def _leave_list(self, request: HttpRequest, row: QuestionImport) -> None:
        self._choose(request, row)
        import_requests.leave_out(row, import_lines.whole_list(row, request.GET.get("show", ""), is_left_out=True))

    def _take_list(self, request: HttpRequest, row: QuestionImport) -> None:
        self._choose(request, row)
        import_requests.leave_out(row, import_lines.whole_list(row, request.GET.get("show", ""), is_left_out=False))

    def _import(self, request: HttpRequest, row: QuestionImport) -> None:
        """The second click of two finds it begun, and changes nothing."""
        if row.is_ready:
            self._choose(request, row)
        if import_requests.request_storing(row):
            self.log_change(request, row, f"Imported into “{row.bank_name}”.")

    def _undo(self, request: HttpRequest, row: QuestionImport) -> None:
        if import_requests.request_undoing(row):
            self.log_change(request, row, "Taken back.")

    def _approve(self, request: HttpRequest, row: QuestionImport) -> None:
        changes = question_banks.change_all(drafts_of(row), QuestionStatus.APPROVED, by=caller(request))
        LogEntry.objects.log_actions(caller(request).pk, changes.changed, CHANGE, "Approved.")
        messages.success(request, f"{counted(len(changes.changed), 'question was', 'questions were')} approved.")

    def _cancel(self, request: HttpRequest, row: QuestionImport) -> None:
        import_requests.cancel(row)
        self.log_change(request, row, "Cancelled.")

    def _page(self, request: HttpRequest, row: QuestionImport, *, is_busy: bool) -> HttpResponse:
        tabs = [] if is_busy else import_lines.tabs_of(row, request.GET.get("show", ""))
        current = next((tab.name for tab in tabs if tab.is_current), "")
        page = import_lines.page_of(row, current, request.GET.get("page", ""))
        counts = {tab.name: tab.count for tab in tabs}
        bank = QuestionBank.objects.filter(name=row.bank_name).first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": str(row),
            "original": None,
            "has_view_permission": True,
            "row": row,
            "is_busy": is_busy,
            "is_new_bank": bank is None,
            "files": row.files.defer("data"),
            "tabs": tabs,
            "current": current,
            "page": page,
            "cards": import_lines.cards_of(row, page.object_list),
            "counts": counts,
            "done": import_progress.done_of(row) if is_busy else row.done,
            "to_write": import_lines.to_write(row),
            "left_out": import_lines.lines_of(row).filter(is_left_out=True).count(),
            "to_undo": import_lines.lines_of(row).undoable().count() if row.is_stored else 0,
            "drafts": drafts_of(row).count() if row.is_stored else 0,
            "choices": OnConflict.choices,
            "decision": DecisionForm(None, row=row),
            "questions_url": list_url(Question, bank__id__exact=bank.pk) if bank else "",
        }
        request.current_app = self.admin_site.name
        return htmx.render_fragment(request, "admin/import/import.html", PANEL, context)

    # ---- Taking away ----

    def json_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        row = self._for_report(request, object_id)
        content = json.dumps(report_of(row), indent=2, ensure_ascii=False)
        return attached(f"{content}\n", "application/json", f"import-{row.requested_at:%Y-%m-%d-%H%M}.json")

    def csv_view(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """A line for each question, for each note, and for each file that could not be read."""
        row = self._for_report(request, object_id)
        table = write_table(["file", "where", "title", "outcome", "reason", "id"], import_lines.told(row))
        return attached(table, "text/csv", f"import-{row.requested_at:%Y-%m-%d-%H%M}.csv")

    def _for_report(self, request: HttpRequest, object_id: Any) -> QuestionImport:
        require(request, *NEEDED)
        row: QuestionImport = look_up(self, request, str(object_id))
        return row

    def picture_view(self, request: HttpRequest, object_id: Any, name: str) -> HttpResponse:
        """Of the import's own pictures, or of those that are stored."""
        require(request, *NEEDED)
        row: QuestionImport = look_up(self, request, str(object_id))
        found = (row.pictures.filter(name=name).first() or media.find(name)) if NAME.fullmatch(name) else None
        if found is None:
            raise Http404("There is no such picture.")
        headers = {"Content-Security-Policy": NOTHING_RUNS, "X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(found.data), content_type=type_of(name), headers=headers)


def attached(content: str, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers=headers)


VERBS: dict[str, Callable[[QuestionImportAdmin, HttpRequest, QuestionImport], None]] = {
    "approve": QuestionImportAdmin._approve,  # noqa: SLF001 - the table of this class's own verbs
    "choose": QuestionImportAdmin._choose,  # noqa: SLF001
    "leave-list": QuestionImportAdmin._leave_list,  # noqa: SLF001
    "take-list": QuestionImportAdmin._take_list,  # noqa: SLF001
    "undo": QuestionImportAdmin._undo,  # noqa: SLF001
    "import": QuestionImportAdmin._import,  # noqa: SLF001
    "cancel": QuestionImportAdmin._cancel,  # noqa: SLF001
}
