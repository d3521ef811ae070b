from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_practice
from candidates.domain import invitations, mails
from candidates.domain.links import invitation_link
from candidates.domain.tokens import token_of
from candidates.enums import InvitationStatus
from candidates.models import Candidate, Invitation, InvitationMail
from candidates.tests.admin_rows import make_staff, signed_in

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/candidates/invitation/", "/admin/candidates/invitation/add/"
MANY = "/admin/candidates/invitation/invite/"


@pytest.fixture
def team() -> Client:
    return signed_in(*(f"candidates.{verb}_invitation" for verb in ("view", "add", "change")))


@pytest.fixture
def invitation() -> Invitation:
    return invitations.invite(make_assessment(), email="ada@example.org", name="Ada Lovelace").invitation


def page_url(invitation: Invitation, page: str = "change") -> str:
    return reverse(f"admin:candidates_invitation_{page}", args=[invitation.pk])


def mails_asked_for() -> int:
    return DBTaskResult.objects.filter(task_path__endswith="deliver_mail").count()


# ---- One invitation ----


def test_the_link_is_shown_to_those_who_may_invite(team, invitation):
    page = team.get(page_url(invitation)).content.decode()
    assert f'value="{invitation_link(token_of(invitation))}"' in page


def test_the_link_is_not_shown_to_those_who_may_only_look(invitation):
    page = signed_in("candidates.view_invitation").get(page_url(invitation)).content.decode()
    assert "Ada Lovelace" in page
    assert token_of(invitation) not in page


def test_a_link_made_under_another_key_is_explained(team, invitation):
    Invitation.objects.filter(pk=invitation.pk).update(token_hash="f" * 64)
    assert "cannot be shown again. Make a new link." in team.get(page_url(invitation)).content.decode()


def test_a_new_link_ends_the_old_one_and_is_asked_first(team, invitation):
    old = token_of(invitation)
    assert "stops working at once" in team.get(page_url(invitation, "renew")).content.decode()
    assert invitations.find(old) == invitation
    team.post(page_url(invitation, "renew"))
    invitation.refresh_from_db()
    assert invitations.find(old) is None
    assert invitations.find(token_of(invitation)) == invitation


def test_revoking_and_offering_again(team, invitation):
    team.post(page_url(invitation, "revoke"))
    assert invitations.find(token_of(invitation)) is None
    team.post(page_url(invitation, "offer_again"))
    assert invitations.find(token_of(invitation)) == invitation


def test_offering_again_says_whether_a_mail_tells_of_it(team, invitation):
    said = []
    for _ in range(2):
        team.post(page_url(invitation, "revoke"), follow=True)
        for row in InvitationMail.objects.filter(status="waiting"):
            mails.deliver(row.pk, enqueue=str)
        page = team.post(page_url(invitation, "offer_again"), follow=True).content.decode()
        said.append("As they were told that it was withdrawn, a mail is on its way." in page)
        mails.deliver(invitations.order_mail(invitation).pk, enqueue=str)
    assert said == [False, True]


def test_sending_the_mail_is_enqueued(team, invitation):
    response = team.post(page_url(invitation, "send"), follow=True)
    assert mails_asked_for() == 1
    assert "The mail is on its way." in response.content.decode()


def test_a_revoked_invitation_is_not_mailed(team, invitation):
    invitations.revoke(invitation, by=make_staff())
    team.post(page_url(invitation, "send"))
    assert mails_asked_for() == 0


def test_a_window_that_closes_before_it_opens_is_refused(team, invitation):
    window = {"opens_at_0": "2030-01-02", "opens_at_1": "10:00", "closes_at_0": "2030-01-01", "closes_at_1": "10:00"}
    response = team.post(page_url(invitation), window)
    assert response.context["adminform"].form.errors == {"closes_at": ["It must close after it opens."]}


def test_a_window_outside_the_assessments_own_is_refused(team, invitation):
    Assessment.objects.update(closes_at=datetime(2030, 1, 1, 12, tzinfo=UTC))
    response = team.post(page_url(invitation), {"opens_at_0": "2030-01-02", "opens_at_1": "10:00"})
    assert response.context["adminform"].form.errors == {
        "closes_at": [
            "“Backend engineer” itself closes on 1\xa0January 2030, 12:00\xa0UTC: it is never open in this window."
        ]
    }


def test_its_page_says_when_it_can_be_started_in_effect(team, invitation):
    assert "Can be started at any time." in team.get(page_url(invitation)).content.decode()
    Assessment.objects.update(closes_at=datetime(2030, 1, 1, 12, tzinfo=UTC))
    Invitation.objects.update(closes_at=datetime(2031, 1, 1, 12, tzinfo=UTC))
    assert "Can be started until 1\xa0January 2030, 12:00\xa0UTC." in team.get(page_url(invitation)).content.decode()


def test_an_invitation_is_revoked_not_deleted(team, invitation):
    assert team.get(page_url(invitation, "delete")).status_code == 403


# ---- Many at once ----


