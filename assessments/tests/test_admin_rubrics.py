from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.admin.rubric_forms import EXAMPLE
from assessments.domain.rubrics import parsed_rubric
from assessments.models import Question, Rubric
from assessments.tests.making import make_question, make_rubric
from assessments.tests.test_admin_questions import current, signed_in

pytestmark = pytest.mark.django_db
ADD = "/admin/assessments/rubric/add/"
LEVELS = "0 | Missing\n1.5 | Partly | Names one cost\n3 | Complete | Names both costs"


@pytest.fixture
def author() -> Client:
    return signed_in()


def page_url(rubric: Rubric, page: str = "change") -> str:
    return reverse(f"admin:assessments_rubric_{page}", args=[rubric.pk])


def written(*criteria: dict[str, Any], name: str = "Trade-offs") -> dict[str, Any]:
    data: dict[str, Any] = {"name": name, "criteria-TOTAL_FORMS": len(criteria), "criteria-INITIAL_FORMS": 0}
    for number, criterion in enumerate(criteria):
        defaults = {"name": f"Criterion {number}", "levels_text": LEVELS, "description": ""}
        data |= {f"criteria-{number}-{field}": value for field, value in {**defaults, **criterion}.items()}
    return data


def shape(rubric: Rubric) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (one.name, [(f"{level.points:f}", level.name, level.description) for level in one.levels])
        for one in parsed_rubric(rubric).criteria
    ]


def test_a_rubric_is_written_as_one_form(author):
    author.post(ADD, written({"name": "Costs"}))
    assert shape(Rubric.objects.get()) == [
        (
            "Costs",
            [("0.00", "Missing", ""), ("1.50", "Partly", "Names one cost"), ("3.00", "Complete", "Names both costs")],
        )
    ]


def test_criteria_come_in_the_order_of_their_places(author):
    author.post(ADD, written({"name": "Last"}, {"name": "Second", "place": "7"}, {"name": "First", "place": "2"}))
    assert [name for name, _ in shape(Rubric.objects.get())] == ["First", "Second", "Last"]


def test_the_form_comes_back_with_what_was_written(author):
    author.post(ADD, written({}))
    page = author.get(page_url(Rubric.objects.get())).content.decode()
    assert "1.5 | Partly | Names one cost" in page


def test_a_rubric_nothing_uses_can_be_changed_and_its_criteria_removed(author):
    author.post(ADD, written({"name": "A"}, {"name": "B"}))
    rubric = Rubric.objects.get()
    ids = [str(one.pk) for one in rubric.criteria.all()]
    data = written({"name": "A", "id": ids[0], "DELETE": "on"}, {"name": "B2", "id": ids[1]})
    assert author.post(page_url(rubric), {**data, "criteria-INITIAL_FORMS": 2}).status_code == 302
    assert [name for name, _ in shape(rubric)] == ["B2"]
    assert Rubric.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("0 | No\nyes", [f"Line 2: it must begin with its points, as in “{EXAMPLE}”."]),
        ("0 | No\n-1 | Less", ["Line 2: points are a number from 0 on with at most two decimals."]),
        ("0 | No\n1", [f"Line 2: the level has no name, as in “{EXAMPLE}”."]),
        ("1 | No\n1.0 | Yes", ["Two levels have 1 points; reviewers choose a level by its points."]),
        ("1 | Only", ["A criterion needs at least two levels to choose from."]),
        ("NaN | No\n1 | Yes", ["Line 1: points are a number from 0 on with at most two decimals."]),
    ],
)  # fmt: skip
def test_levels_that_cannot_be_read_are_said_by_line(author, text, problems):
    response = author.post(ADD, written({"levels_text": text}))
    (formset,) = response.context["inline_admin_formsets"]
    assert formset.formset.errors == [{"levels_text": problems}]
    assert Rubric.objects.count() == 0


def test_a_rubric_without_criteria_is_refused(author):
    author.post(ADD, written())
    assert Rubric.objects.count() == 0


def test_a_rubric_that_judges_questions_is_only_read(author):
    rubric = make_rubric()
    make_question("long_text", rubric=rubric)
    page = author.get(page_url(rubric)).content.decode()
    assert ('name="_save"' in page, "Copy as new version" in page) == (False, True)
    assert author.post(page_url(rubric), written({"name": "Other"})).status_code == 403
    assert [name for name, _ in shape(rubric)] == ["Correct", "Clear"]
    assert author.get(page_url(rubric, "delete")).status_code == 403


def test_a_copy_can_be_changed_and_then_adopted(author):
    rubric = make_rubric()
    question = make_question("long_text", rubric=rubric)
    response = author.post(page_url(rubric, "copy"))
    copy = Rubric.objects.exclude(pk=rubric.pk).get()
    assert response["Location"] == page_url(copy)
    assert "0 questions are judged" in author.post(page_url(copy, "adopt"), follow=True).content.decode()
    assert current(question).rubric == rubric  # it says the same so far
    ids = [str(one.pk) for one in copy.criteria.all()]
    data = written({"name": "One", "id": ids[0]}, {"name": "Two", "id": ids[1]}, name=copy.name)
    author.post(page_url(copy), {**data, "criteria-INITIAL_FORMS": len(ids)})
    assert "1 question is judged" in author.post(page_url(copy, "adopt"), follow=True).content.decode()
    assert current(question).rubric == copy
    assert Question.objects.get(pk=question.pk).versions.count() == 2


def test_who_may_only_look_writes_nothing():
    rubric, viewer = make_rubric(), signed_in("view_rubric")
    assert "Level 2" in viewer.get(page_url(rubric)).content.decode()
    assert viewer.post(page_url(rubric), written({})).status_code == 403
    assert viewer.post(page_url(rubric, "copy")).status_code == 403
    assert viewer.get(ADD).status_code == 403


def test_who_may_change_rubrics_may_write_their_criteria():
    rubric, author = make_rubric(), signed_in("view_rubric", "change_rubric")
    ids = [str(one.pk) for one in rubric.criteria.all()]
    data = written({"name": "One", "id": ids[0]}, {"name": "Two", "id": ids[1]})
    assert author.post(page_url(rubric), {**data, "criteria-INITIAL_FORMS": 2}).status_code == 302
    assert [name for name, _ in shape(rubric)] == ["One", "Two"]
