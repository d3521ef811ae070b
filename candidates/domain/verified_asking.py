"""Was this person asked what the assessment asks, under what they agreed to?"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from assessments.models import Draw
from candidates.domain import asked, notices
from candidates.domain.verified_scores import is_as_written
from candidates.enums import AttemptPurpose, EventKind
from candidates.models import Attempt, AttemptQuestion
from interview_project.numbers import plain

NOT_AS_STARTED = {
    "candidate": "its candidate is not the one who started it",
    "purpose": "its purpose is not the one that it was started with",
    "asked": "its questions, their places, points or orders of options are not those that it was started with",
}


def asking_that_differs(attempt: Attempt) -> Iterator[str]:
    """Its consent, its candidate, its questions: each is written down in two places, which have to agree."""
    if (attempt.consent_text or attempt.consent_hash) and (
        notices.hash_of(attempt.consent_text) != attempt.consent_hash
    ):
        yield "the text agreed to is not the one whose hash stands beside it"
    invitation = attempt.invitation
    if invitation is not None and invitation.candidate_id != attempt.candidate_id:
        yield "its candidate is not the one who was invited"
    if invitation is not None and invitation.assessment_id != attempt.assessment_id:
        yield "its assessment is not the one its candidate was invited to"
    if (invitation is None) == (attempt.purpose == AttemptPurpose.INVITED):
        yield f"it is “{attempt.get_purpose_display().lower()}” and {'has no' if invitation is None else 'has an'} invitation"
    questions = list(attempt.questions.select_related("version__rubric", "version__question", "section"))
    for question in questions:
        if question.section.attempt_id != attempt.pk:
            yield f"question {question.number}: its section is another attempt's"
        if not is_as_written(question.version):
            yield f"question {question.number}: what it asks, or its key, was changed since it was written"
    yield from _not_as_started(attempt, questions)
    is_drawn = attempt.started_at is not None
    if is_drawn and attempt.purpose != AttemptPurpose.PREVIEW:  # a draft may have changed since staff tried it
        yield from _not_drawn(attempt, questions)


def _not_as_started(attempt: Attempt, questions: list[AttemptQuestion]) -> Iterator[str]:
    """What was written down when it was started. Attempts begun before that was done have only the draws."""
    facts = asked.facts_of(attempt, questions)
    for event in attempt.events.filter(kind=EventKind.STARTED):
        for name, sentence in NOT_AS_STARTED.items():
            if event.detail.get(name, facts[name]) != facts[name]:
                yield sentence


def _not_drawn(attempt: Attempt, questions: list[AttemptQuestion]) -> Iterator[str]:
    """What a section's draws cannot have given. Which of a pool's questions it was, they do not tell."""
    draws: dict[UUID, list[Draw]] = {}
    for draw in Draw.objects.filter(section__assessment=attempt.assessment_id):
        draws.setdefault(draw.section_id, []).append(draw)
    seen: dict[UUID, int] = {}
    for question in questions:
        its, number = question.version.question, question.number
        if its.pk in seen:
            yield f"question {number}: it asks the same as question {seen[its.pk]}"
        seen.setdefault(its.pk, number)
        of_section = draws.get(question.section.section_id, [])
        fixed = [draw for draw in of_section if draw.question_id == its.pk]
        fitting = fixed or [draw for draw in of_section if not draw.question_id and draw.bank_id in (None, its.bank_id)]
        if not fitting:
            yield f"question {number}: its section does not ask it"
        elif question.points not in {
            question.version.points if draw.points is None else draw.points for draw in fitting
        }:
            yield f"question {number}: it is worth {plain(question.points)}, which its section does not say"
    for draw in (draw for of_section in draws.values() for draw in of_section):
        if draw.question_id and draw.question_id not in seen:
            yield f"a question that everybody gets, “{draw.question}”, was not asked"
