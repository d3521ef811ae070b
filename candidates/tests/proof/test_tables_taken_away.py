"""Every table that any page offers, found by following what pages link to: none of its cells is run by a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from itertools import cycle
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from assessments.admin.exporting import writers
from assessments.models import Assessment, Question
from candidates.tests.proof.hostile import planted
from candidates.tests.proof.routes import routes
from candidates.tests.proof.test_hostile_text import say_something_everywhere
from candidates.tests.proof.world import World
from interview_project.tests.test_tables import BEGINNINGS, FORMULAS, evaluated

pytestmark = [pytest.mark.nightly, pytest.mark.django_db]

SPREADSHEETS = re.compile(
    r"\.(csv|tsv|tab|xlsx|xls|ods)\b|text/(csv|tab-separated)|spreadsheet|ms-excel", re.IGNORECASE
)
LINK = re.compile(r'\b(?:href|action)="([^"#]+)')


@pytest.fixture
def formulas(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere; and of the assessments the one that somebody takes."""
    rows: dict[Any, Any] = world.rows
    monkeypatch.setitem(rows, Assessment, world.mine.assessment)
    say_something_everywhere()
    assert sum(planted(f"{one}{number}" for number, one in enumerate(cycle(FORMULAS))).values()) > 100
    cache.clear()


def followed(client: Client, world: World) -> Iterator[tuple[str, Any]]:
    """Every page, and once each kind of address that pages link to, whatever its query holds."""
    seen: set[str] = set()
    for route in routes():
        url = route.url(world)
        for address in (url, *linked(client, url)):
            kind = re.sub(r"=[^&]*|[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "", address)
            if kind not in seen and "logout" not in address:
                seen.add(kind)
                yield address, client.get(address)


def linked(client: Client, url: str) -> list[str]:
    answer = client.get(url)
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return []
    found = (urljoin(url, unescape(one)) for one in LINK.findall(answer.content.decode()))
    return [one for one in found if one.startswith("/") and not urlsplit(one).netloc and not one.startswith("/static/")]


def is_table(answer: Any) -> bool:
    return bool(SPREADSHEETS.search(f"{answer.get('Content-Type')} {answer.get('Content-Disposition')}"))


def cells(answer: Any) -> list[str]:
    text = answer.content.decode("utf-8-sig")  # a workbook's bytes are none: whoever writes one adds how it is read
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def taken_away(world: World) -> Iterator[tuple[str, list[str]]]:
    client = world.candidate(world.mine)
    client.force_login(world.root)
    for url, answer in followed(client, world):
        if is_table(answer):
            yield url, cells(answer)
    bank = world.row(Question).bank
    for name in writers():
        answer = client.post(f"/admin/assessments/questionbank/{bank.pk}/export/", {"format": name, "take": "file"})
        if is_table(answer):
            yield f"export as {name}", cells(answer)


def test_no_cell_of_any_table_is_run(world, formulas):
    tables = dict(taken_away(world))
    assert {name.rpartition("/")[2].partition("?")[0] or name.split("/")[-2] for name in tables} >= {
        "export", "report.csv", "time", "export as csv",
    }  # fmt: skip
    assert {name: found for name, table in tables.items() if (found := list(filter(evaluated, table)))} == {}
    hostile = [cell for table in tables.values() for cell in table if "HYPERLINK" in cell]
    assert sum(any(cell.startswith(f"'{one}") for cell in hostile) for one in BEGINNINGS) >= 6  # as they happen to fall


def test_without_the_guard_one_would_be(world, formulas, monkeypatch):
    monkeypatch.setattr("interview_project.tables.FORMULA", re.compile("(?!)"))
    assert any(evaluated(cell) for _, table in taken_away(world) for cell in table)
