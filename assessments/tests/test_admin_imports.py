"""Importing on a page: upload, look, decide, import."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assessments.domain import import_reading, question_banks
from assessments.domain.reading import Limits, Reader
from assessments.enums import ImportOutcome, ImportStage
from assessments.formats.text import MAX_FILE_BYTES
from assessments.models import ImportFile, ImportPicture, MediaFile, Question, QuestionBank, QuestionImport
from assessments.templatetags.likeness import likeness
from assessments.tests.importing import (
    ADD,
    CHOICE,
    FACT,
    HOTSPOT,
    PICTURE,
    file,
    imported,
    outcomes,
    page,
    read,
    signed_in,
    upload,
)
from assessments.tests.making import make_bank, make_question

FRUIT = ("apple", "pear", "potato")
pytestmark = pytest.mark.django_db


# ---- Uploading ----


def test_the_form_offers_banks_formats_and_choices(author: Client) -> None:
    make_bank("Databases")
    text = author.get(reverse(ADD)).content.decode()
    for words in (
        "Databases",
        "A new bank",
        "Detect it",
        "Moodle XML",
        "multiple required",
        "Keep the bank&#x27;s, and",
    ):
        assert words in text


def test_reading_stores_nothing_in_any_bank(author: Client) -> None:
    row = read(author, file(FACT, CHOICE, HOTSPOT))
    assert (row.stage, row.total) == (ImportStage.READY, 3)
    assert outcomes(row) == [("questions[0]", "new"), ("questions[1]", "new"), ("questions[2]", "rejected")]
    assert not Question.objects.exists()
    assert not QuestionBank.objects.exists()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"new_bank": " "}, "Choose a bank, or name a new one."),
        ({"new_bank": "x" * 201}, "Ensure this value has at most 200 characters"),
        ({"format": "docx"}, "Select a valid choice."),
        ({"on_conflict": "burn"}, "Select a valid choice."),
        ({"bank": "9e107d9d-0000-4000-8000-000000000000", "new_bank": ""}, "Select a valid choice."),
    ],
)
def test_a_form_that_cannot_be_taken_says_why(author: Client, facts: dict[str, str], words: str) -> None:
    answer = upload(author, file(FACT), **facts)
    assert (answer.status_code, words in answer.content.decode()) == (200, True)
    assert not QuestionImport.objects.exists()


def test_a_bank_is_chosen_or_named_not_both(author: Client) -> None:
    answer = upload(author, file(FACT), bank=str(make_bank().pk))
    assert "Choose a bank or name a new one, not both." in answer.content.decode()


def test_one_empty_or_unreadable_file_does_not_keep_out_the_others(author: Client) -> None:
    empty, broken = SimpleUploadedFile("empty.gift", b""), SimpleUploadedFile("broken.json", b"{")
    row = read(author, empty, file(FACT, name="good.json"), broken)
    assert row.is_ready
    assert outcomes(row) == [("questions[0]", "new")]
    errors = dict(row.files.values_list("name", "error"))
    assert errors["empty.gift"] == "The file is empty."
    assert errors["broken.json"]
    assert not errors["good.json"]
    assert "The file is empty." in page(author, row)
    done = imported(author, row)
    assert (
        done.note
        == "1 imported, 0 updated, 0 unchanged, 0 rejected. 2 of 3 files could not be read, and nothing of them was stored."
    )


def test_no_file_and_an_empty_file_are_said(author: Client) -> None:
    assert "Choose at least one file." in upload(author).content.decode()
    assert "The file is empty. Nothing was kept" in upload(author, SimpleUploadedFile("a", b"")).content.decode()


def test_too_much_at_once_is_refused(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assessments.admin.import_forms.MAX_FILE_BYTES", 150)
    text = upload(author, file(FACT), file(FACT)).content.decode()
    assert "Together they have more than" in text
    monkeypatch.setattr("assessments.admin.import_forms.MAX_FILES", 1)
    assert "Those are 2 files, and up to 1 are taken" in upload(author, file(FACT), file(FACT)).content.decode()
    assert not ImportFile.objects.exists()


def test_whoever_may_not_make_banks_chooses_one() -> None:
    client = signed_in("add_question", "change_question")
    assert "You may not make banks." in upload(client, file(FACT)).content.decode()
    assert upload(client, file(FACT), bank=str(make_bank().pk), new_bank="").status_code == 302


# ---- What cannot be read ----


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7", "This is a PDF, which is not among the formats read"),
        (b"PK\x03\x04rest", "The ZIP archive is damaged: its list of files cannot be read."),
        (b"\x00\x01\x02", "Nothing was stored: the file cannot be read."),
        (b'{"parley": 1, "questions": []}', "Nothing was stored. No question was found in what you uploaded."),
        (b"{", "Nothing was stored: the file cannot be read."),
    ],
)
def test_a_file_without_questions_fails_and_says_why_once(author: Client, content: bytes, words: str) -> None:
    row = read(author, SimpleUploadedFile("a", content))
    assert (row.stage, page(author, row).count(words)) == (ImportStage.FAILED, 1)
    text = page(author, row)
    assert "hx-trigger" not in text
    assert "Import more" in text
    assert not ImportFile.objects.exclude(data=None).exists()


def test_a_broken_file_does_not_take_the_others_along(author: Client) -> None:
    row = imported(author, read(author, SimpleUploadedFile("broken.json", b"{"), file(FACT)))
    assert row.note == (
        "1 imported, 0 updated, 0 unchanged, 0 rejected. "
        "1 of 2 files could not be read, and nothing of them was stored."
    )
    assert Question.objects.get().identity == "F-1"


def test_a_reader_that_is_ended_is_a_sentence(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def hostile() -> Reader:
        return Reader(Limits(seconds=2), module="assessments.tests.hostile_reader")

    monkeypatch.setattr(import_reading, "Reader", hostile)
    row = read(author, SimpleUploadedFile("a.deed", b"die"))
    assert (row.stage, row.note) == (ImportStage.FAILED, "Nothing was stored: the file cannot be read.")
    assert "SIGKILL" in row.files.get().error


def test_the_format_can_be_given(author: Client) -> None:
    row = read(author, SimpleUploadedFile("a.txt", b"Is it?\nA) yes\nB) no\nANSWER: A\n"), format="aiken")
    assert row.files.get().format == "aiken"


def test_a_zip_is_taken_whole(author: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.gift", "::One:: Is it? {T}\n")
        archive.writestr("two.gift", "::Two:: Was it? {F}\n")
    row = read(author, SimpleUploadedFile("all.zip", packed.getvalue()))
    assert (row.stage, row.files.get().total) == (ImportStage.READY, 2)


# ---- Looking ----


def test_while_it_is_read_the_page_asks_for_itself(author: Client) -> None:
    url = upload(author, file(FACT)).url
    text = author.get(url).content.decode()
    assert 'hx-trigger="every 1s"' in text
    assert "Waiting for a worker" in text
    assert "Look again" in text
    headers = {"HX-Request": "true", "HX-Target": "import"}
    assert author.get(url, headers=headers).content.decode().strip().startswith('<div id="import"')
    import_reading.carry_out_reading(QuestionImport.objects.get().pk)
    assert author.get(url, headers=headers)["HX-Redirect"] == url


def test_questions_stand_there_as_candidates_see_them_with_their_key_for_staff(author: Client) -> None:
    text = page(author, read(author, file(CHOICE, FACT)))
    face, staff = text.split("</template>", 1)[0], text.split("</template>", 1)[1]
    for words in ("What slows writes?", ">Indexes</span>", "Choose one answer"):
        assert words in face
    assert "Key:</strong> Indexes" in staff
    assert "Each write updates them." not in face
    assert "Each write updates them." in staff


def test_what_each_answer_earns_and_what_is_said_of_it_stands_with_the_key(author: Client) -> None:
    fruit = {
        "id": "M-1",
        "type": "multiple_choice",
        "stem": "Pick fruit",
        "content": {"options": [{"id": id_, "text": text} for id_, text in zip("abc", FRUIT, strict=True)]},
        "key": {
            "options": ["a", "b"],
            "scoring": "weighted",
            "weights": {"a": 0.5, "b": 0.5, "c": -0.25},
            "feedback": {"c": "A *vegetable*"},
        },
    }
    row = read(author, file(fruit))
    rows = re.findall(
        r"<tr>\s*<td>(.*?)</td>\s*<td.*?>(.*?)</td>\s*<td>(.*?)</td>", page(author, row).split("key-parts")[1]
    )
    assert rows == [
        ("apple", "+50 %", "—"),
        ("pear", "+50 %", "—"),
        ("potato", "−25 %", "A <em>vegetable</em>"),
    ]
    assert "<li>By weight</li>" in page(author, row)


def test_a_column_in_which_nothing_would_stand_is_left_out(author: Client) -> None:
    told = FACT | {"key": {"value": True, "feedback": {"false": "Look again."}}}
    staff = page(author, read(author, file(told))).split("key-parts")[1]
    assert "<td>Look again.</td>" in staff
    assert "Of the points" not in staff


def test_points_and_tags_stand_apart_from_the_key(author: Client) -> None:
    staff = page(author, read(author, file(FACT | {"tags": ["graphs", "trees"]}))).split("</template>", 1)[1]
    assert "Key:</strong> True</p>" in staff
    assert "<li>1 point</li>" in staff
    assert "<li>Tags: graphs, trees</li>" in staff
    assert "key-parts" not in staff  # the key is all there is


SHOWING = {
    "id": "P-1",
    "type": "true_false",
    "stem": f'Red? <img src="data:image/png;base64,{PICTURE}" alt="">',
    "key": {"value": True},
}


def test_authors_are_asked_to_describe_pictures_before_and_after_an_import(author: Client) -> None:
    row = read(author, file(SHOWING, FACT))
    asked = "One picture or sound here has no description"
    assert "<strong>1</strong> Without a description of a picture or sound" in page(author, row)
    assert page(author, row).count(asked) == 1
    assert "Once it is imported, please" in page(author, row, show="undescribed")
    row = imported(author, row)
    question = Question.objects.get(identity="P-1")
    writing = reverse("admin:assessments_question_new_version", args=[question.pk])
    for text in (page(author, row, show="undescribed"), author.get(question.get_absolute_url()).content.decode()):
        assert asked in text
        assert f'<a href="{writing}">a new version</a>' in text
    assert asked in author.get(writing).content.decode()
    assert question.current_version
    described = question.current_version.stem.replace('alt=""', 'alt="A red square"')
    question_banks.create_version(question, type="true_false", stem=described, content={}, key={"value": True})
    for text in (page(author, row, show="undescribed"), author.get(question.get_absolute_url()).content.decode()):
        assert asked not in text


@pytest.mark.parametrize(
    ("similarity", "words"), [(1.0, "word for word the same"), (0.92, "92 % of the words are the same")]
)
def test_how_near_a_question_is_is_said_in_words(similarity: float, words: str) -> None:
    assert likeness(similarity) == words


def test_what_a_file_says_is_shown_as_text(author: Client) -> None:
    hostile = CHOICE | {
        "title": "<script>t()</script>",
        "stem": "x <img src=x onerror=s()>",
        "tags": ["<b onclick=g()>"],
    }
    rejected = HOTSPOT | {"stem": "<script>r()</script>"}
    row = read(author, file(hostile, rejected, name="<i>n.json"))
    for text in (page(author, row), page(author, row, show="rejected")):
        for attack in ("<script>t()", "<script>r()", "onerror=s", "<b onclick", "<i>n.json"):
            assert attack not in text


def test_rejected_questions_are_listed_with_file_place_and_reason(author: Client) -> None:
    text = page(author, read(author, file(HOTSPOT, FACT)), show="rejected")
    for words in (
        "a.json",
        "questions[0]",
        "Click the heart.",
        "Questions of the type &quot;hotspot&quot; are not supported",
    ):
        assert words in text


def test_many_questions_come_in_pages(author: Client) -> None:
    row = read(author, file(*[FACT | {"id": f"F-{n}", "stem": f"Is {n} it?"} for n in range(25)]))
    text = page(author, row, page=3)
    assert "Page 3 of 3" in text
    assert text.count("</article>") == 5


def test_nearly_the_same_questions_of_other_banks_are_linked(author: Client) -> None:
    stem = "Which lock does a writer take before it changes a row of the table {}?"
    other = make_question("true_false", stem=stem.format("orders"))
    text = page(author, read(author, file(FACT | {"stem": stem.format("orders now")})), show="near")
    assert other.get_absolute_url() in text
    assert f"in “{other.bank}”" in text


def test_pictures_are_shown_before_they_are_stored_and_stored_after(author: Client) -> None:
    moodle = f"""<quiz><question type="truefalse"><name><text>P</text></name><questiontext format="html">
        <text><![CDATA[<p>See <img src="@@PLUGINFILE@@/a.png" alt="dot"></p>]]></text>
        <file name="a.png" path="/" encoding="base64">{PICTURE}</file></questiontext>
        <answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question></quiz>"""
    row = read(author, SimpleUploadedFile("a.xml", moodle.encode()))
    picture = ImportPicture.objects.get()
    url = reverse("admin:assessments_questionimport_picture", args=[row.pk, picture.name])
    assert f'src="{url}"' in page(author, row)
    answer = author.get(url)
    assert (answer.content, answer["Content-Type"]) == (b64decode(PICTURE), "image/png")
    assert signed_in("view_question").get(url).status_code == 403
    imported(author, row)
    assert not ImportPicture.objects.exists()
    assert MediaFile.objects.get().name == picture.name
    assert author.get(url).content == b64decode(PICTURE)


# ---- The reports ----


def reports_around(author: Client, row: QuestionImport) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it reports before its questions are stored, and after."""
    url = reverse("admin:assessments_questionimport_json", args=[row.pk])
    before = author.get(url).json()
    imported(author, row)
    return before, author.get(url).json()


