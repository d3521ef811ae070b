"""What has to be in the database before anybody is driven: made by the product's own domain functions.

Run by the stack in the web server's environment, ``python -m bench.prepare STEP``. Each prints one line of JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from typing import Any

import django

from bench.answers import Question
from bench.clients import varied

SLUG = "rehearsal"
COMPRESSIBLE = ("css", "html", "js", "json", "map", "md", "svg", "txt")
WANTED = {  # eight questions of mixed types, as an interview has them
    "single_choice": 1,
    "multiple_choice": 1,
    "true_false": 1,
    "numeric": 1,
    "short_text": 2,
    "long_text": 2,
}


def make_tables() -> dict[str, Any]:
    """Every table, and the static files under their hashed names, short of compressing them: nobody downloads any."""
    from django.core.management import call_command
    from django.test import override_settings

    call_command("migrate", interactive=False, verbosity=0)
    skipping = override_settings(
        WHITENOISE_KEEP_ONLY_HASHED_FILES=True, WHITENOISE_SKIP_COMPRESS_EXTENSIONS=COMPRESSIBLE
    )
    with skipping:
        call_command("collectstatic", verbosity=0, interactive=False)
    return {}


def make_interview(candidates: int) -> dict[str, Any]:
    """A published assessment, what its questions take, and so many invitations' tokens."""
    from candidates.domain import invitations

    assessment = _assessment()
    people = [(f"candidate-{number}@example.org", f"Candidate {number}") for number in range(1, candidates + 1)]
    invited = invitations.invite_many(assessment, people, send_mail=False)
    return {"slug": SLUG, "questions": _questions(assessment), "tokens": [one.token for one in invited]}


def make_seats(candidates: int, *, is_started: bool, prefix: str) -> dict[str, Any]:
    """Candidates who have come in, and perhaps started: what their browsers would carry."""
    from candidates.domain import attempts, entry, invitations, passes

    assessment = _assessment()
    people = [(f"{prefix}-{number}@example.org", f"Candidate {number}") for number in range(1, candidates + 1)]
    seats = []
    for one in invitations.invite_many(assessment, people, send_mail=False):
        attempt = entry.enter_by_invitation(one.invitation)
        holder = passes.Pass(attempt.pk, attempt.candidate_id)
        if is_started:
            attempts.start(holder)
        seats.append({"attempt": str(attempt.pk), "pass": passes.seal(holder)})
    return {"questions": _questions(assessment), "seats": seats}


def make_template() -> dict[str, Any]:
    """One attempt with every question answered, and submitted: what bulk loading copies. Made once."""
    from uuid import UUID, uuid4

    from candidates.domain import attempts, passes, responses
    from candidates.models import Attempt

    made = make_seats(1, is_started=False, prefix="template")
    attempt = Attempt.objects.get(pk=UUID(made["seats"][0]["attempt"]))
    if attempt.is_closed:
        return {"attempt": str(attempt.pk)}
    holder = passes.Pass(attempt.pk, attempt.candidate_id)
    attempts.start(holder)
    for one in made["questions"]:
        question = Question(one["number"], one["type"], tuple(one["options"]))
        responses.save_response(holder, responses.Save(question.number, varied(question, 1), 0, uuid4()))
    attempts.submit(holder)
    return {"attempt": str(attempt.pk)}


def make_reviewer() -> dict[str, Any]:
    """Somebody signed in who may review, and the cookie their browser carries."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.create_superuser("reviewer"))
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"}


def score_copies(first: int, last: int) -> dict[str, Any]:
    """Score these copies of an attempt, as the worker would, and say how long it took."""
    from django.db import connection

    from bench.bulk import ATTEMPT
    from candidates.domain.scoring import score_attempt

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ATTEMPT} FROM generate_series(%s, %s) AS n", (first, last))  # noqa: S608 - a constant
        ids = [attempt_id for (attempt_id,) in cursor.fetchall()]
    began, cpu = time.perf_counter(), time.process_time()
    scored = sum(score_attempt(attempt_id) for attempt_id in ids)
    seconds = time.perf_counter() - began
    return {"attempts": len(ids), "scores": scored, "seconds": seconds, "cpu_seconds": time.process_time() - cpu}


def _assessment() -> Any:
    from assessments.domain.assembly import publish_assessment
    from assessments.models import Assessment, Draw, Section

    if found := Assessment.objects.published().filter(slug=SLUG).first():
        return found
    assessment = Assessment.objects.create(
        slug=SLUG, title="Backend engineer", organisation="Example Ltd", language="en", duration_seconds=4 * 3600
    )
    questions = _sample_questions()
    middle = len(questions) // 2
    for position, part in enumerate((questions[:middle], questions[middle:]), start=1):
        section = Section.objects.create(assessment=assessment, position=position, title=f"Part {position}")
        for place, question in enumerate(part, start=1):
            Draw.objects.create(section=section, position=place, kind="fixed", question=question)
    return publish_assessment(assessment)


def _sample_questions() -> list[Any]:
    from django.core.management import call_command

    from assessments.domain import samples
    from assessments.models import Question

    file = str(samples.SAMPLE_FILES["standard"])
    call_command("import_questions", file, bank=samples.BANK, status="approved", stdout=io.StringIO())
    approved = Question.objects.approved().filter(bank__name=samples.BANK).order_by("identity")
    return [one for name, count in WANTED.items() for one in approved.filter(current_version__type=name)[:count]]


def _questions(assessment: Any) -> list[dict[str, Any]]:
    """Number, type and the options' ids, in the order every attempt has them: all draws are fixed."""
    drawn = [
        draw for section in assessment.sections.order_by("position") for draw in section.draws.order_by("position")
    ]
    return [
        {
            "number": number,
            "type": draw.question.current_version.type,
            "options": [one["id"] for one in draw.question.current_version.content.get("options", ())],
        }
        for number, draw in enumerate(drawn, start=1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("tables")
    steps.add_parser("interview").add_argument("--candidates", type=int, required=True)
    seats = steps.add_parser("seats")
    seats.add_argument("--candidates", type=int, required=True)
    seats.add_argument("--prefix", required=True)
    seats.add_argument("--started", action="store_true")
    steps.add_parser("template")
    steps.add_parser("reviewer")
    score = steps.add_parser("score")
    score.add_argument("first", type=int)
    score.add_argument("last", type=int)
    asked = parser.parse_args()

    django.setup()
    if asked.step == "tables":
        made = make_tables()
    elif asked.step == "interview":
        made = make_interview(asked.candidates)
    elif asked.step == "seats":
        made = make_seats(asked.candidates, is_started=asked.started, prefix=asked.prefix)
    elif asked.step == "template":
        made = make_template()
    elif asked.step == "reviewer":
        made = make_reviewer()
    else:
        made = score_copies(asked.first, asked.last)
    print(json.dumps(made))


if __name__ == "__main__":
    main()
