"""How pages look on a device, chosen without scripts and remembered there."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.tests.making import make_assessment
from candidates.tests.making import make_attempt, sit_down

pytestmark = pytest.mark.django_db
URL = "/options/"


def test_what_is_chosen_becomes_part_of_every_page_and_leads_back(client):
    answer = client.post(URL, {"next": "/rehearsal/", "text": "larger", "theme": "dark", "font": ""})
    assert (answer.status_code, answer["Location"]) == (302, "/rehearsal/")
    for page in ("/", "/rehearsal/", "/docs", "/nowhere/"):
        assert ' data-text="larger" data-theme="dark">' in client.get(page).content.decode().partition("<head")[0]
    form = client.get(URL).content.decode()
    assert ('value="larger" checked' in form, 'value="legible" checked' in form) == (True, False)


def test_what_a_script_has_remembered_is_understood(client):
    client.cookies["parley_preferences"] = "timer=hidden&spacing=wide"
    client.cookies["parley_preferences"].set("parley_preferences", *["timer=hidden&spacing=wide"] * 2)  # not quoted
    assert ' data-timer="hidden" data-spacing="wide">' in client.get("/").content.decode()


@pytest.mark.parametrize("kept", ['theme="><script>', "theme=red&onload=x", "text", "=&=&%00"])
def test_what_nobody_offered_is_not_shown(client, kept):
    client.cookies["parley_preferences"] = kept
    assert '<html lang="en" dir="ltr">' in client.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_way_back_stays_on_this_site(client, elsewhere):
    assert client.post(URL, {"next": elsewhere, "text": "large"})["Location"] == "/"
    assert 'href="/">Back' in client.get(URL, {"next": elsewhere}).content.decode()


def test_the_button_on_a_question_saves_before_it_goes(client):
    attempt = make_attempt()
    question = reverse("attempt-question", args=[attempt.pk, 1])
    data = {"value": "half a sent", "base_revision": 0, "key": uuid4(), "go": "options"}
    answer = sit_down(client, attempt).post(question, data)
    assert attempt.questions.get(number=1).response.value == "half a sent"
    assert answer["Location"] == reverse("options", query={"next": question})


def test_a_rehearsal_leads_there_and_back_too(client):
    client.post("/rehearsal/start/")
    question = "/rehearsal/questions/1/"
    data = {"value": "a", "base_revision": 0, "key": uuid4(), "go": "options"}
    assert client.post(question, data)["Location"] == reverse("options", query={"next": question})


@pytest.mark.parametrize(("seconds", "is_ending"), [(299, True), (600, False)])
def test_a_hidden_time_is_shown_by_the_server_too_when_little_of_it_is_left(client, seconds, is_ending):
    attempt = make_attempt(make_assessment(duration_seconds=seconds))
    page = sit_down(client, attempt).get(reverse("attempt-question", args=[attempt.pk, 1])).content.decode()
    assert ('class="clock is-ending"' in page) == is_ending
