from candidates.models.ai import AiChoice, FreshSet
from candidates.models.attempt import Attempt, AttemptQuestion, AttemptSection
from candidates.models.candidate import Candidate
from candidates.models.event import AuditEntry, Event
from candidates.models.exchange import Acknowledgement, Announcement, ProblemReport
from candidates.models.handover import HandoverCode
from candidates.models.invitation import Invitation
from candidates.models.mail import InvitationMail
from candidates.models.response import AppendOnly, Response, ResponseEvent
from candidates.models.review import Outcome, Review, Score, Suggestion
from candidates.models.signal import Signal, Whereabouts
from candidates.models.survey import SurveyCount, SurveyMark
from candidates.models.time import Outage, OutageCredit, Pause, Pulse

__all__ = [
    "Acknowledgement",
    "AiChoice",
    "Announcement",
    "AppendOnly",
    "Attempt",
    "AttemptQuestion",
    "AttemptSection",
    "AuditEntry",
    "Candidate",
    "Event",
    "FreshSet",
    "HandoverCode",
    "Invitation",
    "InvitationMail",
    "Outage",
    "OutageCredit",
    "Outcome",
    "Pause",
    "ProblemReport",
    "Pulse",
    "Response",
    "ResponseEvent",
    "Review",
    "Score",
    "Signal",
    "Suggestion",
    "SurveyCount",
    "SurveyMark",
    "Whereabouts",
]
