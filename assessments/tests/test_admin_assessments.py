from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.domain.samples import PRACTICE
from assessments.enums import AssessmentStatus, DrawKind, QuestionStatus
from assessments.models import Assessment, Draw, Section
from assessments.tests.making import add_section, make_assessment, make_question, published_without_language
from assessments.tests.test_admin_questions import signed_in

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/assessments/assessment/", "/admin/assessments/assessment/add/"


@pytest.fixture
def author() -> Client:
    return signed_in()


def page_url(one: Assessment | Section, page: str = "change") -> str:
    return reverse(f"admin:assessments_{one._meta.model_name}_{page}", args=[one.pk])


def form_of(assessment: Assessment | None = None, sections: list[dict[str, Any]] | None = None, **changes: Any) -> Any:
    data: dict[str, Any] = {
        "title": "Backend", "slug": "backend", "access": "invitation", "max_attempts": "1", "grace_seconds": "30",
        "break_count": "0", "break_seconds": "10",
        "feedback_policy": "none", "ai_policy": "off", "hear_back_days": "14", "retention_days": "180",
    }  # fmt: skip
    sections = sections or []
    saved = sum("id" in one for one in sections)
    data |= {"sections-TOTAL_FORMS": str(len(sections)), "sections-INITIAL_FORMS": str(saved)}
    for number, section in enumerate(sections):
        row = {"title": f"Part {number}", "navigation": "free", "assessment": str(assessment.pk) if assessment else ""}
        data |= {f"sections-{number}-{name}": value for name, value in {**row, **section}.items()}
    return {**data, **changes}


# ---- Writing one ----


def test_times_are_written_in_minutes(author):
    author.post(ADD, form_of(sections=[{"duration_seconds": "7.5"}], duration_seconds="90"))
    assessment = Assessment.objects.get()
    assert (assessment.duration_seconds, assessment.sections.get().duration_seconds) == (5400, 450)
    form = author.get(page_url(assessment)).context["adminform"].form
    assert form["duration_seconds"].value() == "90"


def test_the_ai_policy_says_why_nothing_would_be_suggested(author, settings):
    settings.GEMINI_API_KEY = ""
    assert "AI is off: GEMINI_API_KEY is not set." in author.get(ADD).content.decode()
    settings.GEMINI_API_KEY = "only-a-canary"
    assert "until run_injection_gate has passed with this model and prompt" in author.get(ADD).content.decode()


def test_sections_change_places_in_one_go(author):
    author.post(ADD, form_of(sections=[{"title": "A"}, {"title": "B"}, {"title": "C"}]))
    assessment = Assessment.objects.get()
    places = {"A": "3", "B": "1", "C": "2"}
    rows = [{"id": str(one.pk), "title": one.title, "place": places[one.title]} for one in assessment.sections.all()]
    assert author.post(page_url(assessment), form_of(assessment, rows)).status_code == 302
    assert [(one.position, one.title) for one in assessment.sections.all()] == [(1, "B"), (2, "C"), (3, "A")]


def test_a_section_without_a_place_comes_last_and_one_deleted_leaves_no_gap(author):
    author.post(ADD, form_of(sections=[{"title": "A"}, {"title": "B"}]))
    assessment = Assessment.objects.get()
    a, b = assessment.sections.all()
    rows = [
        {"id": str(a.pk), "title": "A", "place": "1", "DELETE": "on"},
        {"id": str(b.pk), "title": "B", "place": "2"},
        {"title": "New"},
    ]
    author.post(page_url(assessment), form_of(assessment, rows))
    assert [(one.position, one.title) for one in assessment.sections.all()] == [(1, "B"), (2, "New")]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"opens_at_0": "2030-01-02", "opens_at_1": "10:00", "closes_at_0": "2030-01-01", "closes_at_1": "10:00"},
            {"closes_at": ["It must close after it opens."]},
        ),
        ({"cut_score": "101"}, {"cut_score": ["A percentage: 0 to 100."]}),
        ({"max_attempts": "0"}, {"max_attempts": ["At least one; close the assessment to let nobody in."]}),
        ({"duration_seconds": "0"}, {"duration_seconds": ["Ensure this value is greater than or equal to 0.5."]}),
    ],
)
def test_what_the_database_would_refuse_is_said_in_words(author, changes, errors):
    response = author.post(ADD, form_of(**changes))
    assert response.context["adminform"].form.errors == errors
    assert Assessment.objects.count() == 0


