from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django_tasks_db.models import DBTaskResult

from assessments import prompts
from assessments.domain import drafts, ledger
from assessments.domain.asks import Ask
from assessments.domain.generation_requests import request_questions
from assessments.domain.ledger import LimitReached
from assessments.enums import GenerationStatus, KeyVerdict, QuestionStatus
from assessments.models import AiOrigin, Generation, Question
from assessments.tests import fake_gemini as fake
from assessments.tests.gemini_models import contrary, good, written
from assessments.tests.making import make_bank
from candidates.tests.making import make_attempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return User.objects.create_user("author", is_staff=True)


def requested(author: User, **facts: Any) -> Generation:
    bank = make_bank()
    return request_questions(Ask(**{"topic": "databases", "count": 2, "bank": bank, **facts}), bank=bank, by=author)


def carried_out(author: User, **facts: Any) -> Generation:
    row = requested(author, **facts)
    drafts.carry_out(row.pk)
    row.refresh_from_db()
    return row


def test_a_request_is_one_row_one_reserved_line_and_one_task(fake_gemini, author):
    row = requested(author)
    assert (row.status, row.request and row.request.caller) == (GenerationStatus.QUEUED, f"user:{author.pk}")
    assert DBTaskResult.objects.get().args_kwargs["args"] == [str(row.pk)]
    assert fake_gemini.asked == []


def test_the_sixth_request_is_refused_at_once_and_leaves_no_task(fake_gemini, author):
    for _ in range(5):
        requested(author)
    with pytest.raises(LimitReached):
        requested(author)
    assert (Generation.objects.count(), DBTaskResult.objects.count()) == (5, 5)


def test_carried_out_it_leaves_drafts_with_their_origin(fake_gemini, author):
    fake_gemini.model = good
    row = carried_out(author)
    kept = drafts.drafts_of(row)
    file = prompts.load("generate")
    assert (row.status, row.note) == (GenerationStatus.DONE, "2 written.")
    assert {one.status for one in kept} == {QuestionStatus.DRAFT}
    origin = AiOrigin.objects.get(version=kept[0].current_version)
    assert (origin.model, origin.prompt_version, origin.prompt_hash) == ("gemini-2.5-flash", file.version, file.hash)
    assert (origin.requested_by, origin.approved_by, origin.verdict) == (author, None, KeyVerdict.AGREED)


def test_disputed_drafts_are_kept_and_counted(fake_gemini, author):
    fake_gemini.model = contrary
    row = carried_out(author)
    assert row.note == "2 written. 2 disputed."
    assert {one.current_version.ai_origin.verdict for one in drafts.drafts_of(row)} == {KeyVerdict.DISPUTED}  # type: ignore[union-attr]


BUSY = fake.status(503, headers={"Retry-After": "60"})


@pytest.mark.parametrize(
    ("fault", "words"), [(fake.reset, "connection broke"), (fake.blocked, "safety filter"), (BUSY, "overloaded")]
)
def test_a_failure_ends_the_request_with_a_sentence_and_no_exception(fake_gemini, author, fault, words):
    fake_gemini.script = [fault]
    row = carried_out(author)
    assert row.status == GenerationStatus.FAILED
    assert words in row.note


def test_a_later_failure_keeps_what_was_written(fake_gemini, author):
    fake_gemini.script = [fake.answer({"questions": [written("long_text", n) for n in range(4)]}), fake.reset]
    row = carried_out(author, question_type="long_text", count=8)
    assert (row.status, len(drafts.drafts_of(row))) == (GenerationStatus.DONE, 4)
    assert "connection broke" in row.note


def test_a_task_that_runs_again_asks_for_nothing_again(fake_gemini, author):
    fake_gemini.model = good
    row = carried_out(author)
    calls = len(fake_gemini.asked)
    drafts.carry_out(row.pk)
    assert (len(fake_gemini.asked), Question.objects.count()) == (calls, 2)


def test_a_task_whose_worker_was_killed_says_so(fake_gemini, author):
    row = requested(author)
    Generation.objects.filter(pk=row.pk).update(status=GenerationStatus.WRITING)
    drafts.carry_out(row.pk)
    row.refresh_from_db()
    assert (row.status, fake_gemini.asked) == (GenerationStatus.FAILED, [])
    assert row.note.startswith("The worker was interrupted.")


def test_the_switch_stops_what_was_asked_before(fake_gemini, author):
    row = requested(author)
    ledger.switch(is_stopped=True)
    drafts.carry_out(row.pk)
    row.refresh_from_db()
    assert (row.status, row.note, fake_gemini.asked) == (GenerationStatus.FAILED, "AI is stopped for now.", [])


