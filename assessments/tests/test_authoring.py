from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from assessments import question_types
from assessments.domain.authoring import (
    IdentityTaken,
    RubricInUse,
    adopt_rubric,
    copy_rubric,
    earlier_versions_judge,
    is_used,
    write_question,
    write_rubric,
)
from assessments.domain.rubrics import parsed_rubric, rubric_hash
from assessments.enums import QuestionStatus
from assessments.formats.base import ParsedCriterion, ParsedLevel, ParsedRubric
from assessments.models import Question, Rubric, Tag
from assessments.question_types import ContentInvalid
from assessments.question_types.starts import STARTS
from assessments.tests.making import SHAPES, make_bank, make_question, make_rubric

pytestmark = pytest.mark.django_db
LEVELS = (ParsedLevel("No", Decimal(0)), ParsedLevel("Yes", Decimal(2)))
RUBRIC = ParsedRubric("Clarity", (ParsedCriterion("Order", LEVELS), ParsedCriterion("Words", LEVELS)))


def version(type: str = "true_false", stem: str = "Is an index free?"):  # noqa: A002 - the field's name
    content, key = SHAPES[type]
    return {"type": type, "stem": stem, "content": content, "key": key}


# ---- Questions ----


def test_a_question_written_by_hand_is_a_draft_with_a_first_version():
    author, tag = User.objects.create(username="author"), Tag.objects.create(name="sql")
    question = write_question(make_bank(), facts={"title": "Indexes"}, tags=[tag], version=version(), by=author)
    made = question.current_version
    assert made is not None
    assert (question.status, question.title, list(question.tags.all())) == (QuestionStatus.DRAFT, "Indexes", [tag])
    assert (made.number, made.type, made.created_by) == (1, "true_false", author)


def test_without_an_identity_it_gets_a_readable_one_of_its_own():
    bank = make_bank()
    identities = [write_question(bank, facts={}, version=version()).identity for _ in range(3)]
    assert identities == ["is-an-index-free", "is-an-index-free-2", "is-an-index-free-3"]


def test_a_stem_without_letters_makes_an_identity_too():
    assert write_question(make_bank(), facts={}, version=version(stem="???")).identity == "question"


def test_an_identity_is_taken_once_in_a_bank():
    bank = make_bank()
    write_question(bank, identity="q1", facts={}, version=version())
    with pytest.raises(IdentityTaken, match="has a question “q1” already"):
        write_question(bank, identity="q1", facts={}, version=version())
    assert write_question(make_bank(), identity="q1", facts={}, version=version()).identity == "q1"


def test_content_that_does_not_fit_leaves_nothing_behind():
    with pytest.raises(ContentInvalid):
        write_question(make_bank(), facts={}, version={**version(), "key": {}})
    assert Question.objects.count() == 0


@pytest.mark.parametrize("name", [one.name for one in question_types.all_types()])
def test_every_type_begins_with_something_valid(name):
    start = STARTS[name]
    question_types.get(name).check(start.content, start.key)
    assert start.about


# ---- Rubrics ----


def test_a_rubric_is_written_with_its_criteria_and_levels():
    rubric = write_rubric(Rubric(), RUBRIC)
    assert (rubric.name, rubric.version) == ("Clarity", 1)
    assert parsed_rubric(rubric) == RUBRIC
    assert rubric_hash(rubric) == rubric.content_hash


def test_writing_it_again_replaces_what_it_had():
    rubric = write_rubric(Rubric(), RUBRIC)
    fewer = ParsedRubric("Clarity", RUBRIC.criteria[:1])
    assert parsed_rubric(write_rubric(rubric, fewer)) == fewer
    assert Rubric.objects.count() == 1


def test_a_second_rubric_of_the_name_is_its_next_version():
    write_rubric(Rubric(), RUBRIC)
    assert write_rubric(Rubric(), RUBRIC).version == 2


def test_a_rubric_that_judges_questions_stays_as_it_is():
    rubric = make_rubric()
    make_question("long_text", rubric=rubric)
    assert is_used(rubric)
    with pytest.raises(RubricInUse):
        write_rubric(rubric, RUBRIC)
    assert rubric.criteria.count() == 2


def test_a_copy_is_the_next_version_and_free():
    rubric = make_rubric()
    make_question("long_text", rubric=rubric)
    copy = copy_rubric(rubric)
    assert (copy.name, copy.version, is_used(copy)) == (rubric.name, rubric.version + 1, False)
    assert parsed_rubric(copy) == parsed_rubric(rubric)


def test_questions_of_earlier_versions_adopt_it_by_new_versions():
    rubric = make_rubric()
    question, other = make_question("long_text", rubric=rubric), make_question("long_text", rubric=make_rubric("Else"))
    copy = copy_rubric(rubric)
    copy = write_rubric(copy, ParsedRubric(copy.name, RUBRIC.criteria))
    assert earlier_versions_judge(copy) == 1
    assert adopt_rubric(copy) == 1
    judged_by = dict(Question.objects.values_list("pk", "current_version__rubric__name"))
    assert judged_by == {question.pk: copy.name, other.pk: "Else"}
    assert Question.objects.filter(current_version__rubric=copy).get() == question
    assert question.versions.count() == 2
    assert earlier_versions_judge(copy) == 0
