"""The table of checks speaks of what is there: each of the 75 once, by a test or command that exists, or with its reason."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs" / "reference" / "checks.md").read_text()
ROWS = re.findall(r"^\| ([A-Z]\d\d) \| (.+?) \| (.+) \| (?:.+) \|$", PAGE, re.MULTILINE)
SERIES = {"R": 27, "L": 7, "S": 24, "A": 9, "O": 8}
MISSING = "not in place: "
LEAST = 60
NAMED = [(identity, *found) for identity, _, by in ROWS for found in re.findall(r"`([\w/]+\.py)::(\w+)`", by)]


@cache
def names_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_check_has_its_line():
    assert [identity for identity, *_ in ROWS] == [
        f"{series}{number:02}" for series, count in SERIES.items() for number in range(1, count + 1)
    ]


@pytest.mark.parametrize(("identity", "path", "name"), NAMED)
def test_every_test_it_names_is_there(identity, path, name):
    assert name in names_in(path), f"{identity} names a test that is gone; name the one that took its place"


def test_every_command_it_names_is_there():
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    checks = re.search(r"^CHECKS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert checks
    assert set(re.findall(r"`make ([a-z-]+)", PAGE)) - known - set(checks[1].split()) == set()


def test_what_is_not_in_place_says_why_and_the_rest_names_how():
    missing = {identity: by.removeprefix(MISSING) for identity, _, by in ROWS if by.startswith(MISSING)}
    assert len(ROWS) - len(missing) >= LEAST
    assert {identity for identity, why in missing.items() if len(why) < 40} == set()
    assert {
        identity for identity, _, by in ROWS if identity not in missing and not re.search(r"`make |::test_", by)
    } == set()
