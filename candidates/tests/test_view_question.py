"""The question's page: shown, saved, and on to the next, with and without htmx."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from assessments.domain.assembly import publish_assessment
from assessments.enums import Navigation
from assessments.tests.making import add_section, make_assessment, make_question
from candidates.domain import attempts, clock
from candidates.models import Attempt, AttemptSection, Response
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save, sit_down

pytestmark = pytest.mark.django_db
PANEL = {"HX-Request": "true", "HX-Target": "question-panel"}
STATE = {"HX-Request": "true", "HX-Target": "save-state"}


class Fields(HTMLParser):
    """The fields of ``#response-form``, as a browser would send them untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.areas: dict[str, str] = {}
        self._area = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.values[given["name"]] = given.get("value", "")
        self._area = given.get("name", "") if tag == "textarea" else self._area

    def handle_data(self, data):
        if self._area:
            self.areas[self._area] = self.areas.get(self._area, "") + data

    def handle_endtag(self, tag):
        self._area = "" if tag == "textarea" else self._area


@pytest.fixture
def attempt() -> Attempt:
    questions = make_question("long_text"), make_question("single_choice"), make_question("short_text")
    return make_attempt(make_assessment(*questions, duration_seconds=3600))


@pytest.fixture
def seat(client, attempt):
    return sit_down(client, attempt)


def url(attempt: Attempt, number: int = 1) -> str:
    return reverse("attempt-question", args=[attempt.pk, number])


def post(seat, attempt, number=1, *, headers=None, **fields):
    data = {"value": "An index.", "base_revision": 0, "key": uuid4(), "go": "next", **fields}
    return seat.post(url(attempt, number), data, headers=headers)


def value_of(attempt: Attempt, number: int = 1):
    return Response.objects.get(attempt_question__attempt=attempt, attempt_question__number=number).value


def test_a_refresh_shows_the_same_question_with_the_same_text(seat, attempt):
    save(attempt, "  An index,\nkept as typed ")
    page = seat.get(url(attempt)).content.decode()
    assert Fields(page).areas["value"].removeprefix("\n") == "  An index,\nkept as typed "
    assert Fields(page).values["base_revision"] == "1"


def test_a_plain_save_redirects_to_the_next_question(seat, attempt):
    response = post(seat, attempt)
    assert (response.status_code, response.url) == (302, url(attempt, 2))
    assert value_of(attempt) == "An index."


@pytest.mark.parametrize(
    ("go", "number", "target"),
    [("stay", 2, 2), ("flag", 2, 2), ("previous", 2, 1), ("3", 1, 3), ("99", 1, 3), ("nonsense", 1, 2), ("", 1, 2)],
)
def test_go_says_where_a_save_leads(seat, attempt, go, number, target):
    value = {"value": "b"} if number == 2 else {}
    assert post(seat, attempt, number, go=go, **value).url == url(attempt, target)


@pytest.mark.parametrize(
    ("go", "number", "page"),
    [("next", 3, "attempt-review"), ("review", 1, "attempt-review"), ("overview", 1, "attempt")],
)
def test_past_the_last_question_comes_the_review(seat, attempt, go, number, page):
    target = reverse(page, args=[attempt.pk])
    assert post(seat, attempt, number, go=go).url == target
    htmx = post(seat, attempt, number, go=go, base_revision=1, headers=PANEL)
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (204, target)


def test_an_htmx_save_answers_with_the_next_question_and_its_address(seat, attempt):
    response = post(seat, attempt, headers=PANEL)
    page = response.content.decode()
    assert (response.status_code, response.headers["HX-Push-Url"]) == (200, url(attempt, 2))
    assert "<html" not in page
    assert f'action="{url(attempt, 2)}"' in page
    assert value_of(attempt) == "An index."


def test_the_fragment_of_a_save_is_the_one_of_the_page(seat, attempt):
    """There is no second way to build it: but for the fresh keys and the state line the two are alike."""
    saved = post(seat, attempt, headers=PANEL).content.decode()
    shown = seat.get(url(attempt, 2), headers=PANEL).content.decode()
    fresh = {Fields(saved).values["key"], Fields(shown).values["key"]}
    assert len(fresh) == 2
    assert Fields(saved).values["base_revision"] == Fields(shown).values["base_revision"] == "0"
    assert saved.count("<fieldset") == shown.count("<fieldset")


def test_an_autosave_answers_with_the_state_alone(seat, attempt):
    response = post(seat, attempt, go="stay", headers=STATE)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'data-state="saved"' in page
    assert 'data-revision="1"' in page
    assert "response-form" not in page


def test_a_conflict_shows_both_texts_and_offers_each(seat, attempt):
    save(attempt, "from the other tab")
    response = post(seat, attempt, value="from this tab", headers=PANEL)
    page = response.content.decode()
    assert response.status_code == 409
    assert "from the other tab" in page
    assert "from this tab" in page
    assert value_of(attempt) == "from the other tab"


def test_keeping_ones_own_after_a_plain_conflict(seat, attempt):
    save(attempt, "from the other tab")
    page = post(seat, attempt, value="from this tab").content.decode()
    assert post(seat, attempt, value="from this tab", base_revision=1).status_code == 302
    assert "from the other tab" in page
    assert value_of(attempt) == "from this tab"


def test_a_value_that_is_none_is_refused_and_nothing_changes(seat, attempt):
    save(attempt, "b", number=2)
    response = post(seat, attempt, 2, value="not an option", base_revision=1)
    assert response.status_code == 422
    assert value_of(attempt, 2) == "b"


