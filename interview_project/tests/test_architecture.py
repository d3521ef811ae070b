"""Layers cannot rot, because this walks the imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("assessments", "candidates")
HOUSE = ("interview_project", *APPS)

FORBIDDEN = {  # these modules: may not import these
    "assessments.*": ("candidates",),
    "interview_project.*": APPS,
    "*.enums": (*APPS, "interview_project"),
    "*.models.*": tuple(
        f"{app}.{layer}" for app in APPS for layer in ("domain", "views", "forms", "admin", "tasks", "access")
    ),
    "*.domain.*": (
        *(f"{app}.{layer}" for app in APPS for layer in ("views", "forms", "admin", "access", "api", "api_shapes")),
        "django.http",
    ),
    "assessments.question_types.*": ("assessments.models", "django.db", "django.http"),
    "assessments.formats.*": ("assessments.models", "assessments.domain", "django.db", "django.http"),
}
ALLOWED = {("interview_project.urls", "candidates"), ("interview_project.urls", "assessments")}
ALLOWED |= {("interview_project.api", app) for app in APPS}
ALLOWED |= {("interview_project.tests", app) for app in APPS}
# A type's words need the one Markdown reader, which knows no database.
ALLOWED |= {
    ("assessments.question_types", "assessments.domain.markup"),
    ("assessments.formats", "assessments.domain.markup"),
}

ONLY_IMPORTER: dict[str, str | tuple[str, ...]] = {  # this package: is imported by this module or package alone
    "django_ratelimit": "interview_project.ratelimit",
    "google.generativeai": "assessments.gemini",
    "google.genai": "assessments.gemini",
    "django_tasks": "interview_project.tasks",
    "interview_project.caches": (
        "candidates.domain.snapshots",
        "assessments.domain.open_questions",
        "assessments.domain.import_progress",
    ),
    # Whoever can call another machine. What is added here says in test_calling_out whom it may call, and who decides that.
    "socket": (
        "assessments.gemini.wire",  # Gemini
        "assessments.domain.reading",  # the reader's process, by a pair of sockets
        "assessments.formats.reader",
        "candidates.management.commands.run_locally",  # whether a port is free
        "interview_project.workers",  # the name of this machine
    ),
    "http.client": "assessments.gemini.wire",
    "requests": "assessments.gemini.legacy",  # which both put the wire in the place of what would connect
    "httpx": "assessments.gemini.successor",
    "urllib.request": "candidates.management.commands.run_locally",  # whether the server that it started answers
    "smtplib": ("candidates.domain.mails", "interview_project.diagnosis"),  # EMAIL_URL
    "django.core.mail": ("candidates.domain.mails", "interview_project.mail", "interview_project.diagnosis"),
    **dict.fromkeys(
        ("aiohttp", "asyncio", "ftplib", "grpc", "poplib", "imaplib", "telnetlib", "urllib3", "websockets"), ()
    ),
}

Graph = dict[str, set[str]]


def modules(root: Path) -> dict[str, Path]:
    """Dotted name → file, of everything that runs; tests and migrations may import what they like."""
    found = {}
    for path in (path for top in HOUSE for path in (root / top).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if "migrations" in parts or "tests" in parts or "testing" in parts:
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path) -> tuple[str, ...]:
    """Every module or name a file imports, at its top or inside a function; what is only for types does not run."""
    return _imported(path.read_text(encoding="utf-8"))


@cache
def _imported(source: str) -> tuple[str, ...]:
    return tuple(_imports(ast.parse(source)))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from _running(node)


def graph_of(root: Path) -> Graph:
    """Module → the house's modules it imports: ``from a.b import c`` means a.b.c where that is a module, else a.b."""
    known = modules(root)
    return {
        name: {target for one in imported(path) if (target := _module(one, known)) and target != name}
        for name, path in known.items()
    }


def _module(name: str, known: dict[str, Path]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def broken_rules(root: Path) -> list[str]:
    return [
        f"{name} imports {one}"
        for name, path in modules(root).items()
        for pattern, forbidden in FORBIDDEN.items()
        if fnmatch(name, pattern)
        for one in imported(path)
        if any(within(one, prefix) for prefix in forbidden)
        and not any(within(name, here) and within(one, there) for here, there in ALLOWED)
    ]


def circles(root: Path) -> list[str]:
    try:
        TopologicalSorter(graph_of(root)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_imports_follow_the_layers():
    assert broken_rules(ROOT) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circles(ROOT) == []


@pytest.mark.parametrize(("package", "importer"), ONLY_IMPORTER.items())
def test_some_packages_have_one_importer(package, importer):
    users = {name for name, path in modules(ROOT).items() if any(within(one, package) for one in imported(path))}
    importers = (importer,) if isinstance(importer, str) else importer
    assert {user for user in users if not any(within(user, one) for one in importers)} == set()


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A small house of the same shape, into which a test plants an import."""
    for folder in ("assessments/domain", "candidates/domain", "interview_project"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "assessments/domain/scoring.py").write_text("")
    (tmp_path / "candidates/domain/results.py").write_text("from assessments.domain import scoring\n")
    return tmp_path


def test_the_right_arrow_is_allowed(planted):
    assert (broken_rules(planted), circles(planted)) == ([], [])


@pytest.mark.parametrize(
    "line", ["from candidates.domain import results", "def f():\n    import candidates.domain.results"]
)
def test_a_planted_import_against_the_arrow_is_found(planted, line):
    (planted / "assessments/domain/scoring.py").write_text(line)
    assert [rule.partition(" ")[0] for rule in broken_rules(planted)] == ["assessments.domain.scoring"]
    assert {"assessments.domain.scoring", "candidates.domain.results"} <= set(circles(planted))
