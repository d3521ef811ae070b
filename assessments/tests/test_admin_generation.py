from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from assessments.domain import drafts, ledger
from assessments.models import AiOrigin, Generation, Question
from assessments.tests import fake_gemini as fake
from assessments.tests.gemini_models import contrary, good
from assessments.tests.making import make_bank

pytestmark = pytest.mark.django_db
ADD = "admin:assessments_generation_add"


@pytest.fixture
def author() -> User:
    user = User.objects.create_user("author", is_staff=True)
    names = ("add_question", "change_question", "delete_question", "view_generation")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def author_client(author) -> Client:
    client = Client()
    client.force_login(author)
    return client


def ask(client: Client, **facts: Any) -> Any:
    fields = {"topic": "databases", "question_type": "single_choice", "count": "2", "language": "English"}
    return client.post(reverse(ADD), {**fields, "bank": str(make_bank().pk), **facts})


def carried_out(client: Client, **facts: Any) -> tuple[Generation, str]:
    page = ask(client, **facts).url
    row = Generation.objects.get()
    drafts.carry_out(row.pk)
    return row, page


def test_asking_leads_to_a_page_that_asks_for_itself_until_it_is_over(fake_gemini, author_client):
    fake_gemini.model = good
    answer = ask(author_client)
    assert answer.status_code == 302
    waiting = author_client.get(answer.url).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "Waiting for a worker" in waiting
    drafts.carry_out(Generation.objects.get().pk)
    over = author_client.get(answer.url).content.decode()
    assert "hx-trigger" not in over
    assert "2 written." in over


def test_htmx_gets_the_panel_alone(fake_gemini, author_client):
    page = ask(author_client).url
    panel = author_client.get(page, headers={"HX-Request": "true", "HX-Target": "drafts"}).content.decode()
    assert panel.strip().startswith('<div id="drafts"')


def test_drafts_show_stem_options_key_explanation_and_verdict(fake_gemini, author_client):
    fake_gemini.model = contrary
    _, page = carried_out(author_client)
    text = author_client.get(page).content.decode()
    for words in ("A nightly job began", "✓ key", "It says what changed.", "Because.", "Disputed", "is-disputed"):
        assert words in text


def test_long_text_shows_its_rubric(fake_gemini, author_client):
    fake_gemini.model = good
    _, page = carried_out(author_client, question_type="long_text")
    text = author_client.get(page).content.decode()
    assert "Sees who could read whose page." in text
    assert "Who may see it decides the key." in text


def test_what_a_model_wrote_is_shown_as_text(fake_gemini, author_client):
    from assessments.tests.gemini_models import written

    fake_gemini.script = [
        fake.answer(
            {"questions": [written("true_false", title="<b onclick=x>T</b>", stem="Is `<b>` <u onclick=x>bold</u>?")]}
        )
    ]
    fake_gemini.model = good
    _, page = carried_out(author_client, question_type="true_false", count="1")
    text = author_client.get(page).content.decode()
    assert "onclick=x&gt;T" in text
    assert "<u onclick" not in text
    assert "<b onclick" not in text


def test_one_is_approved_in_the_authors_name_and_one_discarded(fake_gemini, author_client, author):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    first, second = drafts.drafts_of(row)
    author_client.post(page, {"approve": str(first.pk)})
    author_client.post(page, {"discard": str(second.pk)})
    assert Question.objects.get().status == "approved"
    assert AiOrigin.objects.get().approved_by == author


def test_all_are_approved_at_once(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    answer = author_client.post(page, {"approve": "all"}, follow=True)
    assert {one.status for one in drafts.drafts_of(row)} == {"approved"}
    assert "2 drafts were approved, in your name." in answer.content.decode()


def edit_fields(question: Question, **changes: str) -> dict[str, str]:
    version = question.current_version
    assert version is not None
    from json import dumps

    fields = {"stem": version.stem, "content": dumps(version.content), "key": dumps(version.key), "points": "1"}
    prefixed = {f"q{question.pk.hex}-{name}": value for name, value in {**fields, **changes}.items()}
    return {"edit": str(question.pk), **prefixed}


def test_a_draft_is_edited_in_place(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    question = drafts.drafts_of(row)[0]
    author_client.post(page, edit_fields(question, stem="What changed first?"))
    question.refresh_from_db()
    assert question.current_version is not None
    assert (question.current_version.number, question.current_version.stem) == (2, "What changed first?")


def test_a_wrong_edit_is_shown_again_with_its_reason(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    question = drafts.drafts_of(row)[0]
    answer = author_client.post(page, edit_fields(question, key='{"option": "zz"}'))
    text = answer.content.decode()
    assert "There is no option &#x27;zz&#x27;." in text
    assert "<details open>" in text


def test_the_sixth_request_is_429_with_the_seconds_to_wait(fake_gemini, author_client):
    for _ in range(5):
        assert ask(author_client).status_code == 302
    answer = ask(author_client)
    assert answer.status_code == 429
    assert 50 <= int(answer["Retry-After"]) <= 60
    assert f"Ask again in {answer['Retry-After']} seconds." in answer.content.decode()


def test_without_a_key_the_page_names_the_setting_and_the_rest_works(author_client, settings):
    settings.GEMINI_API_KEY = ""
    assert "GEMINI_API_KEY is not set" in author_client.get(reverse(ADD)).content.decode()
    answer = ask(author_client)
    assert (answer.status_code, Generation.objects.count()) == (503, 0)
    assert author_client.get(reverse("admin:assessments_question_changelist")).status_code == 200


def test_when_ai_is_stopped_the_page_says_so(fake_gemini, author_client):
    ledger.switch(is_stopped=True, reason="Invoice.")
    answer = ask(author_client)
    assert (answer.status_code, "AI is stopped for now. Invoice." in answer.content.decode()) == (503, True)


@pytest.mark.parametrize("facts", [{"topic": ""}, {"count": "10000"}, {"question_type": "essay"}])
def test_what_cannot_be_asked_is_said_at_its_field(fake_gemini, author_client, facts):
    answer = ask(author_client, **facts)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
    assert Generation.objects.count() == 0


def test_who_may_not_add_questions_may_not_ask(fake_gemini):
    client = Client()
    client.force_login(User.objects.create_user("reviewer", is_staff=True))
    assert (client.get(reverse(ADD)).status_code, ask(client).status_code) == (403, 403)


def test_who_may_not_approve_is_refused(fake_gemini, author, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    author.user_permissions.remove(Permission.objects.get(codename="change_question"))
    assert author_client.post(page, {"approve": "all"}).status_code == 403
    assert {one.status for one in drafts.drafts_of(row)} == {"draft"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_drafts_page_asks_the_database_no_more_for_more_drafts(
    fake_gemini, author_client, django_assert_max_num_queries, count
):
    fake_gemini.model = good
    _, page = carried_out(author_client, count=str(count))
    with django_assert_max_num_queries(14):
        author_client.get(page)
