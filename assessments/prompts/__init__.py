"""Prompts as files. A changed prompt is a new file with the next number: provenance and the injection gate name both."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

CURRENT = {"generate": "v1", "check": "v2", "suggest": "v1"}
FOLDER = Path(__file__).resolve().parent
DIVIDER = "\n=====\n"
"""Between what Gemini is told to be and what it is asked."""
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that no reader sees and a model reads: zero-width, direction marks, tags, variation selectors, soft hyphens."""
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class PromptFile:
    version: str
    """``generate/v1``."""
    hash: str
    system: str
    template: Template

    def text(self, **values: Any) -> str:
        """Every name must be given: a prompt with a hole in it is a mistake of ours."""
        return self.template.substitute(values)


@functools.cache
def load(name: str) -> PromptFile:
    version = f"{name}/{CURRENT[name]}"
    content = (FOLDER / f"{version}.md").read_text(encoding="utf-8")
    system, _, text = content.partition(DIVIDER)
    return PromptFile(version, hashlib.sha256(content.encode()).hexdigest(), system.strip(), Template(text.strip()))


def visible(text: str) -> str:
    """Without what a person does not see and a model does."""
    return CONTROLS.sub("", INVISIBLE.sub("", text))


def data(value: Any) -> str:
    """Somebody's words inside a prompt: JSON, so that no quote or line break of theirs ends them."""
    return json.dumps(value, ensure_ascii=False, indent=1)
