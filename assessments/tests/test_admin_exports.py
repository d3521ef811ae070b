"""Taking a bank or a selection away as a file."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from assessments import formats
from assessments.admin import exporting
from assessments.enums import QuestionStatus
from assessments.formats.base import FileUnwritable
from assessments.models import Question, QuestionBank
from assessments.tests.making import SHAPES, make_bank, make_question

pytestmark = pytest.mark.django_db
LIST = "/admin/assessments/question/"


@pytest.fixture
def author() -> Client:
    user = User.objects.create_user("author", is_staff=True)
    names = ("view_question", "change_question", "view_questionbank")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bank() -> QuestionBank:
    made = make_bank("Back end")
    for name in SHAPES:
        make_question(name, bank=made, title=f"A {name}")
    make_question(bank=made, status=QuestionStatus.RETIRED, title="Gone")
    return made


def export_url(bank: QuestionBank) -> str:
    return reverse("admin:assessments_questionbank_export", args=[bank.pk])


def stems(data: bytes, name: str = "json") -> set[str]:
    return {question.title for question in formats.get(name).read(data).questions}


def test_the_page_offers_every_format_that_can_be_written_and_says_what_it_loses(
    author: Client, bank: QuestionBank
) -> None:
    text = author.get(export_url(bank)).content.decode()
    for name, one in exporting.writers().items():
        assert f'value="{name}"' in text
        for sentence in one.omissions([]):
            assert sentence in text
    assert "9 questions</strong>, 1 retired left out" in text
    assert "it cannot say" in text


@pytest.mark.parametrize("name", list(exporting.writers()))
def test_each_of_them_can_be_downloaded(author: Client, bank: QuestionBank, name: str) -> None:
    answer = author.post(export_url(bank), {"format": name, "take": "file"})
    suffix = formats.get(name).suffixes[0]
    assert answer["Content-Disposition"] == f'attachment; filename="back-end{suffix}"'
    assert formats.get(name).read(answer.content).total > 0


def test_the_download_is_the_bank_without_what_is_retired(author: Client, bank: QuestionBank) -> None:
    answer = author.post(export_url(bank), {"format": "json", "take": "file"})
    assert stems(answer.content) == {f"A {name}" for name in SHAPES}
    assert json.loads(answer.content)["bank"]["name"] == "Back end"
    assert "no-store" in answer["Cache-Control"]


def test_who_took_it_stays_in_the_banks_history(author: Client, bank: QuestionBank) -> None:
    author.post(export_url(bank), {"format": "json", "take": "file"})
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.username) == (str(bank.pk), "author")
    assert "Exported as Parley JSON: 9 questions." in entry.change_message


def test_only_what_is_in_the_file_is_counted(author: Client, bank: QuestionBank) -> None:
    text = " ".join(author.get(export_url(bank)).content.decode().split())
    assert "<strong>GIFT</strong>, 7 of 9 questions</label>" in text
    assert "<strong>Parley JSON</strong></label>" in text
    answer = author.post(export_url(bank), {"format": "gift", "take": "file"})
    assert formats.get("gift").read(answer.content).total == 7
    assert "Exported as GIFT: 7 questions." in LogEntry.objects.get().change_message


def test_looking_takes_nothing(author: Client, bank: QuestionBank) -> None:
    answer = author.post(export_url(bank), {"format": "gift", "take": "look"})
    assert ("attachment" in answer.get("Content-Disposition", ""), LogEntry.objects.count()) == (False, 0)
    assert 'value="gift" checked' in answer.content.decode()


def test_of_many_questions_what_is_lost_is_worked_out_when_it_is_asked_for(
    author: Client, bank: QuestionBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_COMPARED", 2)
    assert "it cannot say" not in author.get(export_url(bank)).content.decode()
    answer = author.post(export_url(bank), {"format": "gift", "take": "look"}).content.decode()
    assert answer.count("it cannot say") == 1


@pytest.mark.parametrize("name", ["", "docx", "aiken"])
def test_what_cannot_be_written_is_not_taken(author: Client, bank: QuestionBank, name: str) -> None:
    answer = author.post(export_url(bank), {"format": name, "take": "file"})
    assert (answer.status_code, "Choose a format." in answer.content.decode()) == (200, True)


def test_a_format_that_refuses_says_why(author: Client, bank: QuestionBank, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> bytes:
        raise FileUnwritable("This cannot be put into it.")

    monkeypatch.setattr(type(formats.get("json")), "write", refuse)
    answer = author.post(export_url(bank), {"format": "json", "take": "file"})
    assert "This cannot be put into it." in answer.content.decode()
    assert not LogEntry.objects.exists()


# ---- A selection ----


def test_selected_questions_are_exported_from_the_list(author: Client, bank: QuestionBank) -> None:
    chosen = Question.objects.filter(title__in=["A cloze", "A numeric"])
    fields: dict[str, Any] = {"action": "export", "_selected_action": [str(one.pk) for one in chosen]}
    text = author.post(LIST, fields).content.decode()
    assert "Export 2 questions" in text
    for one in chosen:
        assert f'name="_selected_action" value="{one.pk}"' in text
    answer = author.post(LIST, {**fields, "format": "yaml", "take": "file"})
    assert stems(answer.content, "yaml") == {"A cloze", "A numeric"}
    assert answer["Content-Disposition"] == 'attachment; filename="questions.yaml"'
    assert LogEntry.objects.get().object_id == str(bank.pk)


def test_all_that_a_filter_finds_can_be_selected(author: Client, bank: QuestionBank) -> None:
    make_question(title="Elsewhere")
    fields = {"action": "export", "_selected_action": str(bank.questions.all()[0].pk), "select_across": "1"}
    answer = author.post(f"{LIST}?bank__id__exact={bank.pk}", {**fields, "format": "json", "take": "file"})
    assert stems(answer.content) == {*(f"A {name}" for name in SHAPES), "Gone"}


# ---- Who may ----


def test_only_authors_take_keys_away(bank: QuestionBank) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    names = ("view_question", "view_questionbank", "change_questionbank")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    assert client.get(export_url(bank)).status_code == 403
    assert client.post(export_url(bank), {"format": "json", "take": "file"}).status_code == 403
    fields = {"action": "export", "_selected_action": str(bank.questions.all()[0].pk), "format": "json", "take": "file"}
    assert "attachment" not in client.post(LIST, fields).get("Content-Disposition", "")
    assert "Export" not in client.get(reverse("admin:assessments_questionbank_change", args=[bank.pk])).content.decode()
    assert Client().get(export_url(bank)).status_code == 302


def test_the_banks_page_leads_there(author: Client, bank: QuestionBank) -> None:
    assert (
        export_url(bank)
        in author.get(reverse("admin:assessments_questionbank_change", args=[bank.pk])).content.decode()
    )


def test_a_bank_that_is_not_there_is_404(author: Client, bank: QuestionBank) -> None:
    assert author.get(reverse("admin:assessments_questionbank_export", args=["x"])).status_code == 404
