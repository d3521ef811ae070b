"""Questions written with AI: asking for them, watching them come, and deciding what becomes of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from assessments import gemini
from assessments.admin.draft_cards import DraftCard
from assessments.admin.generation_forms import AskForm, edit_form
from assessments.admin.pages import ReadOnlyAdmin, caller, counted, form_rows, look_up, object_url, require, staff_page
from assessments.admin.question_forms import VersionForm, label_of
from assessments.domain import drafts, generation_requests, ledger
from assessments.domain.ledger import AiRefused
from assessments.enums import QuestionStatus
from assessments.gemini import GeminiFailed
from assessments.models import Generation, Question
from interview_project import htmx
from interview_project.ratelimit import WhileAway, seconds_to_wait, why

ADD, CHANGE, DELETE = (f"assessments.{verb}_question" for verb in ("add", "change", "delete"))
PANEL = "drafts"
CHANGED = "Somebody saved another version meanwhile, shown above. Yours is kept here: saving it again puts it on top."


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "bank", "status", "note", "requested_by", "requested_at")
    list_filter = ("status", "requested_at")
    list_select_related = ("bank", "requested_by")
    search_fields = ("ask", "note")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ADD)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ADD) or super().has_view_permission(request, obj)

    # ---- Asking ----

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The limit is told here, at once, with the time to wait; the writing is a worker's."""
        require(request, ADD)
        form = AskForm(request.POST or None, initial={"bank": request.GET.get("bank")})
        if request.method != "POST" or not form.is_valid():
            return self._ask_page(request, form)
        if seconds := seconds_to_wait(request, group="ai", rate="30/m", while_away=WhileAway.CLOSED, key="user"):
            return self._refused(request, form, why(seconds), seconds)
        ask = form.cleaned_data["ask"]
        try:
            row = generation_requests.request_questions(
                ask, bank=ask.bank, by=caller(request), key=form.cleaned_data["key"]
            )
        except AiRefused as refusal:
            return self._refused(request, form, str(refusal), refusal.retry_after)
        except GeminiFailed as failure:
            return self._refused(request, form, str(failure))
        self.log_addition(request, row, "Asked for.")
        return redirect(object_url(row))

    def _refused(self, request: HttpRequest, form: AskForm, sentence: str, seconds: int = 0) -> HttpResponse:
        response = self._ask_page(request, form, problem=sentence, status=429 if seconds else 503)
        if seconds:
            response["Retry-After"] = str(seconds)
        return response

    def _ask_page(self, request: HttpRequest, form: AskForm, *, problem: str = "", status: int = 200) -> HttpResponse:
        return staff_page(
            self,
            request,
            "admin/generation/ask.html",
            title="Have questions written by AI",
            status=status,
            form=form,
            rows=form_rows(self, form),
            problem=problem or ledger.stopped(),
            missing_setting=gemini.missing_setting(),
        )

    # ---- Watching, deciding ----

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            require(request, ADD)
        row: Generation = look_up(self, request, object_id)
        if request.method == "POST":
            return self._decide(request, row)
        return self._drafts_page(request, row)

    def _decide(self, request: HttpRequest, row: Generation) -> HttpResponse:
        """One verb, for one draft or for many: ``approve=<id>``, ``approve=agreed``, ``discard=all``, ``edit=<id>``.

        ``seen`` names the versions that the page showed: nobody answers for, discards or overwrites another.
        """
        found = {str(one.pk): one for one in drafts.drafts_of(row)}
        for verb, act in VERBS.items():
            if chosen := request.POST.get(verb):
                named = chosen_of(found, chosen)
                return act(self, request, row, named) if named else self._gone(request, row)
        return redirect(object_url(row))

    def _approve(self, request: HttpRequest, row: Generation, chosen: list[Question]) -> HttpResponse:
        require(request, CHANGE)
        done = drafts.approve_drafts(seen_of(request, chosen), by=caller(request))
        left = len(chosen) - done
        return self._done(request, row, decided_words(done, left, "approved", ", in your name"), is_whole=not left)

    def _discard(self, request: HttpRequest, row: Generation, chosen: list[Question]) -> HttpResponse:
        require(request, DELETE)
        done = drafts.discard_drafts(seen_of(request, chosen))
        left = len(chosen) - done
        return self._done(request, row, decided_words(done, left, "discarded"), is_whole=not left)

    def _edit(self, request: HttpRequest, row: Generation, chosen: list[Question]) -> HttpResponse:
        require(request, CHANGE)
        form = edit_form(chosen[0], request.POST)
        if again := form.shown_again():
            return self._drafts_page(request, row, bound={chosen[0].pk: again})
        if not seen_of(request, chosen):
            form.add_error(None, CHANGED)
        if not form.is_valid():
            return self._drafts_page(request, row, bound={chosen[0].pk: form})
        try:
            drafts.edit_draft(chosen[0], by=caller(request), **form.version_facts())
        except (drafts.NotADraft, drafts.ChangedMeanwhile) as refusal:
            return self._done(request, row, str(refusal), is_whole=False)
        return self._done(request, row, f"“{chosen[0]}” was saved as a new version.")

    def _gone(self, request: HttpRequest, row: Generation) -> HttpResponse:
        return self._done(request, row, "No such draft is left.", is_whole=False)

    def _done(self, request: HttpRequest, row: Generation, sentence: str, *, is_whole: bool = True) -> HttpResponse:
        """What was not done as asked does not look like what was."""
        self.log_change(request, row, sentence)
        messages.add_message(request, messages.SUCCESS if is_whole else messages.WARNING, sentence)
        return redirect(object_url(row))

    def _drafts_page(
        self, request: HttpRequest, row: Generation, *, bound: dict[Any, VersionForm] | None = None
    ) -> HttpResponse:
        """While it is written the panel asks for itself again; forms come once it is over, so that no swap eats an edit."""
        cards = [self._card(one, (bound or {}).get(one.pk)) for one in drafts.drafts_of(row)]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": f"{row.ask['count']} on “{row.ask['topic']}”",
            "original": None,
            "has_view_permission": True,
            "row": row,
            "type_label": label_of(row.ask["question_type"]),
            "cards": cards,
            "draft_count": sum(card.is_draft for card in cards),
            "agreed_count": sum(card.is_draft and card.is_agreed for card in cards),
            "has_undisputed_only": not any(card.is_disputed for card in cards),
            "may_change": request.user.has_perm(CHANGE),
            "may_delete": request.user.has_perm(DELETE),
            "ask_json": json.dumps(row.ask, ensure_ascii=False),
        }
        request.current_app = self.admin_site.name
        return htmx.render_fragment(request, "admin/generation/drafts.html", PANEL, context)

    def _card(self, question: Question, bound: VersionForm | None) -> DraftCard:
        version = question.current_version
        assert version is not None  # noqa: S101 - the query goes through its versions
        form = bound or edit_form(question)
        return DraftCard(question, version, version.ai_origin, form, form_rows(self, form), is_open=bound is not None)


