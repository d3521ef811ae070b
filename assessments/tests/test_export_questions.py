from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from assessments.domain import question_banks
from assessments.domain.samples import SAMPLES
from assessments.formats import own_package
from assessments.formats.media import name_of
from assessments.models import MediaFile, Question, QuestionBank, QuestionVersion
from assessments.tests.pictures import GIF, png

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parent / "files"
OWN = ["csv", "json", "json-zip", "jsonl", "yaml"]


def bring(path: Path, bank: str = "Bank") -> str:
    out = io.StringIO()
    call_command("import_questions", str(path), bank=bank, stdout=out)
    return out.getvalue().splitlines()[-1]


def take(path: Path, format_: str, bank: str = "Bank") -> list[str]:
    out = io.StringIO()
    call_command("export_questions", bank=bank, format=format_, output=path, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("format_", OWN)
def test_a_bank_goes_out_and_comes_back_without_a_change(format_: str, tmp_path: Path) -> None:
    bring(SAMPLES / "standard.yaml")
    count, file = Question.objects.count(), tmp_path / "out"
    assert take(file, format_) == [f"{count} written to {file}."]
    assert bring(file) == f"0 imported, 0 updated, {count} unchanged, 0 rejected of {count}."
    assert QuestionVersion.objects.count() == count


@pytest.mark.parametrize("format_", OWN)
def test_another_bank_made_from_the_file_is_the_same_file(format_: str, tmp_path: Path) -> None:
    bring(SAMPLES / "standard.yaml")
    take(tmp_path / "first", format_)
    bring(tmp_path / "first", bank="Copy")
    QuestionBank.objects.filter(name="Bank").update(name="Original")
    QuestionBank.objects.filter(name="Copy").update(name="Bank")
    take(tmp_path / "second", format_)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_package_takes_its_pictures_to_another_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_package, "PER_FILE", 1)
    name, embedded = name_of(png()), f"data:image/png;base64,{b64encode(png()).decode()}"
    stems = (f'See <img src="{embedded}" alt="it">', "Why?")
    items = "".join(
        f'<question type="truefalse"><questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext>'
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question>'
        for stem in stems
    )
    (tmp_path / "a.xml").write_text(f"<quiz>{items}</quiz>")
    assert bring(tmp_path / "a.xml").startswith("2 imported")
    take(tmp_path / "first.zip", "json-zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        assert archive.namelist() == ["questions-001.json", "questions-002.json", f"media/{name}"]
    for model in (QuestionVersion, Question, MediaFile):
        model.objects.all().delete()
    assert bring(tmp_path / "first.zip") == "2 imported, 0 updated, 0 unchanged, 0 rejected of 2."
    assert bytes(MediaFile.objects.get().data) == png()
    take(tmp_path / "second.zip", "json-zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    MediaFile.objects.all().delete()
    said = take(tmp_path / "third.zip", "json-zip")
    assert said[0] == "note: Left out of 1 question: pictures and sounds that this server does not have."


def test_bytes_that_are_not_what_a_package_names_them_stay_out(tmp_path: Path) -> None:
    name = name_of(png())
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(f"media/{name}", GIF)
        questions = [{"type": "true_false", "stem": f"See ![it](/media/{name})", "key": {"value": True}}]
        archive.writestr("questions.json", json.dumps({"parley": 1, "questions": questions}))
    assert bring(tmp_path / "a.zip") == "0 imported, 0 updated, 0 unchanged, 1 rejected of 1."
    assert not MediaFile.objects.exists()


def test_questions_of_a_sheet_can_be_edited_as_a_document(tmp_path: Path) -> None:
    bring(FILES / "choices.csv")
    take(tmp_path / "out.yaml", "yaml")
    text = (tmp_path / "out.yaml").read_text()
    (tmp_path / "out.yaml").write_text(text.replace("last in first out", "last in, first out"))
    assert bring(tmp_path / "out.yaml") == "0 imported, 1 updated, 3 unchanged, 0 rejected of 4."


def test_retired_questions_are_left_out_with_a_word(tmp_path: Path) -> None:
    bring(FILES / "capitals.json")
    question_banks.retire(Question.objects.all()[0])
    assert take(tmp_path / "out", "json") == ["1 retired left out.", f"1 written to {tmp_path / 'out'}."]


@pytest.mark.parametrize("format_", ["gift", "markdown", "moodle-xml", "qti-3.0"])
def test_only_what_is_in_the_file_is_counted(format_: str, tmp_path: Path) -> None:
    bring(SAMPLES / "standard.yaml")
    count, file = Question.objects.count(), tmp_path / "out"
    said = take(file, format_)[-1]
    found = int(bring(file, bank="Copy").split()[-1].rstrip("."))
    assert said == f"{f'{found} of {count}' if found < count else count} written to {file}."


@pytest.mark.parametrize("format_", ["gift", "markdown", "moodle-xml", "qti-2.2", "qti-3.0"])
def test_a_foreign_format_brings_back_no_titles_and_tags_of_its_own(format_: str, tmp_path: Path) -> None:
    bring(SAMPLES / "standard.yaml")
    Question.objects.update(title="")
    take(tmp_path / "out", format_)
    bring(tmp_path / "out", bank="Copy")
    copy = QuestionBank.objects.get(name="Copy")
    tags = set(Question.objects.filter(bank__name="Bank").values_list("tags__name", flat=True))
    assert set(copy.questions.values_list("title", flat=True)) == {""}
    assert set(copy.questions.values_list("tags__name", flat=True)) <= {*tags, None}


def test_an_unknown_bank_is_answered_with_those_there_are(tmp_path: Path) -> None:
    bring(FILES / "capitals.json")
    with pytest.raises(CommandError, match=r'There is no question bank "Bnak"\. There are: Bank\.'):
        take(tmp_path / "out", "json", bank="Bnak")


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    bring(FILES / "capitals.json")
    (tmp_path / "out").mkdir()
    with pytest.raises(CommandError, match="out cannot be written: Is a directory"):
        take(tmp_path / "out", "json")
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        take(tmp_path / "nowhere" / "out", "json")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_formats_that_can_be_written_are_offered(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'quiz'"):
        call_command("export_questions", "--bank", "Bank", "--format", "quiz", "--output", str(tmp_path / "out"))
