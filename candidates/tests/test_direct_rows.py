"""Statements worked out once give and take what the ORM does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Model
from django.utils import timezone

from candidates.enums import ResponseEventKind
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.making import make_attempt
from interview_project import direct_rows

pytestmark = pytest.mark.django_db


def everything_of(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_that_is_read_equals_the_one_the_orm_reads():
    attempt = make_attempt()
    row, beside = direct_rows.read(Attempt, id=attempt.pk, candidate_id=attempt.candidate_id, also="41 + 1")
    assert everything_of(row) == everything_of(Attempt.objects.get(pk=attempt.pk))
    assert beside == 42


def test_a_row_that_is_read_can_be_changed_and_saved():
    attempt = make_attempt()
    row, _ = direct_rows.read(Attempt, id=attempt.pk)
    row.position = 3
    row.save(update_fields=["position"])
    assert Attempt.objects.get().position == 3


def test_no_row_is_named_as_the_orm_does():
    with pytest.raises(Attempt.DoesNotExist):
        direct_rows.read(Attempt, id=uuid4())


@pytest.mark.parametrize("value", [None, "text “with” 'quotes' % and \\", ["a", "b"], {"gap": "é"}, True, "null", 0])
def test_json_is_stored_and_read_as_the_orm_does(value):
    question = make_attempt().questions.get(number=1)
    at = {"attempt_question_id": question.pk, "revision": 0}
    change = direct_rows.updating(Response, where=at, value=value, revision=1, saved_at=timezone.now())
    assert direct_rows.write(change) == [1]
    by_orm = Response.objects.get(pk=question.pk)
    assert (by_orm.value, by_orm.revision) == (value, 1)
    assert direct_rows.read(Response, attempt_question_id=question.pk)[0].value == value


def test_an_update_that_meets_no_row_says_so():
    question = make_attempt().questions.get(number=1)
    change = direct_rows.updating(Response, where={"attempt_question_id": question.pk, "revision": 7}, revision=8)
    assert direct_rows.write(change) == [0]


def test_a_row_that_is_inserted_is_the_orms():
    question = make_attempt().questions.get(number=1)
    facts: dict[str, Any] = {
        "attempt_id": question.attempt_id,
        "attempt_question_id": question.pk,
        "sequence": 1,
        "kind": ResponseEventKind.SAVED.value,
        "key": uuid4(),
        "base_revision": 0,
        "revision": 1,
        "value": {"a": [1, None]},
        "received_at": timezone.now(),
        "chain_hash": "0" * 64,
    }
    assert direct_rows.write(direct_rows.inserting(ResponseEvent, **facts)) == [1]
    event = ResponseEvent.objects.get(key=facts["key"])
    assert everything_of(event) == {"id": event.pk, **facts}
