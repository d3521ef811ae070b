"""No key reaches a candidate before its time: unguessable marks in every key, looked for in everything they can fetch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import pytest

from assessments.domain import faces
from assessments.enums import FeedbackPolicy
from assessments.models import Criterion, Level, Question
from assessments.question_types import all_types
from assessments.tests.making import OPTIONS, SHAPES, make_assessment, make_question, make_rubric
from candidates.domain import attempts, entry, interventions, invitations, mails, outcomes, scoring
from candidates.enums import MailKind, OutcomeDecision
from candidates.models import Attempt, FreshSet, Suggestion
from candidates.tests.admin_rows import judge, make_staff
from candidates.tests.making import holder_of, make_attempt, ring_the_bell, save
from candidates.tests.proof.seeing import everything

pytestmark = pytest.mark.django_db
MARK = "canary5d1c7e"
NUMBER = "74219625.125"

FEEDBACK = {one["id"]: f"{MARK} feedback" for one in OPTIONS}
KEYS: dict[str, dict[str, Any]] = {  # what is marked in each type's key
    "single_choice": {"option": "b", "feedback": FEEDBACK},
    "multiple_choice": {"options": ["a", "c"], "feedback": FEEDBACK},
    "true_false": {"value": True, "feedback": {"true": f"{MARK} feedback", "false": f"{MARK} feedback"}},
    "numeric": {**SHAPES["numeric"][1], "accepted": [{"value": NUMBER}]},
    "short_text": {"accepted": [{"text": f"{MARK} accepted"}]},
    "cloze": {"gaps": {"1": {"accepted": [{"text": f"{MARK} gap"}]}, "2": {"option": "a"}}},
    "long_text": {"model_answer": f"{MARK} model answer"},
}
STRUCTURAL = {"matching", "ordering"}
"""Their keys are only which belongs to which, in ids that are shown; their explanation is marked like everybody's."""


def test_the_key_of_every_type_is_marked():
    unmarked = {one.name for one in all_types()} - set(KEYS) - STRUCTURAL
    assert unmarked == set(), (
        "Put a mark into this type's key: add it to KEYS in candidates/tests/proof/test_answer_keys.py."
    )


def marked_questions() -> list[Question]:
    rubric = make_rubric(f"Rubric {uuid4()}")
    Criterion.objects.filter(rubric=rubric).update(description=f"{MARK} criterion")
    Level.objects.filter(criterion__rubric=rubric).update(name=f"{MARK} level", description=f"{MARK} level")
    facts: dict[str, Any] = {"explanation": f"{MARK} explanation", "provenance": {"file": f"{MARK} file"}}
    return [
        make_question(
            one.name,
            key=KEYS.get(one.name, SHAPES[one.name][1]),
            rubric=rubric if one.name == "long_text" else None,
            **facts,
        )
        for one in all_types()
    ]


def marked(policy: FeedbackPolicy = FeedbackPolicy.NONE, *, start: bool = True) -> Attempt:
    facts: dict[str, Any] = {"feedback_policy": policy, "duration_seconds": 3600, "watches_focus": True}
    attempt = make_attempt(make_assessment(*marked_questions(), **facts), start=start)
    if start:
        for number in (long_text(attempt), short_text(attempt)):
            save(attempt, "an honest answer", number=number)
        suggested(attempt)
    return attempt


def of_type(attempt: Attempt, name: str) -> Any:
    return attempt.questions.get(version__type=name)


def long_text(attempt: Attempt) -> int:
    return int(of_type(attempt, "long_text").number)


def short_text(attempt: Attempt) -> int:
    return int(of_type(attempt, "short_text").number)


def suggested(attempt: Attempt) -> None:
    question = of_type(attempt, "long_text")
    facts = {"levels": {"1": "2"}, "evidence": {"1": f"{MARK} evidence"}, "flags": [], "points": "2"}
    rubric = question.version.rubric
    Suggestion.objects.create(attempt_question=question, response_revision=1, rubric=rubric, model=MARK, **facts)


def submitted(policy: FeedbackPolicy) -> Attempt:
    attempt = marked(policy)
    attempts.submit(holder_of(attempt))
    attempt.refresh_from_db()
    return attempt


