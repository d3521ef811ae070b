from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.domain.question_banks import change_all
from assessments.domain.question_checks import MADE
from assessments.enums import QuestionStatus
from assessments.models import Question, QuestionVersion, Tag
from assessments.tests.making import OPTIONS, SHAPES, make_bank, make_question, make_rubric
from assessments.tests.pages_as_sent import sent

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/assessments/question/", "/admin/assessments/question/add/"


def signed_in(*permissions: str) -> Client:
    """``"view_question"``; a superuser where none is named."""
    user = User.objects.create(username="author", is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def author() -> Client:
    return signed_in()


def page_url(question: Question, page: str = "change") -> str:
    return reverse(f"admin:assessments_question_{page}", args=[question.pk])


def written(question: Question, **changes: Any) -> dict[str, Any]:
    """The form of a new version as it comes, with these changes."""
    version = current(question)
    data = {
        "stem": version.stem,
        "content": json.dumps(version.content),
        "key": json.dumps(version.key),
        "points": "1",
        "explanation": "",
    }
    return {**data, **changes}


def current(question: Question) -> QuestionVersion:
    version = Question.objects.select_related("current_version").get(pk=question.pk).current_version
    assert version is not None
    return version


# ---- The list ----


def found(author: Client, **query: str) -> set[Question]:
    return set(author.get(LIST, query).context["cl"].result_list)


def test_the_list_finds_by_identity_title_and_stem(author):
    wanted = make_question(identity="idx-1", title="Costs of an index", stem="When is a *bitmap* smaller?")
    make_question()
    for words in ("idx-1", "costs of", "bitmap"):
        assert found(author, q=words) == {wanted}


def test_the_list_shows_an_identity_that_somebody_gave_and_none_that_was_made_from_the_stem(author):
    make_question(identity="idx-1", title="Costs of an index")
    make_question(identity=f"{MADE}0f3a", title="", stem="When is a *bitmap* smaller?")
    html = author.get(LIST).content.decode()
    assert '<span class="quiet identity">idx-1</span>' in html
    assert "When is a bitmap smaller?" in html
    assert f'identity">{MADE}' not in html


def test_the_list_filters_by_type_status_difficulty_source_and_tag(author):
    wanted = make_question("numeric", status=QuestionStatus.DRAFT, difficulty="hard", source="kaggle")
    wanted.tags.add(tag := Tag.objects.create(name="sql"))
    make_question()
    filters = {
        "current_version__type__exact": "numeric",
        "status__exact": "draft",
        "difficulty__exact": "hard",
        "source": "kaggle",
        "tags__id__exact": str(tag.pk),
        "bank__id__exact": str(wanted.bank_id),
    }
    for name, value in filters.items():
        assert found(author, **{name: value}) == {wanted}, name


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("approve", "draft", "approved"), ("retire", "approved", "retired"), ("return_to_draft", "approved", "draft")],
)
def test_actions_change_the_status_of_many(author, action, before, after):
    questions = [make_question(status=before) for _ in range(2)]
    author.post(LIST, {"action": action, "_selected_action": [one.pk for one in questions]})
    assert set(Question.objects.values_list("status", flat=True)) == {after}


