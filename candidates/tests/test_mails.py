"""Mails to candidates: what they say, when they are sent, and what becomes of those that cannot be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from assessments.models import Assessment
from assessments.tests.making import make_assessment
from candidates import tasks
from candidates.admin.invitation_progress import progress_words
from candidates.domain import attempts, calendars, clock, entry, invitations, mails, reminders
from candidates.domain.links import invitation_link
from candidates.domain.tokens import token_of
from candidates.enums import InvitationStatus, MailKind, MailStatus
from candidates.models import Attempt, AuditEntry, Invitation, InvitationMail
from candidates.tests.making import holder_of
from candidates.tests.racing import at_once

pytestmark = pytest.mark.django_db
CLOSES = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)


def invite(assessment: Assessment | None = None, **facts) -> Invitation:
    return invitations.invite(
        assessment or make_assessment(), email="ada@example.org", name="Ada Lovelace", **facts
    ).invitation


def ordered(invitation: Invitation, kind: MailKind = MailKind.INVITATION) -> InvitationMail:
    return invitations.order_mail(invitation, kind)


def sent(invitation: Invitation, kind: MailKind = MailKind.INVITATION):
    assert mails.deliver(ordered(invitation, kind).pk, enqueue=str) is None
    return newest()


def newest():
    return mail.outbox[-1]


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


def unfolded(entry: str) -> dict[str, str]:
    lines = entry.replace("\r\n ", "").split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


# ---- What they say ----


def test_the_address_is_written_from_left_to_right_in_every_language():
    invitation = invite(make_assessment(language="ar"))
    message = sent(invitation)
    html = next(part.content for part in message.alternatives)
    assert ('dir="rtl"' in html, f'<bdi dir="ltr">{invitation_link(token_of(invitation))}</bdi>' in html) == (
        True,
        True,
    )


@pytest.mark.parametrize(("language", "is_isolated"), [("ar", True), ("en", False)])
def test_a_name_of_the_other_direction_keeps_its_full_stop(client, language, is_isolated):
    assessment = make_assessment(language=language, organisation="Acme, Ltd.", title="Data", contact="a@example.org")
    invitation = invite(assessment)
    message = sent(invitation)
    page = client.get(reverse("invitation", args=[token_of(invitation)])).content.decode()
    begin, end = ("\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}") if is_isolated else ("", "")
    for written in (message.body, message.alternatives[0].content):
        assert all(f"{begin}{words}{end}" in written for words in ("Acme, Ltd.", "Data", "a@example.org"))
    link = '<a href="mailto:a@example.org">a@example.org</a>'
    assert (f"{begin}Acme, Ltd.{end}" in page, f"{begin}{link}{end}" in page) == (True, True)
    assert ("\N{FIRST STRONG ISOLATE}" in message.body + page) == is_isolated


def test_text_and_html_carry_the_same_links_and_the_text_no_markup():
    invitation = invite(make_assessment(title="A & B", contact="jobs@example.org"))
    message = sent(invitation)
    link = invitation_link(token_of(invitation))
    html = next(part.content for part in message.alternatives)
    assert Links(html).found == [link, "http://localhost:8000/rehearsal/", f"{link}decline/"]
    assert all(one in message.body for one in Links(html).found)
    assert ("A & B" in message.body, "A &amp; B" in html, "&amp;" in message.body) == (True, True, False)
    assert message.to == ["ada@example.org"]


def test_a_hostile_title_makes_no_header_and_no_markup():
    message = sent(invite(make_assessment(title="<b>Hi</b>\nBcc: all@example.org")))
    assert "\n" not in message.subject
    assert ("<b>Hi</b>" in next(part.content for part in message.alternatives), message.bcc) == (False, [])


@pytest.mark.parametrize(
    ("contact", "addresses"),
    [
        ("Ask hiring@example.org.", ["hiring@example.org"]),
        ("Ada <ada@example.org> or bob@example.org (mornings)", ["ada@example.org", "bob@example.org"]),
        ("+49 30 1234, room @ 5", []),
        ("", []),
        ("x@example.org\nBcc: all@example.org", ["x@example.org", "all@example.org"]),
    ],
)
def test_an_answer_to_the_mail_reaches_whom_candidates_may_ask(contact, addresses):
    message = sent(invite(make_assessment(contact=contact)))
    assert message.reply_to == addresses
    assert message.message()["Reply-To"] == (", ".join(addresses) or None)
    assert message.message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("language", "ends"), [("en", "12:00\xa0UTC."), ("zh-hans", "之前可以开始。"), ("hi", "तक शुरू किया जा सकता है।")]
)
def test_sentences_end_as_they_do_in_the_readers_language(language, ends):
    message = sent(invite(make_assessment(language=language), closes_at=CLOSES))
    line = next(line for line in message.body.splitlines() if "2030" in line)
    assert line.endswith(ends)


def test_the_window_comes_as_a_calendar_entry_in_utc():
    opens = datetime(2030, 5, 10, 8, 0, tzinfo=UTC)
    invitation = invite(make_assessment(title="Backend, part 1; " + "ü" * 80), opens_at=opens, closes_at=CLOSES)
    name, entry, kind = sent(invitation).attachments[0]
    assert (name, kind) == ("invitation.ics", "text/calendar; method=PUBLISH")
    assert max(len(line.encode()) for line in entry.split("\r\n")) <= 75
    facts = unfolded(entry)
    assert (facts["DTSTART"], facts["DTEND"]) == ("20300510T080000Z", "20300517T120000Z")
    assert facts["UID"] == f"{invitation.pk}@localhost"
    assert "Backend\\, part 1\\; üüü" in facts["SUMMARY"]
    assert entry.startswith("BEGIN:VCALENDAR\r\n")
    assert entry.endswith("END:VCALENDAR\r\n")


def test_no_title_begins_a_line_of_the_calendars_entry():
    """Whatever a program takes for the end of one."""
    title = "T\r\nEND:VEVENT\nX:1\rX:2\x0bX:3\x85X:4\u2028X:5"
    _, entry, _ = sent(invite(make_assessment(title=title), closes_at=CLOSES)).attachments[0]
    assert entry.splitlines() == entry.removesuffix("\r\n").split("\r\n")
    assert [line for line in entry.splitlines() if line.startswith("X:")] == []
    assert entry.count("\r\nEND:VEVENT") == 1


def test_without_an_end_there_is_nothing_for_the_calendar():
    assert sent(invite()).attachments == []


@pytest.mark.parametrize(
    ("zone", "hour"), [("Asia/Kolkata", "17:30\xa0IST"), ("", "12:00\xa0UTC"), ("Nowhere/Land", "12:00\xa0UTC")]
)
def test_times_are_told_in_the_candidates_zone(zone, hour):
    invitation = invite(closes_at=CLOSES)
    invitation.candidate.time_zone = zone
    invitation.candidate.save()
    assert hour in sent(invitation).body


def test_no_mail_row_holds_the_link():
    invitation = invite()
    sent(invitation)
    row = InvitationMail.objects.get()
    assert token_of(invitation) not in " ".join(str(getattr(row, one.attname)) for one in row._meta.concrete_fields)


# ---- Tried again ----


def test_trouble_that_passes_is_tried_again_later_and_later(settings):
    settings.EMAIL_BACKEND = "candidates.tests.mail_servers.Busy"
    row = ordered(invite())
    waits = [mails.deliver(row.pk, enqueue=str) for _ in mails.RETRY_SECONDS]
    row.refresh_from_db()
    assert (tuple(waits), row.status, row.tries) == (mails.RETRY_SECONDS, MailStatus.WAITING, len(waits))
    assert row.problem == "SMTPServerDisconnected: Come back later."
    assert mails.deliver(row.pk, enqueue=str) is None
    row.refresh_from_db()
    assert (row.status, row.next_try_at) == (MailStatus.FAILED, None)


def test_it_is_sent_once_the_server_is_back(settings):
    row = ordered(invite())
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "candidates.tests.mail_servers.Busy"
    assert mails.deliver(row.pk, enqueue=str) == 60
    settings.EMAIL_BACKEND = backend
    assert mails.deliver(row.pk, enqueue=str) is None
    row.refresh_from_db()
    assert (row.status, row.problem, len(mail.outbox)) == (MailStatus.SENT, "", 1)


@pytest.mark.parametrize(
    ("backend", "problem"),
    [
        ("candidates.tests.mail_servers.Strict", "550 No such mailbox."),
        ("interview_project.mail.NoMailBackend", "EMAIL_URL"),
    ],
)
def test_trouble_that_does_not_pass_is_shown_at_once(settings, admin_client, backend, problem):
    settings.EMAIL_BACKEND = backend
    row = ordered(invite())
    assert mails.deliver(row.pk, enqueue=str) is None
    row.refresh_from_db()
    assert (row.status, problem in row.problem) == (MailStatus.FAILED, True)
    assert "mail could not be sent" in admin_client.get(reverse("admin:index")).content.decode()
    page = admin_client.get(reverse("admin:candidates_invitation_mails")).content.decode()
    assert ("1 of 1 mails" in page, problem in page) == (True, True)


def test_the_task_asks_for_the_next_try_itself(settings):
    from candidates.tasks import deliver_mail

    settings.EMAIL_BACKEND = "candidates.tests.mail_servers.Busy"
    row = ordered(invite())
    before = DBTaskResult.objects.count()
    assert deliver_mail.func(str(row.pk)) is False
    newest = DBTaskResult.objects.order_by("-enqueued_at")[0]
    assert (DBTaskResult.objects.count(), newest.run_after > clock.now()) == (before + 1, True)


def test_a_mail_is_not_sent_twice_by_a_task_that_runs_twice():
    row = ordered(invite())
    assert [mails.deliver(row.pk, enqueue=str) for _ in range(2)] == [None, None]
    assert len(mail.outbox) == 1


def test_what_was_revoked_meanwhile_is_not_sent(admin_user):
    invitation = invite()
    row = ordered(invitation)
    invitations.revoke(invitation, by=admin_user)
    mails.deliver(row.pk, enqueue=str)
    row.refresh_from_db()
    assert (row.status, mail.outbox) == (MailStatus.DROPPED, [])


# ---- Withdrawn ----


def withdrawn(invitation: Invitation, *, by) -> list[InvitationMail]:
    invitations.revoke(invitation, by=by)
    return list(InvitationMail.objects.filter(invitation=invitation, kind=MailKind.WITHDRAWAL))


def test_who_was_written_to_is_told_of_a_withdrawal_and_it_leaves_their_calendar(admin_user):
    invitation = invite(make_assessment(title="Data", organisation="Acme", contact="a@example.org"), closes_at=CLOSES)
    before = unfolded(sent(invitation).attachments[0][1])
    (row,) = withdrawn(invitation, by=admin_user)
    mails.deliver(row.pk, enqueue=str)
    message = newest()
    (name, file, kind), html = message.attachments[0], message.alternatives[0].content
    after = unfolded(file)
    assert (name, kind) == ("invitation.ics", "text/calendar; method=CANCEL")
    assert [after[key] for key in ("METHOD", "STATUS")] == ["CANCEL", "CANCELLED"]
    assert [key for key in ("UID", "DTSTART", "DTEND", 'ORGANIZER;CN="Acme"') if before[key] != after[key]] == []
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert (message.subject, message.reply_to) == ("Withdrawn: Acme: Data", ["a@example.org"])
    for written in (message.body, html):
        told = ("has been withdrawn", "out of your calendar", token_of(invitation))
        assert [words in written for words in told] == [True, True, False]


def test_an_entry_that_is_sent_again_takes_the_place_of_the_one_before_even_of_one_cancelled(admin_user):
    invitation = invite(closes_at=CLOSES)
    now = invitation.created_at + timedelta(hours=1)
    entries = [
        calendars.entry_of(invitation, link="https://a.example", now=now),
        calendars.cancellation_of(invitation, now=now),
        calendars.entry_of(invitation, link="https://a.example", now=now + timedelta(seconds=1)),
    ]
    steps = [int(unfolded(entry)["SEQUENCE"]) for entry in entries]
    assert steps == sorted(set(steps))


def test_who_was_never_written_to_or_has_started_is_told_of_no_withdrawal(admin_user):
    assert withdrawn(invite(), by=admin_user) == []
    invitation = invite(make_assessment())
    sent(invitation)
    attempts.start(holder_of(entry.enter_by_invitation(invitation)))
    (row,) = withdrawn(invitation, by=admin_user)
    mails.deliver(row.pk, enqueue=str)
    row.refresh_from_db()
    assert row.status == MailStatus.DROPPED


def test_a_withdrawal_that_was_taken_back_meanwhile_is_not_sent_and_comes_once(admin_user):
    invitation = invite()
    sent(invitation)
    (row,) = withdrawn(invitation, by=admin_user)
    assert withdrawn(invitation, by=admin_user) == [row]
    invitations.offer_again(invitation, by=admin_user)
    mails.deliver(row.pk, enqueue=str)
    row.refresh_from_db()
    assert (row.status, len(mail.outbox)) == (MailStatus.DROPPED, 1)


def wrote(invitation: Invitation) -> list[tuple[str, str]]:
    rows = InvitationMail.objects.filter(invitation=invitation).order_by("ordered_at")
    return [(row.kind, row.status) for row in rows]


def delivered(invitation: Invitation) -> list[tuple[str, str]]:
    for row in InvitationMail.objects.filter(invitation=invitation, status=MailStatus.WAITING):
        mails.deliver(row.pk, enqueue=str)
    return wrote(invitation)


def test_who_was_told_of_a_withdrawal_is_told_that_it_is_offered_again_and_gets_the_entry_back(admin_user):
    invitation = invite(closes_at=CLOSES)
    sent(invitation)
    withdrawn(invitation, by=admin_user)
    assert delivered(invitation)[1:] == [("withdrawal", "sent")]
    assert progress_words(invitation) == "offered"
    assert invitations.offer_again(invitation, by=admin_user) is True
    assert delivered(invitation)[2:] == [("invitation", "sent")]
    invitation = Invitation.objects.get(pk=invitation.pk)
    assert (unfolded(newest().attachments[0][1])["METHOD"], progress_words(invitation)) == ("PUBLISH", "sent")


def test_who_heard_of_no_withdrawal_hears_of_no_offer_and_of_no_second_withdrawal(admin_user):
    invitation = invite()
    sent(invitation)
    for _ in range(2):
        invitations.revoke(invitation, by=admin_user)
        assert wrote(invitation)[1:] == [("withdrawal", "waiting")]
        assert invitations.offer_again(invitation, by=admin_user) is False
    invitations.revoke(invitation, by=admin_user)
    assert delivered(invitation)[1:] == [("withdrawal", "sent")]
    invitations.offer_again(invitation, by=admin_user)
    invitations.revoke(invitation, by=admin_user)
    assert delivered(invitation)[2:] == [("invitation", "dropped")]


def test_who_is_revoked_or_offered_again_while_a_mail_is_handed_over_is_told_what_holds(admin_user, monkeypatch):
    invitation, send = invite(), mails._send
    verbs = [invitations.revoke, invitations.offer_again]

    def slow(row: InvitationMail) -> None:
        send(row)
        if verbs:
            verbs.pop(0)(invitation, by=admin_user)

    monkeypatch.setattr(mails, "_send", slow)
    before = DBTaskResult.objects.count()
    tasks.deliver_mail.func(str(ordered(invitation).pk))
    assert DBTaskResult.objects.count() == before + 2
    assert wrote(invitation) == [("invitation", "sent"), ("withdrawal", "waiting")]
    assert delivered(invitation)[1:] == [("withdrawal", "sent"), ("invitation", "waiting")]
    assert delivered(invitation)[2:] == [("invitation", "sent")]


@pytest.mark.django_db(transaction=True)
def test_an_earlier_version_to_which_the_database_is_taken_back_finds_no_mail_it_does_not_know(admin_user):
    invitation = invite()
    sent(invitation)
    withdrawn(invitation, by=admin_user)
    try:
        call_command("migrate", "candidates", "0018", verbosity=0)
    finally:
        call_command("migrate", "candidates", verbosity=0)
    assert wrote(invitation) == [("invitation", "sent")]


def test_who_declines_gets_no_more_mails():
    invitation = invite()
    sent(invitation)
    invitations.decline(invitation)
    assert InvitationMail.objects.filter(invitation=invitation).count() == 1


# ---- Reminders ----


def closing_in(days: int, **facts) -> Assessment:
    return make_assessment(closes_at=clock.now() + timedelta(days=days), reminder_days=3, **facts)


def closing(invitation: Invitation, *, in_days: int) -> Invitation:
    """As time and staff make it: a window that was ahead when it was offered."""
    invitation.closes_at = clock.now() + timedelta(days=in_days)
    invitation.save()
    return invitation


def long_ago(invitation: Invitation) -> Invitation:
    InvitationMail.objects.filter(invitation=invitation).update(ordered_at=clock.now() - timedelta(days=9))
    return invitation


def test_who_has_not_started_is_reminded_once_before_the_window_closes():
    invitation = long_ago(invite(closing_in(2)))
    assert (reminders.remind_due(), reminders.remind_due()) == (1, 0)
    message_ = InvitationMail.objects.get(kind=MailKind.REMINDER)
    mails.deliver(message_.pk, enqueue=str)
    assert mail.outbox[-1].subject.startswith("Reminder: ")
    assert invitation_link(token_of(invitation)) in mail.outbox[-1].body


@pytest.mark.parametrize("days", [5, -1])
def test_nobody_is_reminded_long_before_nor_after_it_closed(days):
    closing(long_ago(invite(make_assessment(reminder_days=3))), in_days=days)
    assert reminders.remind_due() == 0


@pytest.mark.django_db(transaction=True)
def test_workers_who_remind_at_the_same_moment_remind_once():
    for _ in range(4):
        long_ago(invite(closing_in(2)))
    assert sum(at_once(*[reminders.remind_due] * 4)) == 4
    assert InvitationMail.objects.filter(kind=MailKind.REMINDER).count() == 4


def test_a_reminder_and_its_task_are_ordered_together_or_not_at_all(monkeypatch):
    long_ago(invite(closing_in(2)))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(tasks.deliver_mail), "enqueue", killed)
    with pytest.raises(KeyboardInterrupt):
        reminders.remind_due()
    assert InvitationMail.objects.count() == 0


# ---- What is over, or never comes ----


def test_nobody_is_written_to_about_a_window_that_is_over(admin_user):
    invitation = closing(invite(), in_days=-1)
    for verb in (invitations.send_again, invitations.remind):
        with pytest.raises(invitations.InvitationRefused, match=r"Ada Lovelace: The window closed on .*\xa0UTC"):
            verb(invitation, by=admin_user)
    assert InvitationMail.objects.count() == 0


def test_a_mail_that_is_tried_again_after_the_window_is_dropped():
    row = ordered(closing(invite(), in_days=-1))
    mails.deliver(row.pk, enqueue=str)
    row.refresh_from_db()
    assert (row.status, mail.outbox) == (MailStatus.DROPPED, [])


@pytest.mark.parametrize(
    ("of_assessment", "own", "words"),
    [
        ({"closes_at": -1}, {}, "“Backend” closed on"),
        ({}, {"closes_at": -1}, "The window closed on"),
        ({"closes_at": 4}, {"opens_at": 90}, "“Backend” itself closes on .*: it is never open in this window"),
        ({"opens_at": 9, "closes_at": 12}, {"closes_at": 4}, "“Backend” itself opens on .* and closes on"),
        ({}, {"opens_at": 4, "closes_at": 3}, "It must close after it opens"),
    ],
)
def test_nobody_is_invited_for_a_time_that_is_over_or_never_comes(of_assessment, own, words):
    now = clock.now()
    assessment = make_assessment(title="Backend")
    Assessment.objects.update(**{name: now + timedelta(days=days) for name, days in of_assessment.items()})
    assessment.refresh_from_db()
    with pytest.raises(invitations.InvitationRefused, match=words):
        invite(assessment, **{name: now + timedelta(days=days) for name, days in own.items()})
    assert Invitation.objects.count() == 0


def test_inviting_again_gives_the_link_even_when_it_is_over():
    """`make run` prints the demo's link at every start."""
    invitation = closing(invite(), in_days=-1)
    assert invitations.invite(invitation.assessment, email="ada@example.org").invitation == invitation


