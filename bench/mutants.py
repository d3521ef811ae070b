"""Mutants of the code that promises most, and whether the tests kill them: ``make mutants``.

One small change at a time to the limiter, the deadline, the save and the access, in a copy of the last commit; then the
tests of that module run until the first fails. A mutant that none of them minds has survived: it is printed with its line,
for somebody to judge whether it matters. Exit 0 if as many were killed as is asked for.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.upgrade import unpack
from interview_project.testing.services import obtain_postgresql, obtain_redis

MIN_KILLED_PERCENT = 85.0
PATIENCE_SECONDS = 300
TESTS = {
    "interview_project/ratelimit.py": (
        "interview_project/tests/test_ratelimit.py",
        "interview_project/tests/test_ratelimit_race.py",
    ),
    "interview_project/client_ip.py": ("interview_project/tests/test_client_ip.py",),
    "candidates/models/attempt.py": (
        "candidates/tests/test_attempts.py",
        "candidates/tests/test_responses.py",
        "candidates/tests/proof/test_the_clock.py",
    ),
    "candidates/domain/responses.py": (
        "candidates/tests/test_responses.py",
        "candidates/tests/test_pauses.py",
        "candidates/tests/test_devices.py",
        "candidates/tests/proof/test_the_clock.py",
    ),
    "candidates/domain/passes.py": ("candidates/tests/test_view_question.py", "candidates/tests/proof/test_access.py"),
}
COMPARISONS: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change. ``source`` is the whole module with it."""

    path: str
    line: int
    change: str
    source: str


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Inside functions only: what a module says at its import is seen by the first test already."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for statement in function.body:
                for node in ast.walk(statement):
                    yield from _mutants_at(path, tree, node)


def _mutants_at(path: str, tree: ast.Module, node: ast.AST) -> Iterator[Mutant]:
    for replacement in _replacements(node):
        before = ast.unparse(node)
        changed = ast.unparse(_Exchange(node, replacement).visit(copy.copy(tree)))
        yield Mutant(path, getattr(node, "lineno", 0), f"{before}  →  {ast.unparse(replacement)}", changed)


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[one]) if type(one) in COMPARISONS:
            yield ast.Compare(node.left, [COMPARISONS[type(one)]()], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield ast.BinOp(node.left, ast.Sub() if isinstance(node.op, ast.Add) else ast.Add(), node.right)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int(number)):
            yield ast.Constant(number + 1)
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield ast.Pass()
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield ast.Return(ast.Constant(None))


class _Exchange(ast.NodeTransformer):
    """One node for another, in copies of what is above it."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node)
        changed: ast.AST = self.generic_visit(copy.copy(node))
        return changed

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [self.visit(one) if isinstance(one, ast.AST) else one for one in value])
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """For all runs together, so that each begins at once."""
    database = obtain_postgresql({})
    try:
        cache = obtain_redis({})
        try:
            yield {"DATABASE_URL": database.url, "REDIS_URL": cache.url, "PYTHONDONTWRITEBYTECODE": "1"}
        finally:
            cache.stop()
    finally:
        database.stop()


def tests_fail(folder: Path, path: str, urls: Mapping[str, str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--reuse-db", "-p", "no:cacheprovider", *TESTS[path]]
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **urls}, capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def try_them(folder: Path, chosen: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    with servers() as urls:
        for path in {one.path: None for one in chosen}:
            if tests_fail(folder, path, urls):
                raise SystemExit(f"The tests of {path} fail as it is; nothing can be learnt from them.")
        for one in chosen:
            file = folder / one.path
            sound = file.read_text()
            file.write_text(one.source)
            try:
                yield one, tests_fail(folder, one.path, urls)
            finally:
                file.write_text(sound)
        if chosen and tests_fail(folder, chosen[-1].path, urls):
            raise SystemExit("The tests fail as it is by now, so nobody knows who killed the last mutants.")


def choose(folder: Path, only: list[str], *, limit: int | None, seed: int) -> list[Mutant]:
    everyone = [one for path in only for one in mutants_of(path, (folder / path).read_text())]
    if limit is None or limit >= len(everyone):
        return everyone
    chosen = set(random.Random(seed).sample(range(len(everyone)), limit))
    return [one for place, one in enumerate(everyone) if place in chosen]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=TESTS, default=list(TESTS), metavar="MODULE")
    parser.add_argument("--limit", type=int, metavar="N", help="So many of them, drawn by lot.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--min-killed", type=float, default=MIN_KILLED_PERCENT, metavar="PERCENT")
    asked = parser.parse_args()
    killed, survived = 0, 0
    with tempfile.TemporaryDirectory(prefix="parley-mutants-") as name:
        folder = Path(name)
        unpack("HEAD", folder)
        for mutant, is_killed in try_them(folder, choose(folder, asked.only, limit=asked.limit, seed=asked.seed)):
            killed, survived = killed + is_killed, survived + (not is_killed)
            facts = {name: value for name, value in asdict(mutant).items() if name != "source"}
            print(json.dumps({**facts, "killed": is_killed}, ensure_ascii=False), flush=True)
    percent = 100 * killed / max(1, killed + survived)
    print(f"{killed} of {killed + survived} killed: {percent:.0f} %.")
    return 0 if percent >= asked.min_killed else 1


if __name__ == "__main__":
    sys.exit(main())
