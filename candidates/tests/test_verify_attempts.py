"""What was changed behind the application's back is named."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts
from candidates.domain.verification import problems_of
from candidates.models import Attempt, AuditEntry, Response
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
