from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from assessments.admin.generation import decided_words
from assessments.domain import drafts, generation_requests, ledger
from assessments.models import AiOrigin, Generation, GenerationRequest, Question
from assessments.tests import fake_gemini as fake
from assessments.tests.gemini_models import contrary, good
from assessments.tests.making import make_bank
from assessments.tests.pages_as_sent import sent

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


SHOWN = {
    "matching": ["Slow for one tenant → Skewed data", "A typo", "Belongs to none."],
    "ordering": ["Write to both columns", "Drop the old one"],
    "cloze": ["an {{2}}", "sequential / seq", "Typed.", "Not: alias, trigger"],
    "numeric": ["<strong>Key:</strong> 4"],
}


@pytest.mark.parametrize("type_", SHOWN)
def test_what_is_right_is_shown_for_types_without_options_too(fake_gemini, author_client, type_):
    fake_gemini.model = good
    row, page = carried_out(author_client, question_type=type_)
    text = author_client.get(page).content.decode()
    assert [words for words in SHOWN[type_] if words not in text] == []
    preview = reverse("admin:assessments_question_preview", args=[drafts.drafts_of(row)[0].pk])
    assert preview in text
    assert "as the candidate sees it" in author_client.get(preview).content.decode()


def test_steps_are_shown_in_the_keys_order_and_not_in_the_stored_one(fake_gemini, author_client):
    fake_gemini.model = good
    _, page = carried_out(author_client, question_type="ordering", count="1")
    text = author_client.get(page).content.decode()
    steps = ["Write to both columns", "Copy what is there", "Read the new one", "Drop the old one"]
    assert sorted(steps, key=text.index) == steps


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


def seen(row: Generation) -> list[str]:
    return [str(one.current_version_id) for one in drafts.drafts_of(row)]


def test_one_is_approved_in_the_authors_name_and_one_discarded(fake_gemini, author_client, author):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    first, second = drafts.drafts_of(row)
    author_client.post(page, {"approve": str(first.pk), "seen": seen(row)})
    author_client.post(page, {"discard": str(second.pk), "seen": seen(row)})
    assert Question.objects.get().status == "approved"
    assert AiOrigin.objects.get().approved_by == author