def test_a_text_that_is_too_long_is_refused_and_shown_again(seat, attempt):
    text = "word " * 5000
    response = post(seat, attempt, value=text)
    assert response.status_code == 422
    assert text.strip() in response.content.decode()
    assert value_of(attempt) is None


@pytest.mark.parametrize(
    "fields", [{"key": "no uuid"}, {"base_revision": "-1"}, {"base_revision": "many"}, {"key": ""}]
)
def test_a_broken_form_is_refused_in_words_and_keeps_the_text(seat, attempt, fields):
    response = post(seat, attempt, **fields)
    assert response.status_code == 422
    assert "An index." in response.content.decode()


def test_a_key_used_for_another_text_is_refused(seat, attempt):
    key = uuid4()
    post(seat, attempt, key=key)
    assert post(seat, attempt, key=key, value="Another.", base_revision=1).status_code == 422
    assert value_of(attempt) == "An index."


def test_a_late_save_is_told_so_and_kept_aside(seat, attempt):
    ring_the_bell(attempt, seconds_ago=100)
    response = post(seat, attempt, value="too late", headers=STATE)
    assert response.status_code == 410
    assert attempt.response_events.get().kind == "late"


def test_a_closed_attempt_shows_no_form(seat, attempt):
    attempts.submit(holder_of(attempt))
    response = seat.get(url(attempt))
    assert response.status_code == 200
    assert "response-form" not in response.content.decode()


def without_token(page) -> str:
    """The menu of languages is a form; its token is another each time. The address it leads back to is the caller's own."""
    content = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return content.replace(page.wsgi_request.path, "")


def test_a_stranger_gets_the_same_404_as_for_what_does_not_exist(client, attempt):
    stranger = sit_down(client, make_attempt())
    foreign, unknown = stranger.get(url(attempt)), stranger.get(reverse("attempt-question", args=[uuid4(), 1]))
    assert foreign.status_code == unknown.status_code == 404
    assert without_token(foreign) == without_token(unknown)
    assert post(stranger, attempt).status_code == 404
    assert value_of(attempt) is None


def test_without_a_pass_there_is_no_such_page(client, attempt):
    assert client.get(url(attempt)).status_code == 404


def test_a_forged_pass_opens_nothing(client, attempt):
    client.cookies["parley_attempt"] = f"{attempt.pk.hex}.{attempt.candidate_id.hex}:1abc:forged"
    assert client.get(url(attempt)).status_code == 404


def test_a_question_that_is_not_there_is_a_404(seat, attempt):
    assert [seat.get(url(attempt, number)).status_code for number in (0, 4)] == [404, 404]
    assert post(seat, attempt, 4).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(seat, attempt, method):
    assert getattr(seat, method)(url(attempt)).status_code == 405


def test_a_post_without_csrf_is_refused(attempt):
    strict = sit_down(Client(enforce_csrf_checks=True), attempt)
    assert post(strict, attempt).status_code == 403
    assert value_of(attempt) is None


def test_pages_of_an_attempt_are_kept_by_nobody(seat, attempt):
    response = seat.get(url(attempt))
    assert response.headers["Cache-Control"] == "no-store, private"
    assert "Cookie" in response.headers["Vary"]
    assert not {"ETag", "Last-Modified"} & set(response.headers)


def test_a_one_way_section_goes_forward_only(client):
    questions = [make_question() for _ in range(3)]
    attempt = make_attempt(make_assessment(*questions, section={"navigation": Navigation.ONE_WAY}))
    seat = sit_down(client, attempt)
    assert seat.get(url(attempt, 3)).url == url(attempt, 1)  # not ahead of where one was taken
    post(seat, attempt, 1, go="next")
    assert seat.get(url(attempt, 2)).status_code == 200
    assert post(seat, attempt, 1, value="second thoughts", base_revision=1).status_code == 410
    assert value_of(attempt) == "An index."


def test_a_timed_section_is_started_before_its_questions_are_shown(client):
    assessment = make_assessment(make_question(), publish=False, duration_seconds=3600)
    add_section(assessment, make_question(stem="The hidden stem"), duration_seconds=300)
    attempt = make_attempt(publish_assessment(assessment))
    seat = sit_down(client, attempt)
    before = seat.get(url(attempt, 2)).content.decode()
    start = reverse("attempt-section-start", args=[attempt.pk, 2])
    assert "The hidden stem" not in before
    assert f'action="{start}"' in before
    assert seat.post(start).url == url(attempt, 2)
    assert "The hidden stem" in seat.get(url(attempt, 2)).content.decode()


def test_a_timed_section_that_is_over_takes_no_more(client):
    assessment = make_assessment(make_question(), section={"duration_seconds": 300}, duration_seconds=3600)
    attempt = make_attempt(assessment)
    seat = sit_down(client, attempt)
    section = attempts.start_section(holder_of(attempt), position=1)
    past = clock.now() - timedelta(hours=1)
    AttemptSection.objects.filter(pk=section.pk).update(deadline_at=past, grace_until=past)
    Attempt.objects.filter(pk=attempt.pk).update(revision=50)
    assert post(seat, attempt).status_code == 410
    assert value_of(attempt) is None


def test_a_database_that_is_away_is_a_503_that_never_replaces_the_text(seat, attempt, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("candidates.views.question.responses.save_response", away)
    response = post(seat, attempt, headers=PANEL)
    assert (response.status_code, response.headers["Retry-After"], response.headers["HX-Reswap"]) == (503, "2", "none")
