"""While an attempt runs: problems are reported, announcements arrive and are read."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Question
from assessments.tests.making import make_assessment, make_question
from candidates.domain import announcements, attempts, audit, passes, problem_reports
from candidates.enums import EventKind
from candidates.models import Acknowledgement, Announcement, Event, ProblemReport
from candidates.tests.making import holder_of, make_attempt, save, sit_down

pytestmark = pytest.mark.django_db
REGION = {"HX-Request": "true", "HX-Target": "announcements"}


@pytest.fixture
def attempt():
    return make_attempt(make_assessment(make_question("short_text"), make_question("short_text")))


def clock_of(client, attempt):
    return client.get(reverse("attempt-clock", args=[attempt.pk])).json()


def question_of(attempt, number=1) -> Question:
    question: Question = attempt.questions.get(number=number).version.question
    return question


# ---- Announcements ----


def test_an_open_page_learns_of_an_announcement_from_the_clock_it_asks_anyway(client, attempt, admin_user):
    sit_down(client, attempt)
    before = clock_of(client, attempt)
    made = announcements.announce(attempt.assessment, text="The building is safe.", by=admin_user)
    after = clock_of(client, attempt)
    assert (before["announcements"], after["announcements"]) == ([], [str(made.pk)])
    fragment = client.get(reverse("attempt-announcements", args=[attempt.pk]), headers=REGION).content.decode()
    assert "The building is safe." in fragment
    assert "<html" not in fragment


@pytest.mark.needs_postgresql
def test_asking_costs_nothing_more_with_an_announcement_than_without(client, attempt, admin_user):
    sit_down(client, attempt)
    costs = []
    for is_there in (False, True):
        if is_there:
            announcements.announce(attempt.assessment, text="Read this.", by=admin_user)
        clock_of(client, attempt)
        with CaptureQueriesContext(connection) as statements:
            clock_of(client, attempt)
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_every_page_of_the_attempt_shows_it_until_it_was_read(client, attempt, admin_user):
    sit_down(client, attempt)
    made = announcements.announce(attempt.assessment, text="The building is safe.", by=admin_user)
    pages = [reverse("attempt-question", args=[attempt.pk, 1]), reverse("attempt-review", args=[attempt.pk])]
    assert ["The building is safe." in client.get(page).content.decode() for page in pages] == [True, True]
    response = client.post(reverse("attempt-acknowledge", args=[attempt.pk, made.pk]), headers=REGION)
    assert (response.status_code, "safe" in response.content.decode()) == (200, False)
    assert ["The building is safe." in client.get(page).content.decode() for page in pages] == [False, False]
    record = client.get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    isolated = "\N{FIRST STRONG ISOLATE}The building is safe.\N{POP DIRECTIONAL ISOLATE}"
    assert f"You read the announcement “{isolated}”" in record


def test_what_the_team_says_is_markdown_whose_lines_end_where_they_were_ended(client, attempt, admin_user):
    said = "Read **at least**\nnot `at most`.<script>alert(1)</script>"
    made = announcements.announce(attempt.assessment, text=said, by=admin_user)
    shown = "<p>Read <strong>at least</strong><br>\nnot <code>at most</code>.&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    question = reverse("attempt-question", args=[attempt.pk, 1])
    told = reverse("attempt-announcements", args=[attempt.pk])
    sit_down(client, attempt)
    assert [shown in client.get(one, headers=of).content.decode() for one, of in ((question, {}), (told, REGION))] == [
        True,
        True,
    ]
    announcements.acknowledge(holder_of(attempt), made.pk)
    record = client.get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    assert "Read at least not at most.&lt;script&gt;alert(1)&lt;/script&gt;" in record


def test_nobody_who_has_finished_is_asked_to_read_it(client, attempt, admin_user):
    sit_down(client, attempt)
    announcements.announce(attempt.assessment, text="The building is safe.", by=admin_user)
    overview = reverse("attempt", args=[attempt.pk])
    assert "The building is safe." in client.get(overview).content.decode()
    attempts.submit(holder_of(attempt))
    assert "The building is safe." not in client.get(overview).content.decode()


def test_reading_twice_is_noted_once(attempt, admin_user):
    made = announcements.announce(attempt.assessment, text="Once.", by=admin_user)
    assert [announcements.acknowledge(holder_of(attempt), made.pk) for _ in range(2)] == [True, False]
    events = Event.objects.filter(attempt=attempt, kind=EventKind.ACKNOWLEDGED)
    assert (Acknowledgement.objects.count(), events.count()) == (1, 1)


def test_without_scripts_the_button_saves_what_is_typed_as_well(client, attempt, admin_user):
    made = announcements.announce(attempt.assessment, text="Read this.", by=admin_user)
    page = sit_down(client, attempt).get(reverse("attempt-question", args=[attempt.pk, 2])).content.decode()
    url = reverse("attempt-acknowledge", args=[attempt.pk, made.pk])
    assert f'form="response-form" formaction="{url}"' in page
    data = {"value": "half a sent", "base_revision": 0, "key": uuid4(), "number": 2}
    response = client.post(url, data)
    assert response.url == reverse("attempt-question", args=[attempt.pk, 2])
    assert attempt.questions.get(number=2).response.value == "half a sent"
    assert Acknowledgement.objects.count() == 1


def test_an_erratum_reaches_those_who_have_the_question_and_those_who_come_to_it_later(attempt, admin_user):
    other = make_attempt(make_assessment(make_question("short_text")))
    late = make_attempt(attempt.assessment, start=False)
    made = announcements.announce(attempt.assessment, text="Typo.", question=question_of(attempt, 2), by=admin_user)
    late = attempts.start(holder_of(late))
    unread = [list(Announcement.objects.unread_by(one)) for one in (attempt, late, other)]
    assert unread == [[made], [made], []]


def test_an_erratum_names_the_question_by_its_number_here(client, attempt, admin_user):
    announcements.announce(attempt.assessment, text="Typo.", question=question_of(attempt, 2), by=admin_user)
    page = sit_down(client, attempt).get(reverse("attempt-question", args=[attempt.pk, 1])).content.decode()
    assert "The team on question 2" in page


def test_what_was_said_before_somebody_came_is_no_news_to_them(attempt, admin_user):
    announcements.announce(attempt.assessment, text="Doors close at nine.", by=admin_user)
    Announcement.objects.update(announced_at=models.F("announced_at") - timedelta(hours=1))
    assert list(Announcement.objects.unread_by(attempt)) == []


def test_a_withdrawn_one_is_shown_no_more(client, attempt, admin_user):
    made = announcements.announce(attempt.assessment, text="Wrong.", by=admin_user)
    announcements.withdraw(made, by=admin_user)
    announcements.withdraw(made, by=admin_user)
    assert clock_of(sit_down(client, attempt), attempt)["announcements"] == []
    assert audit.first_broken_entry() is None


def test_staff_announce_in_admin(admin_client, client, attempt):
    url = reverse("admin:candidates_announcement_add")
    data = {"assessment": attempt.assessment_id, "text": "Ten more minutes for all."}
    assert admin_client.post(url, data).status_code == 302
    assert len(clock_of(sit_down(client, attempt), attempt)["announcements"]) == 1
    listed = admin_client.get(reverse("admin:candidates_announcement_changelist")).content.decode()
    assert "Ten more minutes for all." in listed


def test_staff_see_an_announcement_as_candidates_will_before_it_is_made(admin_client, attempt):
    url = reverse("admin:candidates_announcement_add")
    data = {"assessment": attempt.assessment_id, "text": "Read **twice**."}
    page = admin_client.post(url, {**data, "_preview": "Preview"}).content.decode()
    assert ("<strong>twice</strong>" in page, ">\nRead **twice**.</textarea>" in page) == (True, True)
    assert Announcement.objects.count() == 0
    admin_client.post(url, data)
    page = admin_client.get(reverse("admin:candidates_announcement_change", args=[Announcement.objects.get().pk]))
    assert "<p>Read <strong>twice</strong>.</p>" in page.content.decode()


def test_staff_choose_among_the_questions_of_that_assessment_by_their_words(admin_client, attempt):
    make_question("short_text", stem="Of another assessment?")
    url = reverse("admin:candidates_announcement_add")
    chosen = admin_client.get(url).content.decode()
    assert f'<a href="?assessment={attempt.assessment_id}">' in chosen
    assert "1 is taking it now" in chosen
    page = admin_client.get(url, {"assessment": attempt.assessment_id}).content.decode()
    offered = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', page)
    versions = [one.version for one in attempt.questions.select_related("version")]
    asked = {(str(one.question_id), one.stem) for one in versions}
    assert (offered[0], set(offered[1:])) == (("", "All of it"), asked)


def test_an_erratum_about_a_question_that_nobody_there_has_is_refused(admin_client, attempt):
    other = make_question("short_text")
    data = {"assessment": attempt.assessment_id, "question": other.pk, "text": "Typo."}
    page = admin_client.post(reverse("admin:candidates_announcement_add"), data).content.decode()
    assert "Select a valid choice." in page
    assert not Announcement.objects.exists()


def test_nobody_acknowledges_for_another(client, attempt, admin_user):
    made = announcements.announce(attempt.assessment, text="Read this.", by=admin_user)
    url = reverse("attempt-acknowledge", args=[attempt.pk, made.pk])
    assert sit_down(client, make_attempt()).post(url).status_code == 404


def test_a_save_under_way_survives_an_announcement(attempt, admin_user):
    save(attempt, "one")
    announcements.announce(attempt.assessment, text="Read this.", by=admin_user)
    assert save(attempt, "two", base_revision=1).receipt.revision == 2


def test_programs_are_told_as_well_and_can_say_that_it_was_read(client, attempt, admin_user):
    made = announcements.announce(attempt.assessment, text="Typo.", question=question_of(attempt, 2), by=admin_user)
    headers = {"Authorization": f"Bearer {passes.seal(holder_of(attempt))}"}
    root = f"/api/v1/sessions/{attempt.pk}"
    told = client.get(root, headers=headers).json()["announcements"]
    assert [(one["id"], one["text"], one["number"]) for one in told] == [(str(made.pk), "Typo.", 2)]
    answers = [client.post(f"{root}/announcements/{made.pk}", headers=headers) for _ in range(2)]
    assert [(answer.status_code, answer.json()["announcements"]) for answer in answers] == [(200, [])] * 2
    assert client.post(f"{root}/announcements/{uuid4()}", headers=headers).status_code == 404


# ---- Problems ----


def test_a_problem_reaches_staff_at_once(client, admin_client, attempt):
    url = reverse("attempt-problem", args=[attempt.pk, 2])
    sit_down(client, attempt)
    assert client.get(url).status_code == 200
    response = client.post(url, {"text": "The table is <b>cut off</b>."})
    assert response.url == f"{url}?reported=1"
    assert "Thank you" in client.get(response.url).content.decode()
    first_page = admin_client.get(reverse("admin:index")).content.decode()
    assert "problem with questions reported, not answered" in first_page
    listed = admin_client.get(reverse("admin:candidates_problemreport_changelist")).content.decode()
    assert ("cut off" in listed, "<b>cut" in listed) == (True, False)
    assert reverse("admin:assessments_question_change", args=[question_of(attempt, 2).pk]) in listed


def test_saying_it_saves_what_was_typed(client, attempt):
    data = {"value": "half a sent", "base_revision": 0, "key": uuid4(), "go": "problem"}
    response = sit_down(client, attempt).post(reverse("attempt-question", args=[attempt.pk, 1]), data)
    assert response.url == reverse("attempt-problem", args=[attempt.pk, 1])
    assert attempt.questions.get(number=1).response.value == "half a sent"


def test_no_clock_goes_on_where_it_is_reported_after_the_end(client):
    attempt = make_attempt(make_assessment(make_question(), duration_seconds=3600))
    url = reverse("attempt-problem", args=[attempt.pk, 1])
    assert "The clock goes on" in sit_down(client, attempt).get(url).content.decode()
    attempts.submit(holder_of(attempt))
    assert "The clock goes on" not in client.get(url).content.decode()


def test_pressed_twice_it_is_one_report(attempt):
    for _ in range(2):
        problem_reports.report(holder_of(attempt), number=1, text="A word is missing.")
    assert ProblemReport.objects.count() == 1


@pytest.mark.parametrize(("text", "words"), [("  ", "Say in a few words"), ("x" * 2001, "too long")])
def test_a_report_without_words_or_with_too_many_is_refused_and_kept_in_the_field(client, attempt, text, words):
    response = sit_down(client, attempt).post(reverse("attempt-problem", args=[attempt.pk, 1]), {"text": text})
    page = response.content.decode()
    assert (response.status_code, words in page, ProblemReport.objects.count()) == (200, True, 0)
    assert response.context["text"] == text


def test_a_flood_of_reports_is_stopped(client, attempt):
    sit_down(client, attempt)
    url = reverse("attempt-problem", args=[attempt.pk, 1])
    statuses = [client.post(url, {"text": f"Problem {n}"}).status_code for n in range(11)]
    assert (statuses[:10], statuses[10]) == ([302] * 10, 429)


def test_the_answer_stands_on_the_record(client, admin_client, attempt):
    one = problem_reports.report(holder_of(attempt), number=1, text="Which unit?")
    url = reverse("admin:candidates_problemreport_change", args=[one.pk])
    assert admin_client.get(url).status_code == 200
    admin_client.post(f"{url.removesuffix('change/')}answer/", {"answer": "Milliseconds."})
    record = sit_down(client, attempt).get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    assert ("Which unit?" in record, "Milliseconds." in record) == (True, True)


def test_the_answer_appears_on_the_open_page_of_who_asked_and_of_nobody_else(client, admin_client, attempt):
    other = make_attempt(attempt.assessment)
    one = problem_reports.report(holder_of(attempt), number=2, text="Which unit?")
    url = reverse("admin:candidates_problemreport_change", args=[one.pk])
    admin_client.post(f"{url.removesuffix('change/')}answer/", {"answer": "Milliseconds."})
    told = clock_of(sit_down(client, attempt), attempt)["announcements"]
    region = client.get(reverse("attempt-announcements", args=[attempt.pk]), headers=REGION).content.decode()
    assert ("The team on question 2" in region, "Milliseconds." in region, len(told)) == (True, True, 1)
    client.post(reverse("attempt-acknowledge", args=[attempt.pk, told[0]]))
    assert clock_of(client, attempt)["announcements"] == []
    assert clock_of(sit_down(client, other), other)["announcements"] == []
    assert "Milliseconds." not in admin_client.get(reverse("admin:candidates_announcement_changelist")).content.decode()


def test_a_later_answer_takes_the_place_of_an_earlier_one_and_is_read_anew(attempt, admin_user):
    one = problem_reports.report(holder_of(attempt), number=1, text="Which unit?")
    for words in ("Seconds.", "Milliseconds, sorry."):
        problem_reports.answer(one, text=words, by=admin_user)
        (unread,) = Announcement.objects.unread_by(attempt)
        assert unread.text == words
        assert announcements.acknowledge(holder_of(attempt), unread.pk)


def test_who_has_finished_finds_the_answer_on_the_record_alone(attempt, admin_user):
    one = problem_reports.report(holder_of(attempt), number=1, text="Which unit?")
    attempts.submit(holder_of(attempt))
    problem_reports.answer(one, text="Milliseconds.", by=admin_user)
    assert (Announcement.objects.count(), one.answer) == (0, "Milliseconds.")


def test_a_report_leads_to_an_erratum_about_its_question(admin_client, attempt):
    one = problem_reports.report(holder_of(attempt), number=2, text="Which unit?")
    page = admin_client.get(reverse("admin:candidates_problemreport_change", args=[one.pk]))
    (link,) = page.context["object_links"]
    form = admin_client.get(link["url"]).context["form"]
    assert (link["label"], form["question"].value()) == ("Announce an erratum", str(question_of(attempt, 2).pk))


def test_nobody_reports_on_a_question_that_is_not_theirs(client, attempt):
    sit_down(client, attempt)
    assert client.get(reverse("attempt-problem", args=[attempt.pk, 9])).status_code == 404
    assert client.get(reverse("attempt-problem", args=[make_attempt().pk, 1])).status_code == 404