def reviewed(policy: FeedbackPolicy) -> Attempt:
    """Everything is scored, so everything that the policy releases is released."""
    attempt, reviewer = submitted(policy), make_staff()
    scoring.score_attempt(attempt.pk)
    judge(attempt, by=reviewer, number=long_text(attempt), comment=f"{MARK} comment")
    outcomes.decide(attempt, decision=OutcomeDecision.HOLD, reason=f"{MARK} outcome", by=reviewer)
    return attempt


def expired() -> Attempt:
    attempt = marked()
    ring_the_bell(attempt, seconds_ago=60)
    return attempt


def closed_by_staff() -> Attempt:
    return interventions.close_now(marked(FeedbackPolicy.KEYS), by=make_staff())


def voided() -> Attempt:
    return interventions.void(reviewed(FeedbackPolicy.KEYS), reason="Sat by somebody else.", by=make_staff())


STATES: dict[str, Callable[[], Attempt]] = {
    "not started": lambda: marked(start=False),
    "under way": lambda: marked(FeedbackPolicy.KEYS),
    "past the bell": expired,
    "submitted, keys wait for scores": lambda: submitted(FeedbackPolicy.KEYS),
    "closed by staff": closed_by_staff,
    "scored, nothing released": lambda: reviewed(FeedbackPolicy.NONE),
    "scored, total released": lambda: reviewed(FeedbackPolicy.SCORE),
    "scored, points released": lambda: reviewed(FeedbackPolicy.QUESTIONS),
    "voided": voided,
}


@pytest.mark.parametrize("state", STATES)
def test_nothing_a_candidate_can_fetch_holds_a_key(world, state):
    attempt = STATES[state]()
    seen = list(everything(world, attempt))
    assert leaks(seen) == []
    assert len(seen) > 60


def leaks(seen: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({where for where, text in seen if MARK in text or NUMBER in text or "74,219,625" in text})


def test_once_released_the_key_is_on_the_record_and_what_the_team_wrote_for_itself_is_not(world):
    """So the marks could have been seen; and even then only the keys and explanations."""
    attempt = reviewed(FeedbackPolicy.KEYS)
    record = dict(everything(world, attempt))["GET attempt-record"]
    for released in ("accepted", "gap", "model answer", "explanation"):
        assert f"{MARK} {released}" in record
    own = [f"{MARK} {word}" for word in ("comment", "outcome", "evidence", "level", "file")]
    seen = everything(world, attempt)
    assert sorted({(word, where) for where, text in seen for word in own if word in text}) == []


def test_no_mail_holds_a_key():
    attempt = marked()
    assert attempt.invitation is not None
    written = [mails.message_of(invitations.order_mail(attempt.invitation, kind)) for kind in MailKind]
    assert leaks(("mail", one.message().as_string()) for one in written) == []


def test_fresh_questions_keep_their_keys_until_they_are_answered(world):
    question = {
        "type": "short_text",
        "stem": "What makes a write slower?",
        "content": {},
        "key": KEYS["short_text"],
        "explanation": f"{MARK} explanation",
        "verdict": "agreed",
    }
    attempt = entry.enter_practice(world.practice)
    ask = {"topic": "indexes", "question_type": "short_text", "count": 1, "difficulty": ""}
    row = FreshSet.objects.create(attempt=attempt, ask=ask, request_id=uuid4(), questions=[question], status="done")
    client = world.candidate(attempt)
    url = f"/attempts/{attempt.pk}/fresh/{row.pk}/"
    page = client.get(url)
    assert ("What makes a write slower?" in page.text, MARK in page.text) == (True, False)
    client.post(url, {"number": "1", "value": "a guess"})
    assert MARK in client.get(url).text


def test_this_net_would_catch_a_leak(world, monkeypatch):
    """Guard: a face that carries the key along is found, on pages and in the API."""
    original = faces.face

    def leaking(version: Any) -> Any:
        face = original(version)
        object.__setattr__(face, "stem_html", f"{face.stem_html}{version.key}")
        return face

    monkeypatch.setattr(faces, "face", leaking)
    faces.face_of.cache_clear()
    found = leaks(everything(world, marked()))
    faces.face_of.cache_clear()
    assert {"question 1", "session"} <= set(found)
