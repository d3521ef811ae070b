"""The reference names every metric there is, no other, and its alarms ask for nothing that is not there."""

import re
from pathlib import Path

import pytest
import time_machine
import yaml
from django.conf import settings
from django.utils import timezone

from assessments.enums import AiPurpose, GenerationResult
from assessments.models import GenerationRequest
from candidates.domain import outages
from interview_project import counts, probes, signs

PAGE = (Path(settings.BASE_DIR) / "docs" / "reference" / "metrics.md").read_text()
ALARMS = Path(settings.BASE_DIR) / "docker" / "alarms.yml"
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
    for name in signs.WORDS:
        signs.give(name)
    return client.get("/metrics").text


@pytest.mark.needs_postgresql
def test_it_lists_exactly_what_is_shown(shown):
    assert set(re.findall(r"^# TYPE (\w+)", shown, re.MULTILINE)) == listed()


RULES = [rule for group in yaml.safe_load(ALARMS.read_text())["groups"] for rule in group["rules"]]


def test_alarms_ask_for_what_is_listed():
    asked = {re.sub("_(bucket|sum|count)$", "", name) for rule in RULES for name in re.findall(NAME, rule["expr"])}
    assert asked
    assert asked - listed() == set()


def test_the_page_explains_each_alarm_and_no_other():
    explained = re.findall(r"^\| `(Parley\w+)` \| (\w+) \|", PAGE, re.MULTILINE)
    assert explained == [(rule["alert"], rule["for"]) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alarms_are_made_of_what_prometheus_can_answer(rule):
    """Rates of counters alone, over windows that hold several answers even when it asks once a minute."""
    for name in re.findall(rf"(?:rate|increase)\({NAME}", rule["expr"]):
        assert name.endswith(("_total", "_bucket")), name
    for number, unit in re.findall(r"\[(\d+)([smhd])\]", rule["expr"]):
        assert int(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit] >= 300
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.needs_postgresql
def test_what_alarms_choose_is_there_before_it_first_happens(client, transactional_db):
    """A counter that appears when it is one has not increased."""
    text = client.get("/metrics").text
    for rule in RULES:
        for name, labels in re.findall(rf"{NAME}{{(.+?)}}", rule["expr"]):
            for label in labels.split(","):
                key, _, values = label.partition("=")
                for value in values.strip('~"').split("|"):
                    assert re.search(rf'^{name}{{.*{key}="{value}"', text, re.MULTILINE), (name, label)


def test_signs_tell_how_long_ago_it_went_well_and_whether_it_still_does(db):
    assert list(signs.gauges()) == []  # an alarm takes what is missing for the worst
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as clock:
        signs.give(signs.WORKER)
        signs.give(signs.DRILL)
        signs.give(signs.BACKUP, is_good=False)
        clock.shift(90)
        signs.give(signs.DRILL, is_good=False)
        found = {one.name: one.value for one in signs.gauges()}
    assert found == {
        "parley_worker_age_seconds": 90,
        "parley_drill_age_seconds": 90,
        "parley_drill_succeeded": False,
        "parley_backup_succeeded": False,
    }


RESULTS = (*counts.SIGN_INS, *(result for result in GenerationResult if result != GenerationResult.RESERVED))


def test_its_labels_are_the_ones_there_are():
    for name, values in (
        ("route", counts.ROUTES),
        ("outcome", counts.OUTCOMES),
        ("kind", counts.PROBLEMS),
        ("result", RESULTS),
    ):
        asked = {value for text in re.findall(rf'{name}=~?"([^"]+)"', ALARMS.read_text()) for value in text.split("|")}
        assert asked - set(values) == set(), name
        assert {value for value in values if f"`{value}`" not in PAGE} == set(), name


def test_every_metric_says_what_it_is(db):
    found, unread = probes.read_gauges()
    assert unread == 0
    assert [one.name for one in found if not one.help] == []
