from assessments.models.api_token import ApiToken
from assessments.models.assessment import Assessment, Draw, Section
from assessments.models.generation import AiControl, AiOrigin, GateRun, Generation, GenerationRequest
from assessments.models.media import MediaFile
from assessments.models.question_bank import ImmutableVersion, Question, QuestionBank, QuestionVersion, Tag
from assessments.models.question_import import ImportFile, ImportLine, ImportPicture, QuestionImport
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
    "ImportFile",
    "ImportLine",
    "ImportPicture",
    "Level",
    "MediaFile",
    "Question",
    "QuestionBank",
    "QuestionImport",
    "QuestionVersion",
    "Rubric",
    "Section",
    "Tag",
]
