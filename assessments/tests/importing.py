"""Importing as staff do it, for tests: upload, have it read, decide, have it stored."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assessments.domain import import_reading, import_storing
from assessments.models import ImportLine, Question, QuestionBank, QuestionImport

ADD = "admin:assessments_questionimport_add"
AUTHOR = ("add_question", "change_question", "add_questionbank", "view_question")
FACT = {"id": "F-1", "type": "true_false", "stem": "Is a <b>tree</b> a graph?", "key": {"value": True}}
CHOICE = {
    "id": "C-1",
    "type": "single_choice",
    "title": "Slow writes",
    "stem": "What slows writes?",
    "content": {"options": [{"id": "a", "text": "Locks"}, {"id": "b", "text": "Indexes"}]},
    "key": {"option": "b"},
    "explanation": "Each write updates them.",
}
HOTSPOT = {"id": "H-1", "type": "hotspot", "stem": "Click the heart."}
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one pixel
)


def signed_in(*permissions: str) -> Client:
    user = User.objects.create_user(f"user-{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def file(*questions: dict[str, Any], name: str = "a.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, json.dumps({"parley": 1, "questions": questions}).encode())


def upload(client: Client, *files: Any, **facts: Any) -> Any:
    fields = {"bank": "", "new_bank": "New bank", "source": "", "format": "auto", "on_conflict": "version"}
    return client.post(reverse(ADD), {**fields, **facts, "uploads": list(files)})


def read(client: Client, *files: Any, **facts: Any) -> QuestionImport:
    """Uploaded, and read as the worker does."""
    answer = upload(client, *files, **facts)
    assert answer.status_code == 302, answer.content.decode()
    row = QuestionImport.objects.latest("requested_at")
    assert answer.url == row.get_absolute_url()
    import_reading.carry_out_reading(row.pk)
    row.refresh_from_db()
    return row


def imported(client: Client, row: QuestionImport, **fields: str) -> QuestionImport:
    client.post(row.get_absolute_url(), {"do": "import", "on_conflict": row.on_conflict, **fields})
    import_storing.carry_out_storing(row.pk)
    row.refresh_from_db()
    return row


def page(client: Client, row: QuestionImport, **query: Any) -> str:
    return client.get(row.get_absolute_url(), query).content.decode()


def outcomes(row: QuestionImport) -> list[tuple[str, str]]:
    return list(ImportLine.objects.filter(file__of=row).values_list("where", "outcome"))


def in_bank(client: Client, *questions: dict[str, Any]) -> QuestionBank:
    imported(client, read(client, file(*questions)))
    return QuestionBank.objects.get()


def other_words(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"stem": f"{question['stem']} Now."}


def stems() -> set[str]:
    return set(Question.objects.values_list("current_version__stem", flat=True))