def test_reports_before_and_after_are_in_the_commands_shape(author: Client) -> None:
    before, after = reports_around(author, read(author, file(FACT, HOTSPOT)))
    assert before["files"] == after["files"]
    assert after["totals"] == {"total": 2, "imported": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert set(after["files"][0]) == {
        "path", "format", "total", "imported", "updated", "unchanged", "rejected", "warnings", "error"
    }  # fmt: skip


def test_what_two_files_of_an_upload_ask_alike_counts_as_unchanged_before_and_after(author: Client) -> None:
    row = read(author, file(FACT, CHOICE), file(FACT | {"tags": ["other"]}, name="b.json"))
    before, after = reports_around(author, row)
    assert before["files"] == after["files"]
    assert after["totals"] == {"total": 3, "imported": 2, "updated": 0, "unchanged": 1, "rejected": 0}
    assert after["files"][1]["warnings"][0].startswith("1 question comes otherwise filed in an earlier file")


def test_the_table_has_a_line_for_each_question_and_no_formula(author: Client) -> None:
    row = read(author, file(FACT | {"title": "=1+1"}, HOTSPOT))
    answer = author.get(reverse("admin:assessments_questionimport_csv", args=[row.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[1] == ["a.json", "questions[0]", "'=1+1", "New", "", "F-1"]
    assert rows[2][:4] == ["a.json", "questions[1]", "Click the heart.", ImportOutcome.REJECTED.label]
    assert answer["Content-Disposition"].startswith('attachment; filename="import-')


def test_the_table_leaves_nothing_out(author: Client) -> None:
    cloze: dict[str, object] = {
        "type": "cloze",
        "stem": "Fill in the blanks.",
        "content": {"text": "Paris is in {{x}}.", "gaps": [{"id": "x"}]},
        "key": {"gaps": {"x": {"accepted": [{"text": "France"}]}}},
    }
    broken = SimpleUploadedFile("broken.xml", b"<quiz><question>")
    latin = SimpleUploadedFile("latin.csv", "question,answer,colour\nWarum früh?,Darum,rot\n".encode("latin-1"))
    row = read(author, file(FACT, cloze), broken, latin)
    url = reverse("admin:assessments_questionimport_csv", args=[row.pk])

    def told() -> list[list[str]]:
        rows = list(csv.reader(io.StringIO(author.get(url).content.decode())))[1:]
        return [[*words[:4], words[4][:10]] for words in rows]

    def expected(outcome: str) -> list[list[str]]:
        return [
            ["a.json", "questions[0]", str(FACT["stem"]), outcome, ""],
            ["a.json", "questions[1]", "Fill in the blanks. Paris is in ….", outcome, ""],
            ["broken.xml", "", "", "Not read", "This is no"],
            ["latin.csv", "line 2", "Warum früh?", outcome, ""],
            ["latin.csv", "", "", "Note", "Not UTF-8 "],
            ["latin.csv", "", "", "Note", "Columns no"],
        ]

    assert told() == expected("New")
    imported(author, row)
    assert told() == expected("Imported")


# ---- Who may ----


def test_what_was_new_is_called_imported_once_it_is(author: Client) -> None:
    row = read(author, file(FACT))
    url = reverse("admin:assessments_questionimport_csv", args=[row.pk])
    told = [(",New," in author.get(url).content.decode(), "</strong> New</button>" in page(author, row))]
    imported(author, row)
    told.append((",Imported," in author.get(url).content.decode(), "</strong> Imported</a>" in page(author, row)))
    assert told == [(True, True), (True, True)]


def pages(row: QuestionImport) -> list[str]:
    names = ("change", "json", "csv")
    return [reverse(ADD), *(reverse(f"admin:assessments_questionimport_{name}", args=[row.pk]) for name in names)]


@pytest.mark.parametrize(
    "permissions", [(), ("add_question",), ("view_question", "change_question"), ("view_questionimport",)]
)
def test_staff_without_the_permissions_see_and_do_nothing(author: Client, permissions: tuple[str, ...]) -> None:
    row = read(author, file(FACT))
    client = signed_in(*permissions)
    assert [client.get(url).status_code for url in pages(row)] == [403] * 4
    assert upload(client, file(FACT)).status_code == 403
    assert client.post(row.get_absolute_url(), {"do": "import"}).status_code == 403
    row.refresh_from_db()
    assert row.stage == ImportStage.READY


def test_strangers_are_sent_to_sign_in(author: Client) -> None:
    row = read(author, file(FACT))
    for url in pages(row):
        assert Client().get(url)["Location"].startswith("/admin/login/")


def test_an_import_that_is_not_there_is_404(author: Client) -> None:
    assert author.get(reverse("admin:assessments_questionimport_change", args=["x"])).status_code == 404


def test_without_the_token_nothing_is_done(author: Client) -> None:
    row = read(author, file(FACT))
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=author.session["_auth_user_id"]))
    assert client.post(row.get_absolute_url(), {"do": "import"}).status_code == 403
    assert upload(client, file(FACT)).status_code == 403
    assert QuestionImport.objects.get().stage == ImportStage.READY


def test_what_the_page_takes_comes_through_nginx() -> None:
    """A file of the largest size, and the rest of the form it travels in."""
    configuration = (Path(settings.BASE_DIR) / "docker" / "nginx.conf").read_text()
    (megabytes,) = re.findall(r"location /admin/ \{[^}]*client_max_body_size (\d+)m;", configuration)
    assert MAX_FILE_BYTES < int(megabytes) * 1024 * 1024 < MAX_FILE_BYTES * 1.1
