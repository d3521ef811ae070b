"""The bill of materials of what Parley runs on, as CycloneDX JSON: ``python docker/sbom.py OUTPUT``.

Versions, hashes and who needs whom come from requirements.txt, licences from what is installed beside the interpreter that
runs this. The same input gives the same bytes. The image's build stage writes it, so nothing but Python is needed.
"""  # noqa: INP001 - a script

from __future__ import annotations

import json
import re
import sys
import uuid
from dataclasses import dataclass, field
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>[^\\]*))?")
CLASSIFIER = "License :: OSI Approved :: "


@dataclass
class Pin:
    name: str
    version: str
    marker: str
    """Where it is installed; empty means everywhere."""
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def pins(text: str) -> list[Pin]:
    found: list[Pin] = []
    for line in text.splitlines():
        if start := PIN.match(line):
            found.append(Pin(_normal(start["name"]), start["version"], (start["marker"] or "").strip()))
        elif hashed := re.match(r"\s+--hash=sha256:([0-9a-f]{64})", line):
            found[-1].hashes.append(hashed[1])
        elif needed := re.match(r"    #(?: via)? +(-r \S+|[A-Za-z0-9._-]+)$", line):
            found[-1].needed_by.append(needed[1])
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(name: str, version: str) -> str:
    """As its own metadata say, in few words; empty where it is not installed here or does not say."""
    try:
        about: Message = metadata(name)  # type: ignore[assignment] # which is what it is
    except PackageNotFoundError:
        return ""
    if about["Version"] != version:
        return ""
    if expression := about["License-Expression"]:
        return str(expression)
    approved = [
        one.removeprefix(CLASSIFIER) for one in about.get_all("Classifier", []) if str(one).startswith(CLASSIFIER)
    ]
    stated = str(about["License"] or "").strip()
    return " or ".join(approved) or (stated if "\n" not in stated and len(stated) <= 100 else "")


def bill(text: str) -> dict[str, Any]:
    found = pins(text)
    parts = [_component(pin) for pin in found]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(parts))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "parley", "name": "parley"}},
        "components": parts,
        "dependencies": [
            {"ref": "parley", "dependsOn": _needed_by("-r requirements.in", found)},
            *({"ref": pin.purl, "dependsOn": _needed_by(pin.name, found)} for pin in found),
        ],
    }


def _needed_by(name: str, found: list[Pin]) -> list[str]:
    return [pin.purl for pin in found if name in pin.needed_by]


def _component(pin: Pin) -> dict[str, Any]:
    licence = licence_of(pin.name, pin.version)
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        # One for each file the release consists of: pip takes no other.
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{pin.name}/{pin.version}/",
                "hashes": [{"alg": "SHA-256", "content": one} for one in pin.hashes],
            }
        ],
    }
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    if pin.marker:
        component["properties"] = [{"name": "parley:installed-where", "value": pin.marker}]
    return component


def main(output: Path) -> None:
    written = bill((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    output.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
