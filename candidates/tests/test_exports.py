"""Everything kept about a person can be taken away, and is what the database holds, row by row."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.test.utils import isolate_apps
from django.urls import reverse
from django.utils import timezone

from assessments.enums import FeedbackPolicy, SignalKind
from assessments.models import Assessment
from assessments.tests.making import make_assessment, make_question
from candidates.domain import announcements, attempts, exports, problem_reports, scoring, signals, suggestions, survey
from candidates.domain.receipts import chain_hash
from candidates.domain.signals import Noticed
from candidates.enums import MailKind, ScoreSource, SurveyQuestion
from candidates.models import Announcement, Attempt, Candidate, FreshSet, InvitationMail, Score, Whereabouts
from candidates.tests.making import holder_of, make_attempt, save, sit_down

pytestmark = pytest.mark.django_db
FILLED = {
    "Acknowledgement", "AiChoice", "Announcement", "Attempt", "AttemptQuestion", "AttemptSection", "Candidate", "Event",
    "FreshSet", "Invitation", "InvitationMail", "ProblemReport", "Response", "ResponseEvent", "Score", "Signal", "SurveyMark",
    "Whereabouts",
}  # fmt: skip


@pytest.fixture
def finished(admin_user) -> Attempt:
    """An attempt with at least one row in every table that belongs to a person."""
    assessment = make_assessment(
        make_question("short_text"),
        make_question("long_text"),
        feedback_policy=FeedbackPolicy.QUESTIONS,
        watches_focus=True,
        watches_paste=True,
        watches_address=True,
        ai_policy="suggestions",
    )
    attempt = make_attempt(assessment)
    holder = holder_of(attempt)
    save(attempt, "index")
    save(attempt, "indexes", base_revision=1)
    save(attempt, "It depends.", number=2)
    signals.note(attempt, [Noticed(SignalKind.FOCUS_LOST, key=attempt.pk, number=1, seconds=12)])
    signals.explain(attempt, signals.of_attempt(attempt)[0].pk, text="The doorbell rang.")
    report = problem_reports.report(holder, number=2, text="A word is missing.")
    problem_reports.answer(report, text="It is “not”.", by=admin_user)
    announcement = announcements.announce(assessment, text="Question 2 lacks a word.", by=admin_user)
    announcements.acknowledge(holder, announcement.pk)
    suggestions.choose(attempt, declines=True)
    Whereabouts.objects.create(attempt=attempt, address_mark="a" * 32)
    assert attempt.invitation is not None
    InvitationMail.objects.create(invitation=attempt.invitation, kind=MailKind.INVITATION)
    FreshSet.objects.create(
        attempt=attempt,
        ask={},
        request_id=attempt.pk,
        questions=[{"stem": "Answered", "key": {"value": True}}, {"stem": "Next", "key": {"value": "canary"}}],
        values=[True],
    )
    attempts.submit(holder)
    survey.answer(holder, {SurveyQuestion.FAIR: 4})
    scoring.score_attempt(attempt.pk)
    attempt.refresh_from_db()
    return attempt


def of_people(model: type[models.Model]) -> models.QuerySet:
    """What is announced to everybody is nobody's, and stays when a candidate goes; answers to one are theirs."""
    rows = model._default_manager.order_by("pk")
    return rows.exclude(report=None) if model is Announcement else rows


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=exports.ExactEncoder))


def in_database(one: exports.Belonging, row: models.Model) -> dict[str, Any]:
    return {field.name: getattr(row, field.attname) for field in one.fields}


def judge(attempt: Attempt, reviewer: Any) -> Score:
    """The last score it waited for: what there is to be released, is."""
    return Score.objects.create(
        attempt_question=attempt.questions.get(number=2),
        response_revision=1,
        points=1,
        max_points=2,
        source=ScoreSource.REVIEWER,
        scored_by=reviewer,
        scored_at=timezone.now(),
    )


def test_the_export_of_a_finished_attempt_agrees_row_by_row_with_the_database(finished, admin_user):
    judge(finished, admin_user)
    tables = plain(exports.export_of(finished.candidate).as_json())["tables"]
    compared, filled = 0, list[str]()
    for one in exports.belongings():
        if one.name in exports.WITHHELD_TABLES:
            assert one.name not in tables
            continue
        rows = list(of_people(one.model))
        assert len(tables[one.name]) == len(rows)
        filled += [one.name] if rows else []
        for exported, row in zip(tables[one.name], rows, strict=True):
            for name, value in in_database(one, row).items():
                if (one.name, name) == ("FreshSet", "questions"):
                    continue
                given = exported[name]
                given = given["id"] if isinstance(given, dict) and set(given) == {"id", "is"} else given
                assert given == (plain(value) if given != exports.TEAM else exports.TEAM), (one.name, name)
                compared += 1
    assert (compared > 100, FILLED - set(filled)) == (True, set())


def test_every_field_of_every_table_of_a_person_is_exported_or_named_as_left_out():
    for one in exports.belongings():
        if one.name in exports.WITHHELD_TABLES:
            continue
        left_out = {
            field.name
            for field in one.model._meta.concrete_fields
            if f"{one.name}.{field.name}" in exports.WITHHELD_FIELDS
        }
        assert {field.name for field in one.fields} | left_out == {f.name for f in one.model._meta.concrete_fields}


def test_what_is_named_as_left_out_exists():
    names = {one.name: one for one in exports.belongings()}
    assert set(exports.WITHHELD_TABLES) <= set(names)
    for place in exports.WITHHELD_FIELDS:
        table, _, field = place.partition(".")
        names[table].model._meta.get_field(field)


