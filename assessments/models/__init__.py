from assessments.models.api_token import ApiToken
from assessments.models.assessment import Assessment, Draw, Section
from assessments.models.generation import AiControl, AiOrigin, GateRun, Generation, GenerationRequest
from assessments.models.question_bank import ImmutableVersion, Question, QuestionBank, QuestionVersion, Tag
from assessments.models.rubric import Criterion, Level, Rubric

__all__ = [
    "AiControl",
    "AiOrigin",
    "ApiToken",
    "Assessment",
    "Criterion",
    "Draw",
    "GateRun",
    "Generation",
    "GenerationRequest",
    "ImmutableVersion",
    "Level",
    "Question",
    "QuestionBank",
    "QuestionVersion",
    "Rubric",
    "Section",
    "Tag",
]
