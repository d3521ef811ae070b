"""One attempt in two languages: nothing that is kept for everybody freezes the words of one reader."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from assessments.enums import FeedbackPolicy
from assessments.tests.making import make_assessment, make_question, published_without_language
from candidates.domain import attempts, invitations, mails
from candidates.enums import MailKind
from candidates.models import Attempt, Candidate, InvitationMail
from candidates.tests.making import holder_of, make_attempt, save, sit_down
from interview_project.languages import isolated

pytestmark = pytest.mark.django_db


def page(client: Client, path: str, language: str) -> str:
    client.cookies["parley_language"] = language
    return client.get(path).content.decode()


@pytest.fixture
def attempt() -> Attempt:
    """True or false, in English, an hour's time."""
    return make_attempt(
        make_assessment(
            make_question("true_false"), language="en", duration_seconds=3600, feedback_policy=FeedbackPolicy.QUESTIONS
        )
    )


def test_what_is_cached_of_a_question_is_shown_in_each_readers_language(client, attempt):
    sit_down(client, attempt)
    path, expected = (
        f"/attempts/{attempt.pk}/questions/1/",
        [("de", "Richtig"), ("fr", "Vrai"), ("en", "True"), ("de", "Richtig")],
    )
    assert [f">{word}<" in page(client, path, language) for language, word in expected] == [True] * 4


def test_a_question_keeps_its_own_language_within_a_page_of_another(client, attempt):
    html = page(sit_down(client, attempt), f"/attempts/{attempt.pk}/questions/1/", "fr")
    assert '<html lang="fr" dir="ltr">' in html
    assert '<div id="stem" class="stem prose" lang="en" dir="auto">' in html
    assert 'class="option-text" lang="fr" dir="auto">Vrai<' in html


@pytest.mark.parametrize("path", ["", "questions/1/", "questions/1/problem/", "review/", "record/"])
def test_what_authors_wrote_is_marked_with_the_installations_language_where_they_named_none(client, path):
    made = published_without_language(make_question("single_choice"), purpose="To see.", instructions="Read.")
    attempt = make_attempt(made)
    html = page(sit_down(client, attempt), f"/attempts/{attempt.pk}/{path}", "ar")
    assert '<html lang="ar" dir="rtl">' in html
    marked = re.findall(r'<(?:h1|p|div|bdi|span)[^>]* dir="auto"[^>]*>', html)
    assert marked
    assert [tag for tag in marked if 'lang="en"' not in tag and 'class="words"' not in tag] == []  # answers


def test_what_was_told_before_the_start_is_marked_with_the_language_it_was_told_in(client, attempt):
    sit_down(client, attempt)
    for path in ("", "record/"):
        html = page(client, f"/attempts/{attempt.pk}/{path}", "ar")
        assert '<div class="notice" lang="en" dir="auto">' in html


@pytest.mark.parametrize(("language", "onward", "back"), [("en", "→", "←"), ("ar", "←", "→")])
def test_the_list_of_keys_names_the_arrow_that_the_button_shows(client, attempt, language, onward, back):
    html = page(sit_down(client, attempt), f"/attempts/{attempt.pk}/questions/1/", language)
    assert re.findall(r"<kbd>Alt</kbd> <kbd>(.)</kbd>", html) == [onward, back]
    assert re.findall(r'name="go" value="review">[^<]*(.)</button>', html) == [onward]


def test_a_form_that_cannot_be_read_is_refused_in_the_readers_language(client, attempt):
    sit_down(client, attempt).cookies["parley_language"] = "de"
    answer = client.post(f"/attempts/{attempt.pk}/questions/1/", {"value": "true", "base_revision": "old"})
    assert "Diese Seite war veraltet." in answer.content.decode()


def test_a_record_tells_what_happened_in_the_language_of_who_reads_it(client, attempt):
    sit_down(client, attempt)
    save(attempt, True, number=1)
    attempts.submit(holder_of(attempt))
    assert "Begonnen" in page(client, f"/attempts/{attempt.pk}/record/", "de")
    assert "Commencé" in page(client, f"/attempts/{attempt.pk}/record/", "fr")
    assert "Started" in page(client, f"/attempts/{attempt.pk}/record/", "en")