def test_nobody_is_reminded_a_day_after_they_were_invited():
    ordered(invite(closing_in(2)))
    assert reminders.remind_due() == 0


def test_nobody_is_reminded_after_they_started():
    invitation = long_ago(invite(closing_in(2)))
    attempt = entry.enter_by_invitation(invitation)
    row = ordered(invitation, MailKind.REMINDER)
    attempts.start(holder_of(attempt))
    mails.deliver(row.pk, enqueue=str)
    row.refresh_from_db()
    assert (row.status, mail.outbox, reminders.remind_due()) == (MailStatus.DROPPED, [], 0)


def test_nobody_is_reminded_after_they_declined():
    invitation = long_ago(invite(closing_in(2)))
    invitations.decline(invitation)
    assert reminders.remind_due() == 0


def test_the_command_reminds_all_of_one_assessment_or_says_how_many(capsys):
    assessment = make_assessment()
    long_ago(invite(assessment))
    call_command("send_reminders", assessment=assessment.slug, dry_run=True)
    call_command("send_reminders", assessment=assessment.slug)
    call_command("send_reminders", assessment=assessment.slug)
    assert capsys.readouterr().out.splitlines() == ["1 would be reminded.", "1 reminded.", "0 reminded."]
    with pytest.raises(CommandError, match="No published assessment"):
        call_command("send_reminders", assessment="nothing")


