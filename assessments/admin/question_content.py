"""What is asked, on its way in: choose a type, write, look at it, keep it as a new version."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from assessments import question_types
from assessments.admin.descriptions import description_wanted, undescribed_in
from assessments.admin.key_parts import scoring_words, shown_parts
from assessments.admin.object_actions import ObjectActionsAdmin
from assessments.admin.pages import caller, form_rows, look_up, object_url, posted, require, staff_page
from assessments.admin.question_forms import (
    NewQuestionForm,
    VersionForm,
    label_of,
    start_initial,
    types_to_choose,
    version_initial,
)
from assessments.domain import authoring, markup, question_banks
from assessments.domain.faces import face
from assessments.models import Question, QuestionVersion

CHANGE_QUESTION = "assessments.change_question"
PREVIEW = "admin/assessments/question/preview.html"


class QuestionContentAdmin(ObjectActionsAdmin):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<path:object_id>/preview/", wrap(self.preview_view), name="assessments_question_preview"),
            path("<path:object_id>/new-version/", wrap(self.new_version_view), name="assessments_question_new_version"),
        ]
        return [*own, *super().get_urls()]

    def object_links(self, request: HttpRequest, one: Question) -> list[dict[str, str]]:
        links = [{"label": "Preview", "url": object_url(one, "preview")}] if one.current_version_id else []
        if request.user.has_perm(CHANGE_QUESTION):
            links.append({"label": "Write a new version", "url": object_url(one, "new_version")})
        return links

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the type, then a form that begins with something valid of that type."""
        require(request, "assessments.add_question")
        known = {one.name: one for one in question_types.all_types()}
        chosen = known.get(request.GET.get("type", ""))
        if chosen is None:
            return staff_page(
                self,
                request,
                "admin/choose.html",
                title="Add a question",
                asks="What kind of answer do you want?",
                choices=types_to_choose(bank=request.GET.get("bank", "")),
            )
        start = {**start_initial(chosen.name), "bank": request.GET.get("bank"), "source": "standard", "points": 1}
        form = NewQuestionForm(posted(request), type=chosen, initial=start)
        if again := form.shown_again():
            form = again
        elif request.method == "POST" and form.is_valid():
            if "_preview" in request.POST:
                return self._preview(request, form.unsaved_version(), question=None)
            try:
                question = authoring.write_question(
                    form.cleaned_data["bank"], by=caller(request), **form.question_facts()
                )
            except authoring.IdentityTaken as taken:
                form.add_error("identity", str(taken))
            else:
                self.log_addition(request, question, "Written by hand.")
                messages.success(request, f"“{question}” was added as a draft.")
                return redirect(object_url(question))
        return self._version_page(request, form, title=f"Add a question: {label_of(chosen.name)}", question=None)

    def new_version_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Content is never changed in place: attempts point at the version they were drawn with."""
        require(request, CHANGE_QUESTION)
        question: Question = look_up(self, request, object_id)
        current = question.current_version
        if current is None:
            raise Http404("A question without a version is written by importing it again.")
        form = VersionForm(posted(request), type=question_types.get(current.type), initial=version_initial(current))
        if again := form.shown_again():
            form = again
        elif request.method == "POST" and form.is_valid():
            if "_preview" in request.POST:
                return self._preview(request, form.unsaved_version(), question=question)
            made = question_banks.create_version(question, by=caller(request), **form.version_facts())
            if made.pk == current.pk:
                messages.info(request, "That is what is asked already; no new version was made.")
            else:
                self.log_change(request, question, f"Version {made.number} written.")
                messages.success(
                    request, f"Version {made.number} is asked from now on. Attempts under way keep theirs."
                )
            return redirect(object_url(question))
        return self._version_page(
            request, form, title=f"New version: {question}", question=question, number=current.number
        )

    def _version_page(
        self, request: HttpRequest, form: VersionForm, *, title: str, question: Question | None, number: int = 0
    ) -> HttpResponse:
        asked = [name for name in form.fields if name in VersionForm.base_fields]
        about = [name for name in form.fields if name not in VersionForm.base_fields]
        groups = [(None, asked)] if question else [("What is asked", asked), ("About it", about)]
        return staff_page(
            self,
            request,
            "admin/assessments/question/version.html",
            title=title,
            original=question,
            form=form,
            rows=form_rows(self, form, *groups),
            number=number,
            description_wanted=_description_wanted(question),
            type_label=label_of(form.type.name),
            media=self.media + form.media,
        )

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question: Question = look_up(self, request, object_id)
        if not self.has_view_permission(request, question):
            require(request, "assessments.view_question")
        number = request.GET.get("version", "")
        if number:
            version = get_object_or_404(
                question.versions, number=number if number.isascii() and number.isdigit() else 0
            )
        elif question.current_version is None:
            raise Http404("There is nothing to see yet.")
        else:
            version = question.current_version
        return self._preview(request, version, question=question)

    def _preview(self, request: HttpRequest, version: QuestionVersion, *, question: Question | None) -> HttpResponse:
        """As the candidate sees it, from the same face and the same templates; what only staff may know is below."""
        shown = face(version)
        return render(
            request,
            PREVIEW,
            {
                "question": question,
                "version": version,
                "type_label": label_of(version.type),
                "face": shown,
                "widget": shown.type.widget(shown.widget, None, []),
                "key_words": shown.type.key_words(version.content, version.key),
                "key_parts": shown_parts(version),
                "scoring": scoring_words(version),
                "key_json": json.dumps(version.key, indent=2, ensure_ascii=False),
                "explanation_html": markup.render(version.explanation) if version.explanation else "",
                "rubric": version.rubric,
            },
        )


def _description_wanted(question: Question | None) -> str:
    version = question and question.current_version
    if not version:
        return ""
    return description_wanted(undescribed_in(version), question, is_writing=True)
