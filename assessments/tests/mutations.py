"""Files of every format, whole, and the same ones damaged: byte by byte, by pieces of themselves, and within archives.

Everything follows from a number, so that a file that found a fault can be made again.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

import openpyxl
from defusedxml.ElementTree import fromstring

from assessments import formats
from assessments.domain.samples import SAMPLES
from assessments.formats.base import ParsedQuestion
from assessments.tests.pictures import png

FILES = Path(__file__).parent / "files"
ARCHIVES = ("zip", "json-zip", "qti-2.2", "qti-3.0", "h5p", "xlsx")
MOST = 60_000
"""Bytes of a damaged file: what is copied into itself again and again has to end."""
UNWANTED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]")
TOKENS = [
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n", b"\n\n", b"\t", b" "),
    *(b"\xc2\xa0", b"\xe2\x80\xae", b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&"),
    *(b"&amp;lt;", b"&#0;", b"&#x110000;", b"&nbsp;", b"<?x", b"{", b"}", b"[", b"]", b"(", b")", b"{{1}}"),
    *(b"{{c1::", b"[[1]]", b"{1:SA:=", b"$", b"$$", b"\\(", b"`", b"```", b"~~~", b"**", b"__", b"=", b"~"),
    *(b"%", b"%50%", b"#", b"####", b"::", b"->", b"->", b"\\", b"\\\\", b"//", b"@", b"@@PLUGINFILE@@/"),
    *(b"!", b"|", b"- [x] ", b"0", b"-1", b"1e999", b"1e-999", b"NaN", b"Infinity", b"9" * 400, b"1/0"),
    *(b"0x1F", b"null", b"true", b'"', b"'", b",", b";", b":", b"<p>" * 150, b"[" * 150, b"{" * 60),
    *(b"<img src=x>", b"<img src='data:image/png;base64,AAAA'>", b"![a](b.png)", b"[sound:a.mp3]"),
    *(b"<table>", b"<ul><li>", b"<pre>", b"<math><mfrac>", b"<svg/>", b"<audio src=a>", b"javascript:"),
    *(b"dir='rtl'", b"\xd7\xa9\xd7\x9c", b"ANSWER:", b"Answer: B", b"# Q1. x", b"NewQuestion,MC,"),
    *(b"Option,100,x", b"options", b"answer", b"question", b"correct", b"type", b'cardinality="ordered"'),
    *(b'baseType="directedPair"', b'<simpleChoice identifier="a"/>', b'<gap identifier="G"/>'),
    *(b"<setOutcomeValue/>",),
]


def damaged(format_: str, number: int) -> bytes:
    rng = random.Random(f"{format_} {number}")
    seeds = seeds_of(format_)
    seed = seeds[number % len(seeds)]
    if format_ == "gzip" and rng.random() < 0.7:
        return gzip.compress(edited(gzip.decompress(seed), rng, seeds_of("json")), 1, mtime=0)
    if format_ in ARCHIVES and rng.random() < 0.8:
        return inside(seed, rng)
    return edited(seed, rng, seeds)


def edited(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    if rng.random() < 0.6 and (changed := restructured(data, rng)):
        return changed[:MOST]
    for _ in range(rng.choice((1, 1, 2, 3, 6, 12))):
        start = rng.randrange(len(data) + 1)
        data = rng.choice(EDITS)(data, start, rng, others)[:MOST]
    return data


def restructured(data: bytes, rng: random.Random) -> bytes:
    """Still well-formed, with parts taken away, doubled, moved and renamed; empty for what has no structure."""
    start = data.lstrip()[:1]
    try:
        if start == b"<":
            return tostring(regrown(fromstring(data), rng))
        return json.dumps(reshaped(json.loads(data), rng)).encode() if start in (b"{", b"[") else b""
    except (ParseError, ValueError):
        return b""


def regrown(root: Element, rng: random.Random) -> Element:
    for _ in range(rng.choice((1, 1, 2, 4))):
        everything = list(root.iter())
        one, other = rng.choice(everything), rng.choice(everything)
        match rng.randrange(7):
            case 0:
                one.tag = other.tag
            case 1 if len(one):
                one.remove(rng.choice(list(one)))
            case 2:
                one.append(fromstring(tostring(other)))
            case 3 if one.attrib:
                one.set(rng.choice(list(one.attrib)), words(rng, other))
            case 4 if one.attrib:
                del one.attrib[rng.choice(list(one.attrib))]
            case 5:
                one.text = words(rng, other)
            case _:
                one[:] = rng.sample(list(one), len(one))
    return root


def words(rng: random.Random, other: Element) -> str:
    found = [other.text or "", *other.attrib.values(), rng.choice(TOKENS).decode("latin-1")]
    return UNWANTED.sub("", rng.choice(found))


def reshaped(value: Any, rng: random.Random) -> Any:
    for _ in range(rng.choice((1, 1, 2, 4))):
        places = list(holders(value))
        if not places:
            return value
        (holder, name), (other, other_name) = rng.choice(places), rng.choice(places)
        match rng.randrange(5):
            case 0:
                del holder[name]
            case 1:
                holder[name] = json.loads(json.dumps(other[other_name]))
            case 2:
                holder[name] = rng.choice([None, True, -1, 1e308, "", [], {}, [[]], {"a": {}}, "x" * 5_000])
            case 3:
                holder[name] = rng.choice(TOKENS).decode("latin-1")
            case _:
                text = holder[name]
                piece = rng.choice(TOKENS).decode("latin-1")
                holder[name] = (
                    f"{text[: len(text) // 2]}{piece}{text[len(text) // 2 :]}" if isinstance(text, str) else piece
                )
    return value


def holders(value: Any) -> Iterator[tuple[Any, Any]]:
    for name in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, name
        yield from holders(value[name])


def put(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    return data[:start] + rng.choice(TOKENS) + data[start + rng.choice((0, 0, 1, 4)) :]


def cut(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    return data[:start] + data[start + rng.choice((1, 2, 8, 40, 200)) :]


def flip(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    return data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :]


def splice(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    other = rng.choice(others)
    place = rng.randrange(len(other) + 1)
    return data[:start] + other[place : place + rng.choice((3, 12, 60, 400))] + data[start:]


def repeat(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    piece = data[start : start + rng.choice((1, 5, 30))]
    return data[:start] + piece * rng.choice((2, 5, 60)) + data[start:]


def swap(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    length = rng.choice((4, 20, 100))
    return (
        data[:start]
        + data[start + length : start + 2 * length]
        + data[start : start + length]
        + data[start + 2 * length :]
    )


def end(data: bytes, start: int, rng: random.Random, others: list[bytes]) -> bytes:
    return data[:start]


EDITS: list[Callable[[bytes, int, random.Random, list[bytes]], bytes]] = [
    put,
    put,
    put,
    cut,
    flip,
    splice,
    splice,
    repeat,
    swap,
    end,
]


def inside(seed: bytes, rng: random.Random) -> bytes:
    """A whole archive around damaged files: damage that no checksum finds."""
    with zipfile.ZipFile(io.BytesIO(seed)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in rng.sample(sorted(members), min(len(members), rng.choice((1, 1, 2)))):
        members[name] = edited(members[name], rng, list(members.values()))
    if rng.random() < 0.1:
        members[rng.choice(("../x.xml", "a" * 300, "q.gift", "b.xml"))] = members.pop(rng.choice(sorted(members)))
    return zipped(members)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


# ---- Whole files ----


@cache
def some_of_each() -> list[ParsedQuestion]:
    """Two questions of each type, short ones."""
    bank = formats.get("yaml").read((SAMPLES / "standard.yaml").read_bytes()).questions
    found: dict[str, list[ParsedQuestion]] = {}
    for one in sorted(bank, key=lambda one: len(one.stem) + len(one.explanation)):
        found.setdefault(one.type, []).append(replace(one, rubric=None, source="", competence=""))
    return [one for several in found.values() for one in several[:2]]


@cache
def seeds_of(format_: str) -> list[bytes]:
    return (
        WHOLE[format_]() if format_ in WHOLE else [formats.get(format_).write(some_of_each()), *MORE.get(format_, [])]
    )


def items() -> list[bytes]:
    """Single ones of QTI, of both versions and all types, and a document of version 1.2."""
    found = []
    for version in ("qti-2.2", "qti-3.0"):
        with zipfile.ZipFile(io.BytesIO(formats.get(version).write(some_of_each()))) as archive:
            found += [archive.read(name) for name in archive.namelist() if name.startswith("items/")]
    return [*found, CLASSIC, CLASSIC]


def package(*names: str) -> bytes:
    members = {
        "imsmanifest.xml": b'<manifest><resources><resource href="1.xml"><file href="1.xml"/></resource></resources></manifest>',
        "1.xml": items()[0],
        "2.xml": CLASSIC,
        "3.gift": MORE["gift"][0],
        "media/a.png": png(),
    }
    return zipped({name: data for name, data in members.items() if not names or name in names})


def h5p_of(library: str, params: object) -> bytes:
    about = {"title": "T", "mainLibrary": library.split(maxsplit=1)[0], "license": "U"}
    return zipped(
        {
            "h5p.json": json.dumps(about).encode(),
            "content/content.json": json.dumps(params).encode(),
            "content/images/a.png": png(),
        }
    )


def h5p() -> list[bytes]:
    options = [
        {"text": "<p>a</p>", "correct": True, "tipsAndFeedback": {"chosenFeedback": "f"}},
        {"text": "b", "correct": False},
    ]
    image = {"type": {"library": "H5P.Image 1.1", "params": {"file": {"path": "images/a.png"}, "alt": "a"}}}
    choice = {
        "library": "H5P.MultiChoice 1.16",
        "params": {"question": "<p>Q?</p>", "answers": options, "media": image},
    }
    blanks = {
        "library": "H5P.Blanks 1.14",
        "params": {"text": "Fill", "questions": ["<p>A *b/c:tip* d *e*</p>"], "behaviour": {"caseSensitive": False}},
    }
    drag = {
        "library": "H5P.DragText 1.10",
        "params": {"taskDescription": "Drag", "textField": "A *b* c *d*", "distractors": "*x*"},
    }
    true = {
        "library": "H5P.TrueFalse 1.8",
        "params": {"question": "So?", "correct": "true", "behaviour": {"feedbackOnWrong": "no"}},
    }
    essay = {
        "library": "H5P.Essay 1.5",
        "params": {"taskDescription": "Why?", "solution": {"sample": "So."}, "keywords": [{"keyword": "so"}]},
    }
    several = {"choices": [{"question": "Q?", "answers": ["<p>a</p>", "b", "c"]}] * 2}
    column = {"content": [{"content": one} for one in (choice, blanks)]}
    return [
        h5p_of("H5P.QuestionSet 1.20", {"questions": [choice, blanks, drag, true, essay]}),
        h5p_of("H5P.SingleChoiceSet 1.11", several),
        h5p_of("H5P.Column 1.16", column),
    ]


def workbooks() -> list[bytes]:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (
        ["Question", "Answer 1", "Answer 2", "Correct"],
        ["Which?", "a", "b", "A"],
        ["What?", "x", None, 1],
        ["So?", True, False, 2],
    ):
        sheet.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return [out.getvalue()]


def texts(*written: str) -> Callable[[], list[bytes]]:
    return lambda: [one.encode() for one in written]


CLASSIC = b"""<?xml version="1.0"?><questestinterop><assessment ident="q" title="A quiz"><section><item ident="i-1" title="One">
<itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>question_type</fieldlabel>
<fieldentry>multiple_answers_question</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>
<material><mattext texttype="text/html">&lt;p&gt;Which?&lt;/p&gt;</mattext></material>
<response_lid ident="r" rcardinality="Multiple"><render_choice><response_label ident="1"><material>
<mattext>a</mattext></material></response_label><response_label ident="2"><material><mattext>b</mattext></material>
</response_label></render_choice></response_lid></presentation><resprocessing><outcomes>
<decvar maxvalue="100" varname="SCORE"/></outcomes><respcondition continue="No"><conditionvar><and>
<varequal respident="r">1</varequal><not><varequal respident="r">2</varequal></not></and></conditionvar>
<setvar action="Set" varname="SCORE">100</setvar><displayfeedback linkrefid="1_fb"/></respcondition></resprocessing>
<itemfeedback ident="1_fb"><flow_mat><material><mattext>Yes</mattext></material></flow_mat></itemfeedback></item>
<item ident="i-2" title="Two"><presentation><material><mattext>How many [x]?</mattext></material>
<response_str ident="response_x"><render_fib fibtype="Decimal"/></response_str></presentation><resprocessing><outcomes>
<decvar/></outcomes><respcondition><conditionvar><or><varequal respident="response_x">5</varequal><and>
<vargte respident="response_x">4</vargte><varlte respident="response_x">6</varlte></and></or></conditionvar>
<setvar action="Add">50</setvar></respcondition></resprocessing></item></section></assessment></questestinterop>"""
MORE = {
    "gift": [
        (
            b"// [id:a] [tag:b]\n$CATEGORY: x/y\n\n::T::[html]So {=a#f ~%-50%b} it.{T}\n\n"
            b"N? {#1:2 =%50%3..4#f}\n\nM {=a -> b =c -> d####g}\n"
        )
    ],
    "moodle-xml": [
        (
            b'<quiz><question type="category"><category><text>a/b</text></category></question>'
            b'<question type="cloze"><questiontext format="html">'
            b"<text>It {1:SA:=a~%50%b#f} and {2:NM:=1:0.5} {:MC:=x~y}</text></questiontext></question>"
            b'<question type="gapselect"><questiontext><text>A [[1]] b</text></questiontext>'
            b"<selectoption><text>x</text><group>1</group></selectoption>"
            b"<selectoption><text>y</text><group>1</group></selectoption></question></quiz>"
        )
    ],
    "markdown": [
        b"#### Q1. Which?\n\n```x\ncode\n```\n\n- [ ] a\n- [x] b\n\n**Explanation:** so\n\n<details>\n# 2) Why?\nAnswer: B\n",
        b"# T\n\n**What?**\n\nSo.\n\n**Why?**\n\n```x\ncode\n```\n",
    ],
    "csv": [
        (FILES / "choices.csv").read_bytes(),
        (FILES / "networking.csv").read_bytes(),
        "id,question,answer\n1,naïve?,so\n".encode("cp1252"),
    ],
}
WHOLE: dict[str, Callable[[], list[bytes]]] = {
    "qti": items,
    "zip": lambda: [package(), package("1.xml", "imsmanifest.xml"), package("2.xml")],
    "qti-2.2": lambda: [formats.get("qti-2.2").write(some_of_each()[:6])],
    "qti-3.0": lambda: [formats.get("qti-3.0").write(some_of_each()[6:10])],
    "h5p": h5p,
    "xlsx": workbooks,
    "gzip": lambda: [gzip.compress(b'{"question": "Capital of Chad?", "answers": ["Ndjamena"]}\n' * 2, mtime=0)],
    "aiken": texts("What?\nA) a\nB) b\nANSWER: A\n\nWhich\none?\nA. x\nB. y\nC. z\nANSWER: C\n"),
    "scored-answers": texts(
        '<question id="Q1" module="M"><questionText>Why?</questionText><referenceAnswers>'
        '<referenceAnswer id="a">Because.</referenceAnswer><referenceAnswer>It depends.</referenceAnswer></referenceAnswers>'
        '<studentAnswers><studentAnswer accuracy="correct">So.</studentAnswer></studentAnswers></question>'
    ),
    "opentriviaqa": texts(
        "#Q Which planet is red?\n^ Mars\nA Venus\nB Mars\nC Pluto\n\n#Q So?\n^ True\nA True\nB False\n"
    ),
    "d2l": texts(
        "NewQuestion,MC,,,\nID,a\nTitle,t\nQuestionText,Which?,HTML,,\nPoints,2\nDifficulty,5\nOption,100,Right,,f\nOption,0,Wrong,,\nHint,h\n",
        "NewQuestion,M,,\nQuestionText,x,,\nChoice,1,a,\nChoice,2,b,\nMatch,2,c,\nNewQuestion,O,,\nQuestionText,y,,\nItem,a,\nItem,b,\n",
        "NewQuestion,MS,,\nQuestionText,x,HTML,\nOption,1,a,,\nOption,0,b,\nNewQuestion,SA,,\nQuestionText,y,,\nAnswer,100,a+,regexp\n",
    ),
    "text2qti": texts(
        "Quiz title: x\n\nTitle: t\nPoints: 2\n1. a\n... why\n*a) b\n... f\nb) c\n3. e\n= 1 +- 5%\n",
        "2. d {G}\n@gap A) a\n@gap B) b\n@match A G\n3. e\n= [1, 2]\n",
        "1. Which?\n[*] a\n[ ] b\n\nGROUP\npick: 1\nEND_GROUP\n4. Why?\n____\n5. Who?\n* me\n* I\n",
    ),
    "anki": texts(
        "#separator:tab\n#html:true\n#tags column:3\n{{c1::a}} and <b>b</b>\tback\tt\nWhich?<br>So\tThis\tu v\n",
        "1 * 2\t2\nWhat?\tThat\n",
    ),
    "crowdanki": texts(
        json.dumps(
            {
                "__type__": "Deck",
                "crowdanki_uuid": "d",
                "name": "A::B",
                "desc": "<p>x</p>",
                "notes": [
                    {
                        "fields": ["<p>a <img src='x.png'>", "b [sound:y.mp3]"],
                        "tags": ["t"],
                        "guid": "g",
                        "note_model_uuid": "m",
                    },
                    {"fields": ["{{c1::a::h}} b", "c"], "tags": [], "guid": "h", "note_model_uuid": "m"},
                ],
                "children": [{"notes": []}],
                "note_models": [{"crowdanki_uuid": "m", "flds": [{"name": "Front"}, {"name": "Back"}]}],
            }
        )
    ),
    "quiz": texts(
        json.dumps(
            [{"question": "Which?", "answers": ["a", "b", "c"], "answer": 2, "category": "x", "difficulty": "easy"}]
        ),
        json.dumps({"results": [{"question": "A &amp; B?", "correct_answer": "7", "incorrect_answers": ["6", "8"]}]}),
        json.dumps([{"question": "x", "options": [{"text": "a", "correct": True}, "b"], "tags": ["t"], "points": 1}]),
        "- question: Which?\n  options: {a: x, b: y}\n  answer: b\n- question: What?\n  answer: That\n",
        '{"question": "Capital of Chad?", "answers": ["Ndjamena"]}\n'
        '{"question": "x", "option_a": "1", "option_b": "2", "answer": "A"}\n',
    ),
}