def test_a_slug_that_is_taken_is_said_at_its_field(author):
    make_assessment(slug="backend")
    assert list(author.post(ADD, form_of()).context["adminform"].form.errors) == ["slug"]


@pytest.mark.parametrize(
    ("asked_for", "expected"), [("de-AT, en;q=0.8", "de"), ("it-IT, en", "it"), ("", "en"), ("*", "en")]
)
def test_a_first_assessment_is_in_the_language_its_author_s_browser_asks_for(author, asked_for, expected):
    form = author.get(ADD, headers={"Accept-Language": asked_for}).context["adminform"].form
    assert form["language"].value() == expected


def test_a_new_assessment_needs_a_title_alone(author):
    form = author.get(ADD).context["adminform"].form
    assert [bound.name for bound in form if bound.field.required and bound.value() in (None, "")] == ["title", "slug"]


def test_a_new_assessment_is_in_the_language_of_the_newest_one(author):
    make_assessment(publish=False, slug=PRACTICE, language="en")  # the demo's language says nothing about the team
    assert author.get(ADD, headers={"Accept-Language": "de"}).context["adminform"].form["language"].value() == "de"
    make_assessment(language="fr")
    make_assessment(publish=False, language="pt-BR")
    make_assessment(publish=False, language="")
    form = author.get(ADD, headers={"Accept-Language": "de"}).context["adminform"].form
    assert form["language"].value() == "pt-BR"


# ---- Choosing questions ----


def draws_of(section: Section, *rows: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {"title": section.title, "navigation": "free", "instructions": ""}
    saved = sum("id" in row for row in rows)
    data |= {"draws-TOTAL_FORMS": str(len(rows)), "draws-INITIAL_FORMS": str(saved)}
    for number, row in enumerate(rows):
        defaults = {"kind": "fixed", "count": "1", "section": str(section.pk), "difficulty": "", "source": ""}
        data |= {f"draws-{number}-{name}": value for name, value in {**defaults, **row}.items()}
    return data


def draft_section() -> Section:
    return make_assessment(publish=False).sections.get()


def test_fixed_questions_and_pools_are_chosen_on_the_section_s_page(author):
    section, question = draft_section(), make_question()
    rows = (
        {"id": str(section.draws.get().pk), "question": str(question.pk), "place": "2"},
        {"kind": "pool", "bank": str(question.bank_id), "count": "3", "source": "standard", "place": "1"},
    )
    response = author.post(page_url(section), draws_of(section, *rows))
    assert response["Location"] == page_url(section.assessment)
    pool, fixed = section.draws.all()
    assert (pool.kind, pool.bank, pool.count, pool.source) == (DrawKind.POOL, question.bank, 3, "standard")
    assert (fixed.kind, fixed.question) == (DrawKind.FIXED, question)


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        ({"place": "1"}, "question", "Choose the question, or choose “So many from a pool”."),
        ({"kind": "pool", "question": True}, "question", "Leave it empty: the pool decides."),
        ({"question": True, "source": "kaggle"}, "source", "This describes a pool; leave it empty for one certain question."),
    ],
)  # fmt: skip
def test_a_draw_that_says_two_things_is_refused_in_words(author, row, field, sentence):
    section = draft_section()
    if row.get("question"):
        row = {**row, "question": str(make_question().pk)}
    response = author.post(page_url(section), draws_of(section, row))
    (formset,) = response.context["inline_admin_formsets"]
    assert formset.formset.errors == [{field: [sentence]}]
    assert Draw.objects.count() == 1


def test_the_page_says_how_many_the_pool_holds(author):
    section = draft_section()
    bank = make_question().bank
    make_question(bank=bank)
    make_question(bank=bank, status=QuestionStatus.DRAFT)
    Draw.objects.create(section=section, position=2, kind=DrawKind.POOL, bank=bank)
    rows = author.get(page_url(section)).content.decode()
    assert '<td class="field-left_in_pool">' in " ".join(rows.split())
    assert "<p>2</p>" in rows


# ---- Publishing and after ----


def test_publishing_asks_first_and_tells_every_problem(author):
    assessment = make_assessment(make_question(status=QuestionStatus.DRAFT, title="Half done"), publish=False)
    add_section(assessment)
    assert "can then no longer be changed" in author.get(page_url(assessment, "publish")).content.decode()
    response = author.post(page_url(assessment, "publish"))
    assert response.context["problems"] == [
        "Section “Part 1”: the question “Half done” is not approved.",
        "Section “Part 2” has no questions.",
    ]
    assessment.refresh_from_db()
    assert assessment.status == AssessmentStatus.DRAFT


