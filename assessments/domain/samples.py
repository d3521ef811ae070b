"""What a fresh installation shows: a bank of questions, an assessment to practise on, and one by invitation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction

from assessments.domain.assembly import publish_assessment
from assessments.enums import Access, Difficulty, DrawKind, FeedbackPolicy
from assessments.models import Assessment, Draw, Question, Section, Tag

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SAMPLE_FILES = {"standard": SAMPLES / "standard.yaml", "kaggle": SAMPLES / "interview_sheet.csv"}
BANK = "Sample bank"
ASSESSMENTS = PRACTICE, BY_INVITATION = "practice", "backend-engineer"

# One of each type first, so that whoever tries it sees them all; then a pool that differs from attempt to attempt.
READING_CODE = ("std-py-001", "std-tst-001", "std-con-005", "std-py-003")
DATA = ("std-sql-005", "std-sql-002", "std-sys-001")
OWN_WORDS = ("std-tst-006", "std-com-004")


@transaction.atomic
def publish_demo_assessments() -> list[Assessment]:
    """The two demo assessments, made if they are not there. Expects the sample bank. Raises ``NotPublishable``."""
    return [
        Assessment.objects.published().filter(slug=slug).first() or publish_assessment(make())
        for slug, make in ((PRACTICE, _practice), (BY_INVITATION, _backend_engineer))
    ]


def _practice() -> Assessment:
    assessment = Assessment.objects.create(
        slug=PRACTICE,
        title="Practice: software and data",
        organisation="Parley demo",
        purpose="Try how an interview here works. The questions differ from attempt to attempt.",
        language="en",
        instructions="Answer what you can, in any order. Nothing you do here is seen by a hiring team.",
        access=Access.PRACTICE,
        duration_seconds=20 * 60,
        feedback_policy=FeedbackPolicy.KEYS,
        hear_back_days=0,
        retention_days=30,
    )
    _section(assessment, 1, "Warm-up", [{"count": 4, "difficulty": Difficulty.EASY, "source": "standard"}])
    pools = [{"count": 2, "tag": _tag(name), "source": "standard"} for name in ("python", "sql", "statistics")]
    _section(assessment, 2, "On the job", pools)
    return assessment


def _backend_engineer() -> Assessment:
    assessment = Assessment.objects.create(
        slug=BY_INVITATION,
        title="Backend engineer: work sample",
        organisation="Parley demo",
        purpose="A look at how you read code, reason about data and explain your thinking. "
        "It is one of three things the team looks at; a person reads every text you write.",
        language="en",
        instructions="- Use any documentation you like; that is how the work is done.\n"
        "- You may move freely within each section and change answers until you submit.\n"
        "- If you get stuck, write down where: that counts too.",
        contact="hiring@parley.example",
        duration_seconds=60 * 60,
        cut_score=60,
        feedback_policy=FeedbackPolicy.SCORE,
    )
    _section(assessment, 1, "Reading code", _fixed(READING_CODE))
    pool = {"count": 2, "tag": _tag("http"), "source": "standard"}
    _section(assessment, 2, "Data and systems", [*_fixed(DATA), pool], shuffle_questions=True)
    _section(
        assessment, 3, "In your own words", _fixed(OWN_WORDS), instructions="A few sentences are enough; be concrete."
    )
    return assessment


def _section(assessment: Assessment, position: int, title: str, draws: list[dict[str, Any]], **settings: Any) -> None:
    section = Section.objects.create(assessment=assessment, position=position, title=title, **settings)
    for place, draw in enumerate(draws, start=1):
        Draw.objects.create(section=section, position=place, **{"kind": DrawKind.POOL, **draw})


def _fixed(identities: tuple[str, ...]) -> list[dict[str, Any]]:
    found = {one.identity: one for one in Question.objects.approved().filter(bank__name=BANK, identity__in=identities)}
    return [{"kind": DrawKind.FIXED, "question": found[identity]} for identity in identities]


def _tag(name: str) -> Tag:
    return Tag.objects.get(name=name)
