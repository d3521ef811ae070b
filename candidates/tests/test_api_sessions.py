"""Sessions over the JSON API: start, go on, save, submit. The same domain functions as the pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as RedisAway

from assessments.enums import Navigation
from assessments.tests.making import make_assessment, make_practice, make_question
from candidates.api_shapes import (
    ClosedProblem,
    ConflictProblem,
    ResponsesSaved,
    SessionStarted,
    SessionState,
    Submitted,
)
from candidates.domain import announcements, clock, interventions, invitations, passes, receipts, scoring, snapshots
from candidates.domain.passes import Pass
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, Candidate, Invitation, Response
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save
from interview_project.caches import Fuse

pytestmark = pytest.mark.django_db
SESSIONS = "/api/v1/sessions"


class Caller:
    """A program with one session's token."""

    def __init__(self, client: Any, token: str = "", session_id: UUID | str = "") -> None:
        self.client, self.token, self.url = client, token, f"{SESSIONS}/{session_id}"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str = "") -> Any:
        return self.client.get(self.url + path, headers=self.headers())

    def post(self, body: Any = None, path: str = "") -> Any:
        return self.client.post(self.url + path, body, content_type="application/json", headers=self.headers())

    def save(self, *responses: dict[str, Any], **more: Any) -> Any:
        return self.post({"responses": list(responses), **more})


def response_to(number: int, value: Any, base_revision: int = 0, **more: Any) -> dict[str, Any]:
    return {"number": number, "value": value, "base_revision": base_revision, "key": str(uuid4()), **more}


def caller_of(client: Any, attempt: Attempt) -> Caller:
    return Caller(client, passes.seal(holder_of(attempt)), attempt.pk)


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt(make_assessment(make_question(), make_question("single_choice"), duration_seconds=3600))


@pytest.fixture
def caller(client, attempt) -> Caller:
    return caller_of(client, attempt)


@pytest.fixture
def django_client_with_csrf() -> Client:
    return Client(enforce_csrf_checks=True)


def values(attempt: Attempt) -> list[Any]:
    rows = Response.objects.filter(attempt_question__attempt=attempt).order_by("attempt_question__number")
    return list(rows.values_list("value", flat=True))


# ---- Starting ----


def test_practice_starts_with_a_token_and_the_whole_state(client):
    practice = make_practice(make_question("single_choice", stem="Why?"), duration_seconds=600)
    answer = Caller(client).client.post(SESSIONS, {"assessment": practice.slug}, content_type="application/json")
    assert answer.status_code == 201
    body = answer.json()
    SessionStarted.model_validate(body)
    attempt = Attempt.objects.get()
    assert passes.unseal(body["token"]) == Pass(attempt.pk, attempt.candidate_id, attempt.device)
    assert (body["id"], body["status"], body["current"]) == (str(attempt.pk), "in_progress", 1)
    assert 590_000 < body["remaining_ms"] <= 600_000
    assert [option["id"] for option in body["questions"][0]["options"]] == ["a", "b", "c"]
    assert (body["questions"][0]["stem"], body["questions"][0]["value"]) == ("Why?", None)
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_what_is_recorded_and_agreed_to_is_told_and_kept(client):
    practice = make_practice()
    body = client.post(SESSIONS, {"assessment": practice.slug}, content_type="application/json").json()
    assert "no camera" in " ".join(body["recorded"])
    assert practice.title in body["consent"]
    kept = [line.removeprefix("- ") for line in Attempt.objects.get().consent_text.split("\n")]
    assert (set(body["recorded"]) <= set(kept), kept[-1]) == (True, body["consent"])


def test_a_session_started_again_takes_saves_from_there_alone(client):
    invited = invitations.invite(make_assessment(), email="sam@example.org")
    first, second = (
        client.post(SESSIONS, {"invitation": invited.token}, content_type="application/json").json() for _ in range(2)
    )
    left, here = (Caller(client, body["token"], Attempt.objects.get().pk) for body in (first, second))
    refusal = left.save(response_to(1, "from the one that was left"))
    assert (refusal.status_code, refusal.json()["too_late"]) == (410, [{"number": 1, "kept": True}])
    assert "Start it again to go on here" in refusal.json()["detail"]
    assert here.save(response_to(1, "from here")).status_code == 200


