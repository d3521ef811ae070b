"""The record page, the export and the receipts of a finished attempt, row by row against the database: every question type,
everything that was kept aside, and everything that happened to its time.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import escape

from assessments.domain.assembly import publish_assessment
from assessments.domain.faces import face_of
from assessments.enums import Navigation, SignalKind
from assessments.tests.making import SHAPES, add_section, make_assessment, make_question
from candidates.domain import (
    announcements,
    attempts,
    clock,
    devices,
    entry,
    exports,
    interventions,
    outages,
    pauses,
    problem_reports,
    records,
    responses,
    signals,
)
from candidates.domain.passes import Pass
from candidates.domain.responses import Save, SaveRefused
from candidates.domain.signals import Noticed
from candidates.enums import AttemptStatus, EventKind, ResponseEventKind
from candidates.models import Attempt, Invitation, Pulse, ResponseEvent
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save, sit_down

pytestmark = pytest.mark.django_db
VALUES: dict[str, Any] = {
    "single_choice": "b",
    "multiple_choice": ["a", "c"],
    "true_false": False,
    "matching": {"1": "a", "2": "c"},
    "ordering": ["b", "a", "c"],
    "numeric": "42 ms",
    "short_text": "index <b>",
    "cloze": {"1": "constant", "2": "a"},
    "long_text": "First.\n\nIt depends & <script>alert(1)</script> „so“",
}
TYPES = list(SHAPES)
FIRST_ONE_WAY = len(TYPES) + 1
MOMENT = r'<time datetime="([^"]+)"[^>]*>[^<]*</time>'
WORDS = r'<div class="words"[^>]*>(.*?)</div>'
RESPONSE = re.compile(r'<section class="card record" aria-labelledby="response-(\d+)">(.*?)</section>', re.DOTALL)
SAVED = re.compile(rf'Saved {MOMENT}&nbsp;· revision (\d+)\s*</p>\s*<p class="hash">(\w+)</p>', re.DOTALL)
EVENT = re.compile(
    rf'<li>\s*{MOMENT}&nbsp;· (.*?)(?:&nbsp;· revision (\d+))?\s*{WORDS}\s*<p class="hash">(\w+)</p>\s*</li>', re.DOTALL
)
HAPPENED = re.compile(rf"<li>{MOMENT}&nbsp;· (.*?)</li>")


def refused(attempt: Attempt, value: Any, *, number: int, holder: Pass | None = None, base_revision: int = 0) -> None:
    one = Save(number=number, value=value, base_revision=base_revision, key=uuid4())
    with pytest.raises(SaveRefused):
        responses.save_response(holder or holder_of(attempt), one)


def sat(by: Any) -> Attempt:
    """Everything that may happen to an attempt has happened to this one."""
    made = make_assessment(
        *(make_question(type_) for type_ in TYPES),
        publish=False,
        duration_seconds=3600,
        break_count=1,
        break_seconds=600,
        watches_paste=True,
    )
    add_section(made, make_question(), make_question("long_text"), navigation=Navigation.ONE_WAY)
    attempt = make_attempt(publish_assessment(made))
    holder = holder_of(attempt)
    for number, type_ in enumerate(TYPES, start=1):
        save(attempt, VALUES[type_], number=number)
    save(attempt, "c", number=1, base_revision=1)
    refused(attempt, "a", number=1)
    save(attempt, None, number=2, base_revision=1)
    announcement = announcements.announce(attempt.assessment, text="Mind the „gap“ & go.", by=by)
    announcements.acknowledge(holder, announcement.pk)
    problem_reports.report(holder, number=2, text="A word is <missing>.")
    signals.note(attempt, [Noticed(SignalKind.LARGE_PASTE, key=uuid4(), number=9, characters=1234)])
    signals.explain(attempt, signals.of_attempt(attempt)[0].pk, text="My own <notes>.")
    _time_moves(attempt, holder, by)
    save(attempt, "One way", number=FIRST_ONE_WAY, moves_to=FIRST_ONE_WAY + 1)
    refused(attempt, "Too late for this one", number=FIRST_ONE_WAY, base_revision=1)
    devices.take_over(Pass(holder.attempt_id, holder.candidate_id, "phone"), words="Firefox · Android")
    refused(attempt, True, number=3, holder=Pass(holder.attempt_id, holder.candidate_id, "laptop"))
    entry.enter_by_invitation(invitation_of(attempt))
    ring_the_bell(attempt, seconds_ago=60)
    refused(attempt, "After the bell, and the only words here", number=FIRST_ONE_WAY + 1)
    assert attempts.close_overdue() == 1
    attempt.refresh_from_db()
    return attempt


def invitation_of(attempt: Attempt) -> Invitation:
    return Invitation.objects.get(attempts=attempt)


def _time_moves(attempt: Attempt, holder: Pass, by: Any) -> None:
    interventions.extend(attempt, seconds=300, by=by, reason="Noise")
    pauses.pause([attempt.pk], by=by, reason="Fire alarm")
    Attempt.objects.filter(pk=attempt.pk).update(paused_at=clock.now() - timedelta(minutes=1))
    refused(attempt, "index, typed in the pause", number=7, base_revision=1)
    pauses.resume([attempt.pk], by=by)
    pauses.begin_break(holder)
    pauses.end_break(holder)
    Attempt.objects.filter(pk=attempt.pk).update(started_at=clock.now() - timedelta(minutes=10))
    Pulse.objects.update_or_create(pk=Pulse.THE_ONE, defaults={"beat_at": clock.now() - timedelta(seconds=90)})
    outages.beat_and_settle()


@pytest.fixture
def finished(admin_user) -> Attempt:
    attempt = sat(admin_user)
    kinds = set(attempt.response_events.values_list("kind", flat=True))
    assert (attempt.status, kinds) == (AttemptStatus.EXPIRED, set(ResponseEventKind.values))
    happened = set(attempt.events.values_list("kind", flat=True))
    assert set(EventKind.values) - happened == {"section_started", "submitted", "closed", "reopened", "voided"}
    return attempt


def page_of(client: Any, attempt: Attempt) -> str:
    html = sit_down(client, attempt).get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    assert isinstance(html, str)
    return html


def isolated(written: str) -> str:
    """What somebody wrote, within a sentence of ours that may be read from the other side."""
    return f"\N{FIRST STRONG ISOLATE}{written}\N{POP DIRECTIONAL ISOLATE}"


def words_of(event: ResponseEvent) -> str:
    face = face_of(event.attempt_question.version_id)
    return face.type.words(event.value, face.content)


def test_every_save_is_on_the_page_as_it_is_in_the_database(client, finished):
    shown = dict(RESPONSE.findall(page_of(client, finished)))
    questions = finished.questions.select_related("response", "version")
    assert [int(number) for number in shown] == [one.number for one in questions]
    for question in questions:
        section = shown[str(question.number)]
        found = [
            (datetime.fromisoformat(at), unescape(kind), int(revision or 0), unescape(words), chain_hash)
            for at, kind, revision, words, chain_hash in EVENT.findall(section)
        ]
        rows = list(question.events.select_related("attempt_question").order_by("sequence"))
        assert found == [
            (
                row.received_at,
                row.get_kind_display(),
                row.revision if row.kind == ResponseEventKind.SAVED else 0,
                words_of(row),
                row.chain_hash,
            )
            for row in rows
        ]
        accepted = [row for row in rows if row.kind == ResponseEventKind.SAVED]
        response, saved = question.response, SAVED.findall(section)
        stands = [(response.saved_at, response.revision, row.chain_hash) for row in accepted[-1:]]
        assert [(datetime.fromisoformat(at), int(revision), hash_) for at, revision, hash_ in saved] == stands
        face = face_of(question.version_id)
        newest = re.findall(WORDS, section, re.DOTALL)[0]
        assert unescape(newest) == face.type.words(response.value, face.content)


def test_everything_that_happened_is_on_the_page_once_and_in_order(client, finished):
    html = page_of(client, finished)
    timeline = html[html.index('<ol class="timeline">') : html.index("</ol>")]
    found = [(datetime.fromisoformat(at), unescape(words)) for at, words in HAPPENED.findall(timeline)]
    rows = list(finished.events.all())
    assert [at for at, _ in found] == [row.at for row in rows]
    said = dict(zip([row.kind for row in rows], [words for _, words in found], strict=True))
    assert said["extended"] == "The team added 5\xa0min"
    assert said["outage_credited"] == "1\xa0min\xa030\xa0s given back: our servers were away"
    assert (said["resumed"], said["break_ended"]) == (
        "Resumed by the team, after 1\xa0min",
        "Break ended, after 0\xa0seconds",
    )
    assert said["moved"] == f"Continued on another device: {isolated('Firefox · Android')}"
    assert said["acknowledged"] == f"You read the announcement “{isolated('Mind the „gap“ & go.')}”"
    assert len(said) == len(rows)


def test_what_was_told_noticed_and_reported_is_on_the_page(client, finished):
    html = page_of(client, finished)
    for report in finished.problem_reports.all():
        assert f'<div class="words" dir="auto">{escape(report.text)}</div>' in html
    (signal,) = signals.of_attempt(finished)
    assert f'id="signal-{signal.pk}"' in html
    assert f"</time>&nbsp;· {escape(records.signal_words(signal))}" in html
    assert f">{escape(signal.explanation)}</textarea>" in html
    assert (signal.characters, signal.explanation) == (1234, "My own <notes>.")
    for sentence in finished.consent_text.splitlines():
        assert escape(sentence.removeprefix("- ")) in html
    assert finished.consent_hash in html
    assert f'<p class="hash">{finished.submit_receipt}</p>' in html


def test_export_and_receipts_have_the_same_rows(client, finished):
    sit_down(client, finished)
    export, receipts = (
        json.loads(client.get(reverse(name, args=[finished.pk, "json"])).content)
        for name in ("attempt-export", "attempt-receipts")
    )
    rows = list(finished.response_events.select_related("attempt_question").order_by("sequence"))
    moments = [row.received_at for row in rows]
    exported = sorted(export["tables"]["ResponseEvent"], key=lambda row: row["sequence"])
    assert [(row["value"], row["words"], row["kind"], row["revision"], row["chain_hash"]) for row in exported] == [
        (row.value, words_of(row), row.kind, row.revision, row.chain_hash) for row in rows
    ]
    saves = receipts["saves"]
    assert [(one["question"], one["kind"], one["revision"], one["receipt"]) for one in saves] == [
        (row.attempt_question.number, row.kind, row.revision, row.chain_hash) for row in rows
    ]
    for listed in (exported, saves):
        assert [datetime.fromisoformat(one["received_at"]) for one in listed] == moments
    assert len(export["tables"]["Event"]) == finished.events.count()
    assert receipts["submit_receipt"] == finished.submit_receipt


def test_the_export_to_read_has_every_field_of_every_row(client, finished):
    html = sit_down(client, finished).get(reverse("attempt-export", args=[finished.pk, "html"])).content.decode()
    found = re.findall(r"<dt [^>]*>(.*?)</dt><dd [^>]*>(.*?)</dd>", html, re.DOTALL)
    tables = exports.export_of(finished.candidate, attempt=finished).as_page()
    assert found == [(name, linebreaksbr(text)) for _, rows in tables for row in rows for name, text in row if text]
    chain = finished.response_events.order_by("pk").values_list("chain_hash", flat=True)
    assert [text for name, text in found if name == "chain hash"] == list(chain)
