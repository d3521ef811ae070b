"""Files are read in a process of its own, and nothing that happens there is more than a report."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from assessments import formats
from assessments.domain.reading import FileUnrecognised, Limits, Reader
from assessments.formats.base import FileUnreadable
from assessments.formats.detect import detect
from assessments.formats.neutral import neutral

FILES = Path(__file__).parent / "files"
GOOD = b'{"parley": 1, "questions": [{"type": "true_false", "stem": "Is it?", "key": {"value": true}}]}'
LIMITS = Limits(memory=512 * 1024 * 1024, seconds=5)


def hostile(limits: Limits = LIMITS) -> Reader:
    return Reader(limits, module="assessments.tests.hostile_reader")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def said(reader: Reader, deed: str) -> str:
    """What came of it: the deed's own words, or why the file is not read."""
    try:
        with reader.read_bytes(deed.encode(), name="a.deed") as reading:
            return reading.warnings[0]
    except FileUnreadable as refusal:
        return str(refusal)


def reads_on(reader: Reader) -> bool:
    with reader.read_bytes(GOOD, name="a.json", format="json") as reading:
        return [one.stem for one in reading.questions] == ["Is it?"]


def test_what_is_read_there_is_what_is_read_here() -> None:
    with Reader() as reader:
        for path in sorted(FILES.iterdir()):
            data = path.read_bytes()
            here = neutral(detect(data, path.name).read(data))
            with reader.read_path(path) as there:
                assert list(there.questions) == here.questions, path.name
                assert (there.format, there.bank, there.rejected) == (here.format, here.bank, here.rejected)
                assert (there.warnings, there.total) == (here.warnings, here.total)


def test_questions_can_be_gone_through_several_times_at_once() -> None:
    with Reader() as reader, reader.read_path(FILES / "bank.yaml") as reading:
        pairs = list(zip(reading.questions, reading.questions, strict=True))
        assert [one for one, _ in pairs] == [other for _, other in pairs] == list(reading.questions)
        assert {type(one.points) for one, _ in pairs} == {Decimal}


def test_a_file_that_is_not_known_is_told_from_one_that_is_broken() -> None:
    with Reader() as reader:
        with pytest.raises(FileUnrecognised, match=r"The file is empty\."), reader.read_bytes(b" ", name="a"):
            pass
        with pytest.raises(FileUnreadable, match=r"Line 1, column 2 is not JSON") as broken:  # noqa: SIM117
            with reader.read_bytes(b"{", name="a.json", format="json"):
                pass
        assert not isinstance(broken.value, FileUnrecognised)
        with pytest.raises(FileUnreadable, match=r"The file cannot be opened"), reader.read_path(FILES / "nowhere"):
            pass


# ---- Limits. Each deed is also seen to succeed where its limit is off ----


def test_a_reader_that_hogs_memory_is_ended_and_the_next_file_is_read() -> None:
    with hostile() as reader:
        assert said(reader, "hog") == "Reading it takes more than 512 MB of memory."
        assert reads_on(reader)


def test_without_the_limit_memory_would_be_hogged() -> None:
    with hostile(replace(LIMITS, memory=0)) as reader:
        assert said(reader, "hog") == "had 600 MB"


@pytest.mark.parametrize("deed", ["hang", "spin"])
def test_a_reader_that_hangs_is_ended_and_the_next_file_is_read(deed: str) -> None:
    with hostile(replace(LIMITS, seconds=1)) as reader:
        assert reads_on(reader)
        began = time.monotonic()
        assert said(reader, deed) == "Reading it took more than 1 seconds."
        assert time.monotonic() - began < 30  # and not the 60 that the deed takes
        assert reads_on(reader)


@pytest.mark.parametrize("deed", ["die", "kill_all"])
def test_a_reader_that_is_killed_is_a_report_and_the_next_file_is_read(deed: str) -> None:
    with hostile() as reader:
        assert "SIGKILL" in said(reader, deed)
        assert reads_on(reader)


def test_an_error_of_a_format_is_a_report_and_its_traceback_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with hostile() as reader:
        assert said(reader, "err") == (
            "The reader came to an end of its own (exit code 1) and could say nothing of the file."
        )
        assert "LookupError: an error of ours" in caplog.records[-1].said  # type: ignore[attr-defined]
        assert reads_on(reader)


def test_what_it_writes_has_an_end() -> None:
    with hostile(replace(LIMITS, output=100)) as reader, pytest.raises(FileUnreadable):  # noqa: SIM117
        with reader.read_path(FILES / "bank.yaml", format="yaml"):
            pass


def test_a_reader_calls_nobody_writes_nothing_and_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, hostile() as reader:
        port = server.getsockname()[1]
        assert said(reader, f"call 127.0.0.1:{port}").startswith("A reader may not do this: socket.")
        assert said(reader, f"spill {tmp_path / 'x'}") == "A reader may not do this: open."
        assert said(reader, "start").startswith("A reader may not do this: ")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    with hostile() as reader:
        assert set(said(reader, "environment").split()) <= {"LC_ALL", "PYTHONPATH", "LC_CTYPE"}


def test_values_that_nobody_could_store_are_rejections() -> None:
    with hostile() as reader, reader.read_bytes(b"x", name="x", format="odd") as reading:
        assert [one.where for one in reading.questions] == ["line 1"]
        assert [(one.where, one.reason) for one in reading.rejected] == [
            ("line 2", "It holds a value that cannot be stored."),
            ("line 3", "It holds a value that cannot be stored."),
        ]
        assert reading.total == 3


@pytest.mark.parametrize("name", formats.all_formats())
def test_every_format_is_known_there(name: str, reader: Reader) -> None:
    words = name
    try:
        with reader.read_bytes(b"\x00\xff", name="x", format=name) as reading:
            words = reading.format
    except FileUnreadable as refusal:
        words = str(refusal)
    assert "end of its own" not in words


# ---- What lies beside a file ----


def test_pictures_are_taken_from_beside_the_file_and_from_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "inside" / "more").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "inside"
    (folder / "more" / "a b.png").write_bytes(b"picture")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "linked").symlink_to(tmp_path)
    outside = ["../secret", str(tmp_path / "secret"), "link", "linked/secret", "more", "none", "more//a b.png"]
    (folder / "a.beside").write_text("\n".join(["more/a%20b.png", *outside]))
    with hostile() as reader, reader.read_path(folder / "a.beside", format="beside") as reading:
        assert reading.warnings == ["picture", *["nothing"] * 7]


def test_a_picture_comes_through_once_and_is_read_when_it_is_asked_for() -> None:
    with hostile() as reader, reader.read_bytes(b"x", name="x", format="pictured") as reading:
        questions = list(reading.questions)
        assert [dict(one.media) for one in questions] == [{"a": b"1"}, {"a": b"1", "b": b"2"}, {}]
        with pytest.raises(KeyError):
            questions[0].media["b"]
