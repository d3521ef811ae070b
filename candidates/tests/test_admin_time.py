"""Time in admin: minutes and clocks for one, some and all; and what those who only judge answers do not see."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_question, make_rubric
from candidates.admin.saves import late_words
from candidates.domain import attempts, clock, interventions, pauses
from candidates.domain.durations import minutes_words
from candidates.domain.responses import AttemptClosed
from candidates.enums import ResponseEventKind
from candidates.models import Attempt, AuditEntry, Candidate, Event, Outage, Pause, ResponseEvent
from candidates.tests.admin_rows import make_staff, signed_in
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save

pytestmark = pytest.mark.django_db
LIST = "/admin/candidates/attempt/"
TEN = timedelta(minutes=10)


@pytest.fixture
def boss() -> Client:
    return signed_in(is_superuser=True)


def timed(**facts: Any) -> Assessment:
    return make_assessment(make_question("long_text"), duration_seconds=3600, **facts)


def bell_of(attempt: Attempt) -> Any:
    return Attempt.objects.values_list("deadline_at", flat=True).get(pk=attempt.pk)


def tick(attempts: list[Attempt], action: str, **more: str) -> dict[str, Any]:
    return {"action": action, "_selected_action": [str(one.pk) for one in attempts], **more}


def for_all(assessment: Assessment, action: str) -> str:
    return reverse(f"admin:assessments_assessment_{action}", args=[assessment.pk])


# ---- Some ----


def test_minutes_for_some_are_asked_first_and_reach_exactly_those(boss):
    shared = timed()
    one, two, other = (make_attempt(shared) for _ in range(3))
    before = {attempt.pk: bell_of(attempt) for attempt in (one, two, other)}
    page = boss.post(LIST, tick([one, two], "add_minutes"))
    asked = page.content.decode()
    assert "Add minutes: 2 attempts" in asked
    assert "Attempts that are over or have no clock are left out." in asked
    assert '<input type="submit" class="default" value="Add minutes">' in asked
    assert {bell_of(attempt) - before[attempt.pk] for attempt in (one, two)} == {timedelta(0)}
    said = boss.post(
        LIST, tick([one, two], "add_minutes", confirmed="1", minutes="10", reason="Noise outside"), follow=True
    )
    assert "10\xa0min more for 2 attempts." in said.content.decode()
    moved = [bell_of(attempt) - before[attempt.pk] for attempt in (one, two, other)]
    assert moved == [TEN, TEN, timedelta(0)]
    entry = AuditEntry.objects.get(action="time added")
    assert entry.detail == {"seconds": 600, "reason": "Noise outside", "attempts": 2}


def test_minutes_without_a_reason_are_refused_and_nobody_gets_any(boss):
    attempt = make_attempt(timed())
    page = boss.post(LIST, tick([attempt], "add_minutes", confirmed="1", minutes="10", reason=" "))
    assert list(page.context["form"].errors) == ["reason"]
    assert not Event.objects.filter(kind="extended").exists()


def test_clocks_of_some_are_stopped_and_run_on(boss):
    shared = timed()
    one, other = make_attempt(shared), make_attempt(shared)
    boss.post(LIST, tick([one], "stop_clocks", confirmed="1", reason="Fire alarm"))
    assert list(Attempt.objects.filter(paused_at__isnull=False)) == [one]
    boss.post(LIST, tick([one, other], "let_clocks_run", confirmed="1"))
    assert not Attempt.objects.filter(paused_at__isnull=False).exists()
    assert Pause.objects.get().attempt == one


# ---- All that run ----


def test_minutes_for_all_that_run_leave_out_the_others(boss):
    shared = timed()
    running = [make_attempt(shared) for _ in range(3)]
    done, elsewhere, untimed = make_attempt(shared), make_attempt(timed()), make_attempt(shared, is_untimed=True)
    attempts.submit(holder_of(done))
    before = {one.pk: bell_of(one) for one in [*running, done, elsewhere]}
    said = boss.post(for_all(shared, "extend_all"), {"minutes": "10", "reason": "Fire alarm"}, follow=True)
    assert "10\xa0min more for 3 attempts." in said.content.decode()
    assert {bell_of(one) - before[one.pk] for one in running} == {TEN}
    assert [bell_of(one) - before[one.pk] for one in (done, elsewhere)] == [timedelta(0)] * 2
    assert not untimed.events.filter(kind="extended").exists()


def test_all_clocks_of_an_assessment_stop_and_run_on(boss):
    shared = timed()
    for _ in range(3):
        make_attempt(shared)
    boss.post(for_all(shared, "stop_all"), {"reason": "Fire alarm"})
    assert Attempt.objects.filter(paused_at__isnull=False).count() == 3
    page = boss.get(reverse("admin:assessments_assessment_change", args=[shared.pk])).content.decode()
    assert "Let all clocks run" in page
    boss.post(for_all(shared, "let_all_run"))
    assert Pause.objects.count() == 3


def test_what_cannot_be_done_to_all_is_not_offered_where_nobody_sits(boss):
    page = boss.get(reverse("admin:assessments_assessment_change", args=[timed().pk])).content.decode()
    assert ("Add minutes for all" in page, "Let all clocks run" in page) == (False, False)


# ---- One ----


def test_the_clock_of_one_is_stopped_and_its_page_says_so(boss):
    attempt = make_attempt(timed())
    address = reverse("admin:candidates_attempt_stop_time", args=[attempt.pk])
    page = boss.post(address, {"reason": "Feels unwell"}, follow=True).content.decode()
    assert "Time stands still" in page
    assert "Let the clock run" in page
    assert "Stop the clock" not in page
    again = boss.post(address, {"reason": "Feels unwell"})
    assert again.context["problems"] == ["This cannot be done to it as it is now."]


# ---- Who may ----


def test_who_may_not_change_attempts_handles_no_time():
    shared = timed()
    attempt, viewer = make_attempt(shared), signed_in("candidates.view_attempt", "assessments.view_assessment")
    assert "add_minutes" not in viewer.get(LIST).content.decode()
    viewer.post(LIST, tick([attempt], "stop_clocks", confirmed="1", reason="no"))
    for action in ("extend_all", "stop_all", "let_all_run"):
        assert viewer.post(for_all(shared, action), {"minutes": "5", "reason": "no"}).status_code == 403
    assert not Attempt.objects.filter(paused_at__isnull=False).exists()


# ---- Accommodations: entered once, and invisible to reviewers ----


def test_breaks_are_entered_in_minutes_and_audited(boss):
    candidate = make_attempt(timed()).candidate
    address = reverse("admin:candidates_candidate_change", args=[candidate.pk])
    fields = {"name": candidate.name, "email": candidate.email, "time_factor": "1.5", "extra_breaks": "2"}
    inlines = {
        f"{prefix}-{name}": "0" for prefix in ("invitations", "attempts") for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    boss.post(address, {**fields, **inlines, "break_seconds": "12.5"})
    candidate.refresh_from_db()
    assert (candidate.extra_breaks, candidate.break_seconds, str(candidate.time_factor)) == (2, 750, "1.50")
    assert AuditEntry.objects.filter(action="accommodation changed").count() == 1
    assert boss.post(address, {**fields, **inlines, "extra_breaks": "99"}).context["errors"]


NAMES = {"name": "Sam", "email": "sam@example.org"}


def accommodated(attempt: Attempt) -> None:
    """Everything that an accommodation leads to, on an attempt that had none of it."""
    Candidate.objects.filter(pk=attempt.candidate_id).update(time_factor=2, extra_breaks=3, break_seconds=1200)
    pauses.begin_break(holder_of(attempt))
    pauses.end_break(holder_of(attempt))
    interventions.extend(attempt, seconds=1234, by=make_staff(), reason="Needs more")
    pauses.pause([attempt.pk], by=make_staff())
    pauses.resume([attempt.pk], by=make_staff())
    Attempt.objects.filter(pk=attempt.pk).update(outage_seconds=77)


def pages_for(reviewer: Client, attempt: Attempt) -> dict[str, str]:
    """What a reviewer can open, with what differs in any two attempts taken out: revision, moments, tokens."""
    addresses = {
        "list": LIST,
        "attempt": reverse("admin:candidates_attempt_change", args=[attempt.pk]),
        "score": reverse("admin:candidates_attempt_score", args=[attempt.pk, 1]),
        "waiting": reverse("admin:candidates_attempt_waiting"),
        "events": "/admin/candidates/event/",
        "history": reverse("admin:candidates_attempt_history", args=[attempt.pk]),
        "assessment": reverse("admin:assessments_assessment_change", args=[attempt.assessment_id]),
    }
    return {name: normal(reviewer.get(address).content.decode()) for name, address in addresses.items()}


def normal(page: str) -> str:
    page = re.sub(r"(csrfmiddlewaretoken\" value=|nonce=)\"[^\"]*\"", "", page)
    page = re.sub(r"\d\d?:\d\d(:\d\d)?|\d+\s(seconds?|min) ago", "TIME", page)
    page = re.sub(r"datetime=\"[^\"]*\"", "", page)
    return re.sub(r"revision \d+|[0-9a-f]{12,64}", "NUMBER", page)


@pytest.mark.django_db(transaction=True)
def test_reviewers_see_nothing_of_an_accommodation_and_those_who_handle_time_do():
    question = make_question("long_text", rubric=make_rubric())
    attempt = make_attempt(make_assessment(question, duration_seconds=3600))
    save(attempt, "I would measure first.")
    may = ("view_attempt", "add_review", "view_event", "view_score")
    reviewer = signed_in(*(f"candidates.{one}" for one in may), "assessments.view_assessment")
    proctor = signed_in(*(f"candidates.{one}" for one in (*may, "change_attempt")), "assessments.view_assessment")
    before, handled = pages_for(reviewer, attempt), pages_for(proctor, attempt)
    accommodated(attempt)
    for name, page in pages_for(reviewer, attempt).items():
        assert page.splitlines() == before[name].splitlines()
    after = pages_for(proctor, attempt)
    assert {name for name, page in after.items() if page != handled[name]} >= {"attempt", "events"}
    for words in ("Time added by staff", "Break ended", "Given back for outages", "Bell"):
        assert (words in after["attempt"], words in before["attempt"]) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_reviewers_are_not_told_how_much_time_an_attempt_or_section_began_or_was_reopened_with():
    shared = make_assessment(make_question("long_text"), duration_seconds=3607, section={"duration_seconds": 613})
    attempt = make_attempt(shared, time_factor=2)
    attempts.start_section(holder_of(attempt), position=1)
    interventions.close_now(attempt, by=make_staff())
    interventions.reopen(attempt, seconds=4567, by=make_staff())
    facts, words = ("7214", "1226", "4567"), minutes_words(4567)
    may = ("view_attempt", "add_review", "view_event")
    reviewer = signed_in(*(f"candidates.{one}" for one in may), "assessments.view_assessment")
    proctor = signed_in(*(f"candidates.{one}" for one in (*may, "change_attempt")), "assessments.view_assessment")
    for client, told in ((reviewer, False), (proctor, True)):
        pages = pages_for(client, attempt)
        rows = "".join(
            client.get(reverse("admin:candidates_event_change", args=[one.pk])).content.decode()
            for one in attempt.events.all()
        )
        assert [fact in page for fact in facts for page in (pages["events"], rows)] == [told] * 6
        assert (words in pages["attempt"], "section 1" in pages["attempt"]) == (told, True)
        assert any(fact in page for fact in facts for page in pages.values()) == told


@pytest.mark.django_db
def test_who_may_only_read_names_finds_no_accommodation_by_looking_or_by_asking():
    slow = make_attempt(timed(), time_factor=2).candidate
    reader, entering = signed_in("candidates.view_candidate"), signed_in("candidates.change_candidate")
    people = reverse("admin:candidates_candidate_changelist")
    for address in (people, reverse("admin:candidates_candidate_change", args=[slow.pk])):
        pages = [client.get(address).content.decode().lower() for client in (reader, entering)]
        assert ["time_factor" in page or "accommodation" in page for page in pages] == [False, True]
    asked = [client.get(f"{people}?time_factor__gt=1").status_code for client in (reader, entering)]
    assert asked == [400, 200]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field",
    [
        "extra_seconds__gt=0",
        "breaks_taken=1",
        "deadline_at__isnull=True",
        "pauses__isnull=False",
        "outage_credits__isnull=False",
    ],
)
def test_the_list_of_attempts_cannot_be_asked_for_who_has_more_time(field):
    reviewer, proctor = signed_in("candidates.view_attempt"), signed_in("candidates.change_attempt")
    assert [client.get(f"{LIST}?{field}").status_code for client in (reviewer, proctor)] == [400, 200]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "field", ["consent_text__contains=Time: 2 h", "consent_text__regex=.", "consent_hash=x", "closed_at__gt=2026-01-01"]
)
def test_what_was_agreed_to_is_not_read_out_through_the_list(field):
    make_attempt(timed(), time_factor=2)
    assert signed_in("candidates.view_attempt").get(f"{LIST}?{field}").status_code == 400


@pytest.mark.django_db
def test_who_may_only_read_names_does_not_see_which_fields_were_changed():
    candidate = make_attempt(timed()).candidate
    address = reverse("admin:candidates_candidate_change", args=[candidate.pk])
    history = reverse("admin:candidates_candidate_history", args=[candidate.pk])
    reader, entering = signed_in("candidates.view_candidate"), signed_in("candidates.change_candidate")
    changed = [{"changed": {"fields": ["Time factor", "Extra breaks"]}}]
    LogEntry.objects.create(
        user=make_staff(),
        content_type=ContentType.objects.get_for_model(Candidate),
        object_id=str(candidate.pk),
        action_flag=2,
        change_message=json.dumps(changed),
    )
    assert [client.get(history).status_code for client in (reader, entering)] == [403, 200]
    assert [history in client.get(address).content.decode() for client in (reader, entering)] == [False, True]
    assert "Time factor" in entering.get(history).content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_does_not_handle_time_is_not_told_when_a_bell_rang():
    attempt = make_attempt(timed())
    save(attempt, "First.")
    ring_the_bell(attempt, seconds_ago=90)
    with pytest.raises(AttemptClosed):
        save(attempt, "Too late.", base_revision=1)
    attempts.close_overdue()
    bell = timezone.localtime(bell_of(attempt))
    told = (f"{bell:%H:%M:%S}", "after the bell", "Time ran out</td>")
    addresses = [
        reverse("admin:candidates_attempt_change", args=[attempt.pk]),
        reverse("admin:candidates_candidate_change", args=[attempt.candidate_id]),
        reverse("admin:candidates_attempt_waiting"),
    ]
    reviewer = signed_in("candidates.view_attempt", "candidates.view_candidate", "candidates.add_review")
    proctor = signed_in("candidates.view_attempt", "candidates.change_attempt")
    for address in addresses:
        page = reviewer.get(address).content.decode()
        assert [words in page for words in told] == [False] * 3
        assert f"{bell:%H:%M}" not in page
    page = proctor.get(addresses[0]).content.decode()
    assert [words in page for words in told] == [True] * 3


@pytest.mark.django_db
def test_an_answer_that_came_days_after_the_bell_is_said_to_be_days_late():
    attempt = make_attempt(timed())
    question = attempt.questions.get()
    late = ResponseEvent(kind=ResponseEventKind.LATE, received_at=bell_of(attempt) + timedelta(days=2, minutes=1))
    assert late_words(late, attempt, question) == f"{minutes_words(2 * 86_400 + 60)} after the bell"


# ---- Outages ----


def test_outages_are_listed_and_cannot_be_changed(boss):
    outage = Outage.objects.create(began_at=clock.now() - TEN, ended_at=clock.now())
    assert "10\xa0min" in boss.get("/admin/candidates/outage/").content.decode()
    assert boss.get(f"/admin/candidates/outage/{outage.pk}/delete/").status_code == 403


@pytest.mark.django_db
def test_what_became_of_a_save_is_told_in_one_wording_that_tells_no_more_time_than_its_reader_handles():
    attempt = make_attempt(timed())
    save(attempt, "First.")
    attempts.submit(holder_of(attempt))
    with pytest.raises(AttemptClosed):
        save(attempt, "Sent with the last click.", base_revision=1)
    event = attempt.response_events.get(kind=ResponseEventKind.LATE)
    listed = reverse("admin:candidates_responseevent_changelist")
    addresses = [f"{listed}?kind=late", reverse("admin:candidates_responseevent_change", args=[event.pk])]
    whole, part = "Kept aside: nothing could be saved any more", "Kept aside: it came when nothing could be saved"
    proctor = signed_in("candidates.view_responseevent", "candidates.view_attempt", "candidates.change_attempt")
    reader = signed_in("candidates.view_responseevent", "candidates.view_attempt")
    for client, told, untold in ((proctor, whole, part), (reader, part, whole)):
        pages = [client.get(address).content.decode() for address in addresses]
        assert [(told in page, untold in page, "the bell" in page) for page in pages] == [(True, False, False)] * 2
    page = proctor.get(reverse("admin:candidates_attempt_change", args=[attempt.pk])).content.decode()
    assert (whole in page, "the bell" in page) == (True, False)
    ResponseEvent.objects.filter(pk=event.pk).update(kind=ResponseEventKind.STILL)
    counts = [client.get(addresses[0]).context["cl"].result_count for client in (proctor, reader)]
    assert counts == [0, 1]
