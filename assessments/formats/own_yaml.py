from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assessments.formats.base import (
    NOT_SAID,
    FileUnwritable,
    Parsed,
    ParsedBank,
    ParsedQuestion,
)
from assessments.formats.document import document_of, parse_document
from assessments.formats.own import OwnFormat
from assessments.formats.own_json import dump_json
from assessments.formats.text import decode_unicode
from assessments.formats.yaml_text import Mapping, dump_yaml, load_yaml

ENVELOPE = re.compile(rb"^[\"']?parley[\"']?\s*:", re.MULTILINE)
OWN_QUESTION = re.compile(rb"^\s*-\s+(?:id|type):[^\n]*\n(?:[^\n]*\n){0,8}?\s+stem:", re.MULTILINE)


class OwnYaml(OwnFormat):
    name = "yaml"
    label = "Parley YAML"
    suffixes = (".yaml", ".yml")

    def recognises(self, data: bytes, name: str) -> int:
        start = data[:8000].removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] in (b"{", b"[", b"<"):
            return 0
        if ENVELOPE.search(start):
            return 90
        if OWN_QUESTION.match(start):
            return 85
        return 10 if name.lower().endswith(self.suffixes) else 0

    def read(self, data: bytes) -> Parsed:
        return parse_document(load_yaml(decode_unicode(data)), format=self.name, where=where)

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        document = document_of(questions, bank)
        dump_json(document)  # refuses what no file can hold
        try:
            return dump_yaml(document).encode()
        except ValueError as error:
            raise FileUnwritable(f"A text or number cannot be written as YAML: {error}.") from error


def where(index: int, raw: Any) -> str:
    return f"line {raw.line}" if isinstance(raw, Mapping) else f"questions[{index}]"