def chosen_of(found: dict[str, Question], chosen: str) -> list[Question]:
    if chosen == "all":
        return [one for one in found.values() if one.status == QuestionStatus.DRAFT]
    if chosen == "agreed":
        return [one for one in found.values() if drafts.is_agreed(one)]
    return [found[chosen]] if chosen in found else []


def seen_of(request: HttpRequest, chosen: list[Question]) -> list[Question]:
    seen = request.POST.getlist("seen")
    return [one for one in chosen if str(one.current_version_id) in seen]


def decided_words(done: int, left: int, decided: str, how: str = "") -> str:
    were, again = ("was", "it") if left == 1 else ("were", "them")
    why = f"{were} changed or decided meanwhile. Look at {again} again."
    if not done:
        return f"Nothing was {decided}: the {'draft' if left == 1 else 'drafts'} {why}"
    sentence = f"{counted(done, 'draft was', 'drafts were')} {decided}{how}."
    return f"{sentence} {left} {why}" if left else sentence


VERBS: dict[str, Callable[[GenerationAdmin, HttpRequest, Generation, list[Question]], HttpResponse]] = {
    "approve": GenerationAdmin._approve,  # noqa: SLF001 - the table of this class's own verbs
    "discard": GenerationAdmin._discard,  # noqa: SLF001
    "edit": GenerationAdmin._edit,  # noqa: SLF001
}
