"""Pictures and sounds that files bring along: checked, named by their bytes, and missed where they are missing."""

from __future__ import annotations

import base64
import struct

import pytest

from assessments import formats
from assessments.formats.base import ParsedQuestion
from assessments.formats.media import MediaRefused, name_of, names_of, shown_in, type_of
from assessments.formats.settling import PictureMissing, settled
from assessments.tests.pictures import GIF, JPEG, MP3, png

PNG = png()
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
WEBP = b"RIFF\x1e\x00\x00\x00WEBPVP8L\x11\x00\x00\x00\x2f\x01\x80\x00\x00" + b"\x00" * 9
AVIF = b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif" + b"\x00\x00\x00\x14ispe" + struct.pack(">III", 0, 2, 3)


def question(stem: str = "What?", **fields: object) -> ParsedQuestion:
    return ParsedQuestion(where="", stem=stem, **({"type": "long_text", "content": {}, "key": {}} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        (AVIF, "image/avif"),
        (MP3, "audio/mpeg"),
        (b"\xff\xfb\x90\x00" + b"\0" * 100, "audio/mpeg"),
        (b"OggS" + b"\0" * 50, "audio/ogg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypM4A \0\0", "audio/mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_type_is_that_of_the_bytes(data: bytes, kind: str) -> None:
    assert type_of(name_of(data)) == kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "only PNG"),
        (b"<html><script>alert(1)</script>", "only PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>", "damaged"),
        (PNG[:30], "damaged"),
        (b"\xff\xd8\xff\xe0\x00\x04xx\x00\x00", "damaged"),
        (b"\xff\xd8\xff" + b"\xff" * 50, "damaged"),
        (b"GIF89a\0\0\0\0", "damaged"),
        (b"RIFF\0\0\0\0WEBPVP8?", "damaged"),
        (png(8_001, 1), "8,001 × 1 pixels"),
        (png(65_535, 65_535), "8,000 on a side are the most"),
        (png(more=2 * 1024 * 1024), "2 MB are the most"),
        (MP3 + b"\0" * 8 * 1024 * 1024, "8 MB are the most"),
    ],
    ids=["SVG", "HTML", "script", "cut", "JPEG", "fill bytes", "GIF", "WebP", "wide", "bomb", "heavy", "long"],
)
def test_what_is_not_shown_says_why(data: bytes, words: str) -> None:
    with pytest.raises(MediaRefused, match=words):
        name_of(data)


def test_a_data_address_becomes_a_file_wherever_it_is() -> None:
    name = name_of(PNG)
    given = question(
        f'<img src="{DATA}" alt="a &lt;plan&gt;" width="4" onerror="x">',
        content={"options": [{"id": "a", "text": f"![b]({DATA})"}]},
        key={"model_answer": f"<IMG SRC='{DATA}' ALT=c>"},
        explanation=f"So: ![d]({DATA} 'title')",
    )
    whole, notes = settled(given)
    assert whole.stem == f'<img src="/media/{name}" alt="a &lt;plan&gt;" width="4">'
    assert whole.content["options"][0]["text"] == f'<img src="/media/{name}" alt="b">'
    assert whole.key == {"model_answer": f'<img src="/media/{name}" alt="c">'}
    assert whole.explanation == f'So: <img src="/media/{name}" alt="d">'
    assert (whole.media, notes, names_of(whole)) == ({name: PNG}, [], [name])


@pytest.mark.parametrize("source", ["plan.png", "https://elsewhere.example/plan.png", "data:image/png;base64,!!!"])
def test_what_a_question_needs_and_lacks_is_a_reason_and_in_feedback_a_note(source: str) -> None:
    shown = f'<img src="{source}" alt="a plan">'
    for needing in (question(shown), question(f"![a plan]({source})"), question(content={"text": shown})):
        with pytest.raises(PictureMissing, match=r"^It shows .+, which is missing: .+\.$"):
            settled(needing)
    whole, notes = settled(question(explanation=f"See {shown}."))
    assert whole.explanation == "See [a plan]."
    assert [note.startswith("Feedback shows ") for note in notes] == [True]


def test_code_about_pictures_is_no_picture() -> None:
    code = (
        '```html\n<img src="a.png">\n![x](y.png)\n```\n\nand `<img src="b.png">`, ``![`z`](c.png)`` or \\![no](d.png)'
    )
    whole, notes = settled(question(code))
    assert (whole.stem, notes) == (code, [])


def test_a_picture_without_words_asks_for_some() -> None:
    _, notes = settled(question(f'<img src="{DATA}" alt=" ">'))
    assert notes == ["A picture or a sound has no description; please write one."]


def test_too_much_in_one_question_is_too_much() -> None:
    sounds = [MP3 + bytes([place]) + b"\0" * 7_000_000 for place in range(2)]
    shown = "".join(f'<audio src="data:audio/mpeg;base64,{base64.b64encode(one).decode()}"></audio>' for one in sounds)
    with pytest.raises(PictureMissing, match="all together have more than 12 MB"):
        settled(question(shown))


