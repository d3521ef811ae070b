"""YAML from strangers, read from the parser's events: no objects, no aliases, no surprises, and every line number.

PyYAML's own constructors speak YAML 1.1, where ``no`` is false, ``1:30`` is ninety and a date is not text. Here plain
words are text unless they are ``true``, ``false``, ``null`` or a decimal number. Aliases are refused: files of
questions do without, and a few lines of them can stand for more memory than there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from assessments.formats.base import FileUnreadable

MAX_DEPTH = 40
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
# Each form is one that YAML 1.1 takes for a number too: what other programs quote, and what they do not, is read alike.
FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?")
CONSTANTS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NULLS = frozenset({"", "~", "null", "Null", "NULL"})

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Mapping(dict[str, Any]):
    """A mapping that knows its line."""

    line = 0


def load_yaml(text: str) -> Any:
    """Strings, numbers, booleans, ``None``, lists and :class:`Mapping`. Raises :class:`FileUnreadable` with the line."""
    try:
        return _Builder(yaml.parse(text, Loader=_Loader)).document()
    except yaml.MarkedYAMLError as error:
        line = f"Line {error.problem_mark.line + 1}" if error.problem_mark else "The file"
        raise FileUnreadable(f"{line} is not YAML: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise FileUnreadable(f"The file is not YAML: {' '.join(str(error).split())}.") from error


class _Builder:
    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events

    def document(self) -> Any:
        documents: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if documents:
                    _refuse(event, "a second document begins; one file holds one")
                documents.append(self.value(next(self.events), 0))
        if not documents:
            raise FileUnreadable("The file holds no YAML document.")
        return documents[0]

    def value(self, event: yaml.Event, depth: int) -> Any:
        if depth > MAX_DEPTH:
            _refuse(event, "lists and mappings are nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            _refuse(event, "aliases (*name) are not taken; write the text out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            _refuse(event, f"tags ({tag}) are not taken")
        if isinstance(event, yaml.SequenceStartEvent):
            return [self.value(item, depth + 1) for item in self.until(yaml.SequenceEndEvent)]
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - nothing else can stand where a value stands
        return _scalar(event)

    def until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self.events), end):
            yield event

    def mapping(self, start: yaml.Event, depth: int) -> Mapping:
        mapping = Mapping()
        mapping.line = _line(start)
        for event in self.until(yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                _refuse(event, "a field's name must be plain text")
            name = event.value
            if name in mapping:
                _refuse(event, f"the field {name!r} stands twice in one mapping")
            mapping[name] = self.value(next(self.events), depth + 1)
        return mapping


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = event.value
    if not event.implicit[0] or event.style:  # quoted or a block: text, whatever it says
        return text
    if text in NULLS:
        return None
    if text in CONSTANTS:
        return CONSTANTS[text]
    try:
        if INTEGER.fullmatch(text):
            return int(text)
        if FLOAT.fullmatch(text):
            return float(text)
    except ValueError:
        _refuse(event, "a number has too many digits")
    return text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _refuse(event: yaml.Event, why: str) -> NoReturn:
    raise FileUnreadable(f"Line {_line(event)}: {why}.")


# ---- Writing ----

TAME_LINES = re.compile(r"[^\s](?:[^\n]*[^\s])?(?:\n+[^\n]*[^\s])*\n?")
PRINTABLE = re.compile(r"[\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


class _Writer(_Dumper):  # type: ignore[valid-type,misc]
    pass


def _represent_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Several lines as a block, as a person would write them, where a block is sure to come back the same."""
    is_block = "\n" in text and PRINTABLE.fullmatch(text) and TAME_LINES.fullmatch(text)
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style="|" if is_block else None)


_Writer.add_representer(str, _represent_text)


def dump_yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Writer, allow_unicode=True, sort_keys=False, width=2**30, default_flow_style=False)
