"""What a candidate is told before the start, made from the assessment's own settings so that it cannot differ from them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.conf import settings
from django.utils import timezone

from assessments.enums import AiPolicy, FeedbackPolicy
from assessments.models import Assessment
from candidates.models import Invitation

FEEDBACK_WORDS = {
    FeedbackPolicy.NONE: "You will not see scores here; the team will tell you how it went.",
    FeedbackPolicy.SCORE: "Your record will show your total score once everything is scored.",
    FeedbackPolicy.QUESTIONS: "Your record will show the score of each question once it is scored.",
    FeedbackPolicy.KEYS: "Your record will show scores, the right answers and explanations once everything is scored.",
}
NO_AI = "No AI is used to judge your answers."


def recorded(assessment: Assessment) -> list[str]:
    """Sentences: what is stored about an attempt, who judges it, how long it is kept."""
    return [
        "Each answer you save, with every earlier version of it and the time it reached us.",
        "When you start, enter by your link and submit.",
        "Nothing else: no camera, no microphone, no screen, no keystroke timing.",
        *ai_sentences(assessment),
        FEEDBACK_WORDS[FeedbackPolicy(assessment.feedback_policy)],
        f"Your data is due to be erased {assessment.retention_days} days after you finish.",
    ]


def ai_sentences(assessment: Assessment) -> list[str]:
    """From the live configuration: which AI, what it gets, what it may do, and the way out."""
    if assessment.ai_policy != AiPolicy.SUGGESTIONS:
        return [NO_AI]
    sentences = [
        "For longer texts AI may suggest how well a rubric is met. A person reads and scores your answer first, and decides.",
        f"For that the question and your text, without your name or address, go to Google ({settings.GEMINI_MODEL}).",
        "You can decline that on your overview page at any time. It changes nothing else, and nobody is told.",
    ]
    return sentences if settings.GEMINI_API_KEY else [*sentences, "At the moment it is switched off on this server."]


def consent_text(assessment: Assessment) -> str:
    who = assessment.organisation or "the hiring team"
    return f"I have read what is recorded, and agree that {who} uses my answers to assess me for “{assessment.title}”."


class Accommodated(Protocol):
    """A candidate, or any row that bears their accommodation."""

    time_factor: Decimal
    is_untimed: bool


def duration_words(assessment: Assessment, candidate: Accommodated | None = None) -> str:
    """The time this candidate has, with their accommodation; it is not said that there is one."""
    seconds = allowed_seconds(assessment.duration_seconds, candidate)
    return minutes_words(seconds) if seconds else "No time limit"


def allowed_seconds(seconds: int | None, candidate: Accommodated | None) -> int | None:
    if seconds is None or (candidate is not None and candidate.is_untimed):
        return None
    return round(seconds * candidate.time_factor) if candidate is not None else seconds


def minutes_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} seconds" if seconds != 1 else "1 second"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else ""]
    return " ".join(part for part in parts if part)


def window_words(assessment: Assessment, invitation: Invitation | None = None) -> str:
    """When it may be started, in the server's time zone, which is named."""
    places: list[Assessment | Invitation] = [assessment, invitation] if invitation else [assessment]
    opens = max((one.opens_at for one in places if one.opens_at), default=None)
    closes = min((one.closes_at for one in places if one.closes_at), default=None)
    words = [f"from {_moment(opens)}" if opens else "", f"until {_moment(closes)}" if closes else ""]
    return "Can be started " + " ".join(word for word in words if word) if any(words) else ""


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%-d %B %Y, %H:%M} {local:%Z}"