def test_bulk_actions_say_what_was_done_and_what_was_refused(team, invitation):
    other = invitations.invite(invitation.assessment, email="grace@example.org").invitation
    invitations.revoke(other, by=make_staff())
    response = team.post(LIST, {"action": "send_mails", "_selected_action": [invitation.pk, other.pk]}, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said == [
        "1 mail is on its way.",
        "The invitation of grace@example.org is revoked. Offer it again first.",
    ]
    assert mails_asked_for() == 1


def test_bulk_revoking_and_offering_again(team, invitation):
    for action, status in (("revoke_all", "revoked"), ("offer_all_again", "offered")):
        team.post(LIST, {"action": action, "_selected_action": [invitation.pk], "confirmed": "1"})
        invitation.refresh_from_db()
        assert invitation.status == status


def test_bulk_revoking_is_asked_first_with_the_number_of_mails(team, invitation):
    written, other = (
        invitations.invite(invitation.assessment, email=f"{name}@example.org").invitation for name in ("grace", "alan")
    )
    assert mails.deliver(invitations.order_mail(written).pk, enqueue=str) is None
    data = {"action": "revoke_all", "_selected_action": [one.pk for one in (invitation, written, other)]}
    asked = team.post(LIST, data).content.decode()
    assert ("Revoke: 3 invitations" in asked, "1 mail goes out to those" in asked) == (True, True)
    assert set(Invitation.objects.values_list("status", flat=True)) == {"offered"}
    team.post(LIST, {**data, "confirmed": "1"}, follow=True)
    assert list(InvitationMail.objects.filter(kind="withdrawal").values_list("invitation")) == [(written.pk,)]
    (row,) = InvitationMail.objects.filter(kind="withdrawal")
    assert mails.deliver(row.pk, enqueue=str) is None
    said = team.post(LIST, {**data, "action": "offer_all_again"}, follow=True).context["messages"]
    assert [str(one) for one in said] == [
        "3 invitations are offered again.",
        "1 mail is on its way to those who were told of a withdrawal.",
    ]


# ---- Inviting one ----


def invite_one(team: Client, assessment: Assessment, **data: str):
    return team.post(ADD, {"assessment": assessment.pk, "email": "ada@example.org", "name": "Ada", **data})


def test_the_fields_for_a_window_name_the_zone_they_are_read_in(team, invitation, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    for url in (ADD, page_url(invitation)):
        assert team.get(url).content.decode().count('<span class="zone">Zone: Europe/Berlin</span>') == 2


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("interview_project.mail.NoMailBackend", "No mail server is set (EMAIL_URL), so no mail is sent."),
        ("django.core.mail.backends.console.EmailBackend", "No mail server is set (EMAIL_URL): mails are only printed"),
        ("django.core.mail.backends.smtp.EmailBackend", ""),
    ],
)
def test_whoever_is_about_to_send_mails_is_told_that_there_is_no_mail_server(team, settings, backend, words):
    settings.EMAIL_BACKEND = backend
    for url in (ADD, MANY, "/admin/candidates/invitation/mails/"):
        page = team.get(url).content.decode()
        assert ("No mail server is set" in page, words in page) == (bool(words), True)


def test_nobody_is_invited_to_what_is_over(team):
    assessment = make_assessment(closes_at=datetime(2020, 1, 1, 12, tzinfo=UTC))
    words = "“Backend engineer” closed on 1\xa0January 2020, 12:00\xa0UTC, so nobody can start it any more."
    assert invite_one(team, assessment).context["form"].errors == {"assessment": [words]}
    many = team.post(MANY, {"assessment": assessment.pk, "people": "ada@example.org", "_check": ""})
    assert many.context["form"].errors == {"assessment": [words]}
    assert Invitation.objects.count() == 0


def test_inviting_one_goes_through_the_domain(team):
    assessment = make_assessment()
    response = invite_one(team, assessment, send_mail="on", closes_at_0="2035-01-01", closes_at_1="12:00")
    invitation = Invitation.objects.get()
    assert response["Location"] == page_url(invitation)
    assert (invitation.candidate.email, invitation.created_by) == ("ada@example.org", response.wsgi_request.user)
    assert invitation.closes_at == datetime(2035, 1, 1, 12, tzinfo=UTC)
    assert mails_asked_for() == 1


def test_inviting_without_mail_sends_none(team):
    invite_one(team, make_assessment())
    assert (Invitation.objects.count(), mails_asked_for()) == (1, 0)


def test_inviting_the_same_address_twice_is_said_at_the_field(team):
    assessment = make_assessment()
    invite_one(team, assessment)
    response = invite_one(team, assessment, email="ADA@example.org")
    assert response.context["form"].errors == {
        "email": [
            "This address has an invitation already: offered. Give a window to move it to, or send the link again on its page."
        ]
    }
    assert Candidate.objects.count() == 1


def test_only_published_assessments_by_invitation_can_be_chosen(team):
    draft, practice = make_assessment(publish=False), make_practice()
    for assessment in (draft, practice):
        assert list(invite_one(team, assessment).context["form"].errors) == ["assessment"]


# ---- Inviting many ----


