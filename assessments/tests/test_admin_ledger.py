from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import gemini
from assessments.domain import ledger, ledger_report
from assessments.domain.ledger import Caller
from assessments.enums import AiPurpose
from assessments.models import AiControl, GenerationRequest
from assessments.tests import fake_gemini as fake
from assessments.tests.asking import any_prompt

pytestmark = pytest.mark.django_db
LEDGER, SWITCH, EXPORT = (f"admin:assessments_aicontrol_{name}" for name in ("changelist", "switch", "export"))


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    with fake.configured("http://127.0.0.1:9"):
        yield


@pytest.fixture
def operator() -> User:
    return User.objects.create_superuser("operator")


@pytest.fixture
def operator_client(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def called(
    user: User | None = None,
    *,
    days_ago: int = 0,
    name: str = "user:1",
    ends_well: bool = True,
    purpose: AiPurpose = AiPurpose.GENERATE,
) -> None:
    line = ledger.reserve(Caller(name), any_prompt(), purpose=purpose, requested_by=user, is_counted=False)
    ledger.begin(line)
    failure = None if ends_well else gemini.errors.Blocked(usage=gemini.Usage(100, 0))
    ledger.settle(line, usage=gemini.Usage(100, 50), failure=failure, latency_ms=800)
    GenerationRequest.objects.filter(pk=line.pk).update(requested_at=timezone.now() - timedelta(days=days_ago))


def test_days_and_people_are_added_up(operator):
    called(operator)
    called(operator, days_ago=2, purpose=AiPurpose.CHECK)
    called(operator, days_ago=2, ends_well=False)
    called(None, days_ago=40)
    days = ledger_report.by_day(days=7)
    assert [(line.succeeded, line.failed) for line in days] == [(0, 0)] * 4 + [(1, 1), (0, 0), (1, 0)]
    assert [(line.name, line.calls, line.tokens) for line in ledger_report.by_person(days=7)] == [("operator", 3, 450)]


def test_the_page_has_a_plot_a_sentence_and_the_same_figures_as_a_table(operator, operator_client):
    called(operator)
    called(operator, ends_well=False)
    text = operator_client.get(reverse(LEDGER)).content.decode()
    assert "2 calls in 30 days, 1 of them failed, 300 tokens." in text
    assert '<rect class="succeeded"' in text
    assert '<th scope="row">operator</th>' in text
    assert (text.count("<figure>"), text.count('<svg class="plot"')) == (7, 7)
    drawn = text[text.index("<figure>") : text.rindex("</figure>")]
    assert not [word for word in ("style=", "<script", "onload=") if word in drawn]
    assert "Most by operator: 300 of 300 tokens." in text


def test_an_empty_ledger_says_so(operator_client):
    text = operator_client.get(reverse(LEDGER)).content.decode()
    assert text.count("No calls in these days.") == 1
    assert "<figure>" not in text  # no frames around nothing


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_no_more_for_more_calls(
    operator, operator_client, django_assert_max_num_queries, count
):
    for _ in range(count):
        called(operator)
    with django_assert_max_num_queries(12):
        operator_client.get(reverse(LEDGER))


def test_the_switch_stops_the_next_call_and_says_who_turned_it(operator, operator_client):
    operator_client.post(reverse(SWITCH), {"is_stopped": "on", "reason": "Invoice."})
    control = AiControl.objects.get()
    assert (control.is_stopped, control.reason, control.changed_by) == (True, "Invoice.", operator)
    with pytest.raises(ledger.GenerationStopped):
        called()
    operator_client.post(reverse(SWITCH), {})
    called()


def test_a_get_turns_nothing(operator_client):
    operator_client.get(reverse(SWITCH))
    assert not AiControl.objects.filter(is_stopped=True).exists()


def test_whoever_may_only_look_cannot_turn_it():
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_aicontrol"))
    client = Client()
    client.force_login(viewer)
    assert "Stop all AI calls" not in client.get(reverse(LEDGER)).content.decode()
    assert client.post(reverse(SWITCH), {"is_stopped": "on"}).status_code == 403


@pytest.mark.parametrize("name", [LEDGER, EXPORT])
def test_whoever_may_not_look_does_not(name):
    client = Client()
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.get(reverse(name)).status_code == 403


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://evil.test")']


def test_no_exported_cell_is_a_formula(operator_client):
    for number, words in enumerate(HOSTILE):
        user = User.objects.create_user(f"{words}{number}")
        called(user, name=words)
    text = operator_client.get(reverse(EXPORT)).content.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(HOSTILE)
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert rows[0]["tokens_in"] == "100"


def test_without_a_key_the_ledger_names_the_setting(operator_client, settings):
    settings.GEMINI_API_KEY = ""
    assert "GEMINI_API_KEY is not set" in operator_client.get(reverse(LEDGER)).content.decode()
