"""What was changed behind the application's back is named."""

from __future__ import annotations

import fnmatch
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from assessments.domain.assembly import publish_assessment
from assessments.enums import DrawKind
from assessments.models import Assessment
from assessments.tests.making import add_section, make_assessment, make_bank, make_practice, make_question
from candidates.domain import accommodations, attempts, clock, entry, interventions, outages, outcomes, pauses, reviews
from candidates.domain.scoring import score_attempt
from candidates.domain.verification import problems_of
from candidates.enums import OutcomeDecision
from candidates.models import Attempt, AuditEntry, Candidate, Outage, Response
from candidates.tests.making import holder_of, make_attempt, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    attempt = make_attempt(make_assessment(make_question(), make_question()))
    for revision, text in enumerate(("one", "two", "three")):
        save(attempt, text, base_revision=revision)
    return attempts.submit(holder_of(attempt))


def verify() -> str:
    out = StringIO()
    call_command("verify_attempts", stdout=out)
    return out.getvalue()


def events(attempt):
    """A manager that may do what the application may not."""
    return attempt.response_events.order_by("sequence")


def test_an_honest_record_is_whole(attempt):
    assert verify() == "1 attempts checked, 0 with problems; audit log whole.\n"


def test_a_changed_text_is_named_by_question_and_revision(attempt):
    events(attempt).filter(revision=2).update(value="forged")
    assert [problem.partition(":")[0] for problem in problems_of(attempt)] == ["question 1, revision 2"]


def test_a_removed_save_is_noticed(attempt):
    events(attempt).filter(revision=2).delete()
    assert list(problems_of(attempt)) == [
        "question 1, revision 3: this save, or one before it, was changed or removed",
        "question 1, revision 2: this save is missing",
    ]


def test_a_removed_last_save_is_noticed(attempt):
    events(attempt).last().delete()
    assert "the newest saves are missing" in " ".join(problems_of(attempt))


def test_a_changed_response_is_noticed_by_its_save_and_by_the_receipt(attempt):
    Response.objects.filter(attempt_question__attempt=attempt, attempt_question__number=1).update(value="forged")
    assert len(list(problems_of(attempt))) == 2


def test_the_command_fails_when_something_is_wrong(attempt):
    events(attempt).filter(revision=1).update(received_at="2020-01-01T00:00Z")
    with pytest.raises(CommandError, match="1 attempts checked, 1 with problems"):
        verify()


def test_a_changed_audit_entry_is_noticed(attempt):
    AuditEntry.objects.update(action="nothing happened")
    with pytest.raises(CommandError, match="audit log broken"):
        verify()


# ---- Damage of every kind ----


@pytest.fixture
def judged(django_user_model) -> Attempt:
    """Right, wrong and left to a person; with more time, a break, a pause, and decided about."""
    boss = django_user_model.objects.create_user("boss", is_staff=True)
    asked = [
        make_question("short_text"),
        make_question("single_choice", points=2),
        make_question("long_text", points=5),
    ]
    times: dict[str, Any] = {"duration_seconds": 3600, "break_count": 1, "break_seconds": 300}
    attempt = make_attempt(make_assessment(*asked, **times, section={"duration_seconds": 1200}), time_factor="1.5")
    attempts.start_section(holder_of(attempt), position=1)
    save(attempt, "index")
    save(attempt, "b", number=2)
    save(attempt, "It depends.", number=3)
    interventions.extend(attempt, seconds=600, by=boss, reason="Noise")
    pauses.pause([attempt.pk], by=boss)
    pauses.resume([attempt.pk], by=boss)
    submitted = attempts.submit(holder_of(attempt))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_tasks_database_dbtaskresult")  # the worker has been here
    score_attempt(submitted.pk)
    reviews.review_response(submitted.questions.get(number=3), reviewer=boss, levels={}, points=Decimal(4))
    outcomes.decide(submitted, decision=OutcomeDecision.ADVANCE, reason="Good", by=boss)
    return submitted


