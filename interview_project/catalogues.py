"""The catalogues of what candidates read: found in the sources, merged with what is translated, compiled. For developers.

``make messages`` refreshes them all; ``python -m interview_project.catalogues missing fr`` lists what a language lacks.
Needs no gettext on the machine. What is marked anywhere is for candidates: staff pages are not marked.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "candidates" / "locale"
NOT_FOR_CANDIDATES = ("admin", "api", "management", "migrations", "tests", "testing")
CALLS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAG = re.compile(r"</?\w+[^>]*>")
NBSP, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
TYPOGRAPHY = {
    "a blank before its punctuation that may break": {"fr": rf"(?<!{NARROW})[;!?]|(?<!{NBSP})[:»]|«(?!{NBSP})"},
    "a question that does not open": {"es": r"^[^¿]*\?"},
    "quotation marks of another language": {
        "de": r'"|”',
        "fr": r'"|[“”]',
        "es": r'"|[“”]',
        "zh": r'"',
        "ar": r'"|[“”]',
    },
    "punctuation of another language": {
        "ar": r"[\u0600-\u06ff)»][,;?]",
        "hi": r"[\u0900-\u097f]\.",
        "zh": r"[\u3400-\u9fff\u201d\uff09][,.;:!?]|[\uff0c\u3002\uff1b\uff1a\uff01\uff1f] ",
    },
}
"""What must not stand in a translation, by the first part of its language's code."""
COUNTED = re.compile(r"%\((?:count|shown|seconds|left|many|gaps|words)\)s (?=\w)|(?<=\w) %%?\((?:number|revision)\)s")
"""A number that may part from what it counts or names; of languages that write blanks."""


class PlainCatalog(Catalog):
    """Without dates and names in its head, so that the same sources make the same file."""

    def _get_mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]

    mime_headers = property(_get_mime_headers)


# ---- What the sources ask for ----


def sources() -> Iterator[Path]:
    yield from (path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in (".html", ".txt", ".ics"))
    for app in ("assessments", "candidates", "interview_project"):
        yield from sorted((ROOT / app).rglob("*.py"))


def is_for_candidates(path: Path) -> bool:
    return not any(part in NOT_FOR_CANDIDATES for part in path.relative_to(ROOT).with_suffix("").parts)


def found() -> PlainCatalog:
    """Every marked message, with the files it stands in."""
    catalog = PlainCatalog()
    for path in filter(is_for_candidates, sources()):
        name = path.relative_to(ROOT).as_posix()
        for line, message, comments, context in messages_of(path.read_text(encoding="utf-8"), name):
            catalog.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return catalog


def messages_of(source: str, name: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    if name.endswith(".py"):
        yield from _calls_in(source)
        return
    # What templatize leaves of a template is calls among blanked-out words; indentation would mean something to Python.
    source = "\n".join(line.strip() for line in templatize(source).splitlines())
    yield from extract("python", BytesIO(source.encode()), CALLS, ["Translators:"], {"encoding": "utf-8"})


def _calls_in(source: str) -> Iterator[tuple[int, Any, list[str], str | None]]:
    """Read by Python's own parser, for which a call within an f-string is a call; before 3.12 Babel's sees one text."""
    calls = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)]
    for call in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        count = 2 if "ngettext" in name or "npgettext" in name else 1
        context = texts.pop(0) if "pgettext" in name and len(texts) > count else None
        if name in CALLS and len(texts) >= count:
            yield call.lineno, tuple(texts[:2]) if count == 2 else texts[0], [], context


# ---- What is translated ----


def po_path(language: str) -> Path:
    return LOCALES / to_locale(language) / "LC_MESSAGES" / "django.po"


def translated(language: str) -> PlainCatalog:
    """What stands in the file; an empty catalogue for a language that has none yet."""
    catalog, path = PlainCatalog(locale=to_locale(language)), po_path(language)
    if path.exists():
        with path.open("rb") as file:
            for message in read_po(file, locale=to_locale(language)):
                if message.id:
                    catalog[message.id] = message
    return catalog


def merged(language: str) -> PlainCatalog:
    """The sources' messages with this language's translations. No guesses: what was reworded is translated anew."""
    catalog = translated(language)
    catalog.update(found(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def as_po(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_po(file, catalog, width=120, include_lineno=False, sort_by_file=True, omit_header=False)
    text = file.getvalue().decode()
    return text[text.index('msgid ""') :].encode()  # the head's comment names a copyright holder and a year


def as_mo(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def refresh(language: str) -> None:
    catalog, path = merged(language), po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_po(catalog))
    path.with_suffix(".mo").write_bytes(as_mo(translated(language)))


# ---- What is wrong with it ----


def faults(catalog: Catalog) -> list[str]:
    """One line each for what is missing, unsure, or says something else than its original does to the program."""
    return [f"{fault}: {message.id!r}" for message in catalog if message.id for fault in _faults(message, catalog)]


def _faults(message: Message, catalog: Catalog) -> Iterator[str]:
    originals = message.id if isinstance(message.id, tuple) else (message.id,)
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(texts):
        yield "missing"
        return
    if message.fuzzy:
        yield "unsure"
    if len(texts) != (catalog.num_plurals if message.pluralizable else 1):
        yield "wrong number of plurals"
    if _parts(PLACEHOLDER, texts[-1:]) != _parts(PLACEHOLDER, originals[-1:]):
        yield "other placeholders"
    if not all(_parts(PLACEHOLDER, [text]) <= _parts(PLACEHOLDER, originals) for text in texts):
        yield "unknown placeholder"
    if any(_parts(TAG, [text]) != _parts(TAG, originals) for text in texts):
        yield "other tags"
    yield from _badly_set([unescape(TAG.sub("", text or "")) for text in texts], str(catalog.locale).partition("_")[0])


def _badly_set(texts: list[str], language: str) -> Iterator[str]:
    if any(COUNTED.search(text) for text in texts):
        yield "a number that may part from its word"
    for fault, patterns in TYPOGRAPHY.items():
        if language in patterns and any(re.search(patterns[language], text) for text in texts):
            yield fault


def _parts(pattern: re.Pattern[str], texts: Any) -> set[str]:
    return {part for text in texts for part in pattern.findall(text)}


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["missing"] and len(arguments) == 2:
        lines = faults(merged(arguments[1]))
        sys.stdout.write("".join(f"{line}\n" for line in lines) + f"{len(lines)} to do in {arguments[1]}.\n")
        return 1 if lines else 0
    for language in arguments or sorted(path.name for path in LOCALES.iterdir() if path.is_dir()):
        refresh(language)
        catalog = merged(language)
        sys.stdout.write(f"{language}: {len(catalog)} messages, {len(faults(catalog))} to do\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
