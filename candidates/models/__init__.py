from candidates.models.ai import AiChoice, FreshSet
from candidates.models.attempt import Attempt, AttemptQuestion, AttemptSection
from candidates.models.candidate import Candidate
from candidates.models.event import AuditEntry, Event
from candidates.models.invitation import Invitation
from candidates.models.response import AppendOnly, Response, ResponseEvent
from candidates.models.review import Outcome, Review, Score, Suggestion

__all__ = [
    "AiChoice",
    "AppendOnly",
    "Attempt",
    "AttemptQuestion",
    "AttemptSection",
    "AuditEntry",
    "Candidate",
    "Event",
    "FreshSet",
    "Invitation",
    "Outcome",
    "Response",
    "ResponseEvent",
    "Review",
    "Score",
    "Suggestion",
]