QUESTION = "(SELECT id FROM candidates_attemptquestion WHERE attempt_id = %(attempt)s AND number = {})"
VERSION = "(SELECT version_id FROM candidates_attemptquestion WHERE attempt_id = %(attempt)s AND number = {})"
OF_ATTEMPT = "WHERE id = %(attempt)s"
DAMAGE = {
    "a response is removed": (
        f"DELETE FROM candidates_response WHERE attempt_question_id = {QUESTION.format(1)}",
        "question 1: its response is missing",
    ),
    "scores by rule are removed": (
        "DELETE FROM candidates_score WHERE source = 'automatic'",
        "question 2: scored none, and the rule gives 2",
    ),
    "a score is raised with its most": (
        f"UPDATE candidates_score SET points = 100, max_points = 100 WHERE attempt_question_id = {QUESTION.format(1)}",
        "question 1: scored 100, and the rule gives 1",
    ),
    "only the most is raised": (
        "UPDATE candidates_score SET max_points = 100 WHERE source = 'reviewer'",
        "question 3: scored out of 100, and it is worth 5",
    ),
    "a reviewer's score is raised": (
        "UPDATE candidates_score SET points = 5 WHERE source = 'reviewer'",
        "question 3: its reviewers' scores are not those that the audit log tells of",
    ),
    "a reviewer's score is removed": (
        "DELETE FROM candidates_score WHERE source = 'reviewer'",
        "question 3: its reviewers' scores are not those that the audit log tells of",
    ),
    "a score by rule becomes a reviewer's": (
        (
            "UPDATE candidates_score SET source = 'reviewer', scored_by_id = (SELECT min(id) FROM auth_user)"
            f" WHERE attempt_question_id = {QUESTION.format(1)}"
        ),
        "question 1: its reviewers' scores are not those that the audit log tells of",
    ),
    "a decision is turned": (
        "UPDATE candidates_outcome SET decision = 'decline'",
        "its outcomes are not those that the audit log tells of",
    ),
    "a question is worth more": (
        f"UPDATE candidates_attemptquestion SET points = 50 WHERE id = {QUESTION.format(1)}",
        "question 1: it is worth 50, which its section does not say",
    ),
    "another question was asked": (
        f"UPDATE candidates_attemptquestion SET version_id = {VERSION.format(2)} WHERE id = {QUESTION.format(1)}",
        "question 2: it asks the same as question 1",
    ),
    "the stem is another": (
        f"UPDATE assessments_questionversion SET stem = 'What else?' WHERE id = {VERSION.format(1)}",
        "question 1: what it asks, or its key, was changed since it was written",
    ),
    "the key is gone": (
        f"UPDATE assessments_questionversion SET key = '{{}}' WHERE id = {VERSION.format(1)}",
        "question 1: what it asks, or its key, was changed since it was written",
    ),
    "the content is another": (
        f"UPDATE assessments_questionversion SET content = '{{}}' WHERE id = {VERSION.format(2)}",
        "question 2: what it asks, or its key, was changed since it was written",
    ),
    "the consent is another": (
        f"UPDATE candidates_attempt SET consent_text = 'I agree to anything.' {OF_ATTEMPT}",
        "the text agreed to is not the one whose hash stands beside it",
    ),
    "it is given to somebody else": (
        f"UPDATE candidates_attempt SET candidate_id = %(other)s {OF_ATTEMPT}",
        "its candidate is not the one who was invited",
    ),
    "it is voided by hand": (
        f"UPDATE candidates_attempt SET status = 'voided' {OF_ATTEMPT}",
        "it is voided, and by its events submitted",
    ),
    "it is voided with an event": (
        (
            f"UPDATE candidates_attempt SET status = 'voided' {OF_ATTEMPT};"
            "INSERT INTO candidates_event (attempt_id, kind, at, detail) SELECT id, 'voided', closed_at, '{}'"
            f" FROM candidates_attempt {OF_ATTEMPT}"
        ),
        "voided at *: the audit log does not say so",
    ),
    "its bell is later": (
        (
            "UPDATE candidates_attempt SET deadline_at = deadline_at + interval '1 day',"
            f" grace_until = grace_until + interval '1 day' {OF_ATTEMPT}"
        ),
        "its bell is at *, and by what was allowed and added at *",
    ),
    "a section's bell is later": (
        (
            "UPDATE candidates_attemptsection SET deadline_at = deadline_at + interval '1 day',"
            " grace_until = grace_until + interval '1 day' WHERE attempt_id = %(attempt)s"
        ),
        "section 1: its bell and grace are at * and *, and by what was allowed and added at * and *",
    ),
    "a section's grace is longer": (
        (
            "UPDATE candidates_attemptsection SET grace_until = grace_until + interval '1 minute'"
            " WHERE attempt_id = %(attempt)s"
        ),
        "section 1: its bell and grace are at * and *, and by what was allowed and added at * and *",
    ),
    "a section's clock is gone": (
        ("UPDATE candidates_attemptsection SET deadline_at = NULL, grace_until = NULL WHERE attempt_id = %(attempt)s"),
        "section 1: its bell and grace are at no time and no time, and by what was allowed and added at * and *",
    ),
    "a section began later": (
        (
            "UPDATE candidates_attemptsection SET started_at = started_at + interval '1 minute'"
            " WHERE attempt_id = %(attempt)s"
        ),
        "section 1: it began at *, and by its events at *",
    ),
    "a pause was longer": (
        "UPDATE candidates_pause SET ended_at = ended_at + interval '1 hour'",
        "its bell is at *, and by what was allowed and added at *",
    ),
    "the order of its options is another": (
        (
            """UPDATE candidates_attemptquestion SET option_order = '["c", "b", "a"]'"""
            f" WHERE id = {QUESTION.format(2)}"
        ),
        "its questions, their places, points or orders of options are not those that it was started with",
    ),
    "an older version was asked": (
        (
            "INSERT INTO assessments_questionversion SELECT (jsonb_populate_record(v, jsonb_build_object("
            "'id', gen_random_uuid(), 'number', 2))).* FROM assessments_questionversion v"
            f" WHERE id = {VERSION.format(1)};"
            "UPDATE candidates_attemptquestion q SET version_id = (SELECT o.id FROM assessments_questionversion o"
            " JOIN assessments_questionversion v ON v.question_id = o.question_id AND v.id = q.version_id"
            f" WHERE o.number = 2) WHERE id = {QUESTION.format(1)}"
        ),
        "its questions, their places, points or orders of options are not those that it was started with",
    ),
    "a save is said to be of another attempt's question": (
        (
            "UPDATE candidates_responseevent SET attempt_question_id = (SELECT id FROM candidates_attemptquestion"
            " WHERE attempt_id <> %(attempt)s) WHERE attempt_id = %(attempt)s AND attempt_question_id = "
            f"{QUESTION.format(1)}"
        ),
        "save * of the attempt: its question is another attempt's",
    ),
    "a response was saved earlier": (
        "UPDATE candidates_response SET saved_at = saved_at - interval '1 hour' WHERE revision > 0",
        "question 1, revision 1: the response is not what was saved last",
    ),
    "a question is in another attempt's section": (
        (
            "UPDATE candidates_attemptquestion SET section_id = (SELECT id FROM candidates_attemptsection"
            f" WHERE attempt_id <> %(attempt)s) WHERE id = {QUESTION.format(1)}"
        ),
        "question 1: its section is another attempt's",
    ),
    "it is said to be a trial of staff": (
        f"UPDATE candidates_attempt SET purpose = 'preview' {OF_ATTEMPT}",
        "it is “tried by staff” and has an invitation",
    ),
    "its grace is longer": (
        f"UPDATE candidates_attempt SET grace_until = grace_until + interval '1 day' {OF_ATTEMPT}",
        "its grace lasts until *, which is not * after its bell",
    ),
    "its start is earlier": (
        f"UPDATE candidates_attempt SET started_at = started_at - interval '1 day' {OF_ATTEMPT}",
        "it began at *, and by its events at *",
    ),
    "its end is earlier": (
        f"UPDATE candidates_attempt SET closed_at = closed_at - interval '5 hours' {OF_ATTEMPT}",
        "it ended at *, and by its events at *",
    ),
    "more time is claimed": (
        f"UPDATE candidates_attempt SET extra_seconds = 9999 {OF_ATTEMPT}",
        "extra_seconds is 9999, and by its events 600",
    ),
    "an event about time is removed": (
        "DELETE FROM candidates_event WHERE kind = 'extended'",
        "time added at *: the audit log says so, and its events do not",
    ),
    "the accommodation is another": (
        "UPDATE candidates_candidate SET time_factor = 10",
        "its bell is at *, and by what was allowed and added at *",
    ),
    "the newest audit entries are removed": (
        "DELETE FROM candidates_auditentry WHERE id IN (SELECT id FROM candidates_auditentry ORDER BY id DESC LIMIT 2)",
        "its outcomes are not those that the audit log tells of",
    ),
    "the audit entries up to its end are removed from the end": (
        "DELETE FROM candidates_auditentry WHERE action <> 'invited'",
        "submitted at *: audit entries from before that are missing",
    ),
    "the audit log is emptied": (
        "DELETE FROM candidates_auditentry",
        "the audit log does not say that its candidate was invited",
    ),
}


