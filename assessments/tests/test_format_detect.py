from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from assessments import formats
from assessments.formats.base import FileUnreadable, FileUnwritable, Parsed
from assessments.formats.detect import detect

FILES = Path(__file__).parent / "files"
OWN = b'{"parley": 1, "questions": []}'


def zipped(*names: str, size: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in names:
            written.writestr(name, b" " * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "chosen"),
    [("networking.csv", "csv"), ("choices.csv", "csv"), ("bank.yaml", "yaml"), ("capitals.json", "quiz")],
)
def test_a_file_is_known_by_its_content_whatever_it_is_called(name: str, chosen: str) -> None:
    data = (FILES / name).read_bytes()
    assert [detect(data, other).name for other in (name, "questions.txt", "questions")] == [chosen] * 3


@pytest.mark.parametrize(
    ("data", "chosen"),
    [
        (OWN, "json"),
        (b"\xef\xbb\xbf" + OWN, "json"),
        (b'[{"type": "true_false", "stem": "x", "key": {"value": true}}]', "json"),
        (b'{"bank": {"name": "x"}, "parley": 1, "questions": []}', "json"),
        (b'{"type": "true_false", "stem": "x", "key": {"value": true}}\n', "jsonl"),
        (b'{"question": "x", "answer": "y"}\n{"question": "z", "answer": "y"}\n', "quiz"),
        (b'{"results": [{"question": "x", "answer": "y"}]}', "quiz"),
        (b"# A comment\nparley: 1\nquestions: []\n", "yaml"),
        (b"- type: true_false\n  stem: x\n", "yaml"),
        (b"- question: x\n  answer: y\n", "quiz"),
        (b"question\tanswer\nx\ty\n", "csv"),
    ],
)
def test_content_decides(data: bytes, chosen: str) -> None:
    assert detect(data, "file").name == chosen


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b" \n\t", "a.csv", "The file is empty."),
        (b"PK\x03\x04rest", "a.csv", "The ZIP archive is damaged: its list of files cannot be read."),
        (zipped(), "a.zip", "The ZIP archive holds no files."),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", "This is a Word document; save it as text"),
        (
            zipped("[Content_Types].xml", "ppt/presentation.xml"),
            "a.pptx",
            "This is a PowerPoint presentation; save it as text",
        ),
        (zipped("META-INF/manifest.xml", "content.xml"), "a.odt", "This is an OpenDocument file; save it as text"),
        (zipped("collection.anki2"), "a.apkg", "This is an Anki package; export it as text"),
        (zipped("one.gift").replace(b"one.gift", b"\0ne.gift"), "a.zip", "A file in the archive has no name."),
        (b"%PDF-1.7", "a.pdf", "This is a PDF, which is not among the formats read"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a.jpg", "This is a picture, which is not among the formats read"),
        (b"Rar!\x1a\x07\x01\x00", "a.rar", "This is a RAR archive, which is not among the formats read"),
        (b"<letter>Dear all</letter>", "a.xml", "The content is XML; the formats read are"),
        (b"Just some prose.", "a.doc", "The content is not recognised; the formats read are"),
    ],
)
def test_what_no_format_takes_is_said_in_a_sentence(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        detect(data, name)
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("names", "size", "reason"),
    [
        (["1.xml"], 40_000_000, "The archive holds "),
        (range(20_001), 0, "The archive holds 20,001 files; up to 20,000 are read."),
    ],
)
def test_an_archive_of_too_much_is_refused(names: Iterable[object], size: int, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        detect(zipped(*map(str, names), size=size), "a.zip")
    assert str(caught.value).startswith(reason)


def test_every_format_has_a_name_of_its_own_and_is_found_by_it() -> None:
    assert {"csv", "json", "jsonl", "quiz", "yaml"} <= set(formats.all_formats())
    assert [formats.get(name).name for name in formats.all_formats()] == list(formats.all_formats())


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(
        formats.UnknownFormat, match=r"There is no format 'docx'; there are .*csv, .*json, json-zip, jsonl"
    ):
        formats.get("docx")


def test_a_format_that_only_reads_says_so() -> None:
    with pytest.raises(FileUnwritable, match="can be read but not written"):
        formats.get("quiz").write([])


def test_the_total_counts_what_was_taken_and_what_was_not() -> None:
    parsed = formats.get("yaml").read((FILES / "bank.yaml").read_bytes())
    assert (parsed.total, len(parsed.questions), Parsed("x").total) == (3, 3, 0)