# ---- Declining ----


def decline_url(invitation: Invitation) -> str:
    return reverse("invitation-decline", args=[token_of(invitation)])


def test_declining_is_asked_first_and_seen_by_staff(client, admin_client):
    invitation = invite()
    assert client.get(decline_url(invitation)).status_code == 200
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.OFFERED
    response = client.post(decline_url(invitation))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.declined_at is not None) == (InvitationStatus.DECLINED, True)
    assert ("You have declined" in response.content.decode(), response["Referrer-Policy"]) == (True, "strict-origin")
    assert "declined" in admin_client.get(reverse("admin:candidates_invitation_changelist")).content.decode().lower()
    assert AuditEntry.objects.filter(action="invitation declined").count() == 1


def test_a_declined_invitation_enters_nobody_until_it_is_offered_again(client, admin_user):
    invitation = invite()
    invitations.decline(invitation)
    url = reverse("invitation", args=[token_of(invitation)])
    page = client.get(url).content.decode()
    assert ("You have declined this invitation." in page, "Agree and go on" in page) == (True, False)
    assert client.post(url, {"consent": "on"}).status_code == 410
    assert Attempt.objects.count() == 0
    invitations.offer_again(invitation, by=admin_user)
    assert client.post(url, {"consent": "on"}).status_code == 302