@pytest.mark.parametrize(
    ("language", "label", "units", "empty"),
    [
        ("ar", "السؤال\xa01، أنت هنا، فارغ", "ms، s", "</a>، <a"),
        ("zh-hans", "第1题、您在这里、未作答", "ms、s", "</a>、<a"),
        ("en", "Question 1, you are here, empty", "ms, s", "</a>, <a"),
    ],
)
def test_a_list_is_written_as_its_readers_language_writes_it(client, language, label, units, empty):
    content = {"units": ["ms", "s"]}
    numeric = make_question("numeric", content=content)
    attempt = make_attempt(make_assessment(numeric, make_question()))
    html = page(sit_down(client, attempt), f"/attempts/{attempt.pk}/questions/1/", language)
    assert (f'aria-label="{label}"' in html, f"{units}." in html or f"{units}。" in html) == (True, True)
    assert empty in page(client, f"/attempts/{attempt.pk}/submit/", language)


def test_the_record_and_the_receipt_promise_the_same_day_in_the_readers_own_zone(client, attempt):
    attempts.submit(holder_of(attempt))
    sit_down(client, attempt)
    pages = (page(client, f"/attempts/{attempt.pk}/{name}/", "en") for name in ("receipt", "record"))
    said = [re.findall(r'You hear back by (<time [^>]*data-local="date">[^<]*</time>)', html) for html in pages]
    assert (said[0], len(said[0])) == (said[1], 1)


@pytest.mark.parametrize(
    ("of_candidate", "of_assessment", "greeting"),
    [("es", "de", "Hola, Ada:"), ("", "de-AT", "Guten Tag Ada,"), ("", "", "Hello Ada,"), ("tlh", "", "Hello Ada,")],
)
def test_a_mail_speaks_the_candidates_language_else_the_assessments(of_candidate, of_assessment, greeting):
    made = (
        make_assessment(make_question(), language=of_assessment)
        if of_assessment
        else published_without_language(make_question())
    )
    invited = invitations.invite(made, email="ada@example.org", name="Ada").invitation
    Candidate.objects.filter(email="ada@example.org").update(language=of_candidate)
    row = InvitationMail.objects.create(invitation=invited, kind=MailKind.INVITATION)
    mail.outbox.clear()
    mails.deliver(row.pk, enqueue=str)
    assert mail.outbox[0].body.splitlines()[0] == greeting


def test_staff_and_programs_read_english_whatever_they_have_chosen(client):
    client.cookies["parley_language"] = "de"
    headers = {"Accept-Language": "de"}
    assert "Log in" in client.get("/admin/login/", headers=headers).content.decode()
    assert client.get("/api/v1/nowhere", headers=headers).json()["detail"] == "There is nothing at this address."


@pytest.mark.parametrize(
    ("language", "words"), [("de", "2,50\xa0Punkte"), ("fr", "2,50\xa0points"), ("en", "2.50 points")]
)
def test_a_number_is_written_as_its_reader_writes_it(client, language, words):
    attempt = make_attempt(make_assessment(make_question("true_false", points=Decimal("2.5"))))
    assert words in page(sit_down(client, attempt), f"/attempts/{attempt.pk}/questions/1/", language)


def invited_page(client: Client, language: str, **facts: Any) -> str:
    made = make_assessment(make_question(), language="en", purpose="To see how you think.", **facts)
    return page(client, f"/i/{invitations.invite(made, email='a@example.org', name='Ada L.').token}/", language)


def test_names_within_a_sentence_of_another_direction_read_by_themselves(client):
    html = invited_page(client, "ar", title="What is C++?", organisation="ACME Inc.", contact="jobs@acme.example")
    said = [f"دعوة من {isolated('ACME Inc.')} إلى {isolated('Ada L.')}", "«<bdi>What is C++?</bdi>»"]
    assert [one in html for one in said] == [True, True]
    assert "<bdi>jobs@acme.example</bdi>." in html


