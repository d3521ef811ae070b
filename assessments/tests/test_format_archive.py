from __future__ import annotations

import gzip
import io
import stat
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from assessments import formats
from assessments.domain.markup import render
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import FileUnreadable, Parsed, Rejection
from assessments.formats.detect import detect
from assessments.formats.media import name_of
from assessments.tests.pictures import png

archive = formats.get("zip")
PNG = png()
CHOICE = """<choiceInteraction responseIdentifier="R"><prompt>Which?</prompt><simpleChoice identifier="A">a</simpleChoice>
    <simpleChoice identifier="B">b</simpleChoice></choiceInteraction>"""
KEY = """<responseDeclaration identifier="R" cardinality="single" baseType="identifier"><correctResponse><value>A</value>
    </correctResponse></responseDeclaration>"""
MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'


def item(name: str, before: str = "", more: str = "") -> str:
    start = f'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="{name}" title="{name}">'
    return f"{start}{more}{KEY}<itemBody>{before}{CHOICE}</itemBody>{MATCH}</assessmentItem>"


def zipped(members: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as written:
        for path, data in members.items():
            written.writestr(path, data)
    return out.getvalue()


def manifest(*hrefs: str) -> str:
    files = "".join(f'<resource href="{href}"><file href="{href}"/></resource>' for href in hrefs)
    return f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{files}</resources></manifest>'


TEXTS = {
    "aiken": "Which?\nA) one\nB) two\nANSWER: B\n",
    "gift": "$CATEGORY: Ports\n\n::HTTPS::Which port? {=443 ~80}\n",
    "text2qti": "Quiz title: Ports\n\n1. Which port?\n*a) 443\nb) 80\n",
    "markdown": "# Ports\n\n## 1. Which port?\n\n- [x] 443\n- [ ] 80\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_stored_without_packing_does_not_speak_for_the_archive(text: str):
    data = zipped({"quiz.txt": text}, zipfile.ZIP_STORED)
    chosen = detect(data, "x.zip")
    assert (chosen.name, len(chosen.read(data).questions)) == ("zip", 1)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_an_archive_is_refused_for_what_it_is_whatever_is_stored_in_it(text: str):
    leading_out = zipped({"../quiz.txt": text}, zipfile.ZIP_STORED)
    within = zipped({"inner.zip": zipped({"quiz.txt": text}, zipfile.ZIP_STORED), "b.gz": gzip.compress(leading_out)})
    with pytest.raises(FileUnreadable, match="leads out of the archive"):
        detect(leading_out, "x.zip").read(leading_out)
    with pytest.raises(FileUnreadable, match="an archive within the archive"):
        detect(within, "x.zip").read(within)


def test_each_item_is_read_with_the_pictures_beside_it():
    picture = '<p><img src="../media/a%20b.png" alt="a plan"/></p>'
    data = zipped(
        {
            "imsmanifest.xml": manifest("items/1.xml"),
            "items/1.xml": item("one", picture),
            "media/a b.png": PNG,
            "x.css": "a{}",
        }
    )
    assert detect(data, "q.imscc").name == "zip"
    parsed = archive.read(data)
    assert [(one.where, one.identity) for one in parsed.questions] == [("items/1.xml", "one")]
    name = name_of(PNG)
    assert f'<img src="/media/{name}" alt="a plan">' in render(parsed.questions[0].stem)
    assert parsed.questions[0].media == {name: PNG}
    assert (parsed.rejected, parsed.warnings) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "web_resources/Uploaded Media/red.png",
        "Uploaded Media/red.png",
        "export/web_resources/Uploaded Media/red.png",
        "export/Uploaded Media/red.png",
    ],
)
def test_a_picture_of_common_cartridge_is_found_wherever_programs_put_it(path: str):
    folder = "export/" if path.startswith("export") else ""
    picture = '<p><img src="%24IMS-CC-FILEBASE%24/Uploaded%20Media/red.png?canvas_=1" alt="red"/></p>'
    data = zipped(
        {f"{folder}imsmanifest.xml": manifest("g1/1.xml"), f"{folder}g1/1.xml": item("one", picture), path: PNG}
    )
    parsed = archive.read(data)
    assert not parsed.rejected
    assert f'<img src="/media/{name_of(PNG)}" alt="red">' in parsed.questions[0].stem


