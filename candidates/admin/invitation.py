from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.admin.object_actions import ObjectActionsAdmin, ask_about_many, is_confirmed
from assessments.admin.pages import (
    caller,
    counted,
    form_rows,
    list_url,
    object_url,
    posted,
    require,
    sentences_of,
    staff_page,
    tell,
)
from candidates.admin.invitation_actions import CHANGE, OFFER_AGAIN, RENEW, REVOKE, SEND, revoking_many
from candidates.admin.invitation_forms import InviteForm, InviteManyForm
from candidates.admin.invitation_progress import invited_words, mail_progress, mail_words, progress_words
from candidates.admin.privacy import ImpersonalLogAdmin
from candidates.domain import invitations, windows
from candidates.domain.invitations import InvitationRefused, Invited
from candidates.domain.links import invitation_link
from candidates.domain.notices import window_words
from candidates.domain.tokens import LinkOutdated, token_of
from candidates.enums import InvitationStatus
from candidates.models import Attempt, Invitation, InvitationMail
from interview_project import htmx

MADE = ("created_at", "created_by", "accepted_at", "declined_at")
MOVING = "Within the assessment’s own. Moving it tells nobody: send the link by mail afterwards."
ADD = "candidates.add_invitation"


class InvitationForm(forms.ModelForm):
    """It may be closed here, even in the past; a window that can never be met is a slip."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        window = {name: cleaned.get(name) for name in ("opens_at", "closes_at")}
        if self.has_changed() and (words := windows.never_words(self.instance.assessment, **window)):
            self.add_error("closes_at", words)
        return cleaned


@admin.register(Invitation)
class InvitationAdmin(ImpersonalLogAdmin, ObjectActionsAdmin):
    list_display = (
        "candidate",
        "email",
        "progress",
        "mail",
        "assessment",
        "status",
        "opens_at",
        "closes_at",
        "created_at",
    )
    list_filter = ("status", "assessment", "created_at")
    search_fields = ("candidate__name", "candidate__email", "assessment__title", "assessment__slug")
    ordering = ("-created_at",)
    actions = ("send_mails", "remind_all", "revoke_all", "offer_all_again")
    form = InvitationForm
    fieldsets = (
        (None, {"fields": ("to", "of", "state", "when", "progress", "mails", "link", "attempts")}),
        ("Window of its own", {"fields": (("opens_at", "closes_at"),), "description": MOVING}),
        ("Made", {"fields": (MADE,)}),
    )
    readonly_fields = ("to", "of", "state", "when", "progress", "mails", "link", "attempts", *MADE)
    object_actions = (SEND, OFFER_AGAIN, RENEW, REVOKE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return Invitation.objects.for_changelist()

    def get_urls(self) -> list[URLPattern]:
        own = path("invite/", self.admin_site.admin_view(self.invite_many_view), name="candidates_invitation_invite")
        progress = path("mails/", self.admin_site.admin_view(self.mails_view), name="candidates_invitation_mails")
        return [own, progress, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may_add = request.user.has_perm(ADD)
        links = [{"label": "Invite many", "url": reverse("admin:candidates_invitation_invite")}] if may_add else []
        links.append({"label": "How the mails go", "url": reverse("admin:candidates_invitation_mails")})
        return super().changelist_view(request, {"list_links": links, **(extra_context or {})})

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """It is revoked, or erased with its candidate."""
        return False

    # ---- Inviting ----

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD)
        form = InviteForm(posted(request), initial={"assessment": request.GET.get("assessment")})
        if request.method == "POST" and form.is_valid():
            try:
                invited = invite_one(form.cleaned_data, by=caller(request))
            except InvitationRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.log_addition(request, invited.invitation, "Invited." if invited.is_new else "Window moved.")
                messages.success(request, invited_words(invited))
                return redirect(object_url(invited.invitation))
        return staff_page(
            self,
            request,
            "admin/candidates/invitation/invite.html",
            title="Invite a candidate",
            form=form,
            rows=form_rows(self, form),
            media=self.media + form.media,
            invite_many_url=reverse("admin:candidates_invitation_invite"),
        )

    def invite_many_view(self, request: HttpRequest) -> HttpResponse:
        """Looked through first; only a list without problems can be sent off, all or nothing."""
        require(request, ADD)
        form = InviteManyForm(posted(request), initial={"assessment": request.GET.get("assessment")})
        lines = form.lines() if request.method == "POST" and form.is_valid() else []
        problems = [line for line in lines if line.problem]
        if "_invite" in request.POST and lines and not problems:
            data = form.cleaned_data
            people = [(line.email, line.name) for line in lines]
            try:
                invited = invitations.invite_many(
                    data["assessment"], people, send_mail=data["send_mail"], by=caller(request)
                )
            except InvitationRefused as refused:
                form.add_error(None, str(refused))
            else:
                new = sum(one.is_new for one in invited)
                messages.success(request, f"{counted(new, 'candidate')} invited, {len(invited) - new} invited before.")
                if data["send_mail"] and new:
                    query = {"assessment": str(data["assessment"].pk)}
                    return redirect(reverse("admin:candidates_invitation_mails", query=query))
                return redirect(list_url(Invitation, assessment__id__exact=data["assessment"].pk))
        return staff_page(
            self,
            request,
            "admin/candidates/invitation/invite_many.html",
            title="Invite many candidates",
            form=form,
            rows=form_rows(self, form),
            lines=lines,
            problems=problems,
            problem_count=len(problems),
            new_count=sum(line.is_new for line in lines),
        )

    def mails_view(self, request: HttpRequest) -> HttpResponse:
        """How far the mails are, of one assessment or of all; looks again by itself while some are on their way."""
        require(request, "candidates.view_invitation")
        template = "admin/candidates/invitation/mails.html"
        if htmx.target(request) == "mails":
            return render(request, f"{template}#mails", mail_progress(request.GET.get("assessment", "")))
        return staff_page(
            self, request, template, title="How the mails go", **mail_progress(request.GET.get("assessment", ""))
        )

    # ---- The list ----

    @admin.display(description="how far")
    def progress(self, invitation: Invitation) -> str:
        """From sent to submitted, in one word or two."""
        return progress_words(invitation)

    @admin.display(description="mail")
    def mail(self, invitation: Invitation) -> str:
        return mail_words(invitation)

    @admin.display(description="mail address", ordering="candidate__email")
    def email(self, invitation: Invitation) -> str:
        return invitation.candidate.email

    @admin.action(description="Send the link by mail", permissions=["change"])
    def send_mails(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        self._each(request, chosen, invitations.send_again, "mail is on its way", "mails are on their way")

    @admin.action(description="Remind by mail who has not started", permissions=["change"])
    def remind_all(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        self._each(request, chosen, invitations.remind, "reminder is on its way", "reminders are on their way")

    @admin.action(description="Revoke", permissions=["change"])
    def revoke_all(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> HttpResponse | None:
        """Asked first: it may send a mail to each."""
        if not is_confirmed(request):
            rows = list(chosen)
            ids = [one.pk for one in rows]
            return ask_about_many(self, request, ids, revoking_many(rows), noun="invitation", form=forms.Form())
        self._each(request, chosen, invitations.revoke, "invitation is revoked", "invitations are revoked")
        return None

    @admin.action(description="Offer again", permissions=["change"])
    def offer_all_again(self, request: HttpRequest, chosen: QuerySet[Invitation]) -> None:
        revoked = chosen.filter(status__in=[InvitationStatus.REVOKED, InvitationStatus.DECLINED])
        outcomes = self._each(
            request, revoked, invitations.offer_again, "invitation is offered again", "invitations are offered again"
        )
        if mailed := sum(outcomes):
            said = counted(mailed, "mail is on its way", "mails are on their way")
            self.message_user(request, f"{said} to those who were told of a withdrawal.", messages.SUCCESS)

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Invitation], verb: Callable[..., Any], one: str, many: str
    ) -> list[Any]:
        outcomes, refused = [], []
        for invitation in chosen:
            try:
                outcome = verb(invitation, by=caller(request))
            except InvitationRefused as refusal:
                refused += sentences_of(refusal)
            else:
                outcomes.append(outcome)
                self.log_change(request, invitation, one.capitalize() + ".")
        tell(self, request, f"{counted(len(outcomes), one, many)}.", refused)
        return outcomes

    # ---- One invitation ----

    @admin.display(description="candidate")
    def to(self, invitation: Invitation) -> SafeString:
        candidate = invitation.candidate
        return format_html('<a href="{}">{}</a> {}', object_url(candidate), candidate, candidate.email)

    @admin.display(description="assessment")
    def of(self, invitation: Invitation) -> SafeString:
        return format_html('<a href="{}">{}</a>', object_url(invitation.assessment), invitation.assessment)

    @admin.display(description="status")
    def state(self, invitation: Invitation) -> str:
        words = str(invitation.get_status_display())
        if not invitation.assessment.is_published:
            return f"{words}, but the assessment is {invitation.assessment.get_status_display().lower()}: nobody can start it."
        return words

    @admin.display(description="when")
    def when(self, invitation: Invitation) -> str:
        """In effect: what its own window and the assessment's share."""
        window = {"opens_at": invitation.opens_at, "closes_at": invitation.closes_at}
        never = windows.never_words(invitation.assessment, **window)
        return never or window_words(invitation.assessment, invitation) or "Can be started at any time."

    @admin.display(description="mail")
    def mails(self, invitation: Invitation) -> SafeString:
        url = list_url(InvitationMail, q=invitation.candidate.email or invitation.candidate.name)
        return format_html('<a href="{}">{}</a>', url, mail_words(invitation))

    @admin.display(description="link")
    def link(self, invitation: Invitation) -> SafeString | str:
        try:
            address = invitation_link(token_of(invitation))
        except LinkOutdated as outdated:
            return str(outdated)
        return format_html(
            '<input class="link" type="text" readonly value="{}" aria-label="Invitation link" data-copy>', address
        )

    def get_fieldsets(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        """The link lets whoever has it sit in the candidate's place: it is shown to those who may invite."""
        if request.user.has_perm(CHANGE):
            return self.fieldsets
        (name, first), *others = self.fieldsets
        return [(name, {"fields": tuple(one for one in first["fields"] if one != "link")}), *others]

    @admin.display(description="attempts")
    def attempts(self, invitation: Invitation) -> SafeString | str:
        number = invitation.attempts.count()
        url = list_url(Attempt, q=invitation.candidate.email or invitation.candidate.name)
        return format_html('<a href="{}">{}</a>', url, counted(number, "attempt")) if number else "None yet"


@transaction.atomic
def invite_one(data: dict[str, Any], *, by: Any) -> Invited:
    """Raises :class:`InvitationRefused`."""
    window = {name: data[name] for name in ("opens_at", "closes_at")}
    invited = invitations.invite(data["assessment"], email=data["email"], name=data["name"], by=by, **window)
    if data["send_mail"]:
        invitations.send_again(invited.invitation, by=by)
    return invited
