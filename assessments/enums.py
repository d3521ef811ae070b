"""Closed sets of what is asked, and which status may follow which."""

from django.db import models


class QuestionTypeName(models.TextChoices):
    SINGLE_CHOICE = "single_choice", "Single choice"
    MULTIPLE_CHOICE = "multiple_choice", "Multiple choice"
    TRUE_FALSE = "true_false", "True or false"
    MATCHING = "matching", "Matching"
    ORDERING = "ordering", "Ordering"
    NUMERIC = "numeric", "Number"
    SHORT_TEXT = "short_text", "Short text"
    CLOZE = "cloze", "Fill in the blanks"
    LONG_TEXT = "long_text", "Long text"


class Difficulty(models.TextChoices):
    UNRATED = "", "Not rated"
    EASY = "easy", "Easy"
    MEDIUM = "medium", "Medium"
    HARD = "hard", "Hard"


class QuestionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"


QUESTION_TRANSITIONS = {
    QuestionStatus.DRAFT: {QuestionStatus.APPROVED, QuestionStatus.RETIRED},
    QuestionStatus.APPROVED: {QuestionStatus.DRAFT, QuestionStatus.RETIRED},
    QuestionStatus.RETIRED: {QuestionStatus.DRAFT, QuestionStatus.APPROVED},
}


class AssessmentStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    CLOSED = "closed", "Closed"


ASSESSMENT_TRANSITIONS = {
    AssessmentStatus.DRAFT: {AssessmentStatus.PUBLISHED},
    AssessmentStatus.PUBLISHED: {AssessmentStatus.CLOSED},
    AssessmentStatus.CLOSED: {AssessmentStatus.PUBLISHED},
}


class Access(models.TextChoices):
    INVITATION = "invitation", "By invitation"
    PRACTICE = "practice", "Open to practice"


class Navigation(models.TextChoices):
    FREE = "free", "Free: back and forth within the section"
    ONE_WAY = "one_way", "One way: a question left is closed"


class FeedbackPolicy(models.TextChoices):
    NONE = "none", "Nothing"
    SCORE = "score", "The total score"
    QUESTIONS = "questions", "The score of each question"
    KEYS = "keys", "Scores, keys and explanations"


class AiPolicy(models.TextChoices):
    OFF = "off", "No AI"
    SUGGESTIONS = "suggestions", "AI may suggest scores to reviewers, who decide"


class DrawKind(models.TextChoices):
    FIXED = "fixed", "This question"
    POOL = "pool", "So many from a pool"


class GenerationResult(models.TextChoices):
    RESERVED = "reserved", "Under way"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"


class AiPurpose(models.TextChoices):
    GENERATE = "generate", "Write questions"
    CHECK = "check", "Check keys"
    SUGGEST = "suggest", "Suggest scores"
    GATE = "gate", "Injection gate"


class GenerationStatus(models.TextChoices):
    QUEUED = "queued", "Waiting for a worker"
    WRITING = "writing", "Gemini is writing"
    CHECKING = "checking", "A second call answers the questions without seeing the keys"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


GENERATION_OVER = (GenerationStatus.DONE, GenerationStatus.FAILED)


class KeyVerdict(models.TextChoices):
    """What came of answering a draft without seeing its key."""

    AGREED = "agreed", "Key reached without seeing it"
    DISPUTED = "disputed", "Disputed: a second call came to another answer"
    UNCHECKED = "unchecked", "Key not checked"
    NOT_APPLICABLE = "not_applicable", "Judged by people"


class ApiScope(models.TextChoices):
    """What one API token may do. One each: whoever needs two gets two, and loses one at a time."""

    GENERATE = "generate", "Have questions written by AI"