def test_an_address_of_common_cartridge_leads_nowhere_outside():
    picture = '<p><img src="$IMS-CC-FILEBASE$/../../../a.png" alt="red"/></p>'
    parsed = archive.read(zipped({"imsmanifest.xml": manifest("g/1.xml"), "g/1.xml": item("one", picture)}))
    assert [one.reason for one in parsed.rejected] == ["It shows a.png, which is missing: the file does not hold it."]


def test_a_text_that_items_share_stands_before_each():
    stimulus = (
        "<qti-assessment-stimulus><qti-stimulus-body><p>Read me.</p></qti-stimulus-body></qti-assessment-stimulus>"
    )
    reference = '<assessmentStimulusRef identifier="s" href="shared/s.xml"/>'
    parsed = archive.read(zipped({"1.xml": item("one", more=reference), "shared/s.xml": stimulus}))
    assert [one.stem for one in parsed.questions] == ["Read me.\n\nWhich?"]


def test_one_broken_item_does_not_cost_the_others():
    parsed = archive.read(zipped({"1.xml": item("one"), "2.xml": item("two")[:-30], "3.xml": item("three")}))
    assert ([one.identity for one in parsed.questions], parsed.total) == (["one", "three"], 3)
    assert [(one.where, "well-formed" in one.reason) for one in parsed.rejected] == [("2.xml", True)]
    assert parsed.warnings == []


def test_what_a_manifest_calls_an_item_is_rejected_as_one_where_it_is_broken():
    resources = "".join(
        f'<resource type="imsqti_item_xmlv2p1" href="items/{name}.xml"><metadata><lom><general><title><string>{name}'
        f'</string></title></general></lom></metadata><file href="items/{name}.xml"/></resource>'
        for name in ("good", "empty", "page", "picture")
    )
    members: dict[str, bytes | str] = {
        "imsmanifest.xml": f"<manifest><resources>{resources}</resources></manifest>",
        "items/good.xml": item("one"),
        "items/empty.xml": "",
        "items/page.xml": "<html/>",
        "items/picture.xml": PNG,
    }
    parsed = archive.read(zipped(members))
    assert ([one.where for one in parsed.questions], parsed.total) == (["items/good.xml"], 4)
    reason = "The manifest calls this an item, and it is none."
    assert parsed.rejected == [Rejection(f"items/{name}.xml", name, reason) for name in ("empty", "page", "picture")]


def test_items_made_from_copies_are_told_apart_by_their_texts():
    """Authors copy a file, change what it asks and leave its identifier: each is a question of its own."""
    members = {"1.xml": item("choice"), "2.xml": item("choice", "<p>Twice?</p>"), "3.xml": item("choice")}
    parsed = formats.get("zip").read(zipped(members))
    assert [one.identity for one in parsed.questions] == ["choice", "", "choice"]  # the third asks what the first asks
    assert [one for one in parsed.warnings if "goes by its text" in one] == [
        "2.xml (choice): Its id “choice” is that of 1.xml, so it goes by its text."
    ]


def test_what_the_manifest_names_and_the_package_does_not_hold_is_said():
    parsed = archive.read(zipped({"imsmanifest.xml": manifest("1.xml", "gone.xml"), "1.xml": item("one")}))
    assert parsed.warnings == ["The manifest names files that are not in the package: gone.xml."]


def quiz(count: int) -> str:
    question = """<item ident="i{n}" title="T{n}"><presentation><material><mattext>What {n}?</mattext></material>
        <response_str ident="r"><render_fib/></response_str></presentation></item>"""
    inside = "".join(question.replace("{n}", str(number)) for number in range(count))
    return f'<questestinterop><assessment ident="quiz" title="Q"><section>{inside}</section></assessment></questestinterop>'


