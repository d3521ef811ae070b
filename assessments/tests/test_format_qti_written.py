"""Packages of QTI as they are written: the structure the standard asks for, whatever is in the questions.

No schema is at hand to validate with, so what it says of the elements that are written is written down here: which may
stand in which, in which order, and which attributes they have and need.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings

from assessments import formats
from assessments.domain.samples import SAMPLES
from assessments.formats.base import ParsedBank, ParsedQuestion
from assessments.formats.media import name_of
from assessments.formats.qti import packages
from assessments.formats.qti.elements import kebab
from assessments.tests.pictures import MP3, png
from assessments.tests.whole_questions import whole_questions

VERSIONS = ["qti-2.2", "qti-3.0"]
NAMESPACE = {
    "qti-2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "qti-3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
INLINE = frozenset(
    """a abbr b bdi bdo br cite code dfn em i img kbd q rp rt ruby samp small span strong sub sup var
    object""".split()  # noqa: SIM905 - a table to be read
)
BLOCKS = frozenset(["blockquote", "div", "dl", "figure", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"])
FLOW = INLINE | BLOCKS
BLANKS = frozenset(("textEntryInteraction", "inlineChoiceInteraction"))
INTERACTIONS = frozenset(("choiceInteraction", "orderInteraction", "matchInteraction", "extendedTextInteraction"))
VALUES = frozenset(
    """variable correct baseValue mapResponse sum product divide match equal gte lte and or not member isNull
    index""".split()  # noqa: SIM905 - a table to be read
)
RULES = frozenset(("setOutcomeValue", "responseCondition"))
ORDERED: dict[str, list[tuple[frozenset[str] | set[str], int, int]]] = {
    "assessmentItem": [
        ({"responseDeclaration"}, 1, 200),
        ({"outcomeDeclaration"}, 2, 10),
        ({"itemBody"}, 1, 1),
        ({"responseProcessing"}, 0, 1),
        ({"modalFeedback"}, 0, 1),
    ],
    "responseDeclaration": [({"correctResponse"}, 0, 1), ({"mapping"}, 0, 1)],
    "correctResponse": [({"value"}, 1, 200)],
    "outcomeDeclaration": [({"defaultValue"}, 0, 1)],
    "defaultValue": [({"value"}, 1, 1)],
    "mapping": [({"mapEntry"}, 1, 400)],
    "choiceInteraction": [({"simpleChoice"}, 2, 200)],
    "orderInteraction": [({"simpleChoice"}, 2, 50)],
    "matchInteraction": [({"simpleMatchSet"}, 2, 2)],
    "simpleMatchSet": [({"simpleAssociableChoice"}, 1, 200)],
    "inlineChoiceInteraction": [({"inlineChoice"}, 2, 100)],
    "responseProcessing": [(RULES, 1, 5_000)],
    "responseCondition": [({"responseIf"}, 1, 1), ({"responseElseIf"}, 0, 200)],
    "responseIf": [(VALUES, 1, 1), (RULES, 1, 5_000)],
    "responseElseIf": [(VALUES, 1, 1), (RULES, 1, 1)],
    "setOutcomeValue": [(VALUES, 1, 1)],
    **{name: [(VALUES, 2, 2)] for name in ("match", "equal", "gte", "lte", "member", "divide")},
    **{name: [(VALUES, 1, 1)] for name in ("not", "isNull", "index")},
    **{name: [(VALUES, 1, 400)] for name in ("sum", "product", "and", "or")},
    "table": [({"colgroup", "col"}, 0, 99), ({"thead"}, 0, 1), ({"tbody"}, 0, 99)],
    "thead": [({"tr"}, 1, 99)],
    "tbody": [({"tr"}, 1, 999)],
    "tr": [({"td", "th"}, 1, 99)],
    "ul": [({"li"}, 1, 999)],
    "ol": [({"li"}, 1, 999)],
}
EMPTY = frozenset(
    """variable correct mapResponse mapEntry textEntryInteraction extendedTextInteraction img br
    hr""".split()  # noqa: SIM905 - a table to be read
)
TEXTUAL = frozenset(["value", "baseValue", "inlineChoice"])
MIXED = {
    "simpleChoice": FLOW | {"feedbackBlock"},
    "simpleAssociableChoice": FLOW,
    **dict.fromkeys(("li", "td", "th", "div", "dd", "blockquote"), FLOW | BLANKS),
    **dict.fromkeys(("p", "h3", "h4", "h5", "h6", "pre", "dt", "caption", *INLINE), INLINE | BLANKS),
}
ATTRIBUTES = {
    "assessmentItem": ("identifier title adaptive timeDependent", ""),
    "responseDeclaration": ("identifier cardinality baseType", ""),
    "outcomeDeclaration": ("identifier cardinality baseType", "normalMaximum externalScored"),
    "mapping": ("defaultValue", "lowerBound upperBound"),
    "mapEntry": ("mapKey mappedValue", "caseSensitive"),
    "choiceInteraction": ("responseIdentifier shuffle maxChoices", ""),
    "orderInteraction": ("responseIdentifier shuffle", ""),
    "matchInteraction": ("responseIdentifier shuffle maxAssociations", ""),
    "inlineChoiceInteraction": ("responseIdentifier shuffle", ""),
    "textEntryInteraction": ("responseIdentifier", ""),
    "extendedTextInteraction": ("responseIdentifier", ""),
    "simpleChoice": ("identifier", ""),
    "inlineChoice": ("identifier", ""),
    "simpleAssociableChoice": ("identifier matchMax", ""),
    "feedbackBlock": ("outcomeIdentifier identifier showHide", ""),
    "modalFeedback": ("outcomeIdentifier identifier showHide", ""),
    "rubricBlock": ("view", ""),
    "setOutcomeValue": ("identifier", ""),
    "variable": ("identifier", ""),
    "correct": ("identifier", ""),
    "mapResponse": ("identifier", ""),
    "baseValue": ("baseType", ""),
    "equal": ("toleranceMode", "tolerance"),
    "index": ("n", ""),
    "img": ("src alt", "width height"),
    "object": ("data type", ""),
    "a": ("href", ""),
    "code": ("", "class"),
    "td": ("", "class colspan rowspan"),
    "th": ("", "class colspan rowspan scope"),
}
EVERYWHERE = {"dir", "{http://www.w3.org/XML/1998/namespace}lang"}
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def plain_names(root: Element, format_: str) -> Element:
    """Without the namespace, which all have, and in the names of version 2.2."""
    names = {*ORDERED, *MIXED, *EMPTY, *TEXTUAL, *ATTRIBUTES, *INTERACTIONS, "itemBody", "contentBody", "isNull"}
    known = {f"qti-{kebab(name)}": name for name in names if name not in FLOW}
    spelt = {kebab(name): name for required, more in ATTRIBUTES.values() for name in f"{required} {more}".split()}
    for one in root.iter():
        namespace, _, name = str(one.tag)[1:].partition("}")
        assert namespace == NAMESPACE[format_]
        if format_ == "qti-2.2":
            one.tag = name
            continue
        one.tag = known[name] if name.startswith("qti-") else name
        if one.tag not in FLOW:
            one.attrib = {spelt.get(key, key): value for key, value in one.attrib.items()}
    return root


def check(one: Element, is_third: bool) -> None:
    name, inside = str(one.tag), [str(child.tag) for child in one]
    required, more = ATTRIBUTES.get(name, ("", ""))
    given_ = set(one.attrib) - EVERYWHERE - {SCHEMA_LOCATION}
    assert set(required.split()) <= given_ <= set(f"{required} {more}".split()), (name, given_)
    if name in ORDERED:
        assert not (one.text or "").strip(), name
        check_order(inside, ORDERED[name], name)
    elif name in EMPTY or name in TEXTUAL:
        assert inside == []
        assert name in TEXTUAL or not (one.text or "").strip()
    elif name in ("itemBody", "contentBody", "feedbackBlock", "modalFeedback", "rubricBlock"):
        check_body(one, inside, is_third)
    else:
        assert name in MIXED or name in ("dl", "figure", "figcaption", "colgroup", "col"), name
        assert set(inside) <= MIXED.get(name, FLOW | {"dt", "dd", "figcaption"}), (name, inside)
    for child in one:
        check(child, is_third)


def check_body(one: Element, inside: list[str], is_third: bool) -> None:
    """Blocks alone; in version 3, feedback and rubrics hold exactly one body."""
    if is_third and one.tag not in ("itemBody", "contentBody"):
        assert inside == ["contentBody"]
        return
    allowed = BLOCKS | (INTERACTIONS | {"rubricBlock"} if one.tag == "itemBody" else set())
    assert set(inside) <= allowed, inside
    assert not (one.text or "").strip()
    assert not any((child.tail or "").strip() for child in one)


def check_order(inside: list[str], slots: list[tuple[Any, int, int]], name: str) -> None:
    place = 0
    for names, least, most in slots:
        start = place
        while place < len(inside) and inside[place] in names and place - start < most:
            place += 1
        assert place - start >= least, (name, inside)
    assert place == len(inside), (name, inside)


def check_names(root: Element) -> None:
    """What is named is there: responses, outcomes, choices."""
    declared = {
        one.get("identifier"): one for one in root.iter() if one.tag in ("responseDeclaration", "outcomeDeclaration")
    }
    used = {
        one.get(name)
        for one in root.iter()
        for name in ("responseIdentifier", "outcomeIdentifier")
        if one.get(name) is not None
    }
    used |= {
        one.get("identifier")
        for one in root.iter()
        if one.tag in ("variable", "correct", "mapResponse", "setOutcomeValue")
    }
    assert used <= set(declared)
    choices = [
        one.get("identifier") or "" for one in root.iter() if one.tag in ("simpleChoice", "simpleAssociableChoice")
    ]
    assert len(set(choices)) == len(choices)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", choice) for choice in choices)
    for one in root.iter("responseDeclaration"):
        if one.get("baseType") in ("identifier", "directedPair") and choices and one.get("identifier") == "RESPONSE":
            keys = [entry.get("mapKey") or "" for entry in one.iter("mapEntry")]
            keys += [value.text or "" for value in one.iter("value")]
            assert {part for key in keys for part in key.split()} <= set(choices)


def check_package(data: bytes, format_: str) -> int:
    """How many items it has."""
    files = members(data)
    manifest = fromstring(files.pop("imsmanifest.xml"))
    resources = [one for one in manifest.iter() if str(one.tag).endswith("}resource")]
    listed = {file.get("href") for one in resources for file in one if str(file.tag).endswith("}file")}
    assert listed == set(files)
    items = [one.get("href") for one in resources]
    assert len({one.get("identifier") for one in resources}) == len(items)
    for one in resources:
        assert one.get("type") == ("imsqti_item_xmlv2p2" if format_ == "qti-2.2" else "imsqti_item_xmlv3p0")
        root = fromstring(files[one.get("href") or ""])
        shown = {
            f"media/{name}"
            for name in re.findall(rb"[0-9a-f]{64}\.\w+", files[one.get("href") or ""])
            for name in [name.decode()]
        }
        assert {file.get("href") for file in one if str(file.tag).endswith("}file")} == {one.get("href"), *shown}
        check(plain_names(root, format_), format_ == "qti-3.0")
        check_names(root)
    return len(items)


@pytest.mark.parametrize("format_", VERSIONS)
def test_the_sample_bank_makes_a_package_that_holds_what_it_names(format_: str) -> None:
    bank = formats.get("yaml").read((SAMPLES / "standard.yaml").read_bytes())
    chosen = formats.get(format_)
    written = chosen.write(bank.questions, bank.bank)
    left_out = sum(int(one.split()[0]) for one in chosen.omissions(bank.questions) if " left out: " in one)
    assert check_package(written, format_) == len(bank.questions) - left_out
    parsed = chosen.read(written)
    assert (parsed.bank.name, parsed.bank.description, parsed.bank.licence) == (
        bank.bank.name,
        " ".join(bank.bank.description.split()),
        bank.bank.licence,
    )
    assert (len(parsed.questions), parsed.rejected, parsed.warnings) == (len(bank.questions) - left_out, [], [])


@pytest.mark.parametrize("format_", VERSIONS)
@given(whole_questions())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_every_question_makes_an_item_of_the_right_structure(format_: str, question: ParsedQuestion) -> None:
    chosen = formats.get(format_)
    is_left_out = any(" left out: " in sentence for sentence in chosen.omissions([question]))
    assert check_package(chosen.write([question]), format_) == (not is_left_out)


def test_the_check_of_the_structure_can_fail() -> None:
    question = ParsedQuestion("", "true_false", "So?", {}, {"value": True}, identity="q")
    item = members(formats.get("qti-2.2").write([question]))["items/00001.xml"].decode()
    for old, new in (
        ("<p>So?</p>", "So?"),
        ('<simpleChoice identifier="true">', '<simpleChoice identifier="1">'),
        ("<itemBody>", "<itemBody><foo/>"),
        (' shuffle="false"', ""),
        ('<mapResponse identifier="RESPONSE"', '<mapResponse identifier="OTHER"'),
        ("imsqti_v2p2", "imsqti_v2p1"),
    ):
        assert old in item
        root = fromstring(item.replace(old, new))
        with pytest.raises(AssertionError):  # noqa: PT012 - any of the three may find it
            check(plain_names(root, "qti-2.2"), False)
            check_names(root)


@pytest.mark.parametrize("format_", VERSIONS)
def test_pictures_and_sounds_go_into_the_package_once_and_come_back(format_: str) -> None:
    picture, sound = name_of(png()), name_of(MP3)
    seen = f'<img src="/media/{picture}" alt="a &quot;plan&quot;" width="40">'
    shown = f'See {seen} and <audio src="/media/{sound}" title="a call"></audio>'
    content = {"options": [{"id": "a", "text": f'<img src="/media/{picture}" alt="A">'}, {"id": "b", "text": "none"}]}
    one = ParsedQuestion(
        "", "single_choice", shown, content, {"option": "a"}, identity="q", media={picture: png(), sound: MP3}
    )
    chosen = formats.get(format_)
    written = chosen.write([one, replace(one, identity="r")])
    assert check_package(written, format_) == 2
    assert {name: data for name, data in members(written).items() if name.startswith("media/")} == {
        f"media/{picture}": png(),
        f"media/{sound}": MP3,
    }
    for back in chosen.read(written).questions:
        assert (back.stem, back.content, back.media) == (shown, content, one.media)


@pytest.mark.parametrize("format_", VERSIONS)
def test_a_picture_that_is_not_on_the_server_is_a_reason_to_leave_the_question_out(format_: str) -> None:
    shown = f'See <img src="/media/{"0" * 64}.png" alt="x">'
    question = ParsedQuestion("", "long_text", shown, {}, {}, title="Seen", identity="q")
    assert formats.get(format_).omissions([question]) == [
        "1 question left out: it shows a picture that is not on this server (Seen)."
    ]


@pytest.mark.parametrize("format_", VERSIONS)
def test_what_it_cannot_say_is_named(format_: str) -> None:
    numeric = ParsedQuestion(
        "",
        "numeric",
        "How <u>long</u>?",
        {"units": ["s"]},
        {"accepted": [{"value": "1"}], "units": {"s": "1"}},
        identity="q",
    )
    worthless = ParsedQuestion(
        "", "true_false", "So?", {}, {"value": True}, points=Decimal(0), source="x", identity="r"
    )
    assert sorted(formats.get(format_).omissions([numeric, worthless])) == [
        "Left out of 1 question: points of 0, which become 1.",
        "Left out of 1 question: source.",
        "Left out of 1 question: underlined, struck out or marked text.",
        "Left out of 1 question: units.",
    ]


def test_the_same_questions_are_the_same_bytes() -> None:
    bank = formats.get("yaml").read((SAMPLES / "standard.yaml").read_bytes())
    first, second = (formats.get("qti-3.0").write(bank.questions[:5], ParsedBank("B")) for _ in range(2))
    assert first == second


def test_a_package_too_large_to_be_read_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_MEMBERS", 500)
    questions = [
        ParsedQuestion("", "true_false", "So?", {}, {"value": True}, identity=f"q{place}") for place in range(500)
    ]
    assert formats.get("qti-3.0").omissions(questions[:499]) == []
    assert formats.get("qti-3.0").omissions(questions) == [
        "The package holds 501 files, and up to 500 are read here again; export it in parts."
    ]
    assert len(formats.get("qti-3.0").read(formats.get("qti-3.0").write(questions)).questions) == 500
