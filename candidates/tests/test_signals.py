"""Integrity without surveillance: only what was switched on and told, shown to the candidate, and part of no score."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.enums import SignalKind
from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, exports, outcomes, passes, results, reviews, scoring, signals, suggestions
from candidates.domain.passes import Pass
from candidates.domain.signals import Noticed, SignalRefused
from candidates.enums import OutcomeDecision
from candidates.models import Attempt, Signal
from candidates.tests.making import holder_of, make_attempt, save, sit_down
from interview_project.tests.test_architecture import ROOT, graph_of

pytestmark = pytest.mark.django_db

SCORING = (
    "assessments.domain.scoring",
    "assessments.domain.suggesting",
    "candidates.admin.attempt_scoring",
    "candidates.domain.outcomes",
    "candidates.domain.results",
    "candidates.domain.reviews",
    "candidates.domain.scoring",
    "candidates.domain.suggestions",
)
TABLES = ("candidates_signal", "candidates_whereabouts")


def watched(**switches: Any) -> Attempt:
    return make_attempt(make_assessment(make_question("short_text"), make_question("long_text"), **switches))


def left_page(seconds: int = 12) -> Noticed:
    return Noticed(SignalKind.FOCUS_LOST, key=uuid4(), number=1, seconds=seconds)


# ---- Only what was switched on and told ----


@pytest.mark.parametrize("kind", signals.FROM_BROWSERS)
def test_what_is_switched_off_is_refused_and_not_kept(kind):
    attempt = watched()
    with pytest.raises(SignalRefused):
        signals.note(attempt, [Noticed(kind, key=uuid4())])
    assert Signal.objects.count() == 0


def test_with_the_guard_off_it_would_be_kept(monkeypatch):
    monkeypatch.setattr(signals, "allowed", lambda attempt: list(SignalKind))
    signals.note(watched(), [left_page()])
    assert Signal.objects.count() == 1


def test_what_the_notice_did_not_name_is_refused_though_it_was_switched_on_since():
    attempt = watched()
    Assessment.objects.filter(pk=attempt.assessment_id).update(watches_focus=True)
    with pytest.raises(SignalRefused):
        signals.note(Attempt.objects.get(pk=attempt.pk), [left_page()])


def test_what_was_named_but_is_switched_off_since_is_refused():
    attempt = watched(watches_focus=True)
    Assessment.objects.filter(pk=attempt.assessment_id).update(watches_focus=False)
    with pytest.raises(SignalRefused):
        signals.note(Attempt.objects.get(pk=attempt.pk), [left_page()])


def test_a_batch_with_one_line_that_is_not_allowed_is_refused_whole():
    attempt = watched(watches_focus=True)
    with pytest.raises(SignalRefused):
        signals.note(attempt, [left_page(), Noticed(SignalKind.LARGE_PASTE, key=uuid4())])
    assert Signal.objects.count() == 0


def test_a_browser_cannot_say_that_its_address_changed():
    attempt = watched(watches_address=True)
    with pytest.raises(SignalRefused):
        signals.note(attempt, [Noticed(SignalKind.ADDRESS_CHANGED, key=uuid4())])


def test_the_same_signal_sent_twice_is_noted_once():
    attempt, one = watched(watches_focus=True), left_page()
    signals.note(attempt, [one])
    signals.note(attempt, [one])
    assert Signal.objects.count() == 1


def test_a_script_cannot_fill_the_disk(monkeypatch):
    monkeypatch.setattr(signals, "MOST_PER_ATTEMPT", 3)
    attempt = watched(watches_focus=True)
    for _ in range(3):
        signals.note(attempt, [left_page(), left_page()])
    assert Signal.objects.count() == 3


def test_nothing_is_noted_after_the_end():
    attempt = watched(watches_focus=True)
    attempts.submit(holder_of(attempt))
    with pytest.raises(SignalRefused):
        signals.note(Attempt.objects.get(pk=attempt.pk), [left_page()])


# ---- Over HTTP ----


def send(client, attempt, *lines):
    url = reverse("attempt-signals", args=[attempt.pk])
    return client.post(url, json.dumps({"signals": lines}), content_type="application/json")


def line(**facts):
    return {"kind": "focus_lost", "key": str(uuid4()), "number": 1, "seconds": 5, **facts}


def test_a_batch_is_kept(client):
    attempt = watched(watches_focus=True)
    response = send(sit_down(client, attempt), attempt, line(), line(seconds=7))
    assert (response.status_code, set(Signal.objects.values_list("seconds", flat=True))) == (204, {5, 7})


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"kind": "large_paste"}, 403),
        ({"text": "what was pasted"}, 422),
        ({"kind": "camera"}, 422),
        ({"seconds": -1}, 422),
        ({"key": "no uuid"}, 422),
    ],
)
def test_what_is_off_or_no_signal_is_refused_by_the_server(client, sent, status):
    attempt = watched(watches_focus=True)
    assert send(sit_down(client, attempt), attempt, line(**sent)).status_code == status
    assert Signal.objects.count() == 0


def test_a_stranger_notes_nothing(client):
    attempt = watched(watches_focus=True)
    assert send(sit_down(client, watched()), attempt, line()).status_code == 404


@pytest.mark.parametrize(
    ("switches", "is_there"), [({"watches_focus": True}, True), ({"watches_address": True}, False)]
)
def test_the_script_comes_only_where_it_has_something_to_do(client, switches, is_there):
    attempt = watched(**switches)
    page = sit_down(client, attempt).get(reverse("attempt-question", args=[attempt.pk, 1])).content.decode()
    assert ("signals" in page) is is_there


# ---- Places ----


def save_from(client, attempt, *, address, device="a" * 16, revision=0):
    client.cookies["parley_attempt"] = passes.seal(Pass(attempt.pk, attempt.candidate_id, device))
    data = {"value": "index", "base_revision": revision, "key": uuid4(), "go": "stay"}
    return client.post(reverse("attempt-question", args=[attempt.pk, 1]), data, REMOTE_ADDR=address)


def test_a_change_of_address_is_noted_without_the_address(client):
    attempt = watched(watches_address=True)
    for revision, address in enumerate(["192.0.2.1", "192.0.2.1", "198.51.100.7"]):
        save_from(client, attempt, address=address, revision=revision)
    assert list(Signal.objects.values_list("kind", "number")) == [("address_changed", 1)]
    kept = json.dumps(exports.export_of(attempt.candidate).as_json(), default=str)
    assert ("192.0.2" in kept, "198.51" in kept) == (False, False)


def test_an_address_of_the_same_ipv6_network_is_no_change(client):
    attempt = watched(watches_address=True)
    for revision, address in enumerate(["2001:db8::1", "2001:db8::2"]):
        save_from(client, attempt, address=address, revision=revision)
    assert Signal.objects.count() == 0


def test_nothing_about_places_is_kept_where_it_is_off(client):
    attempt = watched(watches_focus=True)
    with CaptureQueriesContext(connection) as statements:
        save_from(client, attempt, address="192.0.2.1")
    assert [one["sql"] for one in statements if any(table in one["sql"] for table in TABLES)] == []


def test_a_second_device_is_noted_once_it_saves(client):
    attempt = watched(watches_devices=True)
    for device in ("a" * 16, "b" * 16):
        signals.seen(Pass(attempt.pk, attempt.candidate_id, device), kinds=attempt.consent_signals, address="192.0.2.1")
    assert list(Signal.objects.values_list("kind", flat=True)) == ["second_device"]


# ---- Seen and explained ----


def test_the_candidate_sees_each_and_can_say_something_to_it(client):
    attempt = watched(watches_focus=True)
    signals.note(attempt, [left_page()])
    signal, record = Signal.objects.get(), reverse("attempt-record", args=[attempt.pk])
    sit_down(client, attempt)
    assert "Left the page for 12\xa0seconds" in client.get(record).content.decode()
    url = reverse("attempt-explain", args=[attempt.pk, signal.pk])
    assert client.post(url, {"explanation": " The doorbell <b>rang</b>. "}).url == f"{record}#signal-{signal.pk}"
    assert "The doorbell &lt;b&gt;rang&lt;/b&gt;." in client.get(record).content.decode()
    client.post(url, {"explanation": ""})
    signal.refresh_from_db()
    assert (signal.explanation, signal.explained_at) == ("", None)


def test_nobody_explains_the_signals_of_another(client):
    attempt, other = watched(watches_focus=True), watched(watches_focus=True)
    signals.note(other, [left_page()])
    url = reverse("attempt-explain", args=[attempt.pk, Signal.objects.get().pk])
    assert sit_down(client, attempt).post(url, {"explanation": "Mine"}).status_code == 404


def test_staff_see_it_beside_the_rate_of_the_others(admin_client):
    assessment = make_assessment(watches_focus=True)
    sat = [make_attempt(assessment) for _ in range(6)]
    for attempt, times in zip(sat, (3, 1, 1, 0, 0, 0), strict=True):
        signals.note(attempt, [left_page() for _ in range(times)])
        attempts.submit(holder_of(attempt))
    (rate,) = signals.rates(sat[0])
    assert (rate.count, rate.others) == (3, 5)
    assert rate.words == "It happened in 40% of 5 other attempts, and never in a typical one."
    page = admin_client.get(reverse("admin:candidates_attempt_change", args=[sat[0].pk])).content.decode()
    assert f"<strong>3 here.</strong> {rate.words}" in page


def test_too_few_others_are_not_compared_with():
    attempt = watched(watches_focus=True)
    assert signals.rates(attempt)[0].words == "Too few others to compare with: 0 other attempts."


# ---- No score comes across them ----


def reached_from(module: str) -> set[str]:
    graph, seen, waiting = graph_of(ROOT), set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            # The models' package names every table; what may be done with a name is the next test's.
            waiting += [one for one in graph[name] if one != "candidates.models"]
    return seen


@pytest.mark.parametrize("module", SCORING)
def test_nothing_that_scores_imports_what_knows_of_signals(module):
    assert reached_from(module) & {"candidates.domain.signals", "candidates.models.signal"} == set()


def test_the_walk_would_find_it():
    assert "candidates.domain.signals" in reached_from("candidates.domain.records")


def test_no_attempt_leads_to_its_signals():
    attempt = watched(watches_focus=True)
    accessors = [one.get_accessor_name() for one in Attempt._meta.related_objects]
    assert [name for name in accessors if name and ("signal" in name or "whereabouts" in name)] == []
    assert not hasattr(attempt, "signal_set")


def judge_everything(attempt: Attempt, reviewer) -> None:
    scoring.score_attempt(attempt.pk)
    reviews.review_response(attempt.questions.get(number=2), reviewer=reviewer, levels={}, points=Decimal(1))
    fresh = Attempt.objects.get(pk=attempt.pk)
    results.result_of(fresh)
    results.total_of(fresh)
    suggestions.wanted(attempt.pk)
    outcomes.decide(fresh, decision=OutcomeDecision.ADVANCE, reason="Clear.", by=reviewer)


def statements_about_signals(statements) -> list[str]:
    return [one["sql"] for one in statements if any(table in one["sql"] for table in TABLES)]


def test_no_query_that_scores_touches_their_tables(admin_user):
    attempt = watched(watches_focus=True)
    save(attempt, "A long text.", number=2)
    signals.note(attempt, [left_page()])
    attempts.submit(holder_of(attempt))
    with CaptureQueriesContext(connection) as statements:
        judge_everything(attempt, admin_user)
    assert (len(statements) > 20, statements_about_signals(statements)) == (True, [])
    with CaptureQueriesContext(connection) as statements:
        signals.of_attempt(attempt)
    assert len(statements_about_signals(statements)) == 1, "the check can fail"


def test_scores_are_the_same_with_and_without_signals(admin_user):
    points = []
    for times in (0, 50):
        attempt = watched(watches_focus=True)
        save(attempt, "index")
        signals.note(attempt, [left_page() for _ in range(times)])
        attempts.submit(holder_of(attempt))
        scoring.score_attempt(attempt.pk)
        points.append(results.total_of(Attempt.objects.get(pk=attempt.pk)).points)
    assert points[0] == points[1] > 0


def test_a_place_that_stays_costs_one_statement_a_save():
    attempt = watched(watches_address=True)
    here = Pass(attempt.pk, attempt.candidate_id, "a" * 16)
    signals.seen(here, kinds=attempt.consent_signals, address="192.0.2.1")
    with CaptureQueriesContext(connection) as statements:
        signals.seen(here, kinds=attempt.consent_signals, address="192.0.2.1")
    assert len(statements) == 1


def test_a_device_that_takes_over_is_noted_once_whether_or_not_either_saves(client):
    attempt = watched(watches_devices=True)
    Attempt.objects.filter(pk=attempt.pk).update(device="a" * 16)
    client.cookies["parley_attempt"] = passes.seal(Pass(attempt.pk, attempt.candidate_id, "b" * 16))
    for _ in range(2):
        client.post(reverse("attempt-here", args=[attempt.pk]))
    assert list(Signal.objects.values_list("kind", flat=True)) == ["second_device"]
    save_from(client, attempt, address="192.0.2.1", device="b" * 16)
    assert Signal.objects.count() == 1
