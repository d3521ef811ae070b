"""The report on how fair the clock was agrees with what happened, second by second."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, clock, entry, fairness, interventions, outages, pauses
from candidates.enums import PauseKind
from candidates.models import Attempt, Candidate, Outage, OutageCredit, Pause, Pulse, ResponseEvent
from candidates.tests.admin_rows import make_staff, signed_in
from candidates.tests.making import began, holder_of, make_attempt, save

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def timed() -> Assessment:
    return make_assessment(make_question("long_text"), duration_seconds=3600)


def begun_ago(attempt: Attempt, length: timedelta) -> Attempt:
    """Its start and its bell, moved."""
    attempt.refresh_from_db()
    moved = {name: getattr(attempt, name) for name in ("started_at", "deadline_at", "grace_until")}
    Attempt.objects.filter(pk=attempt.pk).update(**{name: at - length for name, at in moved.items()})
    attempt.refresh_from_db()
    return attempt


def only_line(assessment: Assessment) -> fairness.Line:
    (line,) = fairness.report_on(assessment).lines
    return line


def time_page(attempt: Attempt) -> str:
    return reverse("admin:assessments_assessment_fairness", args=[attempt.assessment_id])


def test_each_part_is_told_apart(admin_user):
    attempt = begun_ago(make_attempt(timed(), time_factor="1.5"), 40 * MINUTE)
    interventions.extend(attempt, seconds=300, by=admin_user, reason="Noise")
    start = began(attempt)
    for kind, begin, length in ((PauseKind.STAFF, 5, 3), (PauseKind.BREAK, 10, 7)):
        at = start + begin * MINUTE
        Pause.objects.create(attempt=attempt, kind=kind, began_at=at, ended_at=at + length * MINUTE)
    Pulse.objects.create(beat_at=clock.now() - 2 * MINUTE)
    outages.beat_and_settle()
    line = only_line(attempt.assessment)
    assert (line.allowed, line.added, line.paused, line.breaks) == (90 * MINUTE, 5 * MINUTE, 3 * MINUTE, 7 * MINUTE)
    credit, outage = OutageCredit.objects.get(), Outage.objects.get()
    assert line.lost == line.given_back == credit.credit == outage.ended_at - outage.began_at
    assert 40 * MINUTE <= line.used < 41 * MINUTE
    assert line.is_fair


def test_what_was_lost_and_not_given_back_is_found():
    attempt = begun_ago(make_attempt(timed()), 40 * MINUTE)
    at = began(attempt) + 10 * MINUTE
    Outage.objects.create(began_at=at, ended_at=at + 4 * MINUTE, settled_at=clock.now())
    report = fairness.report_on(attempt.assessment)
    assert [(line.lost, line.given_back) for line in report.unfair] == [(4 * MINUTE, timedelta(0))]


def test_an_outage_in_a_pause_or_after_the_end_took_nothing():
    attempt = begun_ago(make_attempt(timed()), 40 * MINUTE)
    at = began(attempt) + 10 * MINUTE
    Pause.objects.create(attempt=attempt, kind=PauseKind.STAFF, began_at=at, ended_at=at + 10 * MINUTE)
    Outage.objects.create(began_at=at + MINUTE, ended_at=at + 4 * MINUTE)
    attempts.submit(holder_of(attempt))
    Outage.objects.create(began_at=clock.now() + MINUTE, ended_at=clock.now() + 2 * MINUTE)
    assert only_line(attempt.assessment).lost == timedelta(0)


def test_a_pause_that_goes_on_is_told_as_far_as_it_has_come_and_an_outage_in_it_took_nothing(admin_user):
    attempt = begun_ago(make_attempt(timed()), 40 * MINUTE)
    pauses.pause([attempt.pk], by=admin_user)
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=clock.now() - 20 * MINUTE)
    Outage.objects.create(began_at=clock.now() - 10 * MINUTE, ended_at=clock.now() - 5 * MINUTE)
    line = only_line(attempt.assessment)
    assert (line.lost, line.breaks, line.paused // MINUTE) == (timedelta(0), timedelta(0), 20)


def test_the_longest_stretch_without_a_save_counts_the_ends_too():
    attempt = begun_ago(make_attempt(timed()), 40 * MINUTE)
    save(attempt, "First")
    save(attempt, "Second", base_revision=1)
    for event, minutes in zip(attempt.response_events.order_by("sequence"), (4, 30), strict=True):
        ResponseEvent.objects.filter(pk=event.pk).update(received_at=began(attempt) + minutes * MINUTE)
    assert only_line(attempt.assessment).longest_gap == 26 * MINUTE


def test_what_staff_tried_and_what_was_not_begun_is_left_out():
    shared = timed()
    make_attempt(shared, start=False)
    attempts.start(holder_of(entry.enter_preview(shared, by=make_staff())))
    assert fairness.report_on(shared).lines == []


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_and_for_three(count):
    shared = timed()
    for _ in range(count):
        save(make_attempt(shared), "Words")
    with CaptureQueriesContext(connection) as seen:
        fairness.report_on(shared)
    assert len([query for query in seen if "transaction_timestamp" not in query["sql"]]) == 4


def test_the_page_shows_bars_and_figures_and_marks_who_lost_time():
    attempt = begun_ago(make_attempt(timed()), 40 * MINUTE)
    boss = signed_in(is_superuser=True)
    page = boss.get(time_page(attempt)).content.decode()
    assert "1 attempt lost to outages of 6\xa0seconds or more came back. Shorter ones are not measured" in page
    assert f"<title>{attempt.candidate}: 40\xa0min" in page
    assert "from start to end; 1\xa0h allowed</title>" in page
    at = began(attempt) + 10 * MINUTE
    Outage.objects.create(began_at=at, ended_at=at + 4 * MINUTE)
    page = boss.get(time_page(attempt)).content.decode()
    assert "1 of 1 lost more to outages than came back." in page
    assert "<strong>lost time</strong>" in page


def table(assessment_of: Attempt) -> list[dict[str, str]]:
    response: Any = signed_in(is_superuser=True).get(time_page(assessment_of), {"format": "csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_it_is_taken_away_as_csv_and_no_name_becomes_a_formula():
    attempt = make_attempt(timed())
    Candidate.objects.filter(pk=attempt.candidate_id).update(name="=HYPERLINK(1)")
    (row,) = table(attempt)
    assert (row["candidate"], row["allowed_seconds"], row["is_fair"]) == ("'=HYPERLINK(1)", "3600.000", "True")


def test_the_csv_agrees_with_the_database_to_the_millisecond_and_has_every_row(monkeypatch):
    shared = timed()
    made = [begun_ago(make_attempt(shared), 40 * MINUTE) for _ in range(3)]
    odd, outage = timedelta(seconds=61, milliseconds=234), timedelta(seconds=90, milliseconds=7)
    at = began(made[0]) + 5 * MINUTE
    Pause.objects.create(attempt=made[0], kind=PauseKind.STAFF, began_at=at, ended_at=at + odd)
    away = Outage.objects.create(began_at=at + 5 * MINUTE, ended_at=at + 5 * MINUTE + outage, settled_at=clock.now())
    OutageCredit.objects.create(outage=away, attempt=made[0], credit=outage)
    attempts.submit(holder_of(made[0]))
    monkeypatch.setattr("candidates.admin.fairness.MOST_COUNTED", 2)
    page = signed_in(is_superuser=True).get(time_page(made[0])).content.decode()
    assert "These are the newest of 3." in page
    rows = {row["attempt_id"]: row for row in table(made[0])}
    assert set(rows) == {str(one.pk) for one in made}
    row, attempt = rows[str(made[0].pk)], Attempt.objects.get(pk=made[0].pk)
    assert attempt.closed_at is not None
    assert (row["paused_seconds"], row["lost_seconds"], row["given_back_seconds"]) == ("61.234", "90.007", "90.007")
    moments = [datetime.fromisoformat(row[name]) for name in ("started_at", "closed_at")]
    exact = (began(attempt), attempt.closed_at)
    assert moments == [one.replace(microsecond=one.microsecond // 1000 * 1000) for one in exact]
    used = timedelta(seconds=float(row["used_seconds"]))
    assert abs(used - (exact[1] - exact[0])) <= timedelta(microseconds=500)
    assert [rows[str(one.pk)]["is_fair"] for one in made[1:]] == ["False", "False"]


def test_reviewers_do_not_see_it():
    attempt = make_attempt(timed())
    reviewer = signed_in("candidates.view_attempt", "candidates.add_review", "assessments.view_assessment")
    assert reviewer.get(time_page(attempt)).status_code == 403
    assert not OutageCredit.objects.exists()