def test_a_quiz_that_canvas_exports_twice_is_read_once():
    parsed = archive.read(zipped({"a/assessment_qti.xml": quiz(1), "non_cc_assessments/a.xml.qti": quiz(3)}))
    assert [one.identity for one in parsed.questions] == ["i0", "i1", "i2"]


def test_files_of_other_formats_in_an_archive_are_read_too():
    parsed = archive.read(
        zipped({"a.gift": "::T::So? {T}\n", "sub/b.txt": "Q?\nA) x\nB) y\nANSWER: A\n", "notes.txt": "Hello."})
    )
    assert [(one.where, one.type) for one in parsed.questions] == [
        ("a.gift, line 1", "true_false"),
        ("sub/b.txt, line 1", "single_choice"),
    ]


def test_a_member_is_known_like_a_file_in_a_folder():
    parsed = archive.read(
        zipped(
            {
                "js/README.md": "## Shells\n\n#### Q1. Which?\n\n- [ ] ls\n- [x] cat\n",
                "todo/maths.json": '[{"question": "2 + 2?", "options": ["3", "4"], "answer": "4"}]',
                "quizzes/questions.yaml": "- question: Is it?\n  options: [no, maybe]\n  answer: maybe\n",
                "no ending": "::T::So? {T}\n",
            }
        )
    )
    assert [(one.where.partition(",")[0], one.type) for one in parsed.questions] == [
        ("js/README.md", "single_choice"),
        ("todo/maths.json", "single_choice"),
        ("quizzes/questions.yaml", "single_choice"),
        ("no ending", "true_false"),
    ]
    assert (parsed.rejected, parsed.warnings) == ([], [])


def test_a_table_and_a_packed_file_in_an_archive_are_read():
    packed = gzip.compress(b"::T::So? {T}\n")
    within = gzip.compress(zipped({"1": "x"}))
    parsed = archive.read(zipped({"a.xlsx": workbook(), "b.gift.gz": packed, "c.gz": within}))
    assert {one.where.partition(",")[0] for one in parsed.questions} == {"a.xlsx", "b.gift.gz"}
    assert parsed.warnings == ["c.gz is an archive within the archive, and is not opened."]


def workbook() -> bytes:
    out, book = io.BytesIO(), Workbook()
    sheet = book.create_sheet("Asked", 0)
    sheet.append(["Question", "Answer"])
    sheet.append(["What is it?", "That"])
    book.save(out)
    return out.getvalue()


def test_what_is_not_read_is_named_with_its_reason():
    parsed = archive.read(
        zipped(
            {
                "a.gift": "::T::So? {T}\n",
                "broken.json": "{",
                "empty.csv": "",
                "letter.xml": "<letter>Dear all</letter>",
                "notes.txt": "Hello.",
                "deck.apkg": b"x",
                "LICENCE": "Do what you like.",
                "inner.zip": zipped({"1.xml": item("one")}),
            }
        )
    )
    assert len(parsed.questions) == 1
    said = " ".join(parsed.warnings)
    assert [
        name for name in ("broken.json", "empty.csv", "letter.xml", "notes.txt", "inner.zip") if name not in said
    ] == []
    assert "Not opened, being of other kinds: deck.apkg, LICENCE." in parsed.warnings
    assert "empty.csv is not read: it is empty." in parsed.warnings


def test_a_picture_that_a_question_shows_was_not_left_out():
    parsed = archive.read(
        zipped({"1.xml": item("one", '<p><img src="a.png" alt="x"/></p>'), "a.png": PNG, "b.png": PNG})
    )
    assert parsed.warnings == ["Not opened, being of other kinds: b.png."]


def test_what_belongs_to_a_package_stays_with_it():
    """What its manifest names, and what it is made of, is nobody's list of questions."""
    meta = '{"question": "x", "answer": "y"}'
    members = {
        "p/imsmanifest.xml": manifest("1.xml", "settings.json"),
        "p/1.xml": item("one"),
        "p/settings.json": meta,
        "p/meta/assessment_meta.xml": "<quiz_settings><title>x</title></quiz_settings>",
        "p/x.css": "a{}",
        "p/more.json": '[{"question": "2 + 2?", "options": ["3", "4"], "answer": "4"}]',
    }
    parsed = archive.read(zipped(members))
    assert [one.where.partition(",")[0] for one in parsed.questions] == ["p/1.xml", "p/more.json"]
    assert parsed.warnings == []


