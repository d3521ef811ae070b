"""Whatever anybody may write, anywhere: no page makes a program of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from assessments.domain import faces
from assessments.models import ImportFile, Question
from candidates.models import AuditEntry, FreshSet, ProblemReport, Signal, Suggestion
from candidates.tests.proof.hostile import BREAKOUTS, MARK, PAYLOADS, Active, endless, planted
from candidates.tests.proof.routes import routes
from candidates.tests.proof.seeing import everything, said
from candidates.tests.proof.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def counts(world: World) -> Iterator[dict[str, int]]:
    """A world in which every text is hostile; how many of each column."""
    say_something_everywhere()
    found = planted(endless())
    cache.clear()
    faces.face_of.cache_clear()
    yield found
    cache.clear()
    faces.face_of.cache_clear()


def say_something_everywhere() -> None:
    """In columns that are empty at first, or whose words come only with something else."""
    now = timezone.now()
    Signal.objects.update(explanation="an explanation", explained_at=now)
    ProblemReport.objects.update(answer="an answer", answered_at=now)
    Suggestion.objects.update(evidence={"1": "a quotation"})
    AuditEntry.objects.update(detail={"reason": "a reason"})
    Question.objects.update(provenance={"file": "a file", "place": "line 1"})
    ImportFile.objects.update(warnings=["a warning"])
    question = {
        "type": "short_text",
        "stem": "a stem",
        "content": {},
        "explanation": "an explanation",
        "verdict": "agreed",
    }
    key = {"accepted": [{"text": "a text"}]}
    FreshSet.objects.update(questions=[{**question, "key": key}], values=["an answer"], status="done")


def pages(world: World) -> Iterator[tuple[str, Any]]:
    client = world.candidate(world.mine)
    client.force_login(world.root)
    for route in routes():
        yield route.name, client.get(route.url(world))
        if route.page == "changelist":
            yield f"{route.name}, searched", client.get(route.url(world), {"q": BREAKOUTS[1]})
    yield "admin:assessments_question_add", client.get("/admin/assessments/question/add/", {"type": "single_choice"})
    yield "nowhere", client.get(f"/{BREAKOUTS[1]}")
    yield "code", client.post("/", {"code": BREAKOUTS[1]})
    yield "sign-in", world.anonymous().post("/admin/login/", {"username": BREAKOUTS[1], "password": BREAKOUTS[2]})
    yield "sign-in, next", world.anonymous().get("/admin/login/", {"next": f"javascript:{MARK}"})


def test_no_page_makes_a_program_of_what_somebody_wrote(world, counts):
    """All of admin, and all a candidate sees; as a browser parses it."""
    active, broken, seen = {}, {}, []
    for name, answer in pages(world):
        if answer.status_code >= 500:
            broken[name] = answer.status_code
        elif answer.get("Content-Type", "").startswith("text/html"):
            seen.append(answer.content.decode())
            if found := Active(seen[-1]).found:
                active[name] = found
    for name, text in everything(world, world.mine):
        if "text/html" in text[:600] and (found := Active(text.partition("<!doctype html>")[2]).found):
            active[name] = found
    assert (active, broken) == ({}, {})
    assert sum(MARK in page for page in seen) > 60  # so there was something to make one of


def test_every_column_that_takes_words_got_some(counts):
    """What stays empty is named here, with its reason: otherwise the test above looks at nothing."""
    assert len(PAYLOADS) >= 120
    assert {name for name, count in counts.items() if not count} <= EMPTY
    assert sum(1 for count in counts.values() if count) > 70


EMPTY = {
    # Numbers, ids and names of this product's own:
    "assessments.GateRun.report",
    "candidates.Attempt.consent_signals",
    "candidates.AttemptQuestion.option_order",
    "candidates.Review.levels",
    "candidates.Suggestion.flags",
    "candidates.Suggestion.levels",
    "candidates.Suggestion.unsupported",
    # Of a shape that only an import or a generation gives them; their own tests are hostile, too:
    "assessments.AiOrigin.near_duplicates",
    "assessments.ImportFile.report",
    "assessments.ImportLine.before",
    "assessments.ImportLine.near",
    "assessments.ImportLine.shown",
}


def test_this_net_would_catch_one(world, counts, monkeypatch):
    """Guard: with a page that believes a name, it is found."""
    from django.utils.safestring import mark_safe

    monkeypatch.setattr("candidates.models.Candidate.__str__", lambda self: mark_safe(f"<{MARK}>"))
    url = f"/admin/candidates/attempt/{world.mine.pk}/change/"
    assert Active(said(world.signed_in(world.root).get(url))).found != []


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<script src=//evil.example/x.js></script>",
        "<a href='java\tscript:x'>",
        "<p onclick=x>",
        "<img src=data:text/html,x>",
        f"<{MARK}>",
        "<meta http-equiv=Refresh content=0>",
    ],
)
def test_the_parser_sees_it(html):
    assert Active(html).found != []