def look_through(team: Client, assessment: Assessment, people: str, **data: str):
    return team.post(MANY, {"assessment": assessment.pk, "people": people, **data})


def test_a_list_is_looked_through_before_anything_is_done(team):
    response = look_through(team, make_assessment(), "Ada Lovelace, ada@example.org\nno address\nbad@\n")
    problems = {line.number: line.problem for line in response.context["lines"]}
    assert problems == {1: "", 2: "There is no mail address.", 3: "“bad@” is not a mail address."}
    assert (Invitation.objects.count(), Candidate.objects.count()) == (0, 0)


def test_a_list_with_a_problem_is_not_invited_even_when_asked_to(team):
    look_through(team, make_assessment(), "ada@example.org\nnonsense", _invite="1")
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize(
    "line",
    [
        "Ada Lovelace, ada@example.org",
        "ada@example.org,Ada Lovelace",
        "Ada Lovelace <ada@example.org>",
        "Ada Lovelace;ada@example.org",
        "Ada Lovelace\tada@example.org",
        '"Ada Lovelace","ada@example.org"',
    ],
)
def test_lines_are_read_as_people_write_them(team, line):
    (read,) = look_through(team, make_assessment(), line).context["lines"]
    assert (read.name, read.email, read.problem) == ("Ada Lovelace", "ada@example.org", "")


@pytest.mark.parametrize(
    "people",
    [
        'Name,E-mail,Phone\n"Lovelace, Ada",ada@example.org,0123',
        "id\tFirst name\tLast name\tEmail address\n7\tLovelace,\tAda\tada@example.org",
        "\ufeffemail;surname;team\nada@example.org;Lovelace, Ada;blue",
    ],
)
def test_columns_that_the_first_line_names_are_read_and_others_left(team, people):
    assessment = make_assessment()
    (read,) = look_through(team, assessment, people).context["lines"]
    assert (read.number, read.name, read.email, read.problem) == (2, "Lovelace, Ada", "ada@example.org", "")
    look_through(team, assessment, people, _invite="1")
    assert [one.candidate.email for one in Invitation.objects.all()] == ["ada@example.org"]


def test_a_row_without_an_address_in_its_column_is_named_and_a_list_of_headings_alone_is_refused(team):
    page = look_through(
        team, make_assessment(), "name,email\nAda,ada@example.org\nbob@example.org\nEve,eve"
    ).content.decode()
    assert '<a href="#line-3">3</a>, <a href="#line-4">4</a>' in page
    assert ("There is no mail address." in page, "“eve” is not a mail address." in page) == (True, True)
    alone = look_through(team, make_assessment(), "name,email").context["form"].errors
    assert alone == {"people": ["The list has a line that names the columns, and nobody below it."]}


def test_a_good_list_is_invited_and_mailed(team):
    assessment = make_assessment()
    response = look_through(team, assessment, "a@example.org\nb@example.org", _invite="1", send_mail="on")
    assert response["Location"] == f"{reverse('admin:candidates_invitation_mails')}?assessment={assessment.pk}"
    assert {one.candidate.email for one in Invitation.objects.all()} == {"a@example.org", "b@example.org"}
    assert mails_asked_for() == 2


def test_who_was_invited_before_is_told_and_gets_no_second_mail(team):
    assessment = make_assessment()
    invitations.invite(assessment, email="a@example.org")
    people = "A@example.org\nb@example.org"
    notes = [line.note for line in look_through(team, assessment, people).context["lines"]]
    assert notes == ["Invited before: offered. Nothing is sent.", ""]
    look_through(team, assessment, people, _invite="1", send_mail="on")
    assert (Invitation.objects.count(), mails_asked_for()) == (2, 1)


def test_an_address_twice_and_one_revoked_are_problems(team):
    assessment = make_assessment()
    invitations.revoke(invitations.invite(assessment, email="r@example.org").invitation, by=make_staff())
    lines = look_through(team, assessment, "a@example.org\nA@example.org\nr@example.org").context["lines"]
    assert [line.problem for line in lines] == [
        "",
        "This address is in the list twice.",
        "This invitation was revoked; offer it again on its page.",
    ]


def test_too_many_lines_are_refused(team):
    people = "\n".join(f"c{number}@example.org" for number in range(2001))
    response = look_through(team, make_assessment(), people)
    assert response.context["form"].errors == {"people": ["At most 2000 people at once; these are 2001."]}


# ---- Who may ----


def test_who_may_only_look_can_invite_and_change_nothing(invitation):
    viewer = signed_in("candidates.view_invitation")
    assert "Invite many" not in viewer.get(LIST).content.decode()
    for url in (ADD, MANY):
        assert viewer.get(url).status_code == 403
        assert viewer.post(url, {"people": "a@example.org"}).status_code == 403
    for action in ("renew", "revoke", "send"):
        assert viewer.post(page_url(invitation, action)).status_code == 403
    viewer.post(LIST, {"action": "revoke_all", "_selected_action": [invitation.pk]})
    invitation.refresh_from_db()
    assert invitation.status == InvitationStatus.OFFERED
