from __future__ import annotations

import json
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
from assessments.formats.json_text import load_json
from assessments.formats.own import OwnFormat
from assessments.formats.text import decode_unicode

ENVELOPE = re.compile(rb'\{\s*"parley"\s*:|\{[^\[]{0,2000}"parley"\s*:')
OWN_QUESTION = re.compile(rb'\[\s*\{(?=[^{}]{0,4000}"type"\s*:\s*"[a-z_]+")(?=[^{}]{0,4000}"stem"\s*:\s*")')


class OwnJson(OwnFormat):
    name = "json"
    label = "Parley JSON"
    suffixes = (".json",)

    def recognises(self, data: bytes, name: str) -> int:
        start = data[:8000].removeprefix(b"\xef\xbb\xbf").lstrip()
        if ENVELOPE.match(start) or OWN_QUESTION.match(start):
            return 95
        return 10 if start[:1] in (b"{", b"[") else 0  # so that broken JSON is reported as JSON

    def read(self, data: bytes) -> Parsed:
        return parse_document(load_json(decode_unicode(data)), format=self.name, where=_where)

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return f"{dump_json(document_of(questions, bank), indent=2)}\n".encode()


def dump_json(value: Any, *, indent: int | None = None) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
        text.encode()
    except ValueError as error:
        raise FileUnwritable(f"A text or number cannot be written as JSON: {error}.") from error
    return text


def _where(index: int, raw: Any) -> str:
    return f"questions[{index}]"