def test_an_invitation_starts_its_attempt_and_leads_back_to_it(client):
    invited = invitations.invite(make_assessment(), email="sam@example.org")
    first, second = (
        client.post(SESSIONS, {"invitation": invited.token}, content_type="application/json") for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"] == str(Attempt.objects.get().pk)
    kinds = list(Attempt.objects.get().events.values_list("kind", flat=True))
    assert sorted(kinds) == sorted([EventKind.STARTED, EventKind.ENTERED, EventKind.MOVED])


def test_a_submitted_attempt_is_led_back_to_with_its_receipt(client):
    invited = invitations.invite(make_assessment(), email="sam@example.org")
    body = client.post(SESSIONS, {"invitation": invited.token}, content_type="application/json").json()
    receipt = Caller(client, body["token"], body["id"]).post(path="/submit").json()["receipt"]
    again = client.post(SESSIONS, {"invitation": invited.token}, content_type="application/json")
    assert (again.status_code, again.json()["status"], again.json()["receipt"]) == (201, "submitted", receipt)


def test_an_invitation_outside_its_window_is_gone(client):
    invited = invitations.invite(make_assessment(), email="sam@example.org")
    Invitation.objects.update(closes_at=clock.now() - timedelta(minutes=1))
    answer = client.post(SESSIONS, {"invitation": invited.token}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (410, {"detail": "This invitation is not open now."})


@pytest.mark.parametrize("body", [{"assessment": "no-such"}, {"invitation": "x" * 43}])
def test_what_is_unknown_is_not_found(client, body):
    answer = client.post(SESSIONS, body, content_type="application/json")
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}


def test_an_assessment_by_invitation_cannot_be_practised(client):
    answer = client.post(SESSIONS, {"assessment": make_assessment().slug}, content_type="application/json")
    assert answer.status_code == 404
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["body"]),
        ({"assessment": "practice", "invitation": "x" * 43}, ["body"]),
        ({"assessment": ""}, ["assessment"]),
        ({"assessment": 7}, ["assessment"]),
        ({"assessment": "practice", "consent": True}, ["consent"]),
        ({"invitation": "\ud800" * 43}, ["invitation"]),
        ([], ["body"]),
    ],
)
def test_a_start_that_does_not_fit_names_the_field(client, body, fields):
    answer = client.post(SESSIONS, json.dumps(body), content_type="application/json")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == fields


def test_tokens_cannot_be_tried_without_end(client):
    def attempts_left() -> bool:
        answer = client.post(SESSIONS, {"invitation": "x" * 43}, content_type="application/json")
        return bool(answer.status_code == 404)

    assert sum(attempts_left() for _ in range(62)) in (30, 60)  # 60 where a window ends in between
    answer = client.post(SESSIONS, {"invitation": "x" * 43}, content_type="application/json")
    assert answer.status_code in (404, 429)


# ---- Going on ----


def test_the_state_is_all_that_is_needed_to_go_on(caller, attempt):
    save(attempt, "an index", sets_flag=True, moves_to=2)
    answer = caller.get()
    body = answer.json()
    SessionState.model_validate(body)
    first, second = body["questions"]
    assert answer.status_code == 200
    assert (body["current"], body["revision"]) == (2, Attempt.objects.get(pk=attempt.pk).revision)
    assert (first["value"], first["revision"], first["flagged"], first["question_type"]) == (
        "an index",
        1,
        True,
        "short_text",
    )
    assert (second["value"], second["revision"], second["flagged"]) == (None, 0, False)


def test_what_the_team_says_comes_as_markdown_and_as_html(caller, attempt, admin_user):
    announcements.announce(attempt.assessment, text="Read `x < y`.", by=admin_user)
    (told,) = caller.get().json()["announcements"]
    assert (told["text"], told["html"].strip()) == ("Read `x < y`.", "<p>Read <code>x &lt; y</code>.</p>")


def test_an_attempt_not_started_shows_no_question(client):
    attempt = make_attempt(start=False)
    body = caller_of(client, attempt).get().json()
    assert (body["status"], body["questions"], body["remaining_ms"]) == ("ready", [], None)


