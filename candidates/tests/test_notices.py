"""What is told before the start says what is so, and is kept as it was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from assessments.domain import injection_gate
from assessments.enums import AiPolicy, DrawKind, FeedbackPolicy, Navigation, SignalKind
from assessments.models import Assessment, Draw, Section
from assessments.models.assessment import SIGNAL_SWITCHES
from assessments.tests.making import make_assessment, make_practice, make_question
from candidates.domain import clock, durations, entry, invitations, notices, outages
from candidates.models import Attempt, Candidate, Invitation
from candidates.tests.making import make_attempt, sit_down

pytestmark = pytest.mark.django_db


def on(switch: str) -> dict[str, Any]:
    return {switch: True}


def sentences(assessment, title):
    return next(part.sentences for part in notices.notice_of(assessment).parts if part.title == title)


def test_only_what_was_switched_on_is_said_to_be_noticed():
    assert sentences(make_assessment(), "What else is noticed") == [
        "Nothing else: no camera, no microphone, no screen, no keystroke timing."
    ]
    for kind, switch in SIGNAL_SWITCHES.items():
        told = sentences(make_assessment(**on(switch)), "What else is noticed")
        assert (told[0], len(told)) == (str(notices.SIGNAL_WORDS[kind]), 3)


def test_every_kind_of_signal_has_a_switch_and_a_sentence():
    assert set(SIGNAL_SWITCHES) == set(notices.SIGNAL_WORDS) == set(SignalKind)


def test_ai_is_told_from_the_live_settings(settings, monkeypatch):
    settings.GEMINI_API_KEY, settings.GEMINI_MODEL = "", "some-model"
    assessment = make_assessment(ai_policy=AiPolicy.SUGGESTIONS)
    off = sentences(assessment, "Artificial intelligence")
    monkeypatch.setattr(injection_gate, "obstacle", lambda: "")
    on = sentences(assessment, "Artificial intelligence")
    assert (len(off), on) == (4, off[:3])
    assert "some-model" in on[1]


def test_every_feedback_policy_is_told():
    told = {sentences(make_assessment(feedback_policy=policy), "Results")[0] for policy in FeedbackPolicy}
    assert len(told) == len(FeedbackPolicy)


def test_a_one_way_section_is_told():
    assessment = make_assessment()
    before = sentences(assessment, "Length and rules")
    assessment.sections.update(navigation=Navigation.ONE_WAY)
    assert set(sentences(assessment, "Length and rules")) - set(before) == {
        "In some sections you cannot go back to a question you have left."
    }


def test_the_notice_is_kept_word_for_word():
    assessment = make_assessment(watches_focus=True)
    attempt = make_attempt(assessment, start=False)
    notice = notices.notice_of(assessment, attempt.candidate, attempt.invitation)
    assert (attempt.consent_text, attempt.consent_hash) == (notice.text, notices.hash_of(notice.text))
    assert (attempt.consent_version, attempt.consent_language) == (notices.VERSION, "en")
    assert attempt.consent_signals == [SignalKind.FOCUS_LOST]


def test_the_kept_text_is_shown_as_its_parts():
    notice = notices.notice_of(make_assessment())
    assert notices.parts_of(notice.text) == [*notice.parts, notices.Part("", [notice.consent])]


def test_the_record_shows_what_was_told_then_and_not_what_would_be_told_now(client):
    attempt = make_attempt(make_assessment(retention_days=30))
    Assessment.objects.filter(pk=attempt.assessment_id).update(retention_days=365)
    page = sit_down(client, attempt).get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    assert ("erased 30 days" in page, "erased 365 days" in page, attempt.consent_hash in page) == (True, False, True)


def test_a_notice_that_changed_while_it_was_open_is_to_be_read_again(client):
    assessment = make_practice()
    url = reverse("practice", args=[assessment.slug])
    seen = client.get(url).context["notice"].hash
    Assessment.objects.filter(pk=assessment.pk).update(retention_days=365)
    response = client.post(url, {"consent": "on", "notice": seen})
    assert (
        response.context["error"] == "What you are told has changed since you opened this page. Please read it again."
    )
    assert Attempt.objects.count() == 0
    again = client.post(url, {"consent": "on", "notice": response.context["notice"].hash})
    assert (again.status_code, Attempt.objects.get().consent_hash) == (302, response.context["notice"].hash)


def test_the_notice_tells_the_time_and_window_of_its_reader():
    assessment = make_assessment(duration_seconds=3600)
    invited = invitations.invite(assessment, email="a@example.org")
    invited.invitation.candidate.time_factor = 2
    notice = notices.notice_of(assessment, invited.invitation.candidate, invited.invitation)
    assert notice.parts[1].sentences[1] == "Time: 2\xa0h."


def test_entering_twice_keeps_the_first_agreement():
    attempt = make_attempt(start=False)
    assert attempt.invitation is not None
    Assessment.objects.filter(pk=attempt.assessment_id).update(retention_days=365)
    again = entry.enter_by_invitation(attempt.invitation)
    assert (again.pk, again.consent_hash) == (attempt.pk, attempt.consent_hash)


def test_how_many_questions_in_how_many_sections_is_told():
    assessment = make_assessment(make_question(), make_question("short_text"))
    assert sentences(assessment, "Length and rules")[0] == "2 questions."
    second = Section.objects.create(assessment=assessment, title="More", position=2)
    Draw.objects.create(section=second, kind=DrawKind.POOL, count=3)
    assert sentences(assessment, "Length and rules")[0] == "5 questions in 2 sections."


def test_breaks_are_told_with_those_of_an_accommodation_and_that_they_are_recorded():
    assessment = make_assessment(duration_seconds=3600, break_count=1, break_seconds=300)
    told = "You may take 1 break of up to 5\xa0min; your time stands still in it."
    assert told in sentences(assessment, "Length and rules")
    attempt = make_attempt(assessment, start=False, extra_breaks=1)
    assert "You may take 2 breaks of up to 5\xa0min each" in attempt.consent_text
    assert "When you take a break" in " ".join(sentences(make_assessment(), "What is recorded, and why"))


@pytest.mark.parametrize(
    "purpose", ["One.\n\nTwo.", "One.\r\n\r\nTwo.\r\n", "We look for:\n- care\n\n- rest", "A:\n\nB:\n- c"]
)
def test_a_purpose_of_several_paragraphs_keeps_together(purpose):
    notice = notices.notice_of(make_assessment(purpose=purpose))
    assert notice.parts[0].sentences == ["\n".join(purpose.splitlines())]
    assert notices.parts_of(notice.text) == [*notice.parts, notices.Part("", [notice.consent])]


def test_a_purpose_of_several_paragraphs_kept_before_keeps_together_too():
    kept = "What it is for\n- One.\n\nTwo.\n\nLength\n- Time: 1 h.\n- Once.\n\nI agree."
    assert notices.parts_of(kept) == [
        notices.Part("What it is for", ["One.\n\nTwo."]),
        notices.Part("Length", ["Time: 1 h.", "Once."]),
        notices.Part("", ["I agree."]),
    ]


@pytest.mark.parametrize(
    ("seconds", "words", "exact"),
    [
        (0, "0\xa0seconds", "0\xa0seconds"),
        (45, "45\xa0seconds", "45\xa0seconds"),
        (90, "1\xa0min\xa030\xa0s", "1\xa0min\xa030\xa0s"),
        (120, "2\xa0min", "2\xa0min"),
        (599, "9\xa0min\xa059\xa0s", "9\xa0min\xa059\xa0s"),
        (629, "10\xa0min", "10\xa0min\xa029\xa0s"),
        (3600, "1\xa0h", "1\xa0h"),
        (7384, "2\xa0h\xa03\xa0min", "2\xa0h\xa03\xa0min\xa04\xa0s"),
    ],
)
def test_seconds_are_told_where_they_count(seconds, words, exact):
    assert (durations.minutes_words(seconds), durations.exact_words(seconds)) == (words, exact)


def test_what_was_given_back_is_told_to_the_second():
    assert outages.given_back_words(97) == "1\xa0min\xa037\xa0s given back: our servers were away"


def test_landing_page_and_notice_tell_the_candidates_own_time_and_it_is_kept_so(client):
    """As the mail did; the device's own time takes its place only where scripts run."""
    invited = invitations.invite(
        make_assessment(), email="a@example.org", closes_at=datetime(2030, 5, 17, 12, tzinfo=UTC)
    )
    Candidate.objects.update(time_zone="Asia/Kolkata")
    url = reverse("invitation", args=[invited.token])
    page = client.get(url)
    told = "Can be started until 17\xa0May 2030, 17:30\xa0IST."
    assert (told in page.content.decode(), "UTC" in page.content.decode()) == (True, False)
    client.post(url, {"consent": "on", "notice": page.context["notice"].hash})
    assert told in Attempt.objects.get().consent_text


