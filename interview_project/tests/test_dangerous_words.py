"""Words that open holes stand nowhere, or where it is said why. What ruff's security rules know is left to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("assessments", "candidates", "interview_project")

IN_CODE = {
    "mark_safe": r"\bmark_safe\b",
    "SafeString made by hand": r"\bSafeString\(",
    "csrf_exempt": r"\bcsrf_exempt\b",
    "format_html of a formatted text": r"\bformat_html\(\s*f[\"']",
    ".extra()": r"\.extra\(",
    "RawSQL": r"\bRawSQL\b",
    "filters chosen by the caller": r"filter\(\*\*(request|self\.request)\b",
    "pickle": r"^\s*(import|from) (pickle|marshal|shelve)\b",
    "yaml that makes objects": r"\byaml\.(load|unsafe_load|full_load)\(",
    "eval": r"\b(eval|exec)\(",
    "a shell": r"shell=True",
    "a table whose cells nobody guards": r"\bcsv\.(writer|DictWriter)\b|^\s*from csv import|\bWorkbook\b"
    r"|^\s*(import|from) (xlsxwriter|xlwt|pyexcel|tablib|pandas|odf|ezodf)\b",
    "a secret compared in steps": r"(secret|token|signature|digest|receipt)\w* == \w",
}
IN_TEMPLATES = {
    "safe": r"\|\s*safe\b",
    "autoescape off": r"autoescape\s+off",
    "inline script": r"<script(?![^>]*\bsrc=)[^>]*>\s*\S",
}
ALLOWED = {  # file: what it may, because
    ("assessments/domain/markup.py", "SafeString made by hand"): "what the one sanitizer has made",
    ("candidates/templatetags/shared.py", "SafeString made by hand"): "what templates made, and values escaped there",
    ("interview_project/api.py", "csrf_exempt"): "a 404",
    (
        "interview_project/caches.py",
        "pickle",
    ): "of rows that only this server writes, in Django's own format of its cache table",
    (
        "interview_project/tables.py",
        "a table whose cells nobody guards",
    ): "the one place that writes them, and the guard",
    ("templates/candidates/mail/invitation.txt", "autoescape off"): "plain text",
    ("templates/candidates/mail/withdrawal.txt", "autoescape off"): "plain text",
}


def found_in(text: str, words: dict[str, str]) -> set[str]:
    return {name for name, pattern in words.items() if re.search(pattern, text, re.MULTILINE)}


def sources() -> list[Path]:
    every = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    return [path for path in every if not {"tests", "testing", "migrations"} & set(path.relative_to(ROOT).parts)]


def test_no_code_has_them():
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in sources()
        for name in found_in(path.read_text(encoding="utf-8"), IN_CODE)
    }
    assert found - set(ALLOWED) == set()


def test_no_template_has_them():
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "templates").rglob("*.*")
        for name in found_in(path.read_text(encoding="utf-8"), IN_TEMPLATES)
    }
    assert found - set(ALLOWED) == set()


def test_nothing_is_allowed_that_is_not_there():
    code = {*IN_CODE, *IN_TEMPLATES}
    both = {**IN_CODE, **IN_TEMPLATES}
    unused = {
        (name, word) for name, word in ALLOWED if word not in found_in((ROOT / name).read_text(encoding="utf-8"), both)
    }
    assert (unused, {word for _, word in ALLOWED} - code) == (set(), set())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("return mark_safe(text)", IN_CODE),
        ('format_html(f"<b>{name}</b>")', IN_CODE),
        ("rows.filter(**request.GET)", IN_CODE),
        ("if token_hash == given:", IN_CODE),
        ("writer = csv.writer(out)", IN_CODE),
        ("csv.DictWriter(out, names)", IN_CODE),
        ("    from csv import writer", IN_CODE),
        ("book = openpyxl.Workbook()", IN_CODE),
        ("import xlsxwriter", IN_CODE),
        ("{{ name|safe }}", IN_TEMPLATES),
        ("<script>alert(1)</script>", IN_TEMPLATES),
    ],
)
def test_they_would_be_found(text, words):
    assert found_in(text, words)