def unnamed(attempt: Attempt, damages: dict[str, tuple[str, str]], **others: Any) -> dict[str, str]:
    """What is said of each damage that is not named with its attempt. Each is done to the same rows, and undone."""
    found = {}
    for damage, (statements, named) in damages.items():
        out = StringIO()
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements.split(";"):
                cursor.execute(statement, {"attempt": attempt.pk, **others})
            with pytest.raises(CommandError, match="with problems"):
                call_command("verify_attempts", stdout=out)
            transaction.set_rollback(True)
        if not fnmatch.filter(out.getvalue().splitlines(), f"attempt {attempt.pk}: {named}"):
            found[damage] = out.getvalue()
    return found


@pytest.mark.needs_postgresql
def test_whatever_is_damaged_is_named_with_its_attempt(judged):
    other = make_attempt()
    assert unnamed(judged, DAMAGE, other=other.candidate_id) == {}
    assert (
        verify() == "2 attempts checked, 0 with problems; audit log whole.\n"
    )  # each was undone, and does no harm itself


@pytest.fixture
def practised() -> Attempt:
    """By a guest, with one question of two that there are."""
    bank = make_bank()
    for _ in range(2):
        make_question(bank=bank)
    practice = make_practice(publish=False)
    practice.sections.get().draws.update(kind=DrawKind.POOL, bank=bank, question=None, count=1)
    attempt = entry.enter_practice(publish_assessment(practice))
    attempts.start(holder_of(attempt))
    return attempt