def test_a_name_in_a_text_is_found_and_nothing_like_it() -> None:
    name = f"{'a' * 64}.png"
    assert shown_in(f"![x](/media/{name})", {"a": [f'<img src="/media/{name}">']}) == [name]
    assert shown_in(f"/media/{'a' * 63}.png /media/{'A' * 64}.png /media/{'a' * 64}.svg /media/{name}x") == []


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("gift", '[html]Which <img src\\="a.png"> is it? {T}'),
        ("markdown", "# Q1. Which ![x](a.png)?\n- [x] a\n- [ ] b\n"),
        ("csv", "question,answer\nWhich ![x](a.png)?,b\n"),
        ("quiz", '[{"question": "Which ![x](a.png)?", "answer": "b"}]'),
        ("text2qti", "1. Which ![x](a.png)?\n*a) y\nb) z\n"),
        ("anki", "#html:true\nWhich <img src=a.png>?\tx\n"),
    ],
)
def test_every_format_misses_the_picture_that_is_not_there(format_: str, text: str) -> None:
    parsed = formats.get(format_).read(text.encode())
    assert [one.reason for one in parsed.rejected] == ["It shows a.png, which is missing: the file does not hold it."]
    assert parsed.questions == []


def test_a_picture_the_server_has_is_no_missing_one() -> None:
    shown = f"![x](/media/{name_of(PNG)})"
    for format_, text in (
        ("markdown", f"# Q1. Which {shown}?\n- [x] a\n- [ ] b\n"),
        ("csv", f"question,answer\nWhich {shown}?,b\n"),
    ):
        (found,) = formats.get(format_).read(text.encode()).questions
        assert names_of(found) == [name_of(PNG)]


# ---- Written ----


def shown_question() -> ParsedQuestion:
    """With a picture in its text, its options and its feedback, one of them in the text itself."""
    picture, other = name_of(PNG), name_of(GIF)
    shown = [f'<img src="/media/{name}" alt="a &amp; b">' for name in (picture, other)]
    return question(
        f"Look: {shown[0]}",
        type="single_choice",
        content={"options": [{"id": "a", "text": f"{shown[0]} and {shown[1]}"}, {"id": "b", "text": "none"}]},
        key={"option": "a", "feedback": {"b": f"See {shown[1]}"}},
        explanation=f"So: {shown[0]}",
        media={picture: PNG, other: GIF},
    )


def test_moodle_xml_carries_what_its_texts_show() -> None:
    chosen, given_ = formats.get("moodle-xml"), shown_question()
    assert chosen.omissions([given_]) == []
    (back,) = chosen.read(chosen.write([given_])).questions
    assert (back.stem, back.content["options"], back.key, back.explanation) == (
        given_.stem,
        given_.content["options"],
        given_.key,
        given_.explanation,
    )
    assert back.media == given_.media


def test_a_picture_in_the_text_itself_is_carried_like_any_other() -> None:
    given_ = question(f'Look: <img src="{DATA}" alt="x">')
    for name in ("moodle-xml", "qti-2.2", "qti-3.0"):
        (back,) = formats.get(name).read(formats.get(name).write([given_])).questions
        assert (back.stem, back.media) == (f'Look: <img src="/media/{name_of(PNG)}" alt="x">', {name_of(PNG): PNG})


@pytest.mark.parametrize("name", ["moodle-xml", "qti-2.2", "qti-3.0"])
def test_what_is_not_on_the_server_leaves_its_question_out(name: str) -> None:
    lacking = shown_question()
    lacking = question(lacking.stem, type="long_text")
    assert formats.get(name).omissions([lacking]) == [
        "1 question left out: it shows a picture that is not on this server (Look: a & b)."
    ]


@pytest.mark.parametrize("name", ["json", "jsonl", "yaml", "csv", "gift", "markdown"])
def test_a_format_that_carries_no_picture_says_so_and_names_it(name: str) -> None:
    chosen = formats.get(name)
    given_ = question(f"Look: <img src=\"/media/{name_of(PNG)}\" alt='x'> so?", type="true_false", key={"value": True})
    assert chosen.omissions([given_, question()])[-1] == (
        "Left out of 1 question: pictures and sounds, which stay on this server."
    )
    assert name_of(PNG).encode() in chosen.write([given_])


def test_a_link_to_what_comes_along_is_a_sound_to_hear() -> None:
    data = base64.b64encode(MP3).decode()
    text = '<p><a href="@@PLUGINFILE@@/a%20b.mp3">Listen</a> <a href="https://example.org/x.mp3">there</a></p>'
    quiz = (
        '<quiz><question type="truefalse"><name><text>N</text></name><questiontext format="html">'
        f'<text><![CDATA[{text}]]></text><file name="a b.mp3" path="/" encoding="base64">{data}</file></questiontext>'
        '<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question></quiz>'
    )
    (found,) = formats.get("moodle-xml").read(quiz.encode()).questions
    assert found.stem == (
        f'Listen <audio src="/media/{name_of(MP3)}" title="Listen"></audio> <a href="https://example.org/x.mp3">there</a>'
    )
    missing = formats.get("moodle-xml").read(quiz.replace("a b.mp3", "c.mp3").encode())
    assert [one.reason for one in missing.rejected] == [
        "It shows a b.mp3, which is missing: the file does not hold it."
    ]