def test_all_are_approved_at_once(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    answer = author_client.post(page, {"approve": "all", "seen": seen(row)}, follow=True)
    assert {one.status for one in drafts.drafts_of(row)} == {"approved"}
    assert "2 drafts were approved, in your name." in answer.content.decode()


def test_those_whose_keys_agree_are_approved_together(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client, count="3")
    disputed, unchecked, agreed = drafts.drafts_of(row)
    AiOrigin.objects.filter(version__question=disputed).update(verdict="disputed")
    AiOrigin.objects.filter(version__question=unchecked).update(verdict="unchecked")
    assert "Approve the 1 whose key agrees" in author_client.get(page).content.decode()
    author_client.post(page, {"approve": "agreed", "seen": seen(row)})
    assert {one.status for one in Question.objects.filter(pk__in=[disputed.pk, unchecked.pk])} == {"draft"}
    assert Question.objects.get(pk=agreed.pk).status == "approved"


def test_discarding_all_stands_behind_a_question(fake_gemini, author_client):
    fake_gemini.model = good
    _, page = carried_out(author_client)
    text = author_client.get(page).content.decode()
    assert text.count('name="discard" value="all"') == 1
    assert 'name="discard" value="all"' in text.partition('class="asks-first"')[2].partition("</details>")[0]


def test_a_form_sent_twice_is_asked_and_paid_once(fake_gemini, author_client):
    bank = str(make_bank().pk)
    key = sent(author_client.get(reverse(ADD)).content.decode())["key"]
    first, second = (ask(author_client, key=key, bank=bank) for _ in range(2))
    assert first.url == second.url
    assert (Generation.objects.count(), GenerationRequest.objects.count()) == (1, 1)


def test_two_that_were_sent_at_once_are_paid_once(fake_gemini, author_client, author, monkeypatch):
    key = uuid4()
    ask(author_client, key=str(key))
    looked: list[Any] = []
    find = generation_requests._earlier

    def too_early(*given: Any) -> Any:
        looked.append(given)
        return find(*given) if len(looked) > 1 else None

    monkeypatch.setattr(generation_requests, "_earlier", too_early)
    answer = ask(author_client, key=str(key))
    assert answer.url == reverse("admin:assessments_generation_change", args=[key])
    assert Counter(GenerationRequest.objects.values_list("result", flat=True)) == {"reserved": 1, "refused": 1}


def test_the_key_of_somebody_else_s_request_opens_nothing(fake_gemini, author_client):
    key = uuid4()
    Generation.objects.create(pk=key, bank=make_bank(), ask={})
    answer = ask(author_client, key=str(key))
    assert (answer.status_code, GenerationRequest.objects.get().result) == (503, "refused")


def edit_fields(question: Question, **changes: str) -> dict[str, str]:
    version = question.current_version
    assert version is not None
    from json import dumps

    fields = {"stem": version.stem, "content": dumps(version.content), "key": dumps(version.key), "points": "1"}
    prefixed = {f"q{question.pk.hex}-{name}": value for name, value in {**fields, **changes}.items()}
    return {"edit": str(question.pk), "seen": str(version.pk), **prefixed}


def test_a_draft_is_edited_in_place(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    question = drafts.drafts_of(row)[0]
    author_client.post(page, edit_fields(question, stem="What changed first?"))
    question.refresh_from_db()
    assert question.current_version is not None
    assert (question.current_version.number, question.current_version.stem) == (2, "What changed first?")


def test_a_draft_is_edited_in_fields_and_without_a_change_makes_no_version(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    question = drafts.drafts_of(row)[0]
    start = f"q{question.pk.hex}-"
    fields = {name: value for name, value in sent(author_client.get(page).content.decode()).items() if start in name}
    fields |= {"edit": str(question.pk), "seen": str(question.current_version_id)}
    author_client.post(page, fields)
    assert question.versions.count() == 1
    again = author_client.post(page, {**fields, f"{start}again": "more"}).content.decode()
    assert ("<details open>" in again, question.versions.count()) == (True, 1)
    author_client.post(page, {**fields, f"{start}editor-options-0-feedback": "Because."})
    question.refresh_from_db()
    assert question.current_version is not None
    assert list(question.current_version.key["feedback"].values())[:1] == ["Because."]


def test_what_another_tab_changed_is_neither_overwritten_approved_nor_discarded(fake_gemini, author_client):
    fake_gemini.model = good
    row, page = carried_out(author_client)
    question, before = drafts.drafts_of(row)[0], seen(row)
    stale = edit_fields(question, stem="Said in the other tab.")
    author_client.post(page, edit_fields(question, stem="Said first."))
    again = author_client.post(page, stale).content.decode()
    assert ("Somebody saved another version meanwhile" in again, "Said in the other tab." in again) == (True, True)
    why = "the draft was changed or decided meanwhile. Look at it again."
    for verb, decided in (("approve", "approved"), ("discard", "discarded")):
        told = author_client.post(page, {verb: str(question.pk), "seen": before}, follow=True)
        assert [(one.level_tag, str(one)) for one in told.context["messages"]] == [
            ("warning", f"Nothing was {decided}: {why}")
        ]
    question.refresh_from_db()
    assert question.current_version is not None
    assert (question.status, question.current_version.stem) == ("draft", "Said first.")
    author_client.post(page, {**stale, "seen": str(question.current_version_id)})
    question.refresh_from_db()
    assert question.current_version.stem == "Said in the other tab."


DECIDED = {
    (2, 0): "2 drafts were approved, in your name.",
    (1, 1): "1 draft was approved, in your name. 1 was changed or decided meanwhile. Look at it again.",
    (1, 2): "1 draft was approved, in your name. 2 were changed or decided meanwhile. Look at them again.",
    (0, 1): "Nothing was approved: the draft was changed or decided meanwhile. Look at it again.",
    (0, 2): "Nothing was approved: the drafts were changed or decided meanwhile. Look at them again.",
}


@pytest.mark.parametrize(("done", "left"), DECIDED)
def test_what_was_decided_and_what_was_left_is_said_in_words(done, left):
    assert decided_words(done, left, "approved", ", in your name") == DECIDED[done, left]


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
    assert "AI is stopped for now. Invoice." in author_client.get(reverse(ADD)).content.decode()
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
    assert author_client.post(page, {"approve": "all", "seen": seen(row)}).status_code == 403
    assert {one.status for one in drafts.drafts_of(row)} == {"draft"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_drafts_page_asks_the_database_no_more_for_more_drafts(
    fake_gemini, author_client, django_assert_max_num_queries, count
):
    fake_gemini.model = good
    _, page = carried_out(author_client, count=str(count))
    with django_assert_max_num_queries(14):
        author_client.get(page)
