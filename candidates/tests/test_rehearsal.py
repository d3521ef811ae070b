"""A rehearsal is the pages of a real attempt, open to everybody at any time, of which nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import signing
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.domain import rehearsals
from candidates.views.rehearsal import COOKIE

pytestmark = pytest.mark.django_db
STATE = {"HX-Request": "true", "HX-Target": "save-state"}
PANEL = {"HX-Request": "true", "HX-Target": "question-panel"}


def url(page: str, *args: object) -> str:
    return reverse(page, args=args)


@pytest.fixture
def begun(client):
    assert client.post(url("rehearsal-start")).url == url("rehearsal-question", 1)
    return client


def post(client, number=1, *, value="a", go="next", headers=None):
    data = {"value": value, "base_revision": 0, "key": uuid4(), "go": go}
    return client.post(url("rehearsal-question", number), data, headers=headers or {})


def test_a_whole_rehearsal_reads_and_writes_no_row_and_no_key_of_the_cache(client, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("a rehearsal touched the cache")

    for name in ("set", "add", "incr", "get"):
        monkeypatch.setattr(type(caches["default"]), name, forbidden)
    rows = {model: model._default_manager.count() for model in apps.get_models()}
    with CaptureQueriesContext(connection) as statements:
        client.get(url("rehearsal"))
        client.post(url("rehearsal-start"))
        for number, value in enumerate(("b", "15", "word", "Two sentences. Like these."), start=1):
            client.get(url("rehearsal-question", number))
            post(client, number, value=value)
        client.get(url("rehearsal-review"))
        client.get(url("rehearsal-clock"))
        client.post(url("rehearsal-submit"))
        client.post(url("rehearsal-submit"), {"confirmed": "1"})
        assert client.get(url("rehearsal-done")).status_code == 200
    assert [one["sql"] for one in statements] == []
    assert {model: model._default_manager.count() for model in apps.get_models()} == rows


def test_what_was_typed_is_there_after_a_reload_and_gone_at_the_end(begun):
    post(begun, 4, value="About my day.", go="stay")
    assert "About my day." in begun.get(url("rehearsal-question", 4)).content.decode()
    begun.post(url("rehearsal-submit"), {"confirmed": "1"})
    page = begun.get(url("rehearsal-question", 4)).content.decode()
    assert ("About my day." in page, "No rehearsal is under way here" in page) == (False, True)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_its_pages_are_those_of_a_real_attempt(begun, number):
    response = begun.get(url("rehearsal-question", number))
    names = {template.name for template in response.templates}
    assert {"candidates/attempt_question.html", "candidates/seat.html"} <= names
    assert 'id="response-form"' in response.content.decode()
    assert response["Cache-Control"] == "no-store, private"


def test_saving_by_itself_says_saved_with_revision_and_receipt(begun):
    first = post(begun, 3, value="word", go="stay", headers=STATE).content.decode()
    again = post(begun, 3, value="words", go="stay", headers=STATE).content.decode()
    assert ('data-state="saved"' in first, 'data-revision="1"' in first, 'data-revision="2"' in again) == (True,) * 3


def test_going_on_by_htmx_brings_the_next_panel_and_its_address(begun):
    response = post(begun, 1, headers=PANEL)
    assert response["HX-Push-Url"] == url("rehearsal-question", 2)
    assert 'data-number="2"' in response.content.decode()


def test_without_scripts_every_button_leads_somewhere(begun):
    goes = {go: post(begun, 2, value="15", go=go).url for go in ("next", "previous", "review", "overview", "flag", "4")}
    question = lambda number: url("rehearsal-question", number)  # noqa: E731
    assert goes == {
        "next": question(3),
        "previous": question(1),
        "review": url("rehearsal-review"),
        "overview": url("rehearsal"),
        "flag": question(2),
        "4": question(4),
    }


def test_flags_and_empties_are_in_the_review(begun):
    post(begun, 2, value="15", go="flag")
    page = begun.get(url("rehearsal-review")).content.decode()
    assert ("1 flagged" in page, "3 of 4 questions are still empty" in page) == (True, True)


def test_no_cookie_means_no_rehearsal_and_a_sentence_about_cookies(client):
    page = client.get(url("rehearsal-question", 1)).content.decode()
    assert "this browser refuses cookies" in page
    assert post(client).status_code == 410


@pytest.mark.parametrize(
    "forged", ["", "nonsense", signing.dumps([1, []], salt="another")], ids=["nothing", "nonsense", "another seal"]
)
def test_what_this_server_did_not_seal_is_nothing(client, forged):
    client.cookies[COOKIE] = forged
    assert "No rehearsal is under way here" in client.get(url("rehearsal-question", 1)).content.decode()


def test_the_bell_ends_it_as_it_ends_a_real_one(client):
    client.cookies[COOKIE] = rehearsals.seal(
        rehearsals.Rehearsal(began_at=timezone.now() - rehearsals.LENGTH - timedelta(seconds=1))
    )
    assert "Time is up" in client.get(url("rehearsal-question", 1)).content.decode()
    assert client.get(url("rehearsal-clock")).json()["is_open"] is False


def test_more_than_a_cookie_holds_is_refused_in_words_and_left_in_the_field(begun, monkeypatch):
    monkeypatch.setattr(rehearsals, "LARGEST_COOKIE", 200)
    text = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(300))
    response = post(begun, 4, value=text)
    page = response.content.decode()
    assert (response.status_code, text in page, "holds no more than this" in page) == (422, True, True)


def test_the_longest_texts_fit_into_a_cookie():
    one = rehearsals.begin()
    texts = {3: "ü" * 100, 4: "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(rehearsals.LONGEST_TEXT))}
    for number, text in texts.items():
        one = one.saved(number, text, at=timezone.now().replace(microsecond=0))
    assert rehearsals.unseal(rehearsals.seal(one)) == one


def test_the_clock_tells_the_servers_time_to_compare_with(client):
    facts = client.get(url("rehearsal-clock")).json()
    assert abs(facts["now_ms"] / 1000 - timezone.now().timestamp()) < 60
    assert (facts["remaining_ms"], facts["is_open"]) == (None, False)


def test_there_is_no_fifth_question(begun):
    assert begun.get(url("rehearsal-question", 5)).status_code == 404


@pytest.mark.parametrize("page", ["home"])
def test_it_is_found_from_where_candidates_come_in(client, page):
    assert f'href="{url("rehearsal")}"' in client.get(url(page)).content.decode()