def test_a_draft_that_names_no_language_is_told_so_and_not_published(author):
    assessment = make_assessment(publish=False, language="")
    assert "The field “Language” is empty." in author.get(page_url(assessment)).content.decode()
    response = author.post(page_url(assessment, "publish"))
    assert [problem.partition(".")[0] for problem in response.context["problems"]] == ["The field “Language” is empty"]
    assessment.refresh_from_db()
    assert assessment.status == AssessmentStatus.DRAFT


def test_what_was_published_before_a_language_was_asked_for_is_opened_again_but_its_copy_needs_one(author):
    assessment = published_without_language()
    for action in ("close", "publish", "copy"):
        author.post(page_url(assessment, action))
    assessment.refresh_from_db()
    assert assessment.is_published
    assert "The field “Language” is empty." in author.get(page_url(Assessment.objects.get(version=2))).content.decode()


def test_the_draft_s_page_says_what_is_left_to_do(author):
    page = author.get(page_url(make_assessment(make_question(status="draft", title="Half done"), publish=False)))
    assert "the question “Half done” is not approved." in page.content.decode()
    assert "Ready to be published." in author.get(page_url(make_assessment(publish=False))).content.decode()


def test_publishing_closing_and_publishing_again(author):
    assessment = make_assessment(publish=False)
    for action, status in (("publish", "published"), ("close", "closed"), ("publish", "published")):
        response = author.post(page_url(assessment, action), follow=True)
        assessment.refresh_from_db()
        assert assessment.status == status
    assert assessment.published_by == response.wsgi_request.user


def test_one_version_of_a_slug_is_open_at_a_time(author):
    assessment = make_assessment(title="Work sample")
    author.post(page_url(assessment, "copy"))
    copy = Assessment.objects.get(version=2)
    response = author.post(page_url(copy, "publish"))
    assert response.context["problems"] == ["Version 1 of “Work sample” is published. Close it first."]


def test_a_copy_is_a_draft_with_the_same_sections_and_draws(author):
    assessment = make_assessment()
    response = author.post(page_url(assessment, "copy"))
    copy = Assessment.objects.get(version=2)
    assert response["Location"] == page_url(copy)
    assert (copy.status, copy.slug) == ("draft", assessment.slug)
    assert copy.sections.get().draws.get().question == assessment.sections.get().draws.get().question


def test_what_is_published_keeps_its_structure_and_rules(author):
    assessment = make_assessment(title="As published", duration_seconds=600)
    section = assessment.sections.get()
    changes = {"title": "Other", "duration_seconds": "1", "feedback_policy": "keys", "contact": "Ask Ada"}
    rows = [{"id": str(section.pk), "title": "Other part", "DELETE": "on"}]
    assert author.post(page_url(assessment), form_of(assessment, rows, **changes)).status_code == 302
    assessment.refresh_from_db()
    assert (assessment.title, assessment.duration_seconds, assessment.feedback_policy) == ("As published", 600, "none")
    assert assessment.contact == "Ask Ada"
    assert [one.title for one in assessment.sections.all()] == ["Part 1"]
    assert "10 min" in author.get(page_url(assessment)).content.decode()


def test_a_published_section_is_only_read(author):
    section = make_assessment().sections.get()
    page = author.get(page_url(section)).content.decode()
    assert 'name="_save"' not in page
    assert author.post(page_url(section), draws_of(section)).status_code == 403
    assert section.draws.count() == 1


def test_what_was_published_is_not_deleted_but_a_draft_is(author):
    published, draft = make_assessment(), make_assessment(publish=False)
    assert author.post(page_url(published, "delete"), {"post": "yes"}).status_code == 403
    author.post(page_url(draft, "delete"), {"post": "yes"})
    assert list(Assessment.objects.all()) == [published]


# ---- Who may ----


def test_who_may_only_look_publishes_nothing():
    assessment, viewer = make_assessment(publish=False), signed_in("view_assessment", "view_section")
    page = viewer.get(page_url(assessment)).content.decode()
    assert "Publish" not in page
    for action in ("publish", "close", "copy"):
        assert viewer.post(page_url(assessment, action)).status_code == 403
    assessment.refresh_from_db()
    assert assessment.status == AssessmentStatus.DRAFT


def test_who_may_change_assessments_may_publish_without_being_a_superuser():
    assessment = make_assessment(publish=False)
    signed_in("view_assessment", "change_assessment").post(page_url(assessment, "publish"))
    assessment.refresh_from_db()
    assert assessment.is_published
