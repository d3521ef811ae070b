"""What is done in the background. Each task is enqueued in the transaction of the change that needs it, and may run twice."""

from __future__ import annotations

from uuid import UUID

from candidates.domain import fresh, mails, scoring, suggestions
from interview_project.tasks import in_seconds, task


@task()
def score_attempt(attempt_id: str) -> int:
    """Give automatic scores to what needs no reviewer, and have AI read what may be suggested on; the number of scores."""
    scored = scoring.score_attempt(UUID(attempt_id))
    for question_id in suggestions.wanted(UUID(attempt_id)):
        suggest.enqueue(question_id)
    return scored


@task()
def suggest(question_id: int, tries_left: int = 3) -> bool:
    """Suggest levels for one response; whether a suggestion was stored. Trouble that passes is tried again later."""
    try:
        return suggestions.suggest(question_id)
    except suggestions.TryLater as later:
        if tries_left > 1:
            suggest.using(run_after=in_seconds(later.seconds)).enqueue(question_id, tries_left - 1)
        return False


@task()
def write_fresh_questions(fresh_set_id: str) -> bool:
    """Write the practice questions a candidate has asked for; whether there are any."""
    return fresh.carry_out(UUID(fresh_set_id))


@task()
def deliver_mail(mail_id: str) -> bool:
    """Send a mail, or try again later and later; whether there is nothing left to be done about it."""
    seconds = mails.deliver(UUID(mail_id), enqueue=deliver_mail.enqueue)
    if seconds is not None:
        deliver_mail.using(run_after=in_seconds(seconds)).enqueue(mail_id)
    return seconds is None