def test_what_was_started_cannot_be_declined(client):
    invitation = invite()
    attempts.start(holder_of(entry.enter_by_invitation(invitation)))
    for method, status in ((client.get, 200), (client.post, 409)):
        response = method(decline_url(invitation))
        page = response.content.decode()
        said = ("You have started it already." in page, "Decline it" in page)
        assert (response.status_code, said) == (status, (True, False))
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.ACCEPTED


def test_an_unknown_link_declines_nothing(client):
    assert client.get(reverse("invitation-decline", args=["x" * 43])).status_code == 404


# ---- Inviting again ----


def test_inviting_again_with_a_new_window_moves_it_and_says_so(admin_client):
    invitation = invite(closes_at=CLOSES)
    token = token_of(invitation)
    data = {
        "assessment": invitation.assessment_id,
        "email": "ADA@example.org",
        "closes_at_0": "2031-01-02",
        "closes_at_1": "10:00",
    }
    response = admin_client.post(reverse("admin:candidates_invitation_add"), data, follow=True)
    invitation.refresh_from_db()
    assert (invitation.closes_at and invitation.closes_at.year, token_of(invitation), Invitation.objects.count()) == (
        2031,
        token,
        1,
    )
    said = [str(message) for message in response.context["messages"]]
    assert said == ["Ada Lovelace was invited before. The link is the same; the window is the one given now."]
    assert AuditEntry.objects.filter(action="window moved").count() == 1


