"""One device at a time: the second is told first, the first keeps what it had, and no text is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, devices, entry, invitations, responses
from candidates.domain.passes import Pass, seal, unseal
from candidates.domain.responses import OpenElsewhere, Save
from candidates.models import Attempt, Response, ResponseEvent
from candidates.tests.making import holder_of
from candidates.tests.test_hot_path_budget import STATEMENTS_PER_SAVE

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
HTMX: dict[str, Any] = {"HX-Request": "true", "HX-Target": "save-state"}


@pytest.fixture
def token() -> str:
    assessment = make_assessment(make_question("long_text"), make_question("long_text"))
    return invitations.invite(assessment, email="ada@example.org", name="Ada").token


def come_in(token: str, user_agent: str, client: Client | None = None) -> Client:
    """A browser that opens the link, agrees, and starts if nothing has been started yet."""
    client = client or Client(headers={"User-Agent": user_agent})
    client.post(reverse("invitation", args=[token]), {"consent": "on"})
    if Attempt.objects.get().started_at is None:
        client.post(url("attempt-start"))
    return client


def url(name: str, *more: object) -> str:
    return reverse(name, args=[Attempt.objects.get().pk, *more])


def send(client: Client, text: str, *, base: int = 0, number: int = 1, key: object = None, **headers: Any) -> Any:
    data = {"value": text, "base_revision": base, "key": key or uuid4(), "go": "stay"}
    return client.post(url("attempt-question", number), data, headers=headers)


def value() -> object:
    return Response.objects.get(attempt_question__number=1).value


def kinds() -> list[str]:
    return list(ResponseEvent.objects.order_by("sequence").values_list("kind", flat=True))


def test_a_second_device_is_told_before_it_sees_a_question(token):
    laptop, phone = come_in(token, LAPTOP), come_in(token, PHONE)
    send(laptop, "From the laptop")
    for name in ("attempt", "attempt-review", "attempt-submit"):
        notice = phone.get(url(name)).content.decode()
        assert "This attempt is open on another device" in notice
        assert "Chrome · Linux" in notice
    assert "From the laptop" not in phone.get(url("attempt-question", 1)).content.decode()


def test_the_first_device_goes_on_undisturbed_until_the_second_is_chosen(token):
    laptop, phone = come_in(token, LAPTOP), come_in(token, PHONE)
    phone.get(url("attempt"))
    assert send(laptop, "Still here").status_code == 302
    assert value() == "Still here"


def test_after_continuing_elsewhere_a_late_text_of_the_first_device_is_kept_and_shown(token):
    laptop, phone = come_in(token, LAPTOP), come_in(token, PHONE)
    assert phone.post(url("attempt-here")).headers["Location"] == url("attempt-question", 1)
    send(phone, "From the phone")
    answer = send(laptop, "Half a sent", **HTMX)
    assert answer.status_code == 423
    assert "Firefox · Android" in answer.content.decode()
    assert "Half a sent" in answer.content.decode()
    assert value() == "From the phone"
    assert kinds() == ["saved", "elsewhere"]
    assert laptop.get(url("attempt-record")).content.decode().count("Half a sent") == 1


def test_taking_it_back_makes_the_other_one_read_only(token):
    laptop, phone = come_in(token, LAPTOP), come_in(token, PHONE)
    phone.post(url("attempt-here"))
    laptop.post(url("attempt-here"))
    assert send(laptop, "Back again").status_code == 302
    assert send(phone, "Too late").status_code == 423
    moves = Attempt.objects.get().events.filter(kind="moved")
    assert [event.detail["words"] for event in moves] == ["Firefox · Android", "Chrome · Linux"]


def test_a_browser_that_enters_again_is_the_same_device(token):
    laptop = come_in(token, LAPTOP)
    come_in(token, LAPTOP, laptop)
    assert "is open on another device" not in laptop.get(url("attempt-question", 1)).content.decode()
    assert send(laptop, "Same chair").status_code == 302


def test_a_save_that_arrived_before_the_move_keeps_its_receipt_after_it(token):
    laptop, phone, key = come_in(token, LAPTOP), come_in(token, PHONE), uuid4()
    first = send(laptop, "Arrived", key=key, **HTMX)
    phone.post(url("attempt-here"))
    again = send(laptop, "Arrived", key=key, **HTMX)
    assert (first.status_code, again.status_code) == (200, 200)
    assert kinds() == ["saved"]


def test_a_repeated_save_gets_the_revision_it_made_not_the_newest(token):
    laptop, key = come_in(token, LAPTOP), uuid4()
    send(laptop, "First", key=key)
    send(laptop, "Second", base=1)
    again = send(laptop, "First", key=key, **HTMX)
    assert 'data-revision="1"' in again.content.decode()


def test_neither_submit_nor_a_section_is_done_from_the_device_that_was_left():
    held, stranger = _holders()
    attempts.start(held)
    for refused in (lambda: attempts.submit(stranger), lambda: attempts.start_section(stranger, position=1)):
        with pytest.raises(OpenElsewhere):
            refused()
    assert attempts.submit(held).is_closed


def test_without_the_check_a_device_that_was_left_would_overwrite(monkeypatch):
    held, stranger = _holders()
    attempts.start(held)
    save = Save(1, "From the device that was left", 0, uuid4())
    with pytest.raises(OpenElsewhere):
        responses.save_response(stranger, save)
    monkeypatch.setattr(responses, "is_elsewhere", lambda attempt, holder: False)
    assert responses.save_response(stranger, replace(save, key=uuid4())).receipt.revision == 1


@pytest.mark.django_db(transaction=True)  # in one of the test's own, every save would begin a savepoint, too
@pytest.mark.needs_postgresql
def test_knowing_the_device_costs_a_save_no_statement(token):
    laptop, counts = come_in(token, LAPTOP), []
    laptop.get(url("attempt-question", 1))
    for base, device in enumerate((Attempt.objects.get().device, "")):
        Attempt.objects.update(device=device)
        with CaptureQueriesContext(connection) as statements:
            assert send(laptop, f"Text {base}", base=base, **HTMX).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= STATEMENTS_PER_SAVE + 1  # the test looks the attempt's address up


@pytest.mark.django_db(transaction=True)  # in one transaction every moment is the same
def test_a_conflict_names_the_device_of_the_other_text(token):
    laptop, phone = come_in(token, LAPTOP), come_in(token, PHONE)
    phone.post(url("attempt-here"))
    send(phone, "From the phone")
    laptop.post(url("attempt-here"))
    page = send(laptop, "Written before I left").content.decode()
    assert "Firefox · Android" in page
    assert "Written before I left" in page
    same = send(laptop, "From another tab", base=1)
    assert same.status_code == 302
    assert "this device, in another tab" in send(laptop, "From this tab", base=1).content.decode()


def test_a_pass_from_before_devices_had_names_still_opens_its_attempt(token):
    come_in(token, LAPTOP)
    attempt = Attempt.objects.get()
    assert unseal(seal(holder_of(attempt))) == Pass(attempt.pk, attempt.candidate_id)
    Attempt.objects.update(device="")
    old = Client()
    old.cookies["parley_attempt"] = seal(holder_of(attempt))
    assert send(old, "As before").status_code == 302


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Firefox · Android"),
        (LAPTOP, "Chrome · Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_of_the_browsers_own_words_two_names_are_kept(user_agent: str, words: str):
    assert devices.words_of(user_agent) == words


def _holders() -> tuple[Pass, Pass]:
    assessment = make_assessment(make_question("long_text"))
    attempt = entry.enter_by_invitation(invitations.invite(assessment, email="b@example.org", name="B").invitation)
    return tuple(replace(holder_of(attempt), device=device * 8) for device in ("ab", "cd"))  # type: ignore[return-value]
