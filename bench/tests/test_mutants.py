"""What a mutant is: one change, of one place."""

from __future__ import annotations

import ast

from bench.mutants import TESTS, mutants_of
from bench.stack import ROOT

MODULE = '''
LIMIT = 5

def passes(count, at):
    """Docstring, which nobody misses."""
    note(count)
    if not at or count + 1 < LIMIT:
        return True
    raise ValueError
'''


def test_each_place_is_changed_by_itself():
    found = {one.change: one.source for one in mutants_of("x.py", MODULE)}
    assert sorted(found) == sorted(
        [
            "note(count)  →  pass",
            "not at or count + 1 < LIMIT  →  not at and count + 1 < LIMIT",
            "not at  →  at",
            "count + 1 < LIMIT  →  count + 1 <= LIMIT",
            "count + 1  →  count - 1",
            "1  →  2",
            "return True  →  return None",
            "True  →  False",
            "raise ValueError  →  pass",
        ]
    )
    whole = ast.unparse(ast.parse(MODULE)).splitlines()
    for source in found.values():
        assert sum(a != b for a, b in zip(source.splitlines(), whole, strict=True)) == 1


def test_modules_and_their_tests_are_there():
    assert [one for path, tests in TESTS.items() for one in (path, *tests) if not (ROOT / one).exists()] == []