def test_an_action_says_what_it_could_not_do(author):
    empty = Question.objects.create(bank=make_bank(), identity="empty", title="Nothing yet")
    full = make_question(status=QuestionStatus.DRAFT)
    response = author.post(LIST, {"action": "approve", "_selected_action": [empty.pk, full.pk]}, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said == ["1 question was approved.", "A question without content cannot be approved."]


def test_approving_many_takes_no_more_queries_than_approving_one(django_assert_num_queries):
    one, *more = [make_question(status=QuestionStatus.DRAFT) for _ in range(4)]
    with CaptureQueriesContext(connection) as queries:
        change_all(Question.objects.filter(pk=one.pk), QuestionStatus.APPROVED)
    with django_assert_num_queries(len(queries)):
        changes = change_all(Question.objects.exclude(pk=one.pk), QuestionStatus.APPROVED)
    assert {*changes.changed} == {*more}


def test_of_many_refusals_the_first_are_said(author):
    bank = make_bank()
    for number in range(12):
        Question.objects.create(bank=bank, identity=f"empty-{number}")
    pks = list(Question.objects.values_list("pk", flat=True))
    response = author.post(LIST, {"action": "approve", "_selected_action": pks}, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said == ["A question without content cannot be approved."] * 10 + ["And 2 more of the kind."]


def test_a_question_s_own_buttons_do_the_same(author):
    question = make_question()
    author.post(page_url(question, "retire"))
    question.refresh_from_db()
    assert question.status == QuestionStatus.RETIRED
    author.post(page_url(question, "return_to_draft"))
    author.post(page_url(question, "approve"))
    question.refresh_from_db()
    assert question.status == QuestionStatus.APPROVED


# ---- The page ----


def test_metadata_is_edited_but_status_identity_and_content_are_not(author):
    question = make_question(title="Before")
    data = {"title": "After", "difficulty": "hard", "source": "standard", "status": "retired", "identity": "other"}
    data |= {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0", "stem": "Changed?"}
    assert author.post(page_url(question), data).status_code == 302
    question.refresh_from_db()
    assert (question.title, question.difficulty, question.status) == ("After", "hard", QuestionStatus.APPROVED)
    assert question.identity != "other"
    assert current(question).stem != "Changed?"


def test_the_page_shows_what_is_asked_with_its_key_and_versions(author):
    question = make_question("single_choice", stem="Which **one**?", explanation="Because.")
    page = author.get(page_url(question)).content.decode()
    assert "Which <strong>one</strong>?" in page
    assert "Each write updates it" in page
    assert f"{page_url(question, 'preview')}?version=1" in page


# ---- A new version ----


def test_content_is_changed_by_a_new_version(author):
    question = make_question("single_choice")
    before = current(question)
    response = author.post(page_url(question, "new_version"), written(question, key='{"option": "c"}', points="2.5"))
    after = current(question)
    assert response["Location"] == page_url(question)
    assert (after.number, after.key, str(after.points)) == (2, {"option": "c"}, "2.50")
    assert after.created_by == response.wsgi_request.user
    assert QuestionVersion.objects.get(pk=before.pk).key == {"option": "b"}


def test_the_same_again_makes_no_version(author):
    question = make_question("single_choice")
    author.post(page_url(question, "new_version"), written(question, points="3"))
    author.post(page_url(question, "new_version"), written(question, points="3"))
    assert question.versions.count() == 2


@pytest.mark.parametrize("type_name", SHAPES)
def test_a_form_sent_back_as_it_came_makes_no_version(author, type_name):
    question = make_question(type_name)
    url = page_url(question, "new_version")
    author.post(url, written(question, points="3"))
    response = author.post(url, sent(author.get(url).content.decode()))
    assert (response.status_code, question.versions.count()) == (302, 2)


def test_more_rows_and_json_save_nothing(author):
    question = make_question("single_choice")
    url = page_url(question, "new_version")
    data = sent(author.get(url).content.decode()) | {"editor-options-0-text": "Not saved"}
    more = author.post(url, data | {"again": "more"}).content.decode()
    as_json = author.post(url, data | {"again": "json"}).content.decode()
    assert sent(more)["editor-options-0-text"] == "Not saved"
    assert "Not saved" in sent(as_json)["content"]
    assert question.versions.count() == 1


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("key", '{"option": "z"}', "key.option: There is no option 'z'."),
        ("key", '{"option": "b", "tolerance": 1}', "key.tolerance: This field is not known here."),
        ("content", '{"options": []}', "content.options: List should have at least 2 items after validation, not 0."),
        ("key", '{"option": ', "Line 1, column 11: Expecting value."),
        ("key", "[1, 2]", "It must be an object: names and values between { and }."),
        ("key", '{"option": "a", "option": "b"}', "The name “option” is given twice in one object."),
        ("key", '{"option": NaN}', "NaN is no number JSON knows."),
        ("key", '{"option":' * 20_000, "It is nested too deeply."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_with_place_and_reason(author, field, text, reason):
    question = make_question("single_choice")
    response = author.post(page_url(question, "new_version"), written(question, **{field: text}))
    assert response.context["form"].errors == {field: [reason]}
    assert question.versions.count() == 1


def test_a_rubric_is_offered_where_people_judge(author):
    rubric = make_rubric()
    question = make_question("long_text")
    author.post(page_url(question, "new_version"), written(question, rubric=str(rubric.pk)))
    assert current(question).rubric == rubric
    form = author.get(page_url(make_question("numeric"), "new_version")).context["form"]
    assert "rubric" not in form.fields


def test_a_new_version_can_be_looked_at_before_it_is_kept(author):
    question = make_question("single_choice")
    response = author.post(page_url(question, "new_version"), written(question, stem="Brand new?", _preview="1"))
    page = response.content.decode()
    assert ("Brand new?" in page, "not saved yet" in page) == (True, True)
    assert question.versions.count() == 1


# ---- The preview ----


@pytest.mark.parametrize("type_name", SHAPES)
def test_every_type_can_be_previewed_with_the_key_below(author, type_name):
    question = make_question(type_name)
    page = author.get(page_url(question, "preview")).content.decode()
    above, _, below = page.partition("For staff only")
    assert 'name="value"' in above
    assert json.dumps(current(question).key, indent=2, ensure_ascii=False).splitlines()[0] in below
    assert "<form" not in page


def test_the_key_stands_only_in_the_staff_s_box(author):
    question = make_question("short_text", key={"accepted": [{"text": "CANARY"}]}, explanation="SECRET REASON")
    above, _, below = author.get(page_url(question, "preview")).content.decode().partition("For staff only")
    assert [word in above for word in ("CANARY", "SECRET REASON")] == [False, False]
    assert [word in below for word in ("CANARY", "SECRET REASON")] == [True, True]


def test_an_earlier_version_can_be_previewed(author):
    question = make_question("true_false", stem="The old wording")
    author.post(page_url(question, "new_version"), written(question, stem="The new wording"))
    old = author.get(page_url(question, "preview"), {"version": "1"}).content.decode()
    new = author.get(page_url(question, "preview")).content.decode()
    assert ("The old wording" in old, "The new wording" in new) == (True, True)


@pytest.mark.parametrize("version", ["9", "0", "-1", "x", "²"])
def test_a_version_that_is_not_there_is_404(author, version):
    assert author.get(page_url(make_question(), "preview"), {"version": version}).status_code == 404


# ---- Adding by hand ----


def test_adding_begins_with_the_type(author):
    page = author.get(ADD).content.decode()
    assert all(f"?type={name}" in page for name in SHAPES)


@pytest.mark.parametrize("type_name", SHAPES)
def test_the_form_begins_with_something_that_can_be_saved_as_it_is(author, type_name):
    start = sent(author.get(ADD, {"type": type_name}).content.decode())
    response = author.post(f"{ADD}?type={type_name}", {**start, "bank": str(make_bank().pk), "stem": "Why?"})
    question = Question.objects.get()
    assert response["Location"] == page_url(question)
    assert (question.status, question.identity, current(question).type) == ("draft", "why", type_name)


def test_an_identity_that_is_taken_is_said_at_its_field(author):
    taken = make_question()
    data = {"bank": str(taken.bank_id), "identity": taken.identity, "stem": "Why?", "points": "1", "source": "s"}
    data |= {"content": json.dumps({"options": OPTIONS}), "key": '{"option": "a"}'}
    response = author.post(f"{ADD}?type=single_choice", data)
    assert list(response.context["form"].errors) == ["identity"]
    assert Question.objects.count() == 1


# ---- Who may ----


def test_who_may_only_look_sees_previews_and_changes_nothing():
    question, viewer = make_question(), signed_in("view_question")
    page = viewer.get(page_url(question)).content.decode()
    assert ("Write a new version" in page, "Retire" in page) == (False, False)
    assert viewer.get(page_url(question, "preview")).status_code == 200
    for url in (page_url(question, "new_version"), page_url(question, "retire"), ADD):
        assert viewer.post(url, {"stem": "x"}).status_code == 403
    viewer.post(LIST, {"action": "retire", "_selected_action": [question.pk]})
    question.refresh_from_db()
    assert question.status == QuestionStatus.APPROVED


def test_previews_want_the_permission_to_view_questions():
    assert signed_in("view_tag").get(page_url(make_question(), "preview")).status_code == 403


def test_a_draft_can_be_deleted_and_what_was_approved_is_retired(author):
    draft, approved = make_question(status=QuestionStatus.DRAFT), make_question()
    assert author.post(page_url(draft, "delete"), {"post": "yes"}).status_code == 302
    assert author.post(page_url(approved, "delete"), {"post": "yes"}).status_code == 403
    assert list(Question.objects.all()) == [approved]