def test_a_request_that_waited_too_long_is_dropped(fake_gemini, author):
    row = requested(author)
    assert row.request is not None
    row.request.requested_at -= timedelta(minutes=6)
    row.request.save()
    ledger.settle_abandoned()
    drafts.carry_out(row.pk)
    row.refresh_from_db()
    assert "waited too long" in row.note


def edited(question: Question, author: User, **changes: Any) -> Question:
    version = question.current_version
    assert version is not None
    names = ("type", "stem", "content", "key", "points", "explanation", "rubric")
    drafts.edit_draft(question, by=author, **{**{name: getattr(version, name) for name in names}, **changes})
    question.refresh_from_db()
    return question


def test_an_edit_is_a_new_version_whose_key_is_unchecked_again(fake_gemini, author):
    fake_gemini.model = good
    question = edited(drafts.drafts_of(carried_out(author))[0], author, stem="Better words?")
    origin = AiOrigin.objects.get(version=question.current_version)
    assert question.current_version is not None
    assert (question.current_version.number, question.current_version.created_by) == (2, author)
    assert (origin.is_edited, origin.verdict, origin.verdict_words[:12]) == (True, KeyVerdict.UNCHECKED, "Edited since")
    assert AiOrigin.objects.filter(version__question=question).count() == 2


def test_a_better_explanation_leaves_the_verdict(fake_gemini, author):
    fake_gemini.model = good
    question = edited(drafts.drafts_of(carried_out(author))[0], author, explanation="In short: look.")
    assert AiOrigin.objects.get(version=question.current_version).verdict == KeyVerdict.AGREED


def test_who_approved_stays_with_the_version(fake_gemini, author):
    fake_gemini.model = good
    row = carried_out(author)
    assert drafts.approve_drafts(drafts.drafts_of(row), by=author) == 2
    assert drafts.approve_drafts(drafts.drafts_of(row), by=author) == 0
    for question in drafts.drafts_of(row):
        origin = AiOrigin.objects.get(version=question.current_version)
        assert (question.status, origin.approved_by, origin.approved_at is not None) == ("approved", author, True)


def test_an_approved_question_is_not_edited_here(fake_gemini, author):
    fake_gemini.model = good
    question = drafts.drafts_of(carried_out(author))[0]
    drafts.approve_drafts([question], by=author)
    with pytest.raises(drafts.NotADraft):
        edited(question, author, stem="Sneaked in?")


def test_a_version_saved_after_the_reading_is_left_by_every_verb(fake_gemini, author):
    fake_gemini.model = good
    row = carried_out(author)
    held = drafts.drafts_of(row)[0]
    newer = edited(drafts.drafts_of(row)[0], author, stem="Said since?")
    with pytest.raises(drafts.ChangedMeanwhile):
        edited(held, author, stem="Said without having read that?")
    assert (drafts.approve_drafts([held], by=author), drafts.discard_drafts([held])) == (0, 0)
    now = Question.objects.get(pk=held.pk)
    assert (now.status, now.current_version, now.versions.count()) == ("draft", newer.current_version, 2)


def test_discarded_drafts_are_gone_and_approved_ones_stay(fake_gemini, author):
    fake_gemini.model = good
    row = carried_out(author)
    first, second = drafts.drafts_of(row)
    drafts.approve_drafts([first], by=author)
    assert drafts.discard_drafts([first, second]) == 1
    assert [one.pk for one in drafts.drafts_of(row)] == [first.pk]


def test_a_generated_question_can_be_asked_once_it_is_approved(fake_gemini, author):
    from assessments.tests.making import make_assessment

    fake_gemini.model = good
    row = carried_out(author)
    question = drafts.drafts_of(row)[0]
    drafts.approve_drafts([question], by=author)
    question.refresh_from_db()
    attempt = make_attempt(make_assessment(question))
    assert attempt.questions.get().version_id == question.current_version_id


def test_approving_it_anywhere_else_in_admin_is_signed_too(fake_gemini, author, client):
    fake_gemini.model = good
    question = drafts.drafts_of(carried_out(author))[0]
    User.objects.filter(pk=author.pk).update(is_superuser=True)
    client.force_login(author)
    client.post("/admin/assessments/question/", {"action": "approve", "_selected_action": [str(question.pk)]})
    assert AiOrigin.objects.get(version=question.current_version).approved_by == author
