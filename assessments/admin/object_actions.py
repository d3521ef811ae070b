"""Verbs that staff may do to one object: buttons on its page, a question first where it matters, one domain call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from assessments.admin.moments import MOMENTS
from assessments.admin.pages import (
    OfferedLookupsAdmin,
    counted,
    form_rows,
    look_up,
    object_url,
    posted,
    require,
    sentences_of,
    staff_page,
)


@dataclass(frozen=True)
class ObjectAction:
    name: str
    """In the address."""
    label: str
    """On the button: a verb with its object."""
    permission: str
    perform: Callable[[HttpRequest, Any, dict[str, Any]], str | HttpResponse]
    """One domain call; gets the form's data. Returns the sentence to say, or where to go instead of the object's page."""
    is_offered: Callable[[Any], bool] = lambda one: True
    asks: str = ""
    """What is asked before it is done, and what cannot be undone. Without it the button acts at once."""
    form: type[forms.Form] = forms.Form
    refusals: tuple[type[Exception], ...] = ()
    """The domain's exceptions; their words are shown."""
    is_dangerous: bool = False

    @property
    def asks_first(self) -> bool:
        return bool(self.asks or self.form.base_fields)


class Asked(Protocol):
    """What is about to be done to many, as :class:`ObjectAction` says it of one."""

    @property
    def label(self) -> str: ...
    @property
    def asks(self) -> str: ...
    @property
    def is_dangerous(self) -> bool: ...


def is_confirmed(request: HttpRequest) -> bool:
    return "confirmed" in request.POST


def ask_about_many(
    model_admin: ModelAdmin, request: HttpRequest, ids: Sequence[Any], action: Asked, *, noun: str, form: forms.Form
) -> HttpResponse:
    """The page that asks before an action on the rows ticked in a list, and posts back to the list, confirmed."""
    return staff_page(
        model_admin,
        request,
        "admin/object_action.html",
        title=f"{action.label}: {counted(len(ids), noun)}",
        action=action,
        form=form,
        rows=form_rows(model_admin, form),
        hidden=[
            ("action", request.POST.get("action", "")),
            ("confirmed", "1"),
            *((ACTION_CHECKBOX_NAME, str(one)) for one in ids),
        ],
        back_url=request.get_full_path(),
    )


class ObjectActionsAdmin(OfferedLookupsAdmin):
    object_actions: ClassVar[Sequence[ObjectAction]] = ()
    formfield_overrides = MOMENTS

    def get_urls(self) -> list[URLPattern]:
        opts = self.opts
        own = [
            path(
                f"<path:object_id>/{action.name}/",
                self.admin_site.admin_view(partial(self.object_action_view, action=action)),
                name=f"{opts.app_label}_{opts.model_name}_{action.name.replace('-', '_')}",
            )
            for action in self.object_actions
        ]
        return [*own, *super().get_urls()]

    def object_action_view(self, request: HttpRequest, object_id: str, *, action: ObjectAction) -> HttpResponseBase:
        """GET asks, POST does it. What the domain refuses is said where it was asked."""
        require(request, action.permission)
        original = look_up(self, request, object_id)
        form = action.form(posted(request))
        problems: list[str] = [] if action.is_offered(original) else ["This cannot be done to it as it is now."]
        if request.method == "POST" and not problems and form.is_valid():
            try:
                outcome = action.perform(request, original, form.cleaned_data)
            except action.refusals as refusal:
                problems = sentences_of(refusal)
            else:
                return self._after(request, original, outcome)
        if request.method == "GET" and not action.asks_first:
            return HttpResponseNotAllowed(["POST"])
        return staff_page(
            self,
            request,
            "admin/object_action.html",
            title=f"{action.label}: {original}",
            original=original,
            action=action,
            problems=problems,
            rows=form_rows(self, form),
            form=form,
            back_url=object_url(original),
        )

    def _after(self, request: HttpRequest, original: Any, outcome: str | HttpResponse) -> HttpResponseBase:
        if not isinstance(outcome, str):
            return outcome
        self.log_change(request, original, outcome)
        self.message_user(request, outcome, messages.SUCCESS)
        return redirect(object_url(original))

    def offered_actions(self, request: HttpRequest, one: Any) -> list[dict[str, Any]]:
        opts = self.opts
        return [
            {
                "label": action.label,
                "url": reverse(
                    f"admin:{opts.app_label}_{opts.model_name}_{action.name.replace('-', '_')}", args=[one.pk]
                ),
                "asks_first": action.asks_first,
                "is_dangerous": action.is_dangerous,
            }
            for action in self.object_actions
            if request.user.has_perm(action.permission) and action.is_offered(one)
        ]

    def object_links(self, request: HttpRequest, one: Any) -> list[dict[str, str]]:
        """Other pages about the object, shown beside the buttons: ``label`` and ``url``."""
        return []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["show_save_and_add_another"] = False
        if obj is not None:
            context |= {
                "object_actions": self.offered_actions(request, obj),
                "object_links": self.object_links(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)
