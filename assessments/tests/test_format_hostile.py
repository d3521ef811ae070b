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
    b"NewQuestion,M,,\nQuestionText,x,,\nChoice,1,a,\nChoice,2,b,\nMatch,2,c,\nNewQuestion,O,,\nQuestionText,y,,\nItem,a,\nItem,b,\n",
    b"NewQuestion,MS,,\nQuestionText,x,HTML,\nOption,1,a,,\nOption,0,b,\nNewQuestion,SA,,\nQuestionText,y,,\nAnswer,100,a+,regexp\n",
    b"#Q Which?\n^ Mars\nA Venus\nB Mars\n",
    b"#separator:tab\n#html:true\n#tags column:3\n{{c1::a}} and <b>b</b>\tback\tt\n",
    b'{"__type__": "Deck", "notes": [{"fields": ["<p>a", "b"], "tags": ["t"]}], "note_models": [{"flds": [{"name": "Front"}]}]}',
    b"#### Q1. Which?\n\n```x\ncode\n```\n\n- [ ] a\n- [x] b\n\n**Explanation:** so\n\n<details>\n# 2) Why?\nAnswer: B\n",
    b"# T\n\n**What?**\n\nSo.\n\n* What?\n    - !a\n    - b\n",
    b"Quiz title: x\n\n1. a\n*a) b\nb) c\n2. d {G}\n@gap A) a\n@gap B) b\n@match A G\n3. e\n= 1 +- 5%\n= [1, 2]\n",
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
    "headings": b"# Q1. x\n" * (M // 8),
    "boxes": b"# Q1. x\n" + b"- [x] a\n" * (M // 8),
    "letters": b"# Q1. x\n" + b"a) x\nword\n" * (M // 10),
    "fences": b"# Q1. x\n" + b"```\n" * (M // 4 + 1),
    "folds": b"<details>\n" * (M // 10) + b"# Q1. x\n- [x] a\n",
    "brackets in Markdown": b"# Q1. " + b"![" * (M // 2),
    "images in Markdown": b"# Q1. x\n" + b"<img " * (M // 5),
    "stars": b"**" * (M // 2) + b"\n**What?**\n",
    "marks of trivia": b"#Q x\n^ a\n" + b"A b\n" * (M // 4),
    "gaps of cards": b"#html:true\n" + b"{{c1::" * (M // 6) + b"\tx\n",
    "notes": b"#html:true\n" + b"a\tb\n" * (40_000),
    "rows of Brightspace": b"NewQuestion,MC,\nQuestionText,x,\n" + b"Option,0,x,\n" * (M // 11),
    "matches": b"Quiz title: x\n1. {a}\n" + b"@gap a) b\n@match a a\n" * (M // 22),
    "lines of text2qti": b"Quiz title: x\n1. x\n" + b"*a) y\n... z\n" * (M // 12),
}


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE.keys())
def test_a_large_hostile_file_costs_seconds(data: bytes) -> None:
    started = time.process_time()
    taken_for = {}
    for name in ("a.csv", "a.json", "a.yaml"):
        with suppress(FileUnreadable):
            format_ = detect(data, name)
            taken_for[format_.name] = format_
    for format_ in taken_for.values():
        with suppress(FileUnreadable):
            read(format_, data)
    assert time.process_time() - started < 20