@pytest.mark.parametrize("has_entered", [False, True])
@pytest.mark.parametrize(
    ("opens", "closes", "said", "not_said"),
    [
        (None, -1, ["This ended on", "ask whoever invited you for more time"], ["Opens on", "rehearse first"]),
        (1, 2, ["Opens on", "Come back then", "rehearse first"], ["This ended on", "Can be started"]),
        (-1, 2, ["Can be started from", "until", "rehearse first"], ["This ended on", "Opens on"]),
        (None, 2, ["Can be started until", "rehearse first"], ["This ended on", "Opens on"]),
    ],
)
def test_the_landing_page_tells_its_window_in_local_time_and_the_next_step(
    client, opens, closes, said, not_said, has_entered
):
    """Whoever came in by the link and has not started stands where they stood before."""
    window = {"opens_at": opens, "closes_at": closes}
    window = {name: days and clock.now() + timedelta(days=days) for name, days in window.items()}
    invited = invitations.invite(make_assessment(), email="a@example.org")
    if has_entered:
        entry.enter_by_invitation(invited.invitation)
    Invitation.objects.update(**window)
    page = client.get(reverse("invitation", args=[invited.token])).content.decode()
    assert ([one for one in said if one not in page], [one for one in not_said if one in page]) == ([], [])
    shown = window["opens_at"] or window["closes_at"]
    assert f'{said[0]} <time datetime="{shown:%Y-%m-%dT%H:%M}' in page