GUEST_DAMAGE = {
    "it is given to another guest": (
        "UPDATE candidates_attempt SET candidate_id = %(guest)s WHERE id = %(attempt)s",
        "its candidate is not the one who started it",
    ),
    "it is said to be a trial of staff": (
        "UPDATE candidates_attempt SET purpose = 'preview' WHERE id = %(attempt)s",
        "its purpose is not the one that it was started with",
    ),
    "another question of the pool was asked": (
        (
            "UPDATE candidates_attemptquestion SET version_id = (SELECT v.id FROM assessments_questionversion v"
            " JOIN assessments_question q ON q.id = v.question_id JOIN assessments_draw d ON d.bank_id = q.bank_id"
            " WHERE v.id <> version_id) WHERE attempt_id = %(attempt)s"
        ),
        "its questions, their places, points or orders of options are not those that it was started with",
    ),
}


@pytest.mark.needs_postgresql
def test_whatever_is_damaged_of_a_practice_is_named(practised):
    assert unnamed(practised, GUEST_DAMAGE, guest=Candidate.objects.create().pk) == {}
    assert verify() == "1 attempts checked, 0 with problems; audit log whole.\n"


def test_an_attempt_from_before_more_was_written_down_at_its_start_is_no_problem(judged):
    """What its events lack is not missed, and by a changed accommodation nothing can be told of its bells."""
    for event in judged.events.filter(kind__in=["started", "section_started"]):
        event.detail = {name: value for name, value in event.detail.items() if name in ("device", "words", "section")}
        event.save()
    judged.candidate.refresh_from_db()
    accommodations.accommodate(judged.candidate, time_factor=Decimal(2), is_untimed=False, by=None)
    assert verify() == "1 attempts checked, 0 with problems; audit log whole.\n"