def test_past_the_bell_it_is_over_whether_or_not_a_sweeper_came(caller, attempt):
    ring_the_bell(attempt, seconds_ago=40)
    cache.clear()  # the bell was moved behind the snapshot's back
    body = caller.get().json()
    assert (body["status"], body["remaining_ms"]) == ("expired", 0)
    assert all(question["is_locked"] for question in body["questions"])


def test_a_timed_section_shows_nothing_before_its_clock_runs(client):
    attempt = make_attempt(make_assessment(make_question(stem="Secret until then"), section={"duration_seconds": 60}))
    caller = caller_of(client, attempt)
    before = caller.get()
    assert "Secret until then" not in before.content.decode()
    assert (before.json()["questions"][0]["is_shown"], before.json()["questions"][0]["stem"]) == (False, None)
    after = caller.post(path="/sections/1")
    assert (after.status_code, after.json()["questions"][0]["stem"]) == (200, "Secret until then")
    assert 50_000 < after.json()["remaining_ms"] <= 60_000


def test_a_section_that_is_not_there_is_not_found(caller):
    assert caller.post(path="/sections/9").status_code == 404


def test_a_section_of_a_closed_attempt_is_not_started(client):
    attempt = make_attempt(make_assessment(make_question(), section={"duration_seconds": 60}))
    caller = caller_of(client, attempt)
    caller.post(path="/submit")
    assert caller.post(path="/sections/1").status_code == 410


def test_a_one_way_section_shows_no_question_ahead(client):
    questions = [make_question(stem=f"Stem {number}") for number in (1, 2, 3)]
    attempt = make_attempt(make_assessment(*questions, section={"navigation": Navigation.ONE_WAY}))
    caller = caller_of(client, attempt)
    assert [one["stem"] for one in caller.get().json()["questions"]] == ["Stem 1", None, None]
    caller.save(response_to(1, "done"), current=2)
    body = caller.get().json()
    assert [one["stem"] for one in body["questions"]] == ["Stem 1", "Stem 2", None]
    assert [one["is_locked"] for one in body["questions"]] == [True, False, False]


def test_options_come_in_the_order_of_this_attempt(client):
    assessment = make_assessment(make_question("single_choice"), shuffle_options=True)
    orders = set()
    for _ in range(8):
        attempt = make_attempt(assessment)
        options = caller_of(client, attempt).get().json()["questions"][0]["options"]
        order = [option["id"] for option in options]
        assert order == attempt.questions.get().option_order
        orders.add(tuple(order))
    assert len(orders) > 1


# ---- Who may ----


def test_without_a_token_nothing_is_told(client, attempt):
    answer = Caller(client, "", attempt.pk).get()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Parley"'
    assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("token", ["nonsense", "a.b:c:d", "\u00fc"])
def test_a_forged_token_is_refused(client, attempt, token):
    assert Caller(client, token, attempt.pk).get().status_code == 401


