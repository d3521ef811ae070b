"""Closed sets of what is asked, and which status may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class QuestionTypeName(models.TextChoices):
    SINGLE_CHOICE = "single_choice", _("Single choice")
    MULTIPLE_CHOICE = "multiple_choice", _("Multiple choice")
    TRUE_FALSE = "true_false", _("True or false")
    MATCHING = "matching", _("Matching")
    ORDERING = "ordering", _("Ordering")
    NUMERIC = "numeric", _("Number")
    SHORT_TEXT = "short_text", _("Short text")
    CLOZE = "cloze", _("Fill in the blanks")
    LONG_TEXT = "long_text", _("Long text")


class Difficulty(models.TextChoices):
    UNRATED = "", _("Not rated")
    EASY = "easy", _("Easy")
    MEDIUM = "medium", _("Medium")
    HARD = "hard", _("Hard")


class QuestionStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"


QUESTION_TRANSITIONS = {
    QuestionStatus.DRAFT: {QuestionStatus.APPROVED, QuestionStatus.RETIRED},
    QuestionStatus.APPROVED: {QuestionStatus.DRAFT, QuestionStatus.RETIRED},
    QuestionStatus.RETIRED: {QuestionStatus.DRAFT, QuestionStatus.APPROVED},
}


class OnConflict(models.TextChoices):
    """What becomes of a question of a file that the bank has already, with another content."""

    VERSION = "version", "Make it a new version of the bank's"
    SKIP = "skip", "Keep the bank's, and skip the file's"
    COPY = "copy", "Keep the bank's, and add the file's as another question"


class ImportOutcome(models.TextChoices):
    """What an import does with one question."""

    NEW = "new", "New"
    COPIED = "copied", "Added as another question"
    CHANGED = "changed", "New version"
    RETOUCHED = "retouched", "New title, tags or the like"
    SAME = "same", "The same as in the bank"
    LEFT = "left", "Different from the bank's, and skipped"
    OMITTED = "omitted", "Left out"
    REJECTED = "rejected", "Rejected"
    UNDONE = "undone", "Taken back"


IMPORT_ADDS = (ImportOutcome.NEW, ImportOutcome.COPIED)
IMPORT_CHANGES = (ImportOutcome.CHANGED, ImportOutcome.RETOUCHED)


class ImportStage(models.TextChoices):
    QUEUED = "queued", "Waiting for a worker"
    READING = "reading", "Reading the files"
    READY = "ready", "Waiting for your decision"
    STORING = "storing", "Importing"
    DONE = "done", "Imported"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDOING = "undoing", "Taking it back"
    UNDONE = "undone", "Taken back"


IMPORT_TRANSITIONS = {
    ImportStage.QUEUED: {ImportStage.READING, ImportStage.CANCELLED},
    ImportStage.READING: {ImportStage.READY, ImportStage.FAILED, ImportStage.CANCELLED},
    ImportStage.READY: {ImportStage.STORING, ImportStage.CANCELLED},
    ImportStage.STORING: {ImportStage.DONE, ImportStage.FAILED},
    ImportStage.DONE: {ImportStage.UNDOING},
    ImportStage.FAILED: set(),
    ImportStage.CANCELLED: set(),
    ImportStage.UNDOING: {ImportStage.UNDONE},
    ImportStage.UNDONE: {ImportStage.UNDOING},  # what was in use then may not be any more
}
IMPORT_OVER = (ImportStage.DONE, ImportStage.FAILED, ImportStage.CANCELLED, ImportStage.UNDONE)


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


class SignalKind(models.TextChoices):
    """What may be noticed about how an attempt is sat, where its assessment asks for it. No score is made of any of it."""

    FOCUS_LOST = "focus_lost", _("Left the page")
    LARGE_PASTE = "large_paste", _("Pasted a long text")
    ADDRESS_CHANGED = "address_changed", _("Another network address")
    SECOND_DEVICE = "second_device", _("Another device or browser")


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
    QUEUED = "queued", _("Waiting for a worker")
    WRITING = "writing", _("Gemini is writing")
    CHECKING = "checking", _("A second call answers the questions without seeing the keys")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


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