def test_a_draft_whose_times_changed_since_staff_tried_it_is_no_problem(admin_user):
    draft = make_assessment(publish=False, duration_seconds=600)
    attempts.start(holder_of(entry.enter_preview(draft, by=admin_user)))
    Assessment.objects.filter(pk=draft.pk).update(duration_seconds=900)
    assert verify() == "1 attempts checked, 0 with problems; audit log whole.\n"


def test_what_cannot_even_be_computed_is_named_and_the_others_are_checked(judged):
    """Damage may be anything at all."""
    make_attempt()
    judged.events.update(detail={"seconds": "ten"})
    out = StringIO()
    with pytest.raises(CommandError, match="2 attempts checked, 1 with problems"):
        call_command("verify_attempts", stdout=out)
    assert f"attempt {judged.pk}: the rest cannot be computed again (TypeError)" in out.getvalue()


def test_before_it_is_started_nothing_is_missed_in_it():
    assert list(problems_of(make_attempt(start=False))) == []


def test_a_score_that_a_worker_has_yet_to_give_is_not_missed(attempt):
    assert verify() == "1 attempts checked, 0 with problems; audit log whole.\n"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_tasks_database_dbtaskresult")
    assert "question 1: scored none, and the rule gives 0" in list(problems_of(attempt))


@pytest.mark.django_db(transaction=True)  # each step at a moment of its own
def test_a_bell_that_moved_for_every_reason_there_is_still_follows(admin_user):
    """More time, for one and for all, a break, a pause, an outage, an end, a reopening, and once more."""
    assessment = make_assessment(
        publish=False, duration_seconds=3600, break_count=2, break_seconds=300, section={"duration_seconds": 1200}
    )
    add_section(assessment, make_question(), duration_seconds=3300)
    add_section(assessment, make_question(), duration_seconds=600)
    attempt = make_attempt(publish_assessment(assessment), time_factor="1.25")
    other = make_attempt(attempt.assessment)
    attempts.start_section(holder_of(attempt), position=1)
    for number in (1, 2):
        interventions.extend(attempt, seconds=60, by=admin_user)
        interventions.extend_all([attempt.pk, other.pk], seconds=30, by=admin_user, reason="Fire drill")
        pauses.begin_break(holder_of(attempt))
        assert verify().startswith("2 attempts checked, 0 with problems")
        pauses.pause([attempt.pk], by=admin_user)
        pauses.resume([attempt.pk], by=admin_user)
        now = clock.now()
        Outage.objects.create(began_at=now - timedelta(seconds=40 * number), ended_at=now + timedelta(seconds=number))
        outages.settle()
        assert verify().startswith("2 attempts checked, 0 with problems")
        attempts.start_section(holder_of(attempt), position=1 + number)
        assert verify().startswith("2 attempts checked, 0 with problems")
        if number == 1:
            interventions.close_now(attempt, by=admin_user)
            interventions.reopen(attempt, seconds=900, by=admin_user)
    accommodations.accommodate(attempt.candidate, time_factor=Decimal(2), is_untimed=False, by=admin_user)
    assert verify().startswith("2 attempts checked, 0 with problems")
    interventions.void(other, reason="Twice", by=admin_user)
    attempts.submit(holder_of(attempt))
    assert verify() == "2 attempts checked, 0 with problems; audit log whole.\n"