@pytest.mark.parametrize("path", ["", "/submit", "/sections/1"])
def test_a_strangers_session_looks_like_none(client, attempt, path):
    stranger = caller_of(client, make_attempt())
    theirs, unknown = (Caller(client, stranger.token, one) for one in (attempt.pk, uuid4()))
    body = {"responses": [response_to(1, "mine")]}
    answers = [one.post(body, path=path) for one in (theirs, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert theirs.get().content == unknown.get().content
    assert values(attempt) == [None, None]


def test_a_token_for_another_candidates_attempt_cannot_be_made_of_two_halves(client, attempt):
    other = make_attempt()
    token = passes.seal(Pass(attempt.pk, other.candidate_id))
    caller = Caller(client, token, attempt.pk)
    assert [caller.get().status_code, caller.save(response_to(1, "x")).status_code] == [404, 404]
    assert caller.post(path="/submit").status_code == 404


def test_an_erased_candidates_token_opens_nothing(caller, attempt):
    caller.get()
    Candidate.objects.filter(pk=attempt.candidate_id).delete()
    assert [caller.get().status_code, caller.save(response_to(1, "x")).status_code] == [404, 404]


def test_a_browsers_cookie_reads_and_with_csrf_saves(django_client_with_csrf, attempt):
    client = django_client_with_csrf
    client.cookies["parley_session"] = passes.seal(holder_of(attempt))
    caller = Caller(client, "", attempt.pk)
    assert caller.get().status_code == 200
    refused = caller.save(response_to(1, "text"))
    assert (refused.status_code, values(attempt)) == (403, [None, None])
    client.cookies["csrftoken"] = "x" * 32
    body = {"responses": [response_to(1, "text")]}
    allowed = client.post(caller.url, body, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert (allowed.status_code, values(attempt)) == (200, ["text", None])


def test_a_cookie_does_not_make_a_wrong_token_good(client, attempt):
    client.cookies["parley_session"] = passes.seal(holder_of(attempt))
    assert Caller(client, "wrong", attempt.pk).get().status_code == 401


def test_entering_by_the_pages_gives_the_browser_a_cookie_for_the_api(client):
    practice = make_practice()
    client.post(f"/practice/{practice.slug}/", {"consent": "on"})
    attempt = Attempt.objects.get()
    assert client.cookies["parley_session"]["path"] == "/api/v1/"
    assert client.cookies["parley_session"]["httponly"] is True
    assert Caller(client, "", attempt.pk).get().json()["id"] == str(attempt.pk)


# ---- Saving ----


def test_a_save_is_in_the_database_with_its_receipt(caller, attempt):
    answer = caller.save(response_to(1, "an index"), response_to(2, "b"), current=2)
    body = answer.json()
    ResponsesSaved.model_validate(body)
    attempt.refresh_from_db()
    events = list(attempt.response_events.order_by("sequence"))
    assert answer.status_code == 200
    assert values(attempt) == ["an index", "b"]
    assert (attempt.position, attempt.revision) == (2, body["revision"])
    assert [one["receipt"] for one in body["saved"]] == [event.chain_hash for event in events]
    assert [(one["number"], one["revision"]) for one in body["saved"]] == [(1, 1), (2, 1)]
    assert 3_500_000 < body["remaining_ms"] <= 3_600_000


def test_the_moment_on_a_receipt_has_all_the_digits_its_hash_covers(caller, attempt):
    saved = caller.save(response_to(1, "text")).json()["saved"][0]
    event = attempt.response_events.get()
    assert saved["saved_at"].replace("Z", "+00:00") == event.received_at.isoformat()


def test_the_same_key_again_gives_the_same_receipt(caller, attempt):
    sent = response_to(1, "once")
    first, second = caller.save(sent), caller.save(sent)
    assert first.json()["saved"] == second.json()["saved"]
    assert attempt.response_events.count() == 1


def test_a_retry_that_also_moves_on_moves_on(caller, attempt):
    sent = response_to(1, "once")
    caller.save(sent)
    caller.save(sent, current=2)
    attempt.refresh_from_db()
    assert (attempt.position, attempt.response_events.count()) == (2, 1)


def test_a_used_key_for_another_text_is_refused(caller, attempt):
    sent = response_to(1, "first")
    caller.save(sent)
    answer = caller.save({**sent, "value": "second", "base_revision": 1})
    assert answer.status_code == 422
    assert "question 1" in answer.json()["errors"][0]["field"]
    assert values(attempt) == ["first", None]


def test_a_conflict_tells_both_texts_and_saves_the_others(caller, attempt):
    save(attempt, "tab one")
    answer = caller.save(response_to(1, "tab two"), response_to(2, "c"), current=2)
    body = answer.json()
    ConflictProblem.model_validate(body)
    assert answer.status_code == 409
    conflict = body["conflicts"][0]
    assert (conflict["number"], conflict["yours"], conflict["theirs"], conflict["revision"]) == (
        1,
        "tab two",
        "tab one",
        1,
    )
    assert [one["number"] for one in body["saved"]] == [2]
    assert values(attempt) == ["tab one", "c"]
    assert Attempt.objects.get(pk=attempt.pk).position == 1  # the candidate stays where something is to be decided
    assert caller.save(response_to(1, "tab two", conflict["revision"])).status_code == 200


def test_a_late_save_is_refused_and_kept_aside(caller, attempt):
    save(attempt, "in time")
    ring_the_bell(attempt, seconds_ago=40)
    answer = caller.save(response_to(1, "too late", 1))
    ClosedProblem.model_validate(answer.json())
    assert answer.status_code == 410
    assert answer.json()["too_late"] == [{"number": 1, "kept": True}]
    assert values(attempt) == ["in time", None]


def test_a_retry_after_the_bell_still_gets_its_receipt(caller, attempt):
    sent = response_to(1, "in time")
    first = caller.save(sent)
    ring_the_bell(attempt, seconds_ago=4000)
    second = caller.save(sent)
    assert (second.status_code, second.json()["saved"]) == (200, first.json()["saved"])


def test_a_question_left_behind_in_a_one_way_section_takes_no_save(client):
    section = {"navigation": Navigation.ONE_WAY}
    attempt = make_attempt(make_assessment(make_question(), make_question(), section=section))
    caller = caller_of(client, attempt)
    caller.save(response_to(1, "first"), current=2)
    answer = caller.save(response_to(1, "second thoughts", 1), response_to(2, "fine"))
    assert answer.status_code == 410
    assert [one["number"] for one in answer.json()["saved"]] == [2]
    assert values(attempt) == ["first", "fine"]


def test_moving_alone_is_noted(caller, attempt):
    answer = caller.save(current=2)
    assert (answer.status_code, Attempt.objects.get(pk=attempt.pk).position) == (200, 2)
    assert caller.get().json()["current"] == 2


def test_moving_alone_in_a_closed_session_is_refused(caller, attempt):
    ring_the_bell(attempt, seconds_ago=40)
    answer = caller.save(current=2)
    assert (answer.status_code, Attempt.objects.get(pk=attempt.pk).position) == (410, 1)


def test_saving_nothing_answers_with_the_clock(caller, attempt):
    body = caller.save().json()
    assert (body["saved"], body["revision"]) == ([], Attempt.objects.get(pk=attempt.pk).revision)


def test_saving_nothing_in_a_closed_session_is_refused(caller, attempt):
    ring_the_bell(attempt, seconds_ago=40)
    assert [caller.save().status_code, caller.save(current=1).status_code] == [410, 410]


def test_a_submitted_session_has_no_time_left_to_count(caller, attempt):
    assert caller.get().json()["remaining_ms"] > 0
    caller.post(path="/submit")
    assert (caller.get().json()["remaining_ms"], caller.save().status_code) == (None, 410)


def test_a_flag_is_set_and_taken_away(caller, attempt):
    caller.save(response_to(1, "text", flagged=True))
    assert caller.get().json()["questions"][0]["flagged"] is True
    caller.save(response_to(1, "text", 1, flagged=True))
    assert caller.get().json()["questions"][0]["flagged"] is True
    caller.save(response_to(1, "text", 2, flagged=False))
    assert caller.get().json()["questions"][0]["flagged"] is False


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"number": 3}, "responses.0.number"),
        ({"number": 0}, "responses.0.number"),
        ({"number": "1"}, "responses.0.number"),
        ({"number": 2, "value": "z"}, "responses.0.value"),
        ({"number": 2, "value": True}, "responses.0.value"),
        ({"value": "x" * 201}, "responses.0.value"),
        ({"value": 3}, "responses.0.value"),
        ({"value": {"a": "b"}}, "responses.0.value"),
        ({"value": [1]}, "responses.0.value"),
        ({"base_revision": -1}, "responses.0.base_revision"),
        ({"base_revision": 10**30}, "responses.0.base_revision"),
        ({"key": "not-a-key"}, "responses.0.key"),
        ({"score": 1}, "responses.0.score"),
        ({"saved_at": "2026-01-01T00:00:00Z"}, "responses.0.saved_at"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_saved(caller, attempt, sent, field):
    answer = caller.save({**response_to(1, "text"), **sent}, response_to(2, "b"))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert field in answer.json()["detail"]
    assert values(attempt) == [None, None]


@pytest.mark.parametrize("more", [{"status": "submitted"}, {"deadline_at": "2030-01-01"}, {"current": 9}])
def test_no_time_no_state_and_no_unknown_place_is_taken_from_a_caller(caller, attempt, more):
    answer = caller.post({"responses": [response_to(1, "text")], **more})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, list(more))
    assert values(attempt) == [None, None]


def test_half_an_emoji_is_no_reason_to_lose_a_text(caller, attempt):
    body = json.dumps({"responses": [response_to(1, "fine \ud83d")]})
    assert caller.post(body).status_code == 200
    assert values(attempt)[0] == "fine \ufffd"


def test_a_list_too_long_is_refused(caller):
    assert caller.save(*[response_to(1, "x")] * 201).status_code == 422


# ---- Submitting ----


def test_submitting_gives_a_receipt_that_verifies_and_the_same_again(caller, attempt):
    caller.save(response_to(1, "an index"), response_to(2, "b"))
    first, second = caller.post(path="/submit"), caller.post(path="/submit")
    Submitted.model_validate(first.json())
    attempt.refresh_from_db()
    rows = attempt.questions.values_list("number", "response__revision", "response__value")
    assert (first.status_code, first.json()) == (200, second.json())
    assert first.json()["status"] == attempt.status == AttemptStatus.SUBMITTED
    assert receipts.is_genuine(first.json()["receipt"], attempt.pk, rows)


def test_a_submitted_session_takes_no_more_saves(caller, attempt):
    caller.post(path="/submit")
    answer = caller.save(response_to(1, "late"))
    assert (answer.status_code, values(attempt)) == (410, [None, None])
    assert caller.get().json()["status"] == "submitted"


def test_submitting_after_the_bell_says_that_the_clock_was_faster(caller, attempt):
    bell = ring_the_bell(attempt, seconds_ago=40)
    body = caller.post(path="/submit").json()
    assert (body["status"], body["submitted_at"].replace("Z", "+00:00")) == ("expired", bell.isoformat())


def test_what_was_not_started_cannot_be_submitted(client):
    answer = caller_of(client, make_attempt(start=False)).post(path="/submit")
    assert answer.status_code == 409


def test_a_voided_session_takes_nothing(caller, attempt, admin_user):

    interventions.void(attempt, reason="a mistake", by=admin_user)
    assert [caller.save(response_to(1, "x")).status_code, caller.post(path="/submit").status_code] == [410, 410]


# ---- What never leaves ----


def test_no_answer_of_a_session_holds_a_key(client):
    """Every half that no candidate may see is filled with a marker; the scoring, which may, finds it."""
    canary = "canary-5c2e"
    choice_key = {"option": "b", "feedback": {"a": f"{canary} feedback"}}
    questions = [
        make_question("short_text", key={"accepted": [{"text": f"{canary} accepted"}]}, explanation=f"{canary} why"),
        make_question("single_choice", key=choice_key, explanation=f"{canary} why"),
        make_question("long_text", key={"model_answer": f"{canary} model"}),
        make_question("numeric", key={"accepted": [{"value": "918273645"}]}),
    ]
    practice = make_practice(*questions)
    started = client.post(SESSIONS, {"assessment": practice.slug}, content_type="application/json")
    body = started.json()
    caller = Caller(client, body["token"], body["id"])
    answers = [
        started,
        caller.get(),
        caller.save(response_to(1, f"{canary[:3]} guess"), response_to(2, "a"), response_to(4, "1")),
        caller.save(response_to(1, "other")),
        caller.save(response_to(2, "zz")),
        caller.post(path="/submit"),
        caller.get(),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 409, 422, 200, 200]
    for answer in answers:
        assert canary not in answer.content.decode()
        assert "918273645" not in answer.content.decode()
    attempt = Attempt.objects.get()
    assert scoring  # the module that may read keys
    assert canary in json.dumps(attempt.questions.get(number=1).version.key)


# ---- The cache is a bookmark ----


def test_with_the_cache_away_everything_goes_on(caller, attempt, monkeypatch):
    def away():
        raise RedisAway

    monkeypatch.setattr(snapshots, "bookmarks", away)
    monkeypatch.setattr(snapshots, "fuse", Fuse())
    saved = caller.save(response_to(1, "an index"), response_to(2, "b"), current=2)
    state = caller.get().json()
    assert (saved.status_code, len(saved.json()["saved"])) == (200, 2)
    assert ([question["value"] for question in state["questions"]], state["current"]) == (["an index", "b"], 2)


def test_with_the_cache_emptied_nothing_is_lost(caller, attempt):
    caller.save(response_to(1, "safe"))
    cache.clear()
    assert caller.save(response_to(1, "safer", 1)).status_code == 200
    cache.clear()
    assert caller.get().json()["questions"][0]["value"] == "safer"
