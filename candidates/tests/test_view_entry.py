"""The ways in: home, invitation links, practice."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import chain, cycle, repeat
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from assessments.enums import AssessmentStatus
from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_practice, make_question
from candidates.domain import attempts, clock, entry, invitations
from candidates.domain.links import invitation_link
from candidates.domain.tokens import LinkOutdated, derived, hash_of, token_of
from candidates.enums import AttemptStatus, InvitationStatus
from candidates.models import Attempt, Candidate, Invitation
from candidates.tests.making import holder_of, ring_the_bell

pytestmark = pytest.mark.django_db
WRITING = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def invited():
    assessment = make_assessment(title="Data analyst", organisation="ACME", duration_seconds=2700)
    return invitations.invite(assessment, email="sam@example.org", name="Sam")


def landing(invited) -> str:
    return reverse("invitation", args=[invited.token])


def test_the_landing_page_says_who_what_and_how_long(client, invited):
    page = client.get(landing(invited)).content.decode()
    assert [word in page for word in ("ACME", "Data analyst", "45\xa0min", "camera")] == [True] * 4


def test_opening_a_link_changes_nothing(client, invited):
    with CaptureQueriesContext(connection) as statements:
        response = client.get(landing(invited))
    assert response.status_code == 200
    assert [one["sql"] for one in statements if one["sql"].startswith(WRITING)] == []
    assert not Attempt.objects.exists()
    assert "parley_attempt" not in response.cookies


def test_agreeing_exchanges_the_token_for_a_cookie_and_an_address_without_it(client, invited):
    response = client.post(landing(invited), {"consent": "on"})
    attempt = Attempt.objects.get()
    cookie = response.cookies["parley_attempt"]
    assert response.url == reverse("attempt", args=[attempt.pk])
    assert (cookie["path"], cookie["httponly"], cookie["secure"], cookie["samesite"]) == (
        response.url,
        True,
        True,
        "Lax",
    )
    assert invited.token not in cookie.value
    assert attempt.consented_at is not None
    assert "Data analyst" in attempt.consent_text


def test_without_agreeing_nothing_begins(client, invited):
    response = client.post(landing(invited), {})
    assert "Please tick the box" in response.content.decode()
    assert not Attempt.objects.exists()


def test_the_link_leads_back_to_the_same_attempt_from_another_computer(client, invited):
    client.post(landing(invited), {"consent": "on"})
    elsewhere = Client().post(landing(invited), {})
    assert elsewhere.headers["Location"] == reverse("attempt", args=[Attempt.objects.get().pk])


def test_a_started_attempt_is_not_declined_and_a_submitted_one_not_taken_up_again(client, invited):
    declines = reverse("invitation-decline", args=[invited.token])
    client.post(landing(invited), {"consent": "on"})
    assertContains(client.get(landing(invited)), declines, count=1)
    holder = holder_of(Attempt.objects.get())
    attempts.start(holder)
    running = client.get(landing(invited))
    assertContains(running, "Go to my attempt", count=1)
    assertNotContains(running, declines)
    attempts.submit(holder)
    submitted = client.get(landing(invited))
    assertContains(submitted, "This attempt was submitted", count=1)
    assertContains(submitted, "See what comes next", count=1)
    for promise in ("Go to my attempt", declines, reverse("rehearsal")):
        assertNotContains(submitted, promise)


def test_the_link_says_that_time_is_up_before_any_sweeper_has_closed_the_attempt(client, invited):
    client.post(landing(invited), {"consent": "on"})
    attempts.start(holder_of(Attempt.objects.get()))
    ring_the_bell(Attempt.objects.get(), seconds_ago=500)
    late = client.get(landing(invited))
    assert Attempt.objects.get().status == AttemptStatus.IN_PROGRESS
    assertContains(late, "<h2>Time is up</h2>", count=1)
    assertContains(late, "See what comes next", count=1)


def test_an_unknown_token_is_a_404_and_guessing_is_limited(client, invited):
    unknown = reverse("invitation", args=["x" * 43])
    statuses = [client.get(unknown).status_code for _ in range(40)]
    assert set(statuses) == {404, 429}
    assert client.get(unknown).headers["Retry-After"].isdigit()
    assert client.get(landing(invited)).status_code == 200  # who has a link is never kept out by one who guesses


@pytest.mark.parametrize("guesses", [100, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_guesses_that_are_one_letter_off_open_nothing_and_are_limited(client, invited, guesses):
    """A hundred a minute, from one place: thirty of them are looked up; and the link itself opens all the while."""
    token, letters = invited.token, cycle("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as moving:
        for minute in range(guesses // 100):
            statuses = Counter(
                client.get(reverse("invitation", args=[one_off(token, place % len(token), next(letters))])).status_code
                for place in range(minute, minute + 100)
            )
            assert statuses == {404: 30, 429: 70}
            assert client.get(landing(invited)).status_code == 200
            moving.shift(60)


def one_off(token: str, place: int, letter: str) -> str:
    instead = letter if token[place] != letter else "_" if letter != "_" else "-"
    return f"{token[:place]}{instead}{token[place + 1 :]}"


def test_without_the_limit_every_guess_would_be_looked_up(client, invited, monkeypatch):
    monkeypatch.setattr("candidates.access.seconds_to_wait", lambda *args, **options: 0)
    statuses = {client.get(reverse("invitation", args=[one_off(invited.token, 0, "x")])).status_code for _ in range(40)}
    assert statuses == {404}


def test_a_revoked_invitation_opens_nothing(client, invited, admin_user):
    invitations.revoke(invited.invitation, by=admin_user)
    assert client.get(landing(invited)).status_code == 404
    invitations.offer_again(invited.invitation, by=admin_user)
    assert client.get(landing(invited)).status_code == 200


def test_a_new_link_ends_the_old_one(client, invited, admin_user):
    fresh = invitations.renew_link(invited.invitation, by=admin_user)
    assert [client.get(reverse("invitation", args=[token])).status_code for token in (invited.token, fresh)] == [
        404,
        200,
    ]


def test_the_token_stands_nowhere_in_the_database(invited):
    stored = " ".join(str(value) for value in Invitation.objects.values_list().get())
    assert invited.token not in stored
    assert hash_of(invited.token) in stored
    assert len(invited.token) == 43


def test_a_link_can_be_shown_again_until_the_key_changes(invited, settings):
    assert invitation_link(token_of(invited.invitation)).endswith(urlsplit(landing(invited)).path)
    settings.SECRET_KEY = "another" + "x" * 50
    with pytest.raises(LinkOutdated):
        token_of(invited.invitation)
    assert invitations.find(invited.token) == invited.invitation  # the mail that went out still works


def test_tokens_of_two_invitations_differ(invited):
    other = invitations.invite(make_assessment(), email="sam@example.org").invitation
    assert derived(other) != derived(invited.invitation)


def test_before_the_window_the_landing_says_when_and_offers_no_button(client):
    tomorrow = clock.now() + timedelta(days=1)
    invited = invitations.invite(make_assessment(opens_at=tomorrow), email="sam@example.org")
    assert b'name="consent"' not in client.get(landing(invited)).content
    assert client.post(landing(invited), {"consent": "on"}).status_code == 410
    assert not Attempt.objects.exists()


def test_before_a_window_the_landing_also_says_when_it_closes(client):
    opens_at = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    closes_at = opens_at + timedelta(hours=23, minutes=59)
    invited = invitations.invite(make_assessment(), email="sam@example.org", opens_at=opens_at, closes_at=closes_at)
    page = client.get(landing(invited)).content.decode()
    told = re.findall(r'(Opens|Closes) on <time datetime="([^"]+)"', page)
    assert [(word, datetime.fromisoformat(at)) for word, at in told] == [("Opens", opens_at), ("Closes", closes_at)]
    Invitation.objects.update(closes_at=None)
    assertNotContains(client.get(landing(invited)), "Closes on")


def becomes(fate: str, invited) -> None:
    hour, invitation, assessment = timedelta(hours=1), invited.invitation, invited.invitation.assessment
    windows = {"early": {"opens_at": clock.now() + hour}, "over": {"closes_at": clock.now() - hour}}
    if fate in windows:
        Invitation.objects.filter(pk=invitation.pk).update(**windows[fate])
    if fate == "declined":
        invitations.decline(invitation)
    if fate == "closed by the team":
        Assessment.objects.filter(pk=assessment.pk).update(status=AssessmentStatus.CLOSED)
    if fate in ("under way", "submitted"):
        holder = holder_of(entry.enter_by_invitation(invitation))
        attempts.start(holder)
        if fate == "submitted":
            attempts.submit(holder)


@pytest.mark.parametrize(
    ("fate", "lies_ahead"),
    [
        ("open", True),
        ("early", True),
        ("over", False),
        ("declined", False),
        ("closed by the team", False),
        ("under way", False),
    ],
)
def test_only_who_may_still_begin_is_asked_to_ask_before_and_to_rehearse(client, invited, fate, lies_ahead):
    Assessment.objects.update(contact="jobs@acme.example")
    becomes(fate, invited)
    page = client.get(landing(invited)).content.decode()
    assert [words in page for words in ("Ask before you start", "rehearse first")] == [lies_ahead] * 2


def test_whom_to_ask_is_one_press_away_and_no_markup(client, invited):
    Assessment.objects.update(contact="<b>Ada</b>, jobs@acme.example")
    page = client.get(landing(invited)).content.decode()
    link = '<a href="mailto:jobs@acme.example">jobs@acme.example</a>'
    assert f"Ask before you start: &lt;b&gt;Ada&lt;/b&gt;, {link}." in page


@pytest.mark.parametrize(
    ("fate", "hold"),
    [
        ("open", True),
        ("early", True),
        ("under way", True),
        ("over", False),
        ("declined", False),
        ("closed by the team", False),
        ("submitted", False),
    ],
)
def test_how_long_it_takes_and_how_it_saves_is_told_to_whom_it_concerns(client, invited, fate, hold):
    becomes(fate, invited)
    page = client.get(landing(invited)).content.decode()
    assert [words in page for words in ("45\xa0min, from the moment", "By itself, while you write")] == [hold] * 2


def test_that_a_window_is_closed_is_said_in_the_readers_language(client, invited):
    becomes("over", invited)
    client.cookies["parley_language"] = "de"
    assertContains(
        client.post(landing(invited), {"consent": "on"}), "Diese Einladung ist jetzt nicht offen.", status_code=410
    )


def test_practice_that_closes_while_it_is_entered_says_so(client, monkeypatch):
    closes_at = clock.now() + timedelta(hours=1)
    practice = make_practice(closes_at=closes_at)
    moments = chain([clock.now()], repeat(closes_at))
    monkeypatch.setattr(clock, "now", lambda: next(moments))
    answer = client.post(reverse("practice", args=[practice.slug]), {"consent": "on"})
    assertContains(answer, "This practice is not open now.", status_code=410)
    assert not Attempt.objects.exists()


def test_inviting_twice_is_one_invitation_and_one_candidate():
    assessment = make_assessment()
    first = invitations.invite(assessment, email="sam@example.org")
    second = invitations.invite(assessment, email="SAM@example.org ", name="Sam")
    assert (first.invitation, second.is_new, Candidate.objects.get().name) == (second.invitation, False, "Sam")


@pytest.mark.parametrize("facts", [{"publish": False}, {"access": "practice"}])
def test_nobody_is_invited_to_what_is_not_by_invitation(facts):
    with pytest.raises(invitations.InvitationRefused):
        invitations.invite(make_assessment(**facts), email="sam@example.org")


def test_accepting_is_noted_once(client, invited):
    client.post(landing(invited), {"consent": "on"})
    noted = Invitation.objects.get()
    client.post(landing(invited), {"consent": "on"})
    assert noted.status == InvitationStatus.ACCEPTED
    assert Invitation.objects.get().accepted_at == noted.accepted_at


# ---- Home and practice ----


def test_home_lists_what_is_open_to_practice_and_nothing_else(client):
    make_practice(title="Warm-up for all")
    make_assessment(title="Secret assessment")
    page = client.get(reverse("home")).content.decode()
    assert ("Warm-up for all" in page, "Secret assessment" in page) == (True, False)


@pytest.mark.parametrize("typed", ["{token}", " {token} ", "https://parley.example/i/{token}/"])
def test_a_code_typed_at_home_leads_to_its_landing(client, invited, typed):
    response = client.post(reverse("home"), {"code": typed.format(token=invited.token)})
    assert response.url == landing(invited)


def test_a_wrong_code_is_said_to_be_wrong(client):
    response = client.post(reverse("home"), {"code": "nonsense"})
    assert response.status_code == 200
    assert "opens no invitation" in response.content.decode()


def test_practice_begins_without_an_invitation(client):
    assessment = make_practice(make_question())
    url = reverse("practice", args=[assessment.slug])
    assert client.get(url).status_code == 200
    assert client.post(url, {"consent": "on"}).url == reverse("attempt", args=[Attempt.objects.get().pk])


def test_what_is_by_invitation_cannot_be_practised(client):
    assert client.get(reverse("practice", args=[make_assessment().slug])).status_code == 404


# ---- Languages ----


@pytest.fixture
def _two_languages(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]


@pytest.mark.usefixtures("_two_languages")
def test_a_language_is_chosen_by_a_form_and_leads_back_to_its_page(client):
    page = client.get("/?x=1").content.decode()
    assert '<input type="hidden" name="next" value="/?x=1">' in page
    response = client.post("/language/", {"language": "de", "next": "/?x=1"})
    assert (response.status_code, response["Location"]) == (302, "/?x=1")
    assert '<html lang="de" dir="ltr">' in client.get("/").content.decode()


@pytest.mark.usefixtures("_two_languages")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_choosing_a_language_leads_to_no_other_host(client, elsewhere):
    response = client.post("/language/", {"language": "de", "next": elsewhere}, headers={"Accept": "text/html"})
    assert response["Location"] == "/"


def test_a_language_needs_a_form_of_ours(client):
    assert client.get("/language/?language=de").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/language/", {"language": "de"}).status_code == 403


@pytest.mark.usefixtures("_two_languages")
def test_an_invitation_speaks_the_language_of_its_assessment_until_another_is_chosen(client):
    made = make_assessment(make_question(), language="de-CH")
    token = invitations.invite(made, email="ada@example.org", name="Ada").token
    assert '<html lang="de"' in client.get(f"/i/{token}/").content.decode()
    attempt_page = client.post(f"/i/{token}/", {"consent": "on"})["Location"]
    assert '<html lang="de"' in client.get(attempt_page).content.decode()
    client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get(attempt_page).content.decode()
    assert '<html lang="en"' in client.get(f"/i/{token}/").content.decode()
    client.post(f"/i/{token}/", {"consent": "on"})
    assert Candidate.objects.get(email="ada@example.org").language == "en"
