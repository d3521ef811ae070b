from __future__ import annotations

import gzip

import pytest

from assessments import formats
from assessments.formats import gzipped
from assessments.formats.base import FileUnreadable
from assessments.formats.detect import detect

DATA = b'{"question": "Capital of Chad?", "answers": ["Ndjamena"]}\n' * 2
packed = gzip.compress(DATA, mtime=0)


def test_what_is_inside_decides():
    parsed = detect(packed, "list.jsonl.gz").read(packed)
    assert (parsed.format, parsed.total) == ("quiz", 2)


def test_programming_problems_are_rejected_by_name():
    problem = (
        b'{"task_id": "x/0", "prompt": "def f():", "canonical_solution": "pass", "entry_point": "f", "test": ""}\n'
    )
    parsed = formats.get("gzip").read(gzip.compress(problem, mtime=0))
    assert [(one.where, one.title, '"code"' in one.reason) for one in parsed.rejected] == [("line 1", "x/0", True)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x1f\x8brest", "damaged"),
        (packed[:-5], "cut off"),
        (packed + b"more", "something else"),
        (gzip.compress(packed, mtime=0), "another one"),
        (gzip.compress(b"Just prose.", mtime=0), "not recognised"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(data: bytes, words: str):
    with pytest.raises(FileUnreadable, match=words):
        formats.get("gzip").read(data)


def test_a_file_that_grows_beyond_all_measure_is_refused(monkeypatch):
    monkeypatch.setattr(gzipped, "MAX_FILE_BYTES", 1024 * 1024)
    with pytest.raises(FileUnreadable, match="larger than 1 MB"):
        formats.get("gzip").read(gzip.compress(b" " * 2_000_000, mtime=0))
