"""What is decided about an import before it is stored, and after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.domain import (
    import_progress,
    import_reading,
    import_stages,
    import_storing,
    import_undoing,
    media,
    question_banks,
)
from assessments.enums import ImportStage
from assessments.models import ImportFile, ImportLine, Question, QuestionBank, QuestionImport
from assessments.tests.importing import (
    AUTHOR,
    CHOICE,
    FACT,
    HOTSPOT,
    file,
    imported,
    in_bank,
    other_words,
    outcomes,
    page,
    read,
    signed_in,
    stems,
    upload,
)
from assessments.tests.making import make_assessment, make_practice
from candidates.tests.making import make_attempt
from interview_project import batching

pytestmark = pytest.mark.django_db


def test_a_question_that_the_bank_has_otherwise_becomes_a_version_a_copy_or_nothing(author: Client) -> None:
    questions = [FACT | {"id": name, "stem": f"{name}?"} for name in ("A", "B", "C")]
    bank = in_bank(author, *questions)
    row = read(author, file(*map(other_words, questions)), bank=str(bank.pk), new_bank="")
    text = page(author, row)
    assert "3 questions are in the bank with another content" in text
    assert "Import 3 questions" in text
    one, two, _ = ImportLine.objects.filter(file__of=row)
    chosen = {f"choice-{one.pk}": "skip", f"choice-{two.pk}": "copy"}
    author.post(row.get_absolute_url(), {"do": "choose", "on_conflict": "version", **chosen})
    assert "Import 2 questions" in page(author, row)
    row = imported(author, row, **chosen)
    assert row.note == "1 imported, 1 updated, 1 unchanged, 0 rejected."
    assert stems() == {"A?", "B?", "B? Now.", "C? Now."}
    assert dict(outcomes(row)) == {"questions[0]": "left", "questions[1]": "copied", "questions[2]": "changed"}
    assert Question.objects.get(current_version__stem="B? Now.").get_absolute_url() in page(
        author, row, show="conflicts"
    )


def test_one_choice_for_all(author: Client) -> None:
    bank = in_bank(author, FACT, CHOICE)
    row = read(author, file(other_words(FACT), other_words(CHOICE)), bank=str(bank.pk), new_bank="", on_conflict="skip")
    assert "There is nothing to import" in page(author, row)
    row = imported(author, row, on_conflict="version")
    assert row.note == "0 imported, 2 updated, 0 unchanged, 0 rejected."


def test_choices_that_make_no_sense_change_nothing(author: Client) -> None:
    row = read(author, file(FACT))
    line = ImportLine.objects.get()
    for name, value in ((f"choice-{line.pk}", "burn"), ("choice-x", "copy"), ("choice-" + "9" * 40, "copy")):
        assert (
            author.post(row.get_absolute_url(), {"do": "choose", "on_conflict": "version", name: value}).status_code
            == 302
        )
    line.refresh_from_db()
    assert line.choice == ""


def test_importing_twice_at_once_imports_once(author: Client) -> None:
    row = read(author, file(FACT, CHOICE))
    for _ in range(2):
        assert author.post(row.get_absolute_url(), {"do": "import", "on_conflict": "version"}).status_code == 302
    for _ in range(2):
        import_storing.carry_out_storing(row.pk)
    row.refresh_from_db()
    assert (row.stage, row.note) == (ImportStage.DONE, "2 imported, 0 updated, 0 unchanged, 0 rejected.")
    assert Question.objects.count() == 2
    assert set(Question.objects.values_list("status", flat=True)) == {"draft"}


def test_the_same_file_again_changes_nothing(author: Client) -> None:
    bank = in_bank(author, FACT, CHOICE)
    row = read(author, file(FACT, CHOICE), bank=str(bank.pk), new_bank="")
    assert "There is nothing to import: the bank has all of it." in page(author, row)
    assert set(outcomes(row)) == {("questions[0]", "same"), ("questions[1]", "same")}


def test_a_worker_that_was_killed_is_followed_by_one_that_ends_it(
    author: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = read(author, file(FACT), file(CHOICE, name="b.json"))
    author.post(row.get_absolute_url(), {"do": "import", "on_conflict": "version"})
    original = import_storing._store
    calls: list[int] = []

    def killed(*args: Any) -> None:
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        original(*args)

    with monkeypatch.context() as patch:
        patch.setattr(import_storing, "_store", killed)
        with pytest.raises(KeyboardInterrupt):
            import_storing.carry_out_storing(row.pk)
    assert Question.objects.count() == 1
    import_storing.carry_out_storing(row.pk)
    row.refresh_from_db()
    assert (row.stage, row.note) == (ImportStage.DONE, "2 imported, 0 updated, 0 unchanged, 0 rejected.")


def test_reading_begins_again_after_a_worker_was_killed(author: Client) -> None:
    row = read(author, file(FACT, HOTSPOT))
    QuestionImport.objects.update(stage=ImportStage.READING)
    import_reading.carry_out_reading(row.pk)
    assert len(outcomes(row)) == 2


def test_cancelling_keeps_nothing(author: Client) -> None:
    row = read(author, file(FACT))
    for _ in range(2):
        author.post(row.get_absolute_url(), {"do": "cancel"})
    row.refresh_from_db()
    assert (row.stage, row.note) == (ImportStage.CANCELLED, "Cancelled. Nothing was stored.")
    assert not ImportLine.objects.exists()
    assert not ImportFile.objects.exclude(data=None).exists()
    answer = author.post(row.get_absolute_url(), {"do": "import", "on_conflict": "version"}, follow=True)
    import_storing.carry_out_storing(row.pk)
    assert (answer.status_code, Question.objects.count()) == (200, 0)


def test_an_import_that_is_done_cannot_be_cancelled(author: Client) -> None:
    row = imported(author, read(author, file(FACT)))
    answer = author.post(row.get_absolute_url(), {"do": "cancel"}, follow=True)
    assert "This import is past that: imported." in answer.content.decode()
    assert Question.objects.count() == 1


def test_what_was_cancelled_while_it_was_read_is_not_offered(author: Client) -> None:
    upload(author, file(FACT))
    row = QuestionImport.objects.get()
    author.post(row.get_absolute_url(), {"do": "cancel"})
    assert import_reading.carry_out_reading(row.pk) == 0
    row.refresh_from_db()
    assert (row.stage, ImportLine.objects.count()) == (ImportStage.CANCELLED, 0)


def test_what_nobody_decides_about_is_cancelled_and_old_lines_go(author: Client) -> None:
    waiting, done = read(author, file(FACT)), imported(author, read(author, file(CHOICE)))
    assert import_stages.clear_up() == 0
    QuestionImport.objects.filter(pk=waiting.pk).update(requested_at=timezone.now() - timedelta(hours=25))
    QuestionImport.objects.filter(pk=done.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert import_stages.clear_up() == 2
    waiting.refresh_from_db()
    assert waiting.stage == ImportStage.CANCELLED
    assert not ImportLine.objects.exists()
    assert done.files.get().report["imported"] == 1


def test_a_conflict_shows_both_with_their_keys_and_what_differs(author: Client) -> None:
    bank = in_bank(author, CHOICE)
    row = read(author, file(other_words(CHOICE) | {"key": {"option": "a"}}), bank=str(bank.pk), new_bank="")
    text = page(author, row)
    ours, theirs = text.split("In the bank, version 1</h3>")[1].split("In the file</h3>")
    assert ("What slows writes? Now." in ours, "Key:</strong> Indexes" in ours) == (False, True)
    assert ("What slows writes? Now." in theirs, "Key:</strong> Locks" in theirs) == (True, True)
    assert "What differs: the text, the key." in text
    imported(author, row)
    assert "In the bank, version 1" not in page(author, row)


# ---- Leaving out ----


def left_out(row: QuestionImport) -> list[bool]:
    return list(ImportLine.objects.filter(file__of=row).values_list("is_left_out", flat=True))


def test_what_is_left_out_does_not_come_in(author: Client) -> None:
    row = read(author, file(FACT, CHOICE, HOTSPOT))
    fact, choice, hotspot = ImportLine.objects.filter(file__of=row)
    shown = {"do": "choose", "on_conflict": "version", "line": [fact.pk, choice.pk, hotspot.pk]}
    author.post(row.get_absolute_url(), {**shown, "leave": [fact.pk, choice.pk, hotspot.pk]})
    assert left_out(row) == [True, True, False]
    author.post(row.get_absolute_url(), {**shown, "leave": [fact.pk]})
    text = page(author, row)
    assert ("Import 1 question" in text, "1 is left out." in text, text.count("checked> Leave")) == (True, True, 1)
    told = author.get(reverse("admin:assessments_questionimport_csv", args=[row.pk])).content.decode()
    assert [line.split(",")[3] for line in told.splitlines()[1:]] == ["Left out", "New", "Rejected"]
    row = imported(author, row)
    assert row.note == "1 imported, 0 updated, 1 unchanged, 1 rejected."
    assert stems() == {CHOICE["stem"]}
    assert [outcome for _, outcome in outcomes(row)] == ["omitted", "new", "rejected"]
    assert "1 question was left out, as was asked." in page(author, row, show="omitted")


def test_a_whole_list_is_left_out_and_taken_again(author: Client) -> None:
    questions = [FACT | {"id": f"F-{n}", "stem": f"Is {n} it?"} for n in range(12)]
    row = read(author, file(*questions))
    url = f"{row.get_absolute_url()}?show=new&page=2"
    answer = author.post(url, {"do": "leave-list", "on_conflict": "version"})
    assert (answer["Location"], all(left_out(row))) == (url, True)
    assert "There is nothing to import" not in page(author, row)
    author.post(url, {"do": "take-list", "on_conflict": "version"})
    assert not any(left_out(row))


def test_turning_the_page_keeps_what_was_chosen_on_it(author: Client) -> None:
    row = read(author, file(*[FACT | {"id": f"F-{n}", "stem": f"Is {n} it?"} for n in range(12)], HOTSPOT))
    url = row.get_absolute_url()
    text = page(author, row)
    for address in (f"{url}?show=new&amp;page=2", f"{url}?show=rejected"):
        assert f'name="do" value="choose" formaction="{address}"' in text
    first = ImportLine.objects.filter(file__of=row).first()
    assert first is not None
    posted = {"do": "choose", "on_conflict": "version", "line": first.pk, "leave": first.pk}
    assert author.post(f"{url}?show=new&page=2", posted)["Location"] == f"{url}?show=new&page=2"
    assert left_out(row) == [True, *[False] * 12]
    assert '<a class="button" href="?show=new&amp;page=2">Next</a>' in page(author, imported(author, row))


def test_nothing_is_left_out_of_what_is_stored(author: Client) -> None:
    row = imported(author, read(author, file(FACT)))
    line = ImportLine.objects.get()
    answer = author.post(
        row.get_absolute_url(), {"do": "choose", "on_conflict": "version", "line": line.pk, "leave": line.pk}
    )
    assert (answer.status_code, left_out(row)) == (302, [False])


# ---- While it is stored, and after ----


def test_how_far_a_large_file_is_shows_while_it_is_stored(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    row = read(author, file(*[FACT | {"id": f"F-{n}", "stem": f"Is {n} it?"} for n in range(5)]))
    author.post(row.get_absolute_url(), {"do": "import", "on_conflict": "version"})
    seen: list[str] = []
    original = media.store

    def watched(*args: Any) -> None:
        seen.append(page(author, row))
        original(*args)

    monkeypatch.setattr(batching, "BATCH", 2)
    monkeypatch.setattr(media, "store", watched)
    import_storing.carry_out_storing(row.pk)
    assert [f"{done} of 5 questions." in text for done, text in zip((0, 2, 4), seen, strict=True)] == [True] * 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("each_cache")
def test_others_see_how_far_a_file_is_before_its_transaction_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    author = signed_in(*AUTHOR)
    row = read(author, file(*[FACT | {"id": f"F-{n}", "stem": f"Is {n} it?"} for n in range(5)]))
    author.post(row.get_absolute_url(), {"do": "import", "on_conflict": "version"})
    seen: list[int] = []
    original = media.store

    def looked_at_elsewhere() -> int:
        try:
            return import_progress.done_of(QuestionImport.objects.get(pk=row.pk))
        finally:
            connection.close()

    def watched(*args: Any) -> None:
        with ThreadPoolExecutor(1) as thread:
            seen.append(thread.submit(looked_at_elsewhere).result())
        original(*args)

    monkeypatch.setattr(batching, "BATCH", 2)
    monkeypatch.setattr(media, "store", watched)
    import_storing.carry_out_storing(row.pk)
    assert seen == [0, 2, 4]
    assert Question.objects.count() == 5


def test_what_came_in_is_approved_at_once(author: Client) -> None:
    row = imported(author, read(author, file(FACT, CHOICE)))
    assert "Approve 2 drafts" in page(author, row)
    author.post(row.get_absolute_url(), {"do": "approve"})
    assert set(Question.objects.values_list("status", flat=True)) == {"approved"}
    assert "Approve 2 drafts" not in page(author, row)


def taken_back(client: Client, row: QuestionImport) -> QuestionImport:
    client.post(row.get_absolute_url(), {"do": "undo"})
    assert "Taking it back" in page(client, row)
    import_undoing.carry_out_undoing(row.pk)
    row.refresh_from_db()
    return row


def test_an_import_is_taken_back(author: Client) -> None:
    row = taken_back(author, imported(author, read(author, file(FACT, CHOICE))))
    assert (row.stage, row.note) == (ImportStage.UNDONE, "2 of 2.")
    assert not Question.objects.exists()
    assert "</strong> Taken back</a>" in page(author, row)
    author.post(row.get_absolute_url(), {"do": "undo"})
    row.refresh_from_db()
    assert row.stage == ImportStage.UNDONE  # there is nothing left to take


def test_a_new_version_is_taken_back_to_the_one_before(author: Client) -> None:
    bank = in_bank(author, FACT, CHOICE)
    Question.objects.update(status="approved")
    row = imported(author, read(author, file(other_words(FACT), CHOICE), bank=str(bank.pk), new_bank=""))
    assert stems() == {f"{FACT['stem']} Now.", CHOICE["stem"]}
    assert str(Question.objects.get(identity=FACT["id"])) == "Is a tree a graph? Now."
    taken_back(author, row)
    assert stems() == {FACT["stem"], CHOICE["stem"]}
    assert str(Question.objects.get(identity=FACT["id"])) == "Is a tree a graph?"
    assert set(Question.objects.values_list("status", flat=True)) == {"approved"}


TOLD = {"title": "Growing", "tags": ["graphs", "old"], "difficulty": "easy"}
RETOLD = {"title": "Trees", "tags": ["graphs", "new"], "difficulty": "hard"}


def facts(question: Question) -> tuple[str, list[str], str]:
    return question.title, sorted(tag.name for tag in question.tags.all()), question.difficulty


@pytest.mark.parametrize("stem", [FACT["stem"], "Is it a graph?"])
def test_titles_and_tags_become_what_they_were(author: Client, stem: str) -> None:
    bank = in_bank(author, FACT | TOLD)
    provenance = Question.objects.get().provenance
    row = imported(author, read(author, file(FACT | RETOLD | {"stem": stem}), bank=str(bank.pk), new_bank=""))
    assert facts(Question.objects.get()) == ("Trees", ["graphs", "new"], "hard")
    assert taken_back(author, row).note == "1 of 1."
    question = Question.objects.get()
    assert (*facts(question), question.provenance) == ("Growing", ["graphs", "old"], "easy", provenance)
    assert stems() == {FACT["stem"]}


def test_titles_and_tags_that_were_changed_since_stay(author: Client) -> None:
    bank = in_bank(author, FACT | TOLD, CHOICE)
    again = file(FACT | {"title": "Trees"}, CHOICE | {"title": "Slow", "difficulty": "hard"})
    row = imported(author, read(author, again, bank=str(bank.pk), new_bank=""))
    Question.objects.filter(identity="F-1").update(title="Woods")
    Question.objects.filter(identity="C-1").update(title="Slower")
    assert taken_back(author, row).note == "1 of 2. 1 stays, each with its reason."
    assert "It was changed since, so it stays." in page(author, row, show="kept")
    assert {(one.title, one.difficulty) for one in Question.objects.all()} == {
        ("Woods", "easy"),
        ("Slower", ""),
    }


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_name_is_given_back_unless_another_question_has_it_by_now(author: Client, is_taken: bool) -> None:
    nameless = {name: value for name, value in FACT.items() if name != "id"} | {"title": "Trees"}
    bank = in_bank(author, nameless)
    before = Question.objects.get().identity
    row = imported(author, read(author, file(other_words(nameless)), bank=str(bank.pk), new_bank=""))
    after = Question.objects.get().identity
    if is_taken:
        Question.objects.create(bank=bank, identity=before)
    assert taken_back(author, row).note == "1 of 1."
    reworded = Question.objects.get(current_version__isnull=False)
    assert (before != after, reworded.identity, stems() - {None}) == (
        True,
        after if is_taken else before,
        {FACT["stem"]},
    )


def test_as_many_statements_take_back_many_as_few(author: Client) -> None:
    statements = []
    for count in (1, 4):
        ids = [f"{count}-{number}" for number in range(count)]
        told, retold = (
            [FACT | facts | {"id": one, "stem": f"Is {one} it?"} for one in ids] for facts in (TOLD, RETOLD)
        )
        imported(author, read(author, file(*told), new_bank=f"Of {count}"))
        bank = QuestionBank.objects.get(name=f"Of {count}")
        row = imported(author, read(author, file(*retold), bank=str(bank.pk), new_bank=""))
        author.post(row.get_absolute_url(), {"do": "undo"})
        with CaptureQueriesContext(connection) as asked:
            import_undoing.carry_out_undoing(row.pk)
        statements.append(len(asked))
        assert [facts(question) for question in bank.questions.all()] == [
            ("Growing", ["graphs", "old"], "easy")
        ] * count
    assert statements[0] == statements[1]


def test_what_is_approved_edited_or_in_use_stays_and_says_why(author: Client) -> None:
    row = imported(author, read(author, file(*[FACT | {"id": name, "stem": f"{name}?"} for name in "ABCDE"])))
    approved, edited, drawn, asked, _ = Question.objects.order_by("identity")
    question_banks.approve(approved)
    question_banks.create_version(edited, type="true_false", stem="B!", content={}, key={"value": True})
    for used in (drawn, asked):
        question_banks.approve(used)
    make_practice(drawn)
    make_attempt(make_assessment(asked))
    for used in (drawn, asked):
        question_banks.return_to_draft(used)
    taken_back(author, row)
    assert row.note == "1 of 5. 4 stay, each with its reason."
    assert {question.identity for question in Question.objects.all()} == {"A", "B", "C", "D"}
    text = page(author, row, show="kept")
    for reason in (
        "It is approved, so it stays. Take it back to draft first.",
        "It was changed since, so it stays.",
        "It is in use (draws), so it stays.",
        "It is in use (attempt questions), so it stays.",
    ):
        assert reason in text


def test_once_nothing_is_in_the_way_the_rest_is_taken_back(author: Client) -> None:
    row = imported(author, read(author, file(FACT, CHOICE)))
    question_banks.approve(Question.objects.get(identity="F-1"))
    taken_back(author, row)
    assert stems() == {FACT["stem"]}
    question_banks.return_to_draft(Question.objects.get())
    taken_back(author, row)
    assert (Question.objects.count(), row.note) == (0, "2 of 2.")
