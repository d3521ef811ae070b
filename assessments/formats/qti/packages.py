"""Packages of QTI: a manifest, an item to a file, and what they show. The same questions are the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, tostring

from assessments.formats.base import FileUnwritable, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.omitting import CannotWrite, Omissions
from assessments.formats.packing import MEDIA, packed
from assessments.formats.qti.elements import Version, child, document, indented
from assessments.formats.qti.writing.items import item_of
from assessments.formats.settling import PictureMissing, settled
from assessments.formats.xml_text import attribute, children, words
from assessments.formats.xml_text import child as found_child
from assessments.formats.zip_members import MAX_MEMBERS

LOM = "http://ltsc.ieee.org/xsd/LOM"
CONTENT = {
    "2.2": "http://www.imsglobal.org/xsd/imscp_v1p1",
    "3.0": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
}
DIFFICULTY = {"easy": "easy", "medium": "medium", "hard": "difficult"}
FROM_LOM = {"very easy": "easy", "easy": "easy", "medium": "medium", "difficult": "hard", "very difficult": "hard"}


@dataclass(frozen=True)
class Written:
    question: ParsedQuestion
    path: str
    item: Element
    media: list[str]


def write_package(questions: Sequence[ParsedQuestion], bank: ParsedBank, version: Version) -> bytes:
    """Raises :class:`FileUnwritable`."""
    items = list(_items(questions, version, Omissions()))
    try:
        return packed(_members(items, bank, version))
    except UnicodeEncodeError as error:
        raise FileUnwritable(f"A text cannot be written: {error}.") from error


def _members(items: Sequence[Written], bank: ParsedBank, version: Version) -> Iterator[tuple[str, bytes]]:
    yield "imsmanifest.xml", _manifest(items, bank, version)
    for one in items:
        yield one.path, document(one.item, version)
    for name, question in {name: one.question for one in items for name in one.media}.items():
        yield f"{MEDIA}{name}", question.media[name]


def unsaid(questions: Sequence[ParsedQuestion], version: Version) -> Unsaid:
    left = Omissions()
    items = list(_items(questions, version, left))
    count = 1 + len(items) + len({name for one in items for name in one.media})
    large = f"The package holds {count:,} files, and up to {MAX_MEMBERS:,} are read here again; export it in parts."
    said = left.unsaid()
    return replace(said, sentences=[*said.sentences, large]) if count > MAX_MEMBERS else said


def _items(questions: Sequence[ParsedQuestion], version: Version, left: Omissions) -> Iterable[Written]:
    for place, question in enumerate(questions, start=1):
        try:
            whole, _ = settled(question)
            whole = replace(whole, identity=" ".join(whole.identity.split()) or _made_identity(whole))
            of_one = Omissions()
            item, media = item_of(whole, version, of_one)
        except (CannotWrite, PictureMissing) as reason:
            left.leave_out(question, str(reason).rstrip("."))
            continue
        left.take(of_one)
        yield Written(whole, f"items/{place:05}.xml", item, media)


def _made_identity(question: ParsedQuestion) -> str:
    said = f"{question.type}\n{question.stem}\n{question.content}".encode("utf-8", "replace")
    return f"question-{hashlib.sha256(said).hexdigest()[:16]}"


# ---- The manifest ----


def _manifest(items: Sequence[Written], bank: ParsedBank, version: Version) -> bytes:
    root = Element("manifest", {"xmlns": CONTENT[version.number], "xmlns:lom": LOM, "identifier": "MANIFEST"})
    about = child(root, "metadata")
    child(about, "schema", version.manifest)
    child(about, "schemaversion", "3.0.0" if version.is_third else "1.0.0")
    if bank.name.strip() or bank.description.strip() or bank.licence.strip():
        _lom(about, title=bank.name, description=bank.description, licence=bank.licence)
    child(root, "organizations")
    resources = child(root, "resources")
    for place, one in enumerate(items, start=1):
        resource = child(resources, "resource", identifier=f"item-{place:05}", type=version.resource, href=one.path)
        question = one.question
        _lom(
            child(resource, "metadata"),
            identifier=question.identity,
            title=question.title,
            keywords=question.tags,
            difficulty=DIFFICULTY.get(question.difficulty, ""),
            licence=question.licence,
        )
        for path in (one.path, *(f"{MEDIA}{name}" for name in one.media)):
            child(resource, "file", href=path)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(indented(root), encoding="unicode").encode() + b"\n"


def _lom(
    parent: Element,
    *,
    identifier: str = "",
    title: str = "",
    description: str = "",
    keywords: Sequence[str] = (),
    difficulty: str = "",
    licence: str = "",
) -> None:
    lom = child(parent, "lom:lom")
    general = child(lom, "lom:general")
    if identifier:
        child(child(general, "lom:identifier"), "lom:entry", identifier)
    for name, texts in (("title", [title]), ("description", [description]), ("keyword", keywords)):
        for text in filter(str.strip, texts):
            child(child(general, f"lom:{name}"), "lom:string", text)
    if difficulty:
        level = child(child(lom, "lom:educational"), "lom:difficulty")
        child(level, "lom:source", "LOMv1.0")
        child(level, "lom:value", difficulty)
    if licence.strip():
        child(child(child(lom, "lom:rights"), "lom:description"), "lom:string", licence)


# ---- Reading it ----


@dataclass(frozen=True)
class Described:
    """What a manifest says of one file, or of the whole."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    difficulty: str = ""
    licence: str = ""


def described(manifest: Element) -> dict[str, Described]:
    """By the address of the file; the whole goes by ``""``."""
    found = {"": _described(found_child(manifest, "metadata"))}
    for resource in children(found_child(manifest, "resources"), "resource"):
        if href := attribute(resource, "href"):
            found[href] = _described(found_child(resource, "metadata"))
    return found


def _described(metadata: Element | None) -> Described:
    lom = found_child(metadata, "lom")
    general = found_child(lom, "general")
    tags = [words(part) for one in children(general, "keyword") for part in children(one, "string", "langstring")]
    return Described(
        title=words(found_child(general, "title")),
        description=words(found_child(general, "description")),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        difficulty=FROM_LOM.get(words(found_child(lom, "educational", "difficulty", "value")).lower(), ""),
        licence=words(found_child(lom, "rights", "description")),
    )
