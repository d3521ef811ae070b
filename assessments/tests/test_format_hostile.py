"""Whatever bytes come: a format gives questions and rejections, or says the file cannot be read. Nothing else, and soon."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments import formats
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import FileUnreadable, Format, Parsed, Rejection
from assessments.formats.detect import detect

SEEDS = [file.read_bytes() for file in sorted((Path(__file__).parent / "files").iterdir())]
SEEDS += [
    b'{"type": "true_false", "stem": "x", "key": {"value": true}}\n' * 2,
    b'[{"question": "x", "options": [{"text": "a"}, "b"], "answer": 0, "tags": ["t"], "points": 1}]',
    b"NewQuestion,MC,,\nTitle,x,,\n",
    "id,question,answer\n1,naïve?,so\n".encode("cp1252"),
]
PIECES = [
    *(
        b'"',
        b"'",
        b"\n",
        b"\r",
        b",",
        b";",
        b"\t",
        b"{",
        b"}",
        b"[",
        b"]",
        b"|",
        b"\\",
        b"- ",
        b"? ",
        b"&a ",
        b"*a",
        b"!!x ",
    ),
    *(
        b"null",
        b"true",
        b"-1",
        b"1e999",
        b"NaN",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\\u0000",
        b"\\ud800",
        b"<<: ",
    ),
    *(b"question", b"options", b"answer", b"key", b'"content": 5', b'"key": {"a": []}', b'"tags": {"a": 1}'),
    *(b"9" * 5000, b"[" * 50),
]
PLACES = st.integers(0, 2000)
EDITS = st.lists(
    st.tuples(PLACES, st.integers(0, 30), st.sampled_from(PIECES) | st.binary(max_size=8)), min_size=1, max_size=8
)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, piece in edits:
        start = place % (len(data) + 1)
        data = data[:start] + piece + data[start + length :]
    return data


def read(one: Format, data: bytes) -> Parsed:
    """With a refusal as a file without questions, whose reason is a sentence and no dump of the file."""
    try:
        return one.read(data)
    except FileUnreadable as refusal:
        return Parsed(one.name, warnings=[str(refusal)])


@given(st.sampled_from(SEEDS), EDITS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_read_or_refused_by_every_format(seed: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    data = edited(seed, edits)
    for one in formats.all_formats().values():
        assert 0 <= one.recognises(data, "file.csv") <= 100
        parsed = read(one, data)
        assert all(len(sentence) < 500 and sentence.endswith(".") for sentence in parsed.warnings)
        assert all(isinstance(check_question(item), CheckedQuestion | Rejection) for item in parsed.questions)


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.json", "a.yaml", "a"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    with suppress(FileUnreadable):
        assert detect(data, name).read(data).total >= 0


M = 1_000_000
LARGE = {
    "brackets": b"[" * M,
    "objects": b'{"a":' * (M // 5),
    "quotation marks": b'"' * M,
    "commas": b"," * M,
    "an open quotation mark": b"question,answer\n" + b'"a,b\n' + b"a,b\n" * (M // 4),
    "odd quotation marks": b"question,answer\n" + b'"a"b,"c\n' * (M // 9),
    "backslashes": b"question,answer\n" + b'"a\\"b",c\n' * (M // 10),
    "columns": b"question" + b",option1" * (M // 8),
    "rows": b"question,answer\n" + b"q,a\n" * (M // 4),
    "dashes": b"- " * (M // 2),
    "flow": b"x: " + b"[" * M,
    "records": b"[" + b'{"question":"x"},' * (M // 17) + b"{}]",
    "questions": b'{"parley":1,"questions":[' + b"{}," * (M // 3) + b"{}]}",
    "broken lines": b'{"type":"a","stem":"s"}\n' + b"{x\n" * (M // 3),
    "backticks": json.dumps([{"question": "".join("`" * n + " " for n in range(1200))}]).encode(),
    "tags": json.dumps([{"question": "<a>" * (M // 3)}]).encode(),
}


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE.keys())
def test_a_large_hostile_file_costs_seconds(data: bytes) -> None:
    started = time.process_time()
    for name in ("a.csv", "a.json", "a.yaml"):
        with suppress(FileUnreadable):
            read(detect(data, name), data)
    assert time.process_time() - started < 20