def test_an_archive_without_question_files_says_what_it_holds():
    with pytest.raises(FileUnreadable, match=r"No question can be read\. Not opened, being of other kinds: a\.png\."):
        archive.read(zipped({"a.png": PNG}))


def test_rows_of_two_tables_do_not_share_their_numbers():
    table = "id,question,answer\n1,{0}?,x\n"
    parsed = archive.read(zipped({"a.csv": table.format("One"), "b.csv": table.format("Two")}))
    assert [one.number for one in parsed.questions] == ["a.csv: 1", "b.csv: 1"]


def test_a_package_written_here_is_read_here_however_many_questions_it_has():
    questions = archive.read(zipped({f"{number}.xml": item(f"n{number}") for number in range(600)})).questions
    writer = formats.get("qti-3.0")
    assert writer.omissions(questions) == []
    assert len(archive.read(writer.write(questions)).questions) == 600


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        info = zipfile.ZipInfo("1.xml")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        written.writestr(info, "/etc/passwd")
    return out.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {  # made when it is their turn: some are large
    "a path upwards": lambda: zipped({"../../etc/x.xml": item("one")}),
    "an absolute path": lambda: zipped({"/etc/x.xml": item("one")}),
    "a Windows path": lambda: zipped({"C:\\x.xml": item("one")}),
    "a link": linked,
    "a bomb": lambda: zipped({"1.xml": b" " * 40_000_000}),
    "many files": lambda: zipped({f"{number}.xml": "" for number in range(20_001)}, zipfile.ZIP_STORED),
    "cut off": lambda: zipped({"1.xml": item("one")})[:-40],
    "nothing but a broken item": lambda: zipped({"1.xml": "<assessmentItem>"}),
    "an archive within": lambda: zipped({"1.xml": zipped({"1.xml": item("one")})}),
    "entities": lambda: zipped(
        {"1.xml": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{item("one", "&x;")}'}
    ),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_archive_that_is_an_attack_or_broken_is_refused_at_once(make):
    data = make()
    started = time.process_time()
    with pytest.raises(FileUnreadable) as caught:
        archive.read(data)
    assert str(caught.value).endswith(".")
    assert time.process_time() - started < 1


def test_a_member_that_leads_outside_is_not_found_from_a_text():
    parsed = archive.read(zipped({"1.xml": item("one", '<p><img src="../../../etc/passwd" alt="x"/></p>')}))
    assert [one.reason for one in parsed.rejected] == ["It shows passwd, which is missing: the file does not hold it."]


# ---- Damaged files of all formats read here ----


QUIZ_XML = b"""<?xml version="1.0"?><quiz><question type="multichoice"><name><text>N</text></name>
<questiontext format="html"><text><![CDATA[<p>What {1:SA:=x~%50%y} [[1]] <table><tr><td>1</td></tr></table></p>]]></text>
<file name="a.png" encoding="base64">iVBO</file></questiontext><defaultgrade>1.0</defaultgrade><single>true</single>
<answer fraction="100" format="html"><text>a</text><feedback><text>f</text></feedback><tolerance>0.1</tolerance></answer>
<answer fraction="-50"><text>b</text></answer><subquestion><text>p</text><answer><text>c</text></answer></subquestion>
</question></quiz>"""
GIFT = b"// [id:a] [tag:b]\n$CATEGORY: x/y\n\n::T::[html]So {=a#f ~%-50%b} it.{T}\n\nN? {#1:2 =%50%3..4#f}\n\n"
GIFT += b"M {=a -> b =c -> d####g}\n"
SEEDS = {
    "gift": [GIFT],
    "aiken": [b"What?\nA) a\nB) b\nANSWER: A\n"],
    "moodle-xml": [
        QUIZ_XML,
        *(
            QUIZ_XML.replace(b'"multichoice"', f'"{kind}"'.encode())
            for kind in ("cloze", "numerical", "matching", "gapselect", "ordering")
        ),
    ],
    "qti": [item("one", "<p>x</p>").encode(), quiz(2).encode()],
    "zip": [zipped({"1.xml": item("one"), "imsmanifest.xml": manifest("1.xml"), "q.xml": quiz(1)}, zipfile.ZIP_STORED)],
}
PIECES = [
    b"<",
    b">",
    b"&",
    b"</",
    b"{",
    b"}",
    b"~",
    b"=",
    b"\\",
    b"\x00",
    b"\xff",
    b"-1",
    b"1e999",
    b"%",
    b"#",
    b"::",
    b"<math><mi>",
    b"[[",
]
PIECES += [
    b"multiple",
    b"matchInteraction",
    b"NaN",
    b"]]>",
    b"<![CDATA[",
    b'"',
    b"\n\n",
    b"9" * 400,
    b"<p>" * 300,
    b"{{1}}",
    b"$",
]
PIECES += [
    b"directedPair",
    b"ordered",
    b"<gap identifier='G'/>",
    b"rcardinality='Ordered'",
    b"<setOutcomeValue/>",
    b"PK\x03\x04",
]
EDITS = st.lists(
    st.tuples(st.integers(0, 5_000), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=6)),
    min_size=1,
    max_size=6,
)


@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 9), EDITS)
@settings(max_examples=600, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_read_or_refused(name: str, seed: int, edits: list[tuple[int, int, bytes]]) -> None:
    data = SEEDS[name][seed % len(SEEDS[name])]
    for place, length, piece in edits:
        start = place % (len(data) + 1)
        data = data[:start] + piece + data[start + length :]
    one = formats.get(name)
    assert 0 <= one.recognises(data, "file") <= 100
    with suppress(FileUnreadable):
        require_sensible(one.read(data))


def require_sensible(parsed: Parsed) -> None:
    assert all(len(rejected.reason) < 500 for rejected in parsed.rejected)
    assert all(isinstance(check_question(question), CheckedQuestion | Rejection) for question in parsed.questions)


M = 300_000
LARGE = {
    "open tags": b"::T::[html]" + b"<b>" * (M // 3) + b"{T}",
    "closed tags": b"::T::[html]" + b"</b>" * (M // 4) + b"{T}",
    "angle brackets": b"::T::[html]" + b"<" * M + b"{T}",
    "attributes": b"::T::[html]<a " + b"a=1 " * (M // 4) + b"{T}",
    "comments": b"::T::[html]" + b"<!--" * (M // 4) + b"{T}",
    "open starts": b"::T::[html]" + b"<a " * (M // 3) + b"{T}",
    "open values": b"::T::[html]" + b'<a b\\="' * (M // 8) + b">{T}",
    "instructions": b"::T::[html]" + b"<?" * (M // 2) + b"{T}",
    "declarations": b"::T::[html]" + b"<![" * (M // 3) + b"{T}",
    "entities": b"::T::[html]" + b"&amp" * (M // 4) + b"{T}",
    "dollars": b"::T::" + b"$a " * (M // 3) + b"{T}",
    "stars": b"::T::" + b"*_" * (M // 2) + b"{T}",
    "braces": b"::T::" + b"{" * M,
    "answers": b"::T::x{" + b"~" * M + b"}",
    "open blocks": b"a{\n\n" * (M // 4),
    "blanks": b"::T::x{=" + b"a* " * (M // 3) + b"}",
    "titles": b"::" * (M // 2),
    "many blanks": b"::T::" + b"{1:SA:=a}" * (M // 9),
    "lists": b"::T::[html]" + b"<ul><li>" * (M // 8) + b"{T}",
    "tables": b"::T::[html]" + b"<table><tr><td>" * (M // 15) + b"{T}",
}


@pytest.mark.parametrize("data", LARGE.values(), ids=LARGE.keys())
def test_a_large_hostile_text_costs_seconds(data):
    started = time.process_time()
    with suppress(FileUnreadable):
        parsed = formats.get("gift").read(data)
        [check_question(question) for question in parsed.questions]
    assert time.process_time() - started < 10