def test_the_authors_words_in_a_notice_are_marked_with_their_language(client):
    html = invited_page(client, "de")
    assert '<li><bdi lang="en" dir="auto">To see how you think.</bdi></li>' in html
    assert html.count('<bdi lang="en"') == 1


def test_the_authors_words_in_a_kept_notice_are_marked_as_long_as_they_are_theirs(client):
    attempt = make_attempt(make_assessment(make_question(), language="fr", purpose="Pour voir."))
    sit_down(client, attempt)
    marked = '<bdi lang="fr" dir="auto">Pour voir.</bdi>'
    path = f"/attempts/{attempt.pk}/record/"
    assert marked in page(client, path, "de")
    type(attempt.assessment).objects.filter(pk=attempt.assessment_id).update(purpose="Autre chose.")
    assert ("<bdi>Pour voir.</bdi>" in page(client, path, "de"), marked in page(client, path, "de")) == (True, False)


INLINE = "(?:</?(?:strong|span|bdi|time)[^>]*>)*"
GAP = re.compile(rf"[\uff0c\u3002\uff1b\uff1a\uff01\uff1f]{INLINE}\s+{INLINE}[\u3400-\u9fff]")


def test_no_blank_stands_between_chinese_sentences(client, attempt):
    texts = (make_question("long_text"), make_question("numeric", content={"units": ["ms"]}), make_question())
    made = make_attempt(make_assessment(*texts, contact="jobs@acme.example", break_count=1, duration_seconds=3600))
    sit_down(client, made)
    save(made, "index", number=1)
    paths = ["", "questions/1/", "questions/2/", "review/", "submit/", "break/", "handover/", "record/"]
    html = {path: page(client, f"/attempts/{made.pk}/{path}", "zh-hans") for path in paths}
    attempts.submit(holder_of(made))
    html |= {path: page(client, f"/attempts/{made.pk}/{path}", "zh-hans") for path in ("", "receipt/", "record/")}
    assert {path: found for path, text in html.items() if (found := GAP.findall(text))} == {}


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("en", "1 of 2 answers was saved, and counts.", "2 of 2 answers were saved, and count."),
        ("fr", "1 réponse sur 2 a été enregistrée et compte.", "2 réponses sur 2 ont été enregistrées et comptent."),
        ("de", "1 von 2 Antworten wurde gespeichert und zählt.", "2 von 2 Antworten wurden gespeichert und zählen."),
    ],
)
def test_what_was_saved_is_told_in_the_number_of_what_was_saved(client, language, one, two):
    for told, numbers in ((one, [1]), (two, [1, 2])):
        made = make_attempt(make_assessment(make_question(), make_question()))
        for number in numbers:
            save(made, "a", number=number)
        attempts.submit(holder_of(made))
        assert told in page(sit_down(client, made), f"/attempts/{made.pk}/", language)


def test_an_answer_in_the_authors_words_is_marked_with_their_language_and_one_in_the_candidates_is_not(client):
    made = make_assessment(*(make_question(one) for one in ("single_choice", "true_false", "long_text")), language="en")
    attempt = make_attempt(made)
    for number, value in enumerate(("b", True, "Vielleicht."), start=1):
        save(attempt, value, number=number)
    sit_down(client, attempt)
    said = {
        path: re.findall(
            rf'class="{name}" ([^>]*?dir="auto")[^>]*>([^<]+)<', page(client, f"/attempts/{attempt.pk}/{path}", "de")
        )
        for path, name in (("review/", "answer-words"), ("record/", "words"))
    }
    expected = [
        ('lang="en" dir="auto"', "Each write updates it"),
        ('dir="auto"', "Richtig"),
        ('dir="auto"', "Vielleicht."),
    ]
    assert said == {"review/": expected, "record/": [one for one in expected for _ in range(2)]}