def test_inviting_again_without_a_window_keeps_the_one_there_was():
    first = invite(closes_at=CLOSES)
    again = invitations.invite(first.assessment, email="ada@example.org")
    again.invitation.refresh_from_db()
    assert (again.is_new, again.is_moved, again.invitation.closes_at) == (False, False, CLOSES)


def test_the_list_says_how_far_each_is(admin_client):
    assessment = make_assessment()
    for number, step in enumerate(("offered", "sent", "entered", "in progress", "submitted", "declined")):
        one = invitations.invite(assessment, email=f"c{number}@example.org").invitation
        if step == "sent":
            sent(one)
        if step in ("entered", "in progress", "submitted"):
            attempt = entry.enter_by_invitation(one)
            if step != "entered":
                attempts.start(holder_of(attempt))
            if step == "submitted":
                attempts.submit(holder_of(attempt))
        if step == "declined":
            invitations.decline(one)
    page = admin_client.get(reverse("admin:candidates_invitation_changelist")).content.decode()
    words = re.findall(r'field-progress">([^<]*)<', page)
    assert sorted(words) == sorted(["offered", "sent", "entered, not started", "in progress", "submitted", "declined"])


@pytest.mark.parametrize(("then", "words"), [("declined", "declined"), ("over", "expired")])
def test_having_come_in_does_not_hide_that_it_was_declined_or_is_over(admin_client, then, words):
    invitation = invite()
    entry.enter_by_invitation(invitation)
    if then == "declined":
        invitations.decline(invitation)
    else:
        closing(invitation, in_days=-1)
    page = admin_client.get(reverse("admin:candidates_invitation_changelist")).content.decode()
    assert re.findall(r'field-progress">([^<]*)<', page) == [words]
