"""Packages: a ZIP archive (also under the names .imscc and .imscp) whose question files are read one by one.

Nothing is ever unpacked to disk. Members are read into memory up to a limit, whatever the archive says of their size;
paths that lead outside, links, encrypted members and archives within the archive are refused or left alone.

What is in no package is known like a file in a folder: by its content, and it is read, or named as not read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from urllib.parse import unquote

from assessments import formats
from assessments.formats.base import (
    FileUnreadable,
    Format,
    Parsed,
    ParsedBank,
    ParsedQuestion,
    Rejection,
    require_few,
    short,
)
from assessments.formats.detect import surest
from assessments.formats.gzipped import Gzipped, unpacked
from assessments.formats.members import Members, within
from assessments.formats.pictures import Gallery
from assessments.formats.qti import documents
from assessments.formats.qti.packages import Described, described
from assessments.formats.xml_text import parse_xml, root_name
from assessments.formats.zip_members import ZIP, names_in

SURE = 80
"""How sure a format must be of what belongs to a package and is not QTI."""
OTHERS = ("[Content_Types].xml", "h5p.json", "collection.anki2", "collection.anki21", "META-INF/manifest.xml")
"""In archives that are files of other kinds."""
XML = (".xml", ".qti", ".dat")
SHOWN = 5
NAMED = 200
"""Files of other kinds are named, up to so many."""
MAX_TAG = 80
MANIFEST = "imsmanifest.xml"
WITHIN = "is an archive within the archive, and is not opened"


class Archive(Format):
    name = "zip"
    label = "ZIP packages (QTI, Common Cartridge)"
    suffixes = (".zip", ".imscc", ".imscp")
    begins_with = ZIP

    def recognises(self, data: bytes, name: str) -> int:
        names = names_in(data)
        return 70 if names and names.isdisjoint(OTHERS) else 0

    def read(self, data: bytes) -> Parsed:
        return _Reader(Members(data), Parsed(self.name)).read()


class OfNoFormat(Exception):
    """No format takes a member for its own. The text says what it is."""


@dataclass
class _Reader:
    members: Members
    parsed: Parsed
    broken: list[str] = field(default_factory=list)
    unread: list[Rejection] = field(default_factory=list)
    """Items that cannot be read."""
    unopened: list[str] = field(default_factory=list)
    """Of kinds that no format reads."""
    about: dict[str, Described] = field(default_factory=dict)
    """What manifests say, by path."""
    packages: dict[str, frozenset[str]] = field(default_factory=dict)
    """The paths that a manifest names, by its folder."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """The addresses of files in a manifest, by its path."""

    items: set[str] = field(default_factory=set)
    """The paths that manifests call items."""
    named_first: dict[str, ParsedQuestion] = field(default_factory=dict)
    """The first item of each identifier."""

    def read(self) -> Parsed:
        self.read_manifests()
        classic: list[tuple[str, bytes]] = []
        for path in self.members.infos:
            data = self.bytes_of(path)
            if data is None:
                continue
            root = root_name(data)
            if root in documents.CLASSIC:
                classic.append((path, data))
            else:
                self.take(path, data, root)
        for path, data in once(classic):
            self.take(path, data, "questestinterop")
        if unopened := [path for path in self.unopened if path not in self.members.shown]:
            self.broken.append(f"Not opened, being of other kinds: {listed(unopened)}.")
        broken = [*(f"{short(one.where, 80)}: {one.reason}" for one in self.unread), *self.broken]
        if broken and not self.parsed.total:
            raise FileUnreadable(f"No question can be read. {broken[0]}")
        require_few(self.parsed.total + len(self.unread))
        self.parsed.rejected += self.unread
        self.parsed.warnings[:0] = self.broken
        return self.parsed

    def read_manifests(self) -> None:
        for path in self.members.infos:
            if posixpath.basename(path).lower() != MANIFEST:
                continue
            folder = posixpath.dirname(path)
            self.packages[folder] = frozenset()
            with suppress(FileUnreadable):  # said when its turn comes
                manifest = parse_xml(self.members.read(path))
                self.named[path] = documents.hrefs_of(manifest)
                self.packages[folder] = frozenset(within(folder, unquote(one)) for one in self.named[path])
                self.items |= {within(folder, unquote(href)) for href in documents.items_of(manifest)}
                self.about |= {
                    within(folder, unquote(href)) if href else "": one for href, one in described(manifest).items()
                }
        if whole := self.about.pop("", None):
            self.parsed.bank = ParsedBank(short(whole.title, 200), whole.description, short(whole.licence, 200))

    def belongs(self, path: str) -> bool:
        """To a package: its manifest names it, or it is of a kind that packages are made of."""
        is_part = path.lower().endswith(XML) or not is_readable(path)
        folders = ("" if str(one) == "." else str(one) for one in PurePosixPath(path).parents)
        return any(is_part or path in self.packages[one] for one in folders if one in self.packages)

    def bytes_of(self, path: str) -> bytes | None:
        """Of files worth a look."""
        if not is_readable(path):
            if self.belongs(path):
                return None
            if PurePosixPath(path).suffix:
                self.unopened.append(path)
                return None
        try:
            return self.members.read(path)
        except FileUnreadable as reason:
            if path in self.items:
                self.reject(path, f"This item is not read: {reason}.")
            else:
                self.broken.append(f"{short(path, 80)} is not read: {reason}.")
            return None

    def take(self, path: str, data: bytes, root: str) -> None:
        is_item = root in documents.ITEMS or path in self.items
        try:
            found = self.document(path, data, root) if root in documents.ROOTS else self.other(path, data, root)
        except OfNoFormat as reason:
            self.broken.append(f"{short(path, 80)} {reason}.")
            return
        except FileUnreadable as reason:
            if is_item:
                self.reject(path, str(reason))
            else:
                self.broken.append(f"{short(path, 80)}: {reason}")
            return
        if found is None:
            return
        require_few(self.parsed.total + found.total)
        self.parsed.questions += found.questions
        self.parsed.rejected += found.rejected
        self.parsed.warnings += found.warnings
        if found.bank.name and not self.parsed.bank.name:
            self.parsed.bank = found.bank

    def reject(self, path: str, reason: str) -> None:
        """An item, which is a question: it counts as one, and with its place."""
        self.unread.append(Rejection(path, short(self.about.get(path, Described()).title), reason))

    def document(self, path: str, data: bytes, root: str) -> Parsed | None:
        if root == "manifest":
            hrefs = self.named[path] if path in self.named else documents.hrefs_of(parse_xml(data))
            self.broken += list(missing_files(hrefs, path, self.members))
            return None
        folder = posixpath.dirname(path)
        gallery = Gallery(lambda source: self.members.picture(source, folder))

        def shared(href: str) -> bytes | None:
            place = within(folder, unquote(href))
            return self.members.read(place) if place in self.members.infos else None

        found = documents.read_document(data, gallery=gallery, where=path, shared=shared)
        if (said := self.about.get(path)) is not None:
            found.questions = [told(question, said) for question in found.questions]
        found.questions = [self.told_apart(question, found.warnings) for question in found.questions]
        if not found.total:
            found.warnings.clear()  # a test or a stimulus, whose items are here as well
        return found

    def told_apart(self, question: ParsedQuestion, notes: list[str]) -> ParsedQuestion:
        """An item made from a copy of another keeps its identifier: if it asks something else, it goes by its text."""
        if not question.identity:
            return question
        first = self.named_first.setdefault(question.identity, question)
        if (first.type, first.stem.split()) == (question.type, question.stem.split()):
            return question
        notes.append(
            f"{short(question.where, 80)} ({short(question.title or question.stem, 40)}): "
            f"Its id “{short(question.identity, 60)}” is that of {short(first.where, 80)}, so it goes by its text."
        )
        return replace(question, identity="")

    def other(self, path: str, data: bytes, root: str) -> Parsed | None:
        """Question files of other formats. Raises :class:`FileUnreadable` and :class:`OfNoFormat`."""
        if path in self.items:
            raise FileUnreadable("The manifest calls this an item, and it is none.")
        best = self.format_of(path, data, root)
        if isinstance(best, Gzipped):
            data = unpacked(data)
            self.members.count(len(data))
            best = self.format_of(path.removesuffix(".gz"), data, root_name(data))
        if best is None:
            return None
        if isinstance(best, Archive | Gzipped):
            raise OfNoFormat(WITHIN)
        folder = posixpath.dirname(path)
        found = best.read_beside(data, lambda source: self.members.picture(source, folder))
        found.questions = [in_member(question, path) for question in found.questions]
        found.rejected = [documents.placed(one, f"{path}, {one.where}") for one in found.rejected]
        found.warnings = [f"{short(path, 80)}: {warning}" for warning in found.warnings]
        if not found.total and not found.warnings:
            raise OfNoFormat("holds no questions")
        return found

    def format_of(self, path: str, data: bytes, root: str) -> Format | None:
        """None for parts of a package that are none of questions."""
        if self.belongs(path):
            if root and root != "quiz":
                parse_xml(data)  # other XML is left alone; that it is broken is said, for nobody knows what it was
                return None
            sureness, best = surest(data, posixpath.basename(path))
            if sureness < SURE and data.startswith(ZIP):
                raise OfNoFormat(WITHIN)
            return best if sureness >= SURE else None
        if not data.strip():
            raise OfNoFormat("is not read: it is empty")
        sureness, best = surest(data, posixpath.basename(path))
        if sureness > 0:
            return best
        if not PurePosixPath(path).suffix:
            self.unopened.append(path)
            return None
        if root:
            parse_xml(data)
        if data.startswith(ZIP):
            raise OfNoFormat(WITHIN)
        raise OfNoFormat(
            f"is not read: its content is {'XML of another kind' if root else 'of no format that is read'}"
        )


def is_readable(path: str) -> bool:
    """By its name: as files are chosen in a folder."""
    return PurePosixPath(path).suffix.lower() in formats.suffixes()


def listed(paths: list[str]) -> str:
    names = ", ".join(short(path, 80) for path in paths[:NAMED])
    return names if len(paths) <= NAMED else f"{names} and {len(paths) - NAMED:,} more"


def in_member(question: ParsedQuestion, path: str) -> ParsedQuestion:
    """Every file counts its questions from 1: the number is one of this file."""
    number = f"{path}: {question.number}" if question.number else ""
    return documents.placed(replace(question, number=number), f"{path}, {question.where}")


def told(question: ParsedQuestion, said: Described) -> ParsedQuestion:
    """With what the manifest says of it."""
    tags = tuple(dict.fromkeys((*question.tags, *(tag for tag in said.tags if len(tag) <= MAX_TAG))))
    return replace(question, tags=tags, difficulty=said.difficulty, licence=short(said.licence, 200))


def once(found: list[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Canvas exports a quiz twice, for others and for itself: then its own, which has all types, is taken."""
    by_name: dict[str, tuple[str, bytes]] = {}
    for path, data in found:
        identifier = documents.assessment_of(data) or path
        other = by_name.get(identifier)
        if other is None or data.count(b"<item ") > other[1].count(b"<item "):
            by_name[identifier] = (path, data)
    yield from by_name.values()


def missing_files(named: list[str], path: str, members: Members) -> Iterator[str]:
    """Files that the manifest names and the package does not hold."""
    folder = posixpath.dirname(path)
    hrefs = [unquote(href) for href in named]
    missing = [href for href in hrefs if "://" not in href and within(folder, href) not in members.infos]
    if missing:
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        names = ", ".join(short(one, 60) for one in missing[:SHOWN])
        yield f"The manifest names files that are not in the package: {names}{more}."
