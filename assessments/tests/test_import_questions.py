"""The command: what it prints, what it reports, how it exits."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from assessments import formats
from assessments.formats.media import MediaRefused
from assessments.models import Question, QuestionBank

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
QUESTION = {"type": "true_false", "stem": "Is it?", "key": {"value": True}}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Run:
    code: int
    out: list[str]
    err: list[str]


def run(*paths: Path | str, err: io.StringIO | None = None, **options: Any) -> Run:
    out, err, code = io.StringIO(), err or io.StringIO(), 0
    try:
        call_command("import_questions", *map(str, paths), **{"bank": "Bank", **options}, stdout=out, stderr=err)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    return Run(code, out.getvalue().splitlines(), err.getvalue().splitlines())


def own(folder: Path, name: str, *questions: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(json.dumps({"parley": 1, "questions": questions}))
    return path


def test_the_last_line_counts_everything() -> None:
    done = run(FILES / "networking.csv", FILES / "bank.yaml")
    assert (done.code, done.out[-1]) == (0, "4 imported, 0 updated, 0 unchanged, 3 rejected of 7.")
    assert (
        run(FILES / "networking.csv", FILES / "bank.yaml").out[-1]
        == "0 imported, 0 updated, 4 unchanged, 3 rejected of 7."
    )


def test_every_rejected_question_is_named_with_place_and_reason() -> None:
    path = FILES / "networking.csv"
    assert run(path).out[:-1] == [
        f"{path} (csv): 2 imported, 0 updated, 0 unchanged, 2 rejected of 4.",
        "  rejected, line 6: There is no question text. []",
        "  rejected, line 7: This asks the same as line 2, with another key or content. [What does a load balancer do?]",
    ]


def test_an_unsupported_type_is_rejected_with_its_name() -> None:
    line = run(FILES / "bank.yaml").out[1]
    assert line.startswith('  rejected, line 28: Questions of the type "crossword" are not supported; supported are ')


def test_options_are_kept_on_the_questions() -> None:
    run(FILES / "bank.yaml", source="kaggle", status="approved", bank="Storage")
    assert set(Question.objects.values_list("bank__name", "source", "status")) == {("Storage", "kaggle", "approved")}
    assert QuestionBank.objects.get().licence == "CC0-1.0"


def test_without_options_questions_are_drafts_of_the_standard_source() -> None:
    run(FILES / "capitals.json")
    assert set(Question.objects.values_list("source", "status")) == {("standard", "draft")}
    assert set(Question.objects.values_list("provenance__file", "provenance__format")) == {("capitals.json", "quiz")}


# ---- The report ----


def test_the_report_says_everything_in_numbers_and_words(tmp_path: Path) -> None:
    broken = own(tmp_path, "broken.json")
    broken.write_text("{")
    report = tmp_path / "report.json"
    assert run(FILES / "networking.csv", broken, report=report).code == 1
    content = json.loads(report.read_text())
    assert content["totals"] == {"total": 4, "imported": 2, "updated": 0, "unchanged": 0, "rejected": 2}
    assert content["files"][0] == {
        "path": str(FILES / "networking.csv"),
        "format": "csv",
        "total": 4,
        "imported": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": [
            {"where": "line 6", "title": "", "reason": "There is no question text."},
            {
                "where": "line 7",
                "title": "What does a load balancer do?",
                "reason": "This asks the same as line 2, with another key or content.",
            },
        ],
        "warnings": [],
        "error": None,
    }
    assert (content["files"][1]["error"], content["files"][1]["total"]) == (
        "Line 1, column 2 is not JSON: Expecting property name enclosed in double quotes.",
        0,
    )


def test_the_report_holds_what_the_screen_leaves_out(tmp_path: Path) -> None:
    path = own(tmp_path, "many.json", *[{"stem": "x"}] * 25)
    done = run(path, report=tmp_path / "report.json")
    assert len(json.loads((tmp_path / "report.json").read_text())["files"][0]["rejected"]) == 25
    assert (len(done.out), done.out[-2]) == (23, "  and 5 more rejected; --report FILE.json lists all of them.")


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no folder .*nowhere to write the report to"):
        run(FILES / "networking.csv", report=tmp_path / "nowhere" / "report.json")
    assert not Question.objects.exists()
    with pytest.raises(CommandError, match=r"The report cannot be written to .*: Is a directory"):
        run(FILES / "networking.csv", report=tmp_path)


# ---- Files and folders ----


def test_a_folder_is_walked_and_what_is_not_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    own(tmp_path / "deep" / "er", "b.JSON", QUESTION)
    own(tmp_path, "a.json", QUESTION | {"stem": "Is it not?"})
    for name in ("notes.odt", ".hidden.json"):
        (tmp_path / name).write_text("x")
    done = run(tmp_path, report=tmp_path / "report.out")
    assert (done.code, done.out[-1]) == (0, "2 imported, 0 updated, 0 unchanged, 0 rejected of 2.")
    assert done.out[-2] == f"Not opened, being of other kinds: {tmp_path / 'notes.odt'}."
    assert json.loads((tmp_path / "report.out").read_text())["skipped"] == [str(tmp_path / "notes.odt")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("gone.csv", None, "There is no such file or folder."),
        ("empty", "folder", f"The folder holds no question files ({', '.join(sorted(formats.suffixes()))})."),
        ("blank.csv", b"", "The file is empty. Nothing of it was stored."),
        (
            "sensor.csv",
            b"\x01\x00\x00\x00\x02\x00\x00\x00",
            "This is not text: it holds zero bytes. Nothing of it was stored.",
        ),
        (
            "cut.json",
            b'{"parley": 1, "questions": [',
            "Line 1, column 29 is not JSON: Expecting value. Nothing of it was stored.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_and_the_rest_is_imported(
    tmp_path: Path, name: str, content: bytes | str | None, reason: str
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    done = run(path, FILES / "capitals.json")
    assert (done.code, done.err) == (1, [f"{path}: {reason}"])
    assert done.out[-1] == "2 imported, 0 updated, 0 unchanged, 0 rejected of 2."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    path = own(tmp_path, "secret.json", QUESTION)
    path.chmod(0)
    assert run(path).err == [f"{path}: The file cannot be opened: Permission denied. Nothing of it was stored."]


def test_a_file_that_cannot_be_read_leaves_no_bank_behind(tmp_path: Path) -> None:
    path = own(tmp_path, "broken.json")
    path.write_text("{")
    assert (run(path).code, QuestionBank.objects.exists()) == (1, False)


def test_the_format_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "questions"
    path.write_text("question\nWhy?\n")
    assert (run(path).code, run(path, format="csv").out[-1]) == (
        1,
        "1 imported, 0 updated, 0 unchanged, 0 rejected of 1.",
    )
    with pytest.raises(CommandError, match="invalid choice: 'docx'"):
        call_command("import_questions", str(path), "--bank", "Bank", "--format", "docx")


def test_two_files_of_one_folder_that_ask_the_same_are_stable(tmp_path: Path) -> None:
    for name, answer in (("a.csv", "This."), ("b.csv", "That.")):
        (tmp_path / name).write_text(f"question,answer\nWhy?,{answer}\n")
    assert [run(tmp_path).out[-1] for _ in range(2)] == [
        "1 imported, 0 updated, 0 unchanged, 1 rejected of 2.",
        "0 imported, 0 updated, 1 unchanged, 1 rejected of 2.",
    ]


# ---- Dry run, progress, names ----


def test_a_dry_run_counts_as_in_earnest_and_stores_nothing(tmp_path: Path) -> None:
    first = own(tmp_path, "a.json", QUESTION | {"id": "q"})
    second = own(tmp_path, "b.json", QUESTION | {"id": "q", "stem": "Is it not?"}, QUESTION | {"stem": "Or?"})
    dry, earnest = run(first, second, dry_run=True), run(first, second)
    assert dry.out == [*earnest.out[:-1], "Dry run: nothing was stored.", earnest.out[-1]]
    assert Question.objects.count() == 2


def test_a_dry_run_leaves_not_even_the_bank() -> None:
    run(FILES / "bank.yaml", dry_run=True)
    assert not QuestionBank.objects.exists()


def test_progress_is_drawn_for_people_only(tmp_path: Path) -> None:
    path = own(tmp_path, "a.json", *({**QUESTION, "stem": f"Is it {number}?"} for number in range(700)))
    terminal = Terminal()
    assert run(path).err == []
    run(path, bank="Other", err=terminal)
    assert [part for part in ("71%", "100%") if part in terminal.getvalue()] == ["71%", "100%"]
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_a_file_cannot_draw_on_the_terminal(tmp_path: Path) -> None:
    path = own(tmp_path, "a.json", QUESTION | {"title": "\x1b[31mred\x07", "type": "\x1b[2J"})
    printed = "\n".join(run(path).out)
    assert "red" in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"bank": " "}, "--bank needs a name."),
        ({"bank": "x" * 201}, "--bank is 201 characters long, and 200 fit."),
        ({"source": "x" * 41}, "--source is 41 characters long, and 40 fit."),
    ],
)
def test_names_that_do_not_fit_are_refused_before_anything_is_read(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(FILES / "bank.yaml", **options)
    assert (str(caught.value), Question.objects.exists()) == (reason, False)


# ---- Conflicts, and what is nearly the same ----

NAMED = QUESTION | {"id": "Q-1"}
CHANGED = NAMED | {"stem": "Was it?"}


@pytest.mark.parametrize(
    ("choice", "last", "stems", "versions"),
    [
        ("version", "0 imported, 1 updated, 0 unchanged, 0 rejected of 1.", {"Was it?"}, 2),
        ("skip", "0 imported, 0 updated, 1 unchanged, 0 rejected of 1.", {"Is it?"}, 1),
        ("copy", "1 imported, 0 updated, 0 unchanged, 0 rejected of 1.", {"Is it?", "Was it?"}, 1),
    ],
)
def test_a_question_that_the_bank_has_otherwise(
    tmp_path: Path, choice: str, last: str, stems: set[str], versions: int
) -> None:
    run(own(tmp_path, "a.json", NAMED))
    assert run(own(tmp_path, "a.json", CHANGED), on_conflict=choice).out[-1] == last
    assert set(Question.objects.values_list("current_version__stem", flat=True)) == stems
    assert Question.objects.get(identity="Q-1").versions.count() == versions
    again = run(tmp_path / "a.json", on_conflict=choice)
    assert again.out[-1] == "0 imported, 0 updated, 1 unchanged, 0 rejected of 1."


def test_what_was_skipped_is_said(tmp_path: Path) -> None:
    run(own(tmp_path, "a.json", NAMED))
    done = run(own(tmp_path, "a.json", CHANGED), on_conflict="skip")
    assert done.out[1] == "  note: 1 question differs from the bank's, and the bank's was kept: questions[0]."


def test_skipping_leaves_titles_and_tags_too(tmp_path: Path) -> None:
    run(own(tmp_path, "a.json", NAMED | {"title": "Mine", "tags": ["kept"]}))
    run(own(tmp_path, "a.json", NAMED | {"title": "Theirs", "tags": ["new"]}), on_conflict="skip")
    question = Question.objects.get()
    assert (question.title, [tag.name for tag in question.tags.all()]) == ("Mine", ["kept"])


def test_a_question_nearly_the_same_as_one_of_another_bank_is_named(tmp_path: Path) -> None:
    stem = "Which lock does a writer take before it changes a row of the table {}?"
    run(own(tmp_path, "old.json", QUESTION | {"stem": stem.format("orders")}), bank="Old")
    new = own(tmp_path, "new.json", QUESTION | {"stem": stem.format("orders now")}, QUESTION | {"stem": "Why is it?"})
    done = run(new, report=tmp_path / "report.json")
    assert done.out[1].startswith(f"  nearly the same, {new}, questions[0] [Which lock does a writer take")
    (near,) = json.loads((tmp_path / "report.json").read_text())["near_duplicates"]
    old = Question.objects.get(bank__name="Old")
    assert (near["where"], near["bank"], near["question"]) == ("questions[0]", "Old", str(old.pk))
    assert near["similarity"] >= 0.8
    assert run(new).out[1] == "0 imported, 0 updated, 2 unchanged, 0 rejected of 2."


def test_files_of_a_folder_without_a_suffix_are_tried(tmp_path: Path) -> None:
    own(tmp_path, "a.json", QUESTION).rename(tmp_path / "questions")
    (tmp_path / "LICENSE").write_bytes(b"\x00\x01 not a file of questions")
    done = run(tmp_path)
    assert (done.code, done.out[-1]) == (0, "1 imported, 0 updated, 0 unchanged, 0 rejected of 1.")
    assert done.out[-2] == f"Not opened, being of other kinds: {tmp_path / 'LICENSE'}."


def test_a_picture_that_is_not_what_its_name_says_is_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(questions: Any) -> int:
        raise MediaRefused("its bytes are others")

    monkeypatch.setattr("assessments.domain.media.store", refuse)
    done = run(own(tmp_path, "a.json", QUESTION))
    assert (done.code, Question.objects.count()) == (1, 0)
    assert done.err[-1].endswith("A picture of it is refused: its bytes are others. Nothing of it was stored.")
