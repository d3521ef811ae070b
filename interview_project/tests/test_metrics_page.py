"""The reference names every metric there is, no other, and its alarms ask for nothing that is not there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from assessments.enums import AiPurpose, GenerationResult
from assessments.models import GenerationRequest
from candidates.domain import outages
from interview_project import counts, probes

PAGE = (Path(settings.BASE_DIR) / "docs" / "reference" / "metrics.md").read_text()
NAME = r"\b((?:parley|process)_[a-z_]+)\b"


def listed():
    return set(re.findall(rf"^\| `{NAME}` \|", PAGE, re.MULTILINE))


@pytest.fixture
def shown(client, transactional_db):
    """Each sample of each metric, with one line in the AI ledger and one heartbeat."""
    moment = timezone.now()
    GenerationRequest.objects.create(
        caller="user:1",
        purpose=AiPurpose.GENERATE,
        result=GenerationResult.FAILED,
        requested_at=moment,
        settled_at=moment,
    )
    outages.beat_and_settle()
    return client.get("/metrics").text


@pytest.mark.needs_postgresql
def test_it_lists_exactly_what_is_shown(shown):
    assert set(re.findall(r"^# TYPE (\w+)", shown, re.MULTILINE)) == listed()


def test_alarms_ask_for_what_is_listed():
    alarms = PAGE[PAGE.index("## Alarms") :]
    asked = {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(NAME, alarms)}
    assert asked - listed() == set()


RESULTS = (*counts.SIGN_INS, *(result for result in GenerationResult if result != GenerationResult.RESERVED))


def test_its_labels_are_the_ones_there_are():
    for name, values in (
        ("route", counts.ROUTES),
        ("outcome", counts.OUTCOMES),
        ("kind", counts.PROBLEMS),
        ("result", RESULTS),
    ):
        asked = {value for text in re.findall(rf'{name}=~?"([^"]+)"', PAGE) for value in re.split(r"\\?\|", text)}
        assert asked - set(values) == set(), name
        assert {value for value in values if f"`{value}`" not in PAGE} == set(), name


def test_every_metric_says_what_it_is(db):
    found, unread = probes.read_gauges()
    assert unread == 0
    assert [one.name for one in found if not one.help] == []
