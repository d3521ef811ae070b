"""Receipts leave the server signed, say nothing of the answers, and are recognised when they come back."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.tests.making import make_assessment, make_question
from candidates.domain import attempts, interventions, receipt_files
from candidates.domain.receipt_files import Checked
from candidates.domain.receipts import short_code
from candidates.enums import EventKind
from candidates.models import Attempt, Candidate, Response
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save, sit_down

pytestmark = pytest.mark.django_db

SECRET = "What only I wrote"


@pytest.fixture
def attempt() -> Attempt:
    attempt = make_attempt(make_assessment(make_question("long_text"), make_question("single_choice")))
    save(attempt, "Begun")
    save(attempt, SECRET, base_revision=1)
    save(attempt, "b", number=2)
    return attempts.submit(holder_of(attempt))


def download(client, attempt: Attempt, form: str) -> str:
    answer = sit_down(client, attempt).get(reverse("attempt-receipts", args=[attempt.pk, form]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipts-{str(attempt.pk)[:8]}.{form}"'
    return str(answer.content.decode())


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_downloaded_file_is_genuine_and_agrees_with_the_record(client, attempt, form):
    checked = receipt_files.check(download(client, attempt, form))
    assert (checked.is_genuine, checked.attempt_id, checked.saves) == (True, attempt.pk, 3)
    assert (checked.closed_at, checked.disagreements, checked.is_erased) == (attempt.closed_at, [], False)


def test_it_lists_every_save_of_the_record_row_by_row(client, attempt):
    listed = json.loads(download(client, attempt, "json"))["saves"]
    rows = attempt.response_events.order_by("sequence").values_list(
        "attempt_question__number", "revision", "kind", "chain_hash"
    )
    assert [(one["question"], one["revision"], one["kind"], one["receipt"]) for one in listed] == list(rows)
    text = download(client, attempt, "txt")
    assert [one["receipt"] in text for one in listed] == [True] * 3


@pytest.mark.parametrize("form", ["json", "txt"])
def test_no_answer_and_no_key_of_a_save_is_in_it(client, attempt, form):
    content = download(client, attempt, form)
    keys = [str(key) for key in attempt.response_events.values_list("key", flat=True)]
    assert [word in content for word in (SECRET, *keys)] == [False] * 4


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_changed_character_makes_it_no_receipt(client, attempt, form):
    content = download(client, attempt, form)
    for old, new in (("saved", "lated"), (str(attempt.pk)[:8], "00000000"), ("2026", "2025"), ("3", "4")):
        if old in content:
            assert receipt_files.check(content.replace(old, new, 1)) == Checked(is_genuine=False)
    assert receipt_files.check(content[: len(content) // 2]) == Checked(is_genuine=False)


def test_what_mail_and_editors_do_to_a_text_leaves_it_genuine(client, attempt):
    text = download(client, attempt, "txt")
    mailed = "\r\n".join(f"{line}  " for line in text.splitlines())
    assert receipt_files.check(f"\n\n{mailed}\n\n").is_genuine


def test_the_64_characters_of_the_receipt_page_are_enough(attempt):
    assert receipt_files.check(attempt.submit_receipt).attempt_id == attempt.pk
    assert receipt_files.check("0" * 64) == Checked(is_genuine=False)


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_record_changed_behind_our_back_disagrees_with_its_receipt(client, attempt, form):
    content = download(client, attempt, form)
    attempt.response_events.filter(revision=2).delete()
    Response.objects.filter(attempt_question__attempt=attempt, attempt_question__number=1).update(value="forged")
    assert receipt_files.check(content).disagreements == [
        "1 of the saves it lists are no longer in the record.",
        "The final answers in the record are not those it was made from.",
    ]


def test_a_receipt_outlives_its_record(client, attempt):
    content = download(client, attempt, "json")
    Candidate.objects.filter(pk=attempt.candidate_id).delete()
    checked = receipt_files.check(content)
    assert (checked.is_genuine, checked.is_erased) == (True, True)


@pytest.mark.parametrize(
    "hostile", ["", "{", "{}", "[]", '{"saves": 1, "signature": 5}', "parley-signature: ", "{" * 9000]
)
def test_what_is_no_receipt_is_said_to_be_none(hostile):
    assert receipt_files.check(hostile) == Checked(is_genuine=False)


def test_the_public_page_answers_a_paste_and_a_file(client, attempt):
    content, url = download(client, attempt, "txt"), reverse("check-receipt")
    client.cookies.clear()
    pasted = client.post(url, {"receipt": content})
    assert "This receipt is genuine" in pasted.content.decode()
    assert SECRET not in pasted.content.decode()
    upload = SimpleUploadedFile("receipts.txt", BytesIO(content.encode()).read())
    assert "still agrees with it" in client.post(url, {"file": upload}).content.decode()
    assert (
        "This server cannot confirm this as its receipt" in client.post(url, {"receipt": "nonsense"}).content.decode()
    )
    assert "Paste a receipt, or choose its file." in client.post(url).content.decode()
    assert pasted.headers["Cache-Control"] == "no-store, private"


def test_of_a_strangers_attempt_there_is_no_file(client, attempt):
    other = make_attempt(attempt.assessment)
    client = sit_down(client, other)
    assert client.get(reverse("attempt-receipts", args=[attempt.pk, "json"])).status_code == 404
    assert sit_down(client, attempt).get(reverse("attempt-receipts", args=[attempt.pk, "exe"])).status_code == 404


@pytest.fixture
def expired() -> Attempt:
    attempt = make_attempt(make_assessment(make_question("long_text"), duration_seconds=600))
    save(attempt, "Begun")
    ring_the_bell(attempt, seconds_ago=60)
    attempts.close_overdue()
    return Attempt.objects.get(pk=attempt.pk)


def said_of(client, receipt: str) -> str:
    return str(client.post(reverse("check-receipt"), {"receipt": receipt}).content.decode())


def test_a_receipt_from_before_a_reopening_is_genuine_and_says_when_that_was(client, expired, admin_user):
    shown = [expired.submit_receipt, *(download(client, expired, form) for form in ("json", "txt"))]
    shown.append(short_code(expired.submit_receipt))
    again = interventions.reopen(expired, seconds=600, by=admin_user)
    at = again.events.get(kind=EventKind.REOPENED).at
    for receipt in shown:
        checked = receipt_files.check(receipt)
        assert (checked.is_genuine, checked.attempt_id, checked.reopened_at) == (True, expired.pk, at)
        assert (checked.disagreements, checked.is_undecided) == ([], False)
    save(again, "Changed", base_revision=1)
    closed = attempts.submit(holder_of(again))
    assert [receipt_files.check(one).reopened_at for one in shown] == [at] * 4
    assert receipt_files.check(closed.submit_receipt) == Checked(True, closed.pk, closed_at=closed.closed_at)
    page = said_of(client, shown[0])
    assert ("The attempt was reopened on" in page, "may have changed since" in page) == (True, True)


def test_a_file_from_before_a_reopening_that_kept_no_receipt_is_no_accusation(client, expired, admin_user):
    content = download(client, expired, "txt")
    again = interventions.reopen(expired, seconds=600, by=admin_user)
    again.events.filter(kind=EventKind.REOPENED).update(detail={"seconds": 600})
    checked = receipt_files.check(content)
    assert (checked.reopened_at is None, checked.disagreements) == (False, [])


def test_a_reopened_attempt_closed_with_the_same_answers_agrees_with_its_receipt(expired, admin_user):
    attempts.submit(holder_of(interventions.reopen(expired, seconds=600, by=admin_user)))
    checked = receipt_files.check(expired.submit_receipt)
    assert (checked.reopened_at, checked.disagreements) == (None, [])


def test_a_reopening_hides_no_change_behind_our_back(client, expired, admin_user):
    content = download(client, expired, "json")
    again = interventions.reopen(expired, seconds=600, by=admin_user)
    again.response_events.all().delete()
    assert receipt_files.check(content).disagreements == ["1 of the saves it lists are no longer in the record."]
    assert receipt_files.check(expired.submit_receipt).disagreements == [
        "Something in the record was changed or removed outside of Parley."
    ]


@pytest.mark.parametrize("form", ["json", "txt"])
def test_receipts_outlive_a_change_of_keys_while_the_old_one_is_kept(client, attempt, settings, form):
    content, old = download(client, attempt, form), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 6, ["one-before" * 6, old]
    for receipt in (content, attempt.submit_receipt):
        checked = receipt_files.check(receipt)
        assert (checked.is_genuine, checked.is_undecided, checked.disagreements) == (True, False, [])


def test_without_the_old_key_it_cannot_be_told_and_nobody_is_accused(client, attempt, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 6, []
    for receipt in (attempt.submit_receipt, download(client, attempt, "txt")):
        checked = receipt_files.check(receipt)
        assert (checked.is_genuine, checked.is_undecided, checked.disagreements) == (True, True, [])
    page = said_of(client, attempt.submit_receipt)
    assert ("cannot be told with the keys this server has now" in page, "has changed" in page) == (True, False)


def test_a_forged_answer_is_told_with_any_key(attempt, settings):
    Response.objects.filter(attempt_question__attempt=attempt, attempt_question__number=1).update(value="forged")
    for key in (settings.SECRET_KEY, "another-key" * 6):
        settings.SECRET_KEY = key
        assert receipt_files.check(attempt.submit_receipt).disagreements == [
            "The final answers in the record are not those it was made from."
        ]


@pytest.mark.parametrize("spelt", ["{}", " {}\n", "{lower}", "{joined}"])
def test_the_short_code_of_the_receipt_page_is_recognised(attempt, spelt):
    code = short_code(attempt.submit_receipt)
    typed = spelt.format(code, lower=code.lower(), joined=code.replace("-", ""))
    assert receipt_files.check(typed) == Checked(True, attempt.pk, closed_at=attempt.closed_at)
    assert receipt_files.check("0000-0000-0000") == Checked(is_genuine=False)


def test_codes_cannot_be_tried_out(client, attempt):
    answers = [client.post(reverse("check-receipt"), {"receipt": f"0000-0000-{n:04}"}).status_code for n in range(21)]
    assert answers[-1] == 429