def test_what_belongs_to_a_person_is_what_is_erased_with_them(finished):
    """Counted before and after erasing: no table loses rows that the export does not know, and none keeps any."""
    before = {model: model._default_manager.count() for model in apps.get_models()}
    Candidate.objects.filter(pk=finished.candidate_id).delete()
    shrunk = {model for model, number in before.items() if model._default_manager.count() < number}
    known = {one.model for one in exports.belongings()}
    assert shrunk <= known
    assert {model for model in known if of_people(model).exists()} == set()
    assert Announcement.objects.get().text == "Question 2 lacks a word."


@isolate_apps("candidates")
def test_a_new_table_that_leads_to_a_person_is_in_the_export_unasked():
    class Diary(models.Model):
        attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="+")
        secret = models.TextField()

        class Meta:
            app_label = "candidates"

        def __str__(self) -> str:
            return "Diary"

    found = exports._leads(Diary, {one.model: one for one in exports.belongings()})
    assert [(one.to_attempt, one.to_candidate, [field.name for field in one.fields]) for one in found] == [
        ("attempt__pk", "attempt__candidate", ["id", "attempt", "secret"])
    ]


def test_answers_stand_in_it_in_words(finished):
    events = exports.export_of(finished.candidate).tables["ResponseEvent"]
    assert [one["words"] for one in events] == ["index", "indexes", "It depends."]


def test_scores_are_in_it_when_they_are_released_and_not_before(finished, admin_user):
    assert (Score.objects.count(), exports.export_of(finished.candidate).tables["Score"]) == (1, [])
    judge(finished, admin_user)
    assert len(exports.export_of(finished.candidate).tables["Score"]) == 2
    Assessment.objects.update(feedback_policy=FeedbackPolicy.SCORE)
    export = exports.export_of(Candidate.objects.get())
    assert (export.tables["Score"], export.results[0]["result"][:4]) == ([], "1 of")


def test_no_key_and_no_name_of_the_team_is_in_it(finished, admin_user):
    text = json.dumps(exports.export_of(finished.candidate).as_json(), cls=DjangoJSONEncoder)
    assert [word for word in ("canary", f'"{admin_user.username}"', "depends on the workload") if word in text] == []


def test_one_attempt_is_exported_without_the_others_of_its_candidate(finished):
    other = Attempt.objects.create(
        assessment=make_assessment(), candidate=finished.candidate, purpose="practice", seed=1
    )
    one = exports.export_of(finished.candidate, attempt=finished).tables
    assert [row["id"] for row in one["Attempt"]] == [finished.pk]
    assert {row["id"] for row in exports.export_of(finished.candidate).tables["Attempt"]} == {finished.pk, other.pk}
    assert [row["id"] for row in one["Candidate"]] == [finished.candidate_id]


def test_the_candidate_takes_it_away_from_their_record(client, finished):
    sit_down(client, finished)
    page = client.get(reverse("attempt-record", args=[finished.pk])).content.decode()
    for form in ("json", "html"):
        url = reverse("attempt-export", args=[finished.pk, form])
        response = client.get(url)
        assert (url in page, response.status_code) == (True, 200)
        assert response["Content-Disposition"] == f'attachment; filename="parley-record.{form}"'
        assert response["Cache-Control"] == "no-store, private"
    assert json.loads(client.get(reverse("attempt-export", args=[finished.pk, "json"])).content)["scope"] == "attempt"
    assert client.get(reverse("attempt-export", args=[finished.pk, "csv"])).status_code == 404


def test_a_stranger_takes_nothing_away(client, finished):
    sit_down(client, make_attempt())
    assert client.get(reverse("attempt-export", args=[finished.pk, "json"])).status_code == 404


def test_the_command_prints_json_and_writes_a_page(finished, tmp_path, capsys):
    call_command("export_candidate", finished.candidate.email.upper())
    assert json.loads(capsys.readouterr().out)["tables"]["Candidate"][0]["email"] == finished.candidate.email
    file = tmp_path / "export.html"
    call_command("export_candidate", finished.candidate.email, format="html", output=file)
    page = file.read_text()
    assert ("The doorbell rang." in page, "written to" in capsys.readouterr().out) == (True, True)
    assert [word for word in ("UUID(", "datetime.", "{&#x27;", ">None<") if word in page] == []


def test_the_command_knows_nobody_of_another_address():
    with pytest.raises(CommandError, match="No candidate"):
        call_command("export_candidate", "nobody@example.org")


def test_every_hash_of_the_chain_can_be_computed_from_the_file_alone(finished, client):
    by_page = sit_down(client, finished).get(reverse("attempt-export", args=[finished.pk, "json"])).content.decode()
    printed = StringIO()
    call_command("export_candidate", finished.candidate.email, stdout=printed)
    for text in (by_page, printed.getvalue()):
        tables = json.loads(text)["tables"]
        numbers = {row["id"]: row["number"] for row in tables["AttemptQuestion"]}
        previous = ""
        for row in sorted(tables["ResponseEvent"], key=lambda one: one["sequence"]):
            names = ("sequence", "kind", "key", "base_revision", "revision", "value")
            previous = chain_hash(
                previous,
                attempt_id=row["attempt"],
                number=numbers[row["attempt_question"]],
                received_at=datetime.fromisoformat(row["received_at"]),
                **{name: row[name] for name in names},
            )
            assert previous == row["chain_hash"]
        assert previous == tables["Attempt"][0]["chain_head"]
